//! Enums, flattened structs and the keys of maps, read from TOON.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::toon_decode_types::{Facts, Point, reads, refused};

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8, b: String },
    Nested(Point),
    List(Vec<u8>),
}

#[test]
fn variants_are_a_name_or_an_object_of_one_key() {
    let text = || "b".to_owned();
    reads("Unit", Shape::Unit);
    reads("\"Unit\"", Shape::Unit);
    reads("Unit: null", Shape::Unit);
    reads("Newtype: 1", Shape::Newtype(1));
    reads("Tuple[2]: 1,b", Shape::Tuple(1, text()));
    reads("Struct:\n  a: 1\n  b: b", Shape::Struct { a: 1, b: text() });
    reads("Struct[2]: 1,b", Shape::Struct { a: 1, b: text() });
    reads(
        "Nested:\n  x: 1\n  y: 2",
        Shape::Nested(Point { x: 1, y: 2 }),
    );
    reads("List[2]: 1,2", Shape::List(vec![1, 2]));
    reads("List: []", Shape::List(vec![]));
    reads(
        "s: Unit\nt:\n  Newtype: 1",
        BTreeMap::from([
            ("s".to_owned(), Shape::Unit),
            ("t".to_owned(), Shape::Newtype(1)),
        ]),
    );
    reads(
        "[5]:\n  - Unit\n  - Newtype: 1\n  - Tuple[2]: 1,b\n  - Struct:\n      a: 1\n      b: b\n  - Nested:\n      x: 1\n      y: 2",
        vec![
            Shape::Unit,
            Shape::Newtype(1),
            Shape::Tuple(1, text()),
            Shape::Struct { a: 1, b: text() },
            Shape::Nested(Point { x: 1, y: 2 }),
        ],
    );
    reads(
        "[1]{Nested{x,y}}:\n  1,2",
        vec![Shape::Nested(Point { x: 1, y: 2 })],
    );
    reads(
        "[2]{s}:\n  Unit\n  \"Unit\"",
        vec![
            BTreeMap::from([("s".to_owned(), Shape::Unit)]),
            BTreeMap::from([("s".to_owned(), Shape::Unit)]),
        ],
    );
    reads(
        "[1]{s{Struct{a,b}}}:\n  1,b",
        vec![BTreeMap::from([(
            "s".to_owned(),
            Shape::Struct { a: 1, b: text() },
        )])],
    );
    reads(
        "[1:]{x,y}:\n  Nested: 1,2",
        Shape::Nested(Point { x: 1, y: 2 }),
    );
    #[derive(Debug, PartialEq, Deserialize)]
    enum Tables {
        Rows(Vec<Point>),
        Keyed(BTreeMap<String, Point>),
    }
    reads(
        "Rows[1]{x,y}:\n  1,2",
        Tables::Rows(vec![Point { x: 1, y: 2 }]),
    );
    reads(
        "Keyed[1:]{x,y}:\n  a: 1,2",
        Tables::Keyed(BTreeMap::from([("a".to_owned(), Point { x: 1, y: 2 })])),
    );
}

#[test]
fn invalid_variants_are_refused() {
    assert_eq!(
        refused::<Shape>("Round", 1, 1),
        Facts::Variant("Round".into())
    );
    assert_eq!(
        refused::<Shape>("Round: 1", 1, 1),
        Facts::Variant("Round".into())
    );
    assert_eq!(
        refused::<Shape>("Newtype: 1\nUnit: null", 2, 1),
        Facts::Left
    );
    assert_eq!(refused::<Shape>("", 1, 1), Facts::Length(0));
    assert!(matches!(refused::<Shape>("Newtype", 1, 1), Facts::Type(..)));
    assert!(matches!(
        refused::<Shape>("[1]: Unit", 1, 1),
        Facts::Type(..)
    ));
    for scalar in ["1", "true", "null"] {
        assert!(matches!(refused::<Shape>(scalar, 1, 1), Facts::Type(..)));
    }
}

#[test]
fn tagged_and_untagged_enums() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type")]
    enum Internal {
        Moved { to: u64 },
        Nothing,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        Text(String),
        Pair(u8, u8),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u64),
        Text(String),
        Many(Vec<u64>),
        Object(BTreeMap<String, u64>),
    }
    reads("type: Moved\nto: 1e2", Internal::Moved { to: 100 });
    reads(
        "[2]{to,type}:\n  1,Moved\n  2,Nothing",
        vec![Internal::Moved { to: 1 }, Internal::Nothing],
    );
    reads("t: Text\nc: x", Adjacent::Text("x".into()));
    reads("c[2]: 1,2\nt: Pair", Adjacent::Pair(1, 2));
    reads(
        "[4]:\n  - 5.0\n  - x\n  - [2]: 1,2\n  - a: 1",
        vec![
            Untagged::Number(5),
            Untagged::Text("x".into()),
            Untagged::Many(vec![1, 2]),
            Untagged::Object(BTreeMap::from([("a".into(), 1)])),
        ],
    );
    assert!(matches!(
        refused::<Vec<Untagged>>("[1]:\n  - true", 2, 5),
        Facts::Custom(_)
    ));
}

#[test]
fn flattened_structs_share_the_fields() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        id: u8,
        #[serde(flatten)]
        point: Point,
        #[serde(flatten)]
        rest: BTreeMap<String, u64>,
    }
    let expected = || Outer {
        id: 1,
        point: Point { x: 2, y: 3 },
        rest: BTreeMap::from([("z".into(), 4)]),
    };
    reads("x: 2\nid: 1\nz: 4\ny: 3", expected());
    reads("[1]{id,x,y,z}:\n  1,2,3,4", vec![expected()]);
}

#[test]
fn keys_are_read_as_numbers_booleans_characters_and_variants() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    enum Unit {
        A,
    }
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Id(u64);
    reads("-1: a\n\"2\": b", BTreeMap::from([(-1_i8, 'a'), (2, 'b')]));
    reads(
        "340282366920938463463374607431768211455: 1",
        BTreeMap::from([(u128::MAX, 1)]),
    );
    reads(
        "-170141183460469231731687303715884105728: 1",
        BTreeMap::from([(i128::MIN, 1)]),
    );
    reads("true: 1\nfalse: 0", BTreeMap::from([(true, 1), (false, 0)]));
    reads("é: 1", BTreeMap::from([('é', 1)]));
    reads("A: 1", BTreeMap::from([(Unit::A, 1)]));
    reads("7: 1", BTreeMap::from([(Some(Id(7)), 1)]));
    reads(
        "[1]{1,2}:\n  3,4",
        vec![BTreeMap::from([(1_u8, 3), (2, 4)])],
    );
    reads(
        "[1:]{a}:\n  \"\\u0031\": 2",
        BTreeMap::from([(1_u8, BTreeMap::from([("a".to_owned(), 2)]))]),
    );
    for key in ["1.0", "1e2", "01", "+1", "x"] {
        assert_eq!(
            refused::<BTreeMap<u8, u8>>(&format!("5: 1\n{key}: 1"), 2, 1),
            Facts::Type(format!("string \"{key}\""), "u8".into()),
        );
    }
    assert!(matches!(
        refused::<BTreeMap<u8, u8>>("256: 1", 1, 1),
        Facts::Value(..)
    ));
    assert!(matches!(
        refused::<BTreeMap<i128, u8>>("a: 1", 1, 1),
        Facts::Type(..)
    ));
    assert!(matches!(
        refused::<BTreeMap<bool, u8>>("yes: 1", 1, 1),
        Facts::Type(..)
    ));
    assert_eq!(
        refused::<BTreeMap<Unit, u8>>("B: 1", 1, 1),
        Facts::Variant("B".into())
    );
    assert_eq!(
        refused::<BTreeMap<u64, u8>>("18446744073709551616: 1", 1, 1),
        Facts::Range("18446744073709551616".into())
    );
}
