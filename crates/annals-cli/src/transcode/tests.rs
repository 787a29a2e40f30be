//! The round trip of the filter: JSON to TOON to JSON gives the same JSON.

use proptest::collection::vec;
use proptest::prelude::*;
use serialization::toon::{self, DecodeOptions, Delimiter, EncodeOptions};

use super::*;

/// Texts that look like numbers, literals or markup, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,3}",
        "[-0-9.eE+x]{0,24}",
        "[-,|:\t \\[\\]{}\"\\\\#x0-9]{0,12}",
    ]
}

/// The numbers that round-trip, as JSON writes them.
fn number() -> impl Strategy<Value = String> {
    let float = any::<f64>().prop_filter("a number", |float| float.is_finite() && *float != 0.0);
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<i128>().prop_map(|number| number.to_string()),
        any::<u128>().prop_map(|number| number.to_string()),
        float.prop_map(|float| serde_json::to_string(&float).unwrap()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let number = number().prop_map(|token| from_json(&token).unwrap());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let entries = vec((text(), inner.clone()), 0..6).prop_map(|mut entries| {
            let mut keys = std::collections::HashSet::new();
            entries.retain(|(key, _)| keys.insert(key.clone()));
            entries
        });
        let of_one_shape = (vec(text(), 1..4), vec(vec(inner.clone(), 4), 1..4));
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::List),
            entries.prop_map(Value::Object),
            of_one_shape.prop_map(|(mut keys, rows)| {
                keys.sort();
                keys.dedup();
                keys.reverse();
                let row =
                    |cells: Vec<Value>| Value::Object(keys.iter().cloned().zip(cells).collect());
                Value::List(rows.into_iter().map(row).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn json_round_trips_through_toon(
        value in value(),
        delimiter in prop_oneof![Just(Delimiter::Comma), Just(Delimiter::Tab), Just(Delimiter::Pipe)],
    ) {
        let json = serde_json::to_string(&value).unwrap();
        let read = from_json(&json).unwrap();
        let options = EncodeOptions::new().with_delimiter(delimiter);
        let document = toon::to_string_with(&read, options).unwrap();
        for pretty in [false, true] {
            let back = json_from_toon(&document, DecodeOptions::strict(), pretty);
            let back = back.map_err(|flaw| TestCaseError::fail(format!("{flaw} in {document}")))?;
            let back = from_json(str::from_utf8(&back).unwrap()).unwrap();
            // A float without a fraction is an integer in TOON, which is the same number.
            prop_assert_eq!(numbers_alike(back), numbers_alike(read.clone()), "{}", document);
        }
    }
}

fn numbers_alike(value: Value) -> Value {
    match value {
        Value::Number(number::Number::Float(float)) => {
            let token = format!("{float}");
            match number::Number::exact(&token) {
                Some(number) => Value::Number(number),
                None => Value::Number(number::Number::Float(float)),
            }
        }
        Value::List(values) => Value::List(values.into_iter().map(numbers_alike).collect()),
        Value::Object(entries) => {
            let alike = |(key, value)| (key, numbers_alike(value));
            Value::Object(entries.into_iter().map(alike).collect())
        }
        other => other,
    }
}
