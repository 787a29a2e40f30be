//! Encoded values read back with the strict decoder: any JSON, typed values, any number, and
//! documents longer than the encoder's buffer.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use serialization::toon::{self, DecodeOptions, Delimiter, EncodeOptions, Indent};

/// A strategy for texts with a meaning in TOON, such as `true` and `- x`, and for any others.
fn text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 14] = [
        "",
        "id",
        "a.b",
        "a-b",
        "true",
        "05",
        "- x",
        "#",
        "[2]: x",
        "a: b",
        "a,b",
        "a|b",
        "a\tb",
        "\u{feff}x",
    ];
    prop_oneof![
        proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn primitive() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|float| Number::from_f64(float).map_or(Value::Null, Value::Number)),
        text().prop_map(Value::from),
    ]
}

/// A strategy for objects with the same keys, like the rows of a table.
fn rows() -> impl Strategy<Value = Value> {
    let keys = proptest::collection::vec(text(), 1..4);
    let cells = proptest::collection::vec(proptest::collection::vec(primitive(), 4), 0..4);
    (keys, cells).prop_map(|(keys, cells)| {
        let row = |cells: Vec<Value>| keys.iter().cloned().zip(cells).collect::<Map<_, _>>();
        cells.into_iter().map(row).collect()
    })
}

fn json() -> impl Strategy<Value = Value> {
    prop_oneof![primitive(), rows()].prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Equality by section 2: numbers are equal by their value, so 1.0 equals 1.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let both_integers = !left.is_f64() && !right.is_f64();
            left == right || (!both_integers && left.as_f64() == right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut entries = left.iter().zip(right);
            left.len() == right.len() && entries.all(|(l, r)| l.0 == r.0 && same(l.1, r.1))
        }
        _ => left == right,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Report {
    id: u64,
    share: f32,
    title: Option<String>,
    kind: Kind,
    by_number: BTreeMap<i16, (bool, char)>,
    parts: Vec<Report>,
    #[serde(flatten)]
    more: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Wide(u128),
    Pair(i8, String),
    Named { deep: Option<Box<Kind>> },
}

fn kind() -> impl Strategy<Value = Kind> {
    let leaf = prop_oneof![
        Just(Kind::Plain),
        any::<u128>().prop_map(Kind::Wide),
        (any::<i8>(), text()).prop_map(|(number, text)| Kind::Pair(number, text)),
    ];
    leaf.prop_recursive(3, 4, 1, |inner| {
        proptest::option::of(inner.prop_map(Box::new)).prop_map(|deep| Kind::Named { deep })
    })
}

fn report() -> impl Strategy<Value = Report> {
    let by_number = proptest::collection::btree_map(any::<i16>(), any::<(bool, char)>(), 0..3);
    // Keys that begin with x, because a flattened key that is also a field would come twice.
    let more = proptest::collection::btree_map("x[a-z:,]{0,3}", any::<i64>(), 0..3);
    let share = any::<i16>().prop_map(|share| f32::from(share) / 8.0);
    let title = proptest::option::of(text());
    let flat = (any::<u64>(), share, title, kind(), by_number, more).prop_map(
        |(id, share, title, kind, by_number, more)| Report {
            id,
            share,
            title,
            kind,
            by_number,
            parts: Vec::new(),
            more,
        },
    );
    flat.prop_recursive(3, 8, 3, |inner| {
        let parts = proptest::collection::vec(inner.clone(), 0..3);
        (inner, parts).prop_map(|(report, parts)| Report { parts, ..report })
    })
}

proptest! {
    #[test]
    fn any_json_round_trips(
        value in json(),
        spaces in 1_usize..5,
        delimiter in proptest::sample::select(&[Delimiter::Comma, Delimiter::Tab, Delimiter::Pipe][..]),
    ) {
        let indent = Indent::new(spaces).unwrap();
        let options = EncodeOptions::new().with_delimiter(delimiter).with_indent(indent);
        let document = toon::to_string_with(&value, options).unwrap();
        let read = DecodeOptions::strict().with_indent(indent);
        let back: Value = toon::from_str_with(&document, read).unwrap();
        prop_assert!(same(&value, &back), "{value}\n{back}\n{document}");
    }

    #[test]
    fn values_of_user_types_round_trip(report in report()) {
        let document = toon::to_string(&report).unwrap();
        prop_assert_eq!(toon::from_str::<Report>(&document).unwrap(), report);
    }

    #[test]
    fn any_float_round_trips_exactly(float in any::<f64>(), single in any::<f32>()) {
        prop_assume!(float.is_finite() && single.is_finite());
        let back: f64 = toon::from_str(&toon::to_string(&float).unwrap()).unwrap();
        prop_assert!(back == float);
        let back: f32 = toon::from_str(&toon::to_string(&single).unwrap()).unwrap();
        prop_assert!(back == single);
    }

    #[test]
    fn decimals_are_read_as_the_nearest_float(token in "-?(0|[1-9][0-9]{0,12})\\.[0-9]{1,12}") {
        let read: f64 = toon::from_str(&token).unwrap();
        prop_assert!(read == token.parse::<f64>().unwrap(), "{token} as {read:e}");
    }
}

#[test]
fn a_writer_gets_the_whole_text_of_a_long_document() {
    let part = |id| Report {
        id,
        share: 0.5,
        title: (id % 3 == 0).then(|| "x".repeat(id as usize % 97)),
        kind: Kind::Pair(1, "a,b".to_owned()),
        by_number: BTreeMap::from([(-1, (true, 'ü'))]),
        parts: Vec::new(),
        more: BTreeMap::new(),
    };
    let mut whole = part(1);
    whole.parts = (0..3_000).map(part).collect();
    let text = toon::to_string(&whole).unwrap();
    assert!(text.len() > 100_000, "{}", text.len());
    let mut written = Vec::new();
    toon::to_writer(&mut written, &whole).unwrap();
    assert!(text.as_bytes() == written);
    assert_eq!(toon::from_str::<Report>(&text).unwrap(), whole);
}

/// The encoder caches the start of a key's line. When the key comes again, the buffer has other
/// text at the offset of its first use, so the cache must hold a copy.
#[test]
fn a_key_that_recurs_after_much_text_is_written_again() {
    #[derive(Serialize)]
    struct Item {
        #[serde(skip_serializing_if = "Option::is_none")]
        rare: Option<u8>,
        text: String,
        nested: Vec<[u8; 1]>,
    }
    let mut items: Vec<Item> = (0..60)
        .map(|at| Item {
            rare: None,
            text: "x".repeat(997 + at % 7),
            nested: vec![[1]],
        })
        .collect();
    for at in 1..items.len() {
        for rare in [0, at] {
            items[rare].rare = Some(7);
        }
        let text = toon::to_string(&items).unwrap();
        let mut written = Vec::new();
        toon::to_writer(&mut written, &items).unwrap();
        assert!(text.as_bytes() == written, "{at}");
        assert_eq!(text.matches("rare: 7").count(), 2);
        items[at].rare = None;
    }
}
