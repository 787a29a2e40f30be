//! Numbers round-trip exactly, or are refused.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serialization::{JsonErrorKind, JsonEventCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::EventCodec;

use crate::recorded::{decoded, malformation, record_of, recorded, refusal};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
enum Measured {
    #[event(schema = 2)]
    Float(f64),
    #[event(schema = 2)]
    Single(f32),
    #[event(schema = 2)]
    Unsigned(u64),
    #[event(schema = 2)]
    Signed(i64),
    #[event(schema = 2)]
    Wide(i128),
    #[event(schema = 2)]
    WideUnsigned { value: u128 },
    #[event(schema = 2)]
    Nested(Vec<Option<(u8, f64)>>),
}

/// Events of schema 1 pass through a generic JSON value.
fn codec() -> JsonEventCodec<Measured> {
    let types = Measured::TYPES.iter();
    types
        .fold(JsonEventCodec::builder(), |builder, info| {
            builder.upcast(info.name, 1, Ok)
        })
        .build()
        .unwrap()
}

#[track_caller]
fn comes_back(event: Measured, json: &str) {
    let codec = codec();
    let stored = codec.encode(&event).unwrap();
    assert_eq!(stored.payload, json);
    assert_eq!(decoded(&codec, &record_of(&stored)), event);
    let older = recorded(event.event_type(), 1, json);
    assert_eq!(decoded(&codec, &older), event, "over a JSON value");
}

#[test]
fn integers_of_64_bits_round_trip_exactly() {
    comes_back(Measured::Unsigned(u64::MAX), "18446744073709551615");
    comes_back(Measured::Unsigned((1 << 53) + 1), "9007199254740993");
    comes_back(Measured::Signed(i64::MIN), "-9223372036854775808");
    comes_back(Measured::Signed(i64::MAX), "9223372036854775807");
    comes_back(Measured::Unsigned(0), "0");
}

#[test]
fn wide_integers_are_written_while_64_bits_hold_them() {
    comes_back(Measured::Wide(i128::from(i64::MIN)), "-9223372036854775808");
    comes_back(Measured::Wide(i128::from(u64::MAX)), "18446744073709551615");
    comes_back(Measured::Wide(-1), "-1");
    let value = u128::from(u64::MAX);
    comes_back(
        Measured::WideUnsigned { value },
        r#"{"value":18446744073709551615}"#,
    );
}

#[test]
fn integers_past_64_bits_are_refused() {
    let too_wide = [
        (
            Measured::Wide(i128::from(i64::MIN) - 1),
            "-9223372036854775809",
        ),
        (
            Measured::Wide(i128::from(u64::MAX) + 1),
            "18446744073709551616",
        ),
        (
            Measured::WideUnsigned { value: u128::MAX },
            "340282366920938463463374607431768211455",
        ),
    ];
    for (event, expected) in too_wide {
        let error = codec().encode(&event).unwrap_err();
        match refusal(&error) {
            JsonErrorKind::IntegerTooWide { digits } => assert_eq!(digits, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn finite_floats_round_trip_exactly() {
    comes_back(Measured::Float(0.1), "0.1");
    comes_back(Measured::Float(1.0), "1.0");
    comes_back(Measured::Float(f64::MAX), "1.7976931348623157e+308");
    comes_back(Measured::Float(f64::from_bits(1)), "5e-324");
    // A parser without exact rounding would read a different last bit.
    comes_back(
        Measured::Float(0.314_158_216_183_929_53),
        "0.31415821618392953",
    );
    comes_back(Measured::Single(0.1), "0.1");
    comes_back(Measured::Single(f32::MAX), "3.4028235e+38");
    comes_back(
        Measured::Nested(vec![None, Some((1, 0.5))]),
        "[null,[1,0.5]]",
    );
}

#[test]
fn the_sign_of_zero_round_trips() {
    let stored = codec().encode(&Measured::Float(-0.0)).unwrap();
    match decoded(&codec(), &record_of(&stored)) {
        Measured::Float(zero) => assert_eq!(zero.to_bits(), (-0.0_f64).to_bits()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn non_finite_floats_are_refused_and_not_written_as_null() {
    let refused = |event: Measured| {
        let error = codec().encode(&event).unwrap_err();
        match refusal(&error) {
            JsonErrorKind::NotFinite { value } => *value,
            other => panic!("{other:?}"),
        }
    };
    assert!(refused(Measured::Float(f64::NAN)).is_nan());
    assert_eq!(refused(Measured::Float(f64::INFINITY)), f64::INFINITY);
    assert_eq!(
        refused(Measured::Single(f32::NEG_INFINITY)),
        f64::NEG_INFINITY
    );
    assert!(refused(Measured::Single(f32::NAN)).is_nan());
    let deep = vec![Some((1, 1.0)), None, Some((2, f64::NAN))];
    assert!(refused(Measured::Nested(deep)).is_nan());
}

#[test]
fn a_number_of_another_kind_is_malformed() {
    for (name, payload) in [
        ("Unsigned", json!(-1).to_string()),
        ("Unsigned", json!(1.5).to_string()),
        ("Signed", u64::MAX.to_string()),
        ("Float", "null".to_owned()),
        ("Float", "NaN".to_owned()),
        ("Float", "1e999".to_owned()),
    ] {
        for schema_version in [1, 2] {
            let record = recorded(name, schema_version, &payload);
            let error = codec().decode(&record).unwrap_err();
            assert!(
                matches!(malformation(&error), JsonErrorKind::Serde(_)),
                "{name} {payload}"
            );
        }
    }
}
