//! The five kinds of flaws that a lenient decoder recovers from, and flaws that it refuses.

use serde::Deserialize;
use serde_json::{Value, json};
use serialization::toon::{self, DecodeErrorKind as Kind, DecodeOptions, HeaderFlaw};

#[track_caller]
fn reads(document: &str, expected: Value) {
    let value: Value = toon::from_str_with(document, DecodeOptions::lenient())
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value, expected);
    assert!(toon::from_str::<Value>(document).is_err(), "strictly too");
}

#[track_caller]
fn refused(document: &str) -> toon::DecodeError {
    toon::from_str_with::<Value>(document, DecodeOptions::lenient()).unwrap_err()
}

#[test]
fn lengths_may_differ() {
    reads("a[3]: 1,2", json!({"a": [1, 2]}));
    reads("a[1]: 1,2", json!({"a": [1, 2]}));
    reads("a[0]:\n  - 1\n  - 2", json!({"a": [1, 2]}));
    reads("[9]{a}:\n  1", json!([{"a": 1}]));
    reads("[0]{a}:\n  1", json!([{"a": 1}]));
    reads(
        "[1:]{a}:\n  x: 1\n  y: 2",
        json!({"x": {"a": 1}, "y": {"a": 2}}),
    );
    reads("a[99999999999999999999999]: 1", json!({"a": [1]}));
}

#[test]
fn the_last_of_two_keys_wins() {
    reads("a: 1\nb: 2\na: 3", json!({"a": 3, "b": 2}));
    reads(
        "o:\n  a:\n    x: 1\n  a: 2\n  b: 3",
        json!({"o": {"a": 2, "b": 3}}),
    );
    reads(
        "a: 1\na:\n  b: 1\n  b[2]:\n    - 1\n    - c: 1\n      c: 2\nd: 4",
        json!({"a": {"b": [1, {"c": 2}]}, "d": 4}),
    );
    reads(
        "[1]:\n  - a: 1\n    b: 2\n    a: 3",
        json!([{"a": 3, "b": 2}]),
    );
    reads(
        "m[3:]{v}:\n  a: 1\n  b: 2\n  a: 3",
        json!({"m": {"a": {"v": 3}, "b": {"v": 2}}}),
    );
    reads("a[1]: 1\na[2]: 2,3", json!({"a": [2, 3]}));
}

#[test]
fn the_last_of_two_fields_wins() {
    reads("[1]{a,b,a}:\n  1,2,3", json!([{"a": 3, "b": 2}]));
    reads("[1]{a,a{x,x}}:\n  1,2,3", json!([{"a": {"x": 3}}]));
    reads("[1]{a{x,y},a}:\n  1,2,3", json!([{"a": 3}]));
    reads("[1]{g{a,a},a}:\n  1,2,3", json!([{"g": {"a": 2}, "a": 3}]));
}

#[test]
fn the_last_of_many_equal_fields_wins() {
    let names: Vec<String> = (0..60).map(|at| format!("f{}", at % 30)).collect();
    let cells: Vec<String> = (0..60).map(|at| at.to_string()).collect();
    let document = format!("[1]{{{}}}:\n  {}", names.join(","), cells.join(","));
    let rows: Vec<Value> = toon::from_str_with(&document, DecodeOptions::lenient()).unwrap();
    assert_eq!(rows[0]["f0"], 30);
    assert_eq!(rows[0]["f29"], 59);
}

/// A derived struct refuses a field that it has already read, so this also shows that a replaced
/// value is never given to it.
#[test]
fn a_struct_sees_each_key_once_in_its_first_place() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: i32,
        y: Vec<i32>,
    }
    let document = "x: 1\ny[1]: 1\nx: 2\ny[2]:\n  - 3\n  - 4\nx: 5";
    let point: Point = toon::from_str_with(document, DecodeOptions::lenient()).unwrap();
    assert_eq!(
        point,
        Point {
            x: 5,
            y: vec![3, 4]
        }
    );

    let pairs: Pairs = toon::from_str_with("b: 1\na: 2\nb: 3", DecodeOptions::lenient()).unwrap();
    assert_eq!(pairs.0, [("b".to_owned(), 3), ("a".to_owned(), 2)]);
}

/// The entries of a map in their order.
#[derive(Debug)]
struct Pairs(Vec<(String, i32)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a map")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[test]
fn indentation_may_be_tabs_or_parts_of_levels() {
    reads("a:\n   b: 1", json!({"a": {"b": 1}}));
    reads("a:\n\tb:\n\t\tc: 1", json!({"a": {"b": {"c": 1}}}));
    reads(
        "a:\n\t b:\n \t  c: 1\n  d: 2",
        json!({"a": {"b": {"c": 1}, "d": 2}}),
    );
    reads(" a: 1", json!({"a": 1}));
    reads("a[2]:\n\t- 1\n   - 2", json!({"a": [1, 2]}));
}

#[test]
fn a_line_indented_by_a_tab_is_no_comment() {
    reads("a:\n\t#b: 1", json!({"a": {"#b": 1}}));
}

#[test]
fn blank_lines_may_stand_in_arrays() {
    reads("a[2]:\n  - 1\n\n  - 2", json!({"a": [1, 2]}));
    reads("[2]{a}:\n  1\n  \n\t\n  2", json!([{"a": 1}, {"a": 2}]));
    reads(
        "[2:]{a}:\n  x: 1\n\n  y: 2",
        json!({"x": {"a": 1}, "y": {"a": 2}}),
    );
    reads("[1]:\n  - a: 1\n\n    b: 2", json!([{"a": 1, "b": 2}]));
}

#[test]
fn a_block_may_begin_too_deep() {
    reads(
        "a:\n      b: 1\n      c: 2\nd: 3",
        json!({"a": {"b": 1, "c": 2}, "d": 3}),
    );
    reads("a[2]:\n    - 1\n    - 2", json!({"a": [1, 2]}));
    reads("a[1]{b}:\n      1\nc: 2", json!({"a": [{"b": 1}], "c": 2}));
    reads("a[1:]{b}:\n      x: 1", json!({"a": {"x": {"b": 1}}}));
}

#[test]
fn every_other_flaw_is_refused() {
    for document in [
        "a:\n      b: 1\n    c: 2",
        "a:\n  b: 1\n    c: 2",
        "    a: 1",
        "a: 1\n  b: 2",
        "[1]:\n  - a: 1\n      b: 2",
    ] {
        let error = refused(document);
        assert!(
            matches!(error.kind(), Kind::TooFarIndented { .. }),
            "{error:?}"
        );
    }
    for document in ["a\nb", "a:\n  b", "\"a\" b: 1", "[1:]{a}:\n  x"] {
        let error = refused(document);
        assert!(matches!(error.kind(), Kind::MissingColon), "{error:?}");
    }
    for document in ["[1]{a,b}:\n  1", "[1:]{a}:\n  x:", "[1:]{a}:\n  x: 1,2"] {
        let error = refused(document);
        assert!(
            matches!(error.kind(), Kind::WidthMismatch { .. }),
            "{error:?}"
        );
    }
    for document in [
        "a[]: 1",
        "a[1]b: 1",
        "a [1]: 1",
        "a[1]{}:",
        "a[1]{b}: 1",
        "a: 1\n[1]: 2",
    ] {
        let error = refused(document);
        assert!(matches!(error.kind(), Kind::InvalidHeader(_)), "{error:?}");
    }
    assert!(matches!(
        refused("[1]: 1\na: 2").kind(),
        Kind::TrailingContent
    ));
    assert!(matches!(refused("a: \"b").kind(), Kind::UnterminatedString));
    assert!(matches!(refused("a: \"\\x\"").kind(), Kind::InvalidEscape));
    assert!(matches!(refused("a: \"b\" c").kind(), Kind::AfterString));
    assert!(matches!(
        refused("a[1]:\n  b: 1").kind(),
        Kind::ExpectedItem
    ));
    assert!(matches!(
        refused("a[1]{b}:\n  c: 1").kind(),
        Kind::ExpectedRow
    ));
    assert!(matches!(
        refused("a[1|]{b,c}:\n  1|2").kind(),
        Kind::InvalidHeader(HeaderFlaw::OtherDelimiter),
    ));
}

#[test]
fn an_error_in_a_replaced_value_is_refused_too() {
    let error = refused("a: \"\\x\"\na: 1");
    assert!(matches!(error.kind(), Kind::InvalidEscape), "{error:?}");
    assert_eq!((error.line(), error.column()), (1, 5));
}

#[test]
fn lenient_decoding_is_strict_about_types() {
    #[derive(Debug, Deserialize)]
    struct One {
        #[expect(dead_code, reason = "it is never read")]
        a: u8,
    }
    let error = toon::from_str_with::<One>("a: 1\na: x", DecodeOptions::lenient()).unwrap_err();
    assert!(
        matches!(error.kind(), Kind::InvalidType { .. }),
        "{error:?}"
    );
    assert_eq!((error.line(), error.column()), (2, 4));
}
