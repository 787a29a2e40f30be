//! Each kind of enum variant and of struct, as it is stored and read.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serialization::{JsonErrorKind, JsonEventCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventTypeInfo;

use crate::parcel::{self, ParcelEvent};
use crate::recorded::{decoded, malformation, record_of, recorded};

/// Encodes an event, compares the payload, and decodes it again.
#[track_caller]
fn comes_back<E>(codec: &JsonEventCodec<E>, event: &E, json: &str)
where
    E: DomainEvent + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let stored = codec.encode(event).unwrap();
    assert_eq!(stored.payload, json);
    assert_eq!(stored.event_type.as_str(), event.event_type());
    assert_eq!(decoded(codec, &record_of(&stored)), *event);
}

#[track_caller]
fn alone<E>(event: &E, json: &str)
where
    E: DomainEvent + Serialize + DeserializeOwned + PartialEq + Debug,
{
    comes_back(&JsonEventCodec::new().unwrap(), event, json);
}

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(rename_all = "snake_case")]
enum Renamed {
    LampSwitchedOn,
    #[serde(rename = "lamp.dimmed")]
    LampDimmed {
        percent: u8,
    },
    NoFields {},
    NoParts(),
    Nothing(()),
    Perhaps(Option<u8>),
    #[serde(rename_all = "camelCase")]
    Open {
        by_whom: String,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    },
}

#[test]
fn the_payload_has_only_the_content_under_the_names_of_serde() {
    let codec = JsonEventCodec::new().unwrap();
    comes_back(&codec, &Renamed::LampSwitchedOn, "{}");
    comes_back(
        &codec,
        &Renamed::LampDimmed { percent: 40 },
        r#"{"percent":40}"#,
    );
    comes_back(&codec, &Renamed::NoFields {}, "{}");
    comes_back(&codec, &Renamed::NoParts(), "[]");
    comes_back(&codec, &Renamed::Nothing(()), "null");
    comes_back(&codec, &Renamed::Perhaps(None), "null");
    comes_back(&codec, &Renamed::Perhaps(Some(3)), "3");
    let open = Renamed::Open {
        by_whom: "me".to_owned(),
        more: BTreeMap::from([("a".to_owned(), 1)]),
    };
    comes_back(&codec, &open, r#"{"a":1,"byWhom":"me"}"#);
}

#[test]
fn skipped_fields_are_not_written() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    enum Sparse {
        Noted {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            by: Option<String>,
            text: String,
        },
    }
    let text = "t".to_owned();
    alone(&Sparse::Noted { by: None, text }, r#"{"text":"t"}"#);
}

#[test]
fn an_event_without_content_is_read_from_any_object_only() {
    let codec = parcel::codec();
    for payload in ["{}", " { } ", r#"{"later":[1,{"a":null}]}"#] {
        let record = recorded("ParcelLost", 1, payload);
        assert_eq!(
            decoded(&codec, &record),
            ParcelEvent::ParcelLost,
            "{payload}"
        );
    }
    for payload in [
        "",
        "null",
        "[]",
        "\"ParcelLost\"",
        "0",
        "{",
        "{}}",
        r#"{"a"}"#,
    ] {
        let error = codec
            .decode(&recorded("ParcelLost", 1, payload))
            .unwrap_err();
        assert!(
            matches!(malformation(&error), JsonErrorKind::Serde(_)),
            "{payload}"
        );
    }
}

#[test]
fn unknown_fields_follow_the_attributes_of_the_user() {
    let codec = parcel::codec();
    let sent = r#"{"sender":"A","address":{"line":"l","country":null,"zip":1},
        "weight_grams":1,"labels":{},"insured":null,"added_later":{}}"#;
    assert!(codec.decode(&recorded("ParcelSent", 3, sent)).is_ok());
    let scanned = r#"{"place":"p","how":"Laser","dimensions":[1,2,3],"added_later":1}"#;
    let error = codec
        .decode(&recorded("ParcelScanned", 1, scanned))
        .unwrap_err();
    assert!(matches!(malformation(&error), JsonErrorKind::Serde(_)));
}

#[test]
fn an_enum_can_be_inside_a_struct_or_a_box() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Around(Box<Renamed>);
    impl DomainEvent for Around {
        const TYPES: &'static [EventTypeInfo] = Renamed::TYPES;
        fn type_info(&self) -> EventTypeInfo {
            self.0.type_info()
        }
    }
    let codec = JsonEventCodec::new().unwrap();
    let dimmed = Renamed::LampDimmed { percent: 1 };
    comes_back(&codec, &Around(dimmed.into()), r#"{"percent":1}"#);
    comes_back(&codec, &Around(Renamed::LampSwitchedOn.into()), "{}");
}

#[test]
fn a_domain_with_a_single_event_may_have_a_struct() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    struct ReadingTaken {
        celsius: f64,
    }
    alone(&ReadingTaken { celsius: -1.5 }, r#"{"celsius":-1.5}"#);

    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    struct Rang;
    alone(&Rang, "{}");

    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    struct Moved(i32, i32);
    alone(&Moved(1, -1), "[1,-1]");

    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    #[serde(transparent)]
    struct Entries {
        entries: BTreeMap<u8, String>,
    }
    let entries = BTreeMap::from([(1, "x".to_owned())]);
    alone(&Entries { entries }, r#"{"1":"x"}"#);
}

#[test]
fn a_struct_around_one_value_is_stored_as_that_value() {
    macro_rules! around {
        ($($name:ident($inner:ty): $value:expr => $json:literal;)*) => {$({
            #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
            struct $name($inner);
            alone(&$name($value), $json);
        })*};
    }
    around! {
        Bool(bool): true => "true";
        I8(i8): -8 => "-8";
        I16(i16): -16 => "-16";
        I32(i32): -32 => "-32";
        I64(i64): -64 => "-64";
        I128(i128): -128 => "-128";
        U8(u8): 8 => "8";
        U16(u16): 16 => "16";
        U32(u32): 32 => "32";
        U64(u64): 64 => "64";
        U128(u128): 128 => "128";
        F32(f32): 0.5 => "0.5";
        F64(f64): 0.25 => "0.25";
        Char(char): '🦀' => "\"🦀\"";
        Text(String): "a\u{0}".to_owned() => "\"a\\u0000\"";
        Unit(()): () => "null";
        Nobody(Option<u8>): None => "null";
        Somebody(Option<u8>): Some(1) => "1";
        List(Vec<u8>): vec![0, 255] => "[0,255]";
        Pair((u8, bool)): (1, false) => "[1,false]";
        Address(std::net::IpAddr): [127, 0, 0, 1].into() => "\"127.0.0.1\"";
        Map(BTreeMap<String, u8>): BTreeMap::new() => "{}";
    }
}

#[test]
fn bytes_are_an_array_of_numbers() {
    #[derive(Debug, PartialEq, DomainEvent)]
    struct Sealed(Vec<u8>);
    impl Serialize for Sealed {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }
    impl<'de> Deserialize<'de> for Sealed {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_byte_buf(Numbers).map(Self)
        }
    }
    struct Numbers;
    impl<'de> serde::de::Visitor<'de> for Numbers {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bytes")
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
            std::iter::from_fn(|| seq.next_element().transpose()).collect()
        }
    }
    alone(&Sealed(vec![0, 255]), "[0,255]");
}
