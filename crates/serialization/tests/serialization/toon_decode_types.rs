//! Each part of serde's data model, read from TOON as `serde_json` reads it from JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serialization::toon::{self, DecodeErrorKind as Kind};

#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + Debug>(document: &str, expected: T) {
    let value: T = toon::from_str(document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value, expected);
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(document: &str, line: usize, column: usize) -> Facts {
    let error = toon::from_str::<T>(document).unwrap_err();
    assert_eq!((error.line(), error.column()), (line, column), "{error}");
    match error.kind() {
        Kind::InvalidType { found, expected } => {
            Facts::Type(found.to_string(), expected.to_string())
        }
        Kind::InvalidValue { found, expected } => {
            Facts::Value(found.to_string(), expected.to_string())
        }
        Kind::InvalidLength { found, .. } => Facts::Length(*found),
        Kind::NumberOutOfRange { number } => Facts::Range(number.to_string()),
        Kind::MissingField { field } => Facts::Missing(field),
        Kind::UnknownField { field, .. } => Facts::Unknown(field.to_string()),
        Kind::UnknownVariant { variant, .. } => Facts::Variant(variant.to_string()),
        Kind::DuplicateField { field } => Facts::Twice(field),
        Kind::ElementsLeft => Facts::Left,
        Kind::Custom(message) => Facts::Custom(message.to_string()),
        other => panic!("{other:?}"),
    }
}

/// The facts of an error, to compare.
#[derive(Debug, PartialEq)]
enum Facts {
    Type(String, String),
    Value(String, String),
    Length(usize),
    Range(String),
    Missing(&'static str),
    Unknown(String),
    Variant(String),
    Twice(&'static str),
    Left,
    Custom(String),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8, b: String },
    Nested(Point),
    List(Vec<u8>),
}

#[test]
fn integers_are_read_exactly_over_their_whole_width() {
    reads("-128", i8::MIN);
    reads("18446744073709551615", u64::MAX);
    reads("-9223372036854775808", i64::MIN);
    reads("340282366920938463463374607431768211455", u128::MAX);
    reads("-170141183460469231731687303715884105728", i128::MIN);
    reads(
        "a: 18446744073709551616",
        BTreeMap::from([("a".to_owned(), 1_u128 << 64)]),
    );
}

#[test]
fn an_integer_may_be_written_with_a_fraction_or_an_exponent() {
    reads(
        "[6]: 1e3,5.0,0.05e2,-0,-1E+1,120e-1",
        vec![1000, 5, 5, 0, -10, 12],
    );
    reads("-0.0", 0_u8);
    reads("1e38", 10_u128.pow(38));
}

#[test]
fn integers_out_of_range_are_refused() {
    assert_eq!(
        refused::<u8>("256", 1, 1),
        Facts::Value("integer `256`".into(), "u8".into())
    );
    assert_eq!(
        refused::<u8>("-1", 1, 1),
        Facts::Value("integer `-1`".into(), "u8".into())
    );
    assert_eq!(
        refused::<u8>("1.5", 1, 1),
        Facts::Type("floating point `1.5`".into(), "u8".into())
    );
    assert_eq!(
        refused::<u64>("18446744073709551616", 1, 1),
        Facts::Range("18446744073709551616".into())
    );
    assert_eq!(
        refused::<i64>("a: -9223372036854775809".split_once(' ').unwrap().1, 1, 1),
        Facts::Range("-9223372036854775809".into())
    );
    assert_eq!(refused::<u128>("1e39", 1, 1), Facts::Range("1e39".into()));
    assert_eq!(refused::<i128>("-1e39", 1, 1), Facts::Range("-1e39".into()));
    assert_eq!(
        refused::<i128>("-170141183460469231731687303715884105729", 1, 1),
        Facts::Range("-170141183460469231731687303715884105729".into())
    );
    assert_eq!(
        refused::<i128>("0.5", 1, 1),
        Facts::Type("floating point `0.5`".into(), "i128".into())
    );
}

#[test]
fn floats_are_the_nearest_ones() {
    reads(
        "[4]: 0.1,1e-7,5,18446744073709551616",
        vec![0.1, 1e-7, 5.0, 18_446_744_073_709_551_616.0],
    );
    reads("16777217.000000001", 16_777_218_f32);
    assert!(toon::from_str::<f64>("-0").unwrap().is_sign_positive());
    assert!(toon::from_str::<f32>("-0.0").unwrap().is_sign_positive());
    assert_eq!(refused::<f64>("1e400", 1, 1), Facts::Range("1e400".into()));
    assert_eq!(refused::<f32>("1e39", 1, 1), Facts::Range("1e39".into()));
    assert_eq!(
        refused::<f64>("null", 1, 1),
        Facts::Type("unit value".into(), "f64".into())
    );
}

#[test]
fn a_token_has_the_type_that_it_is_written_in() {
    assert_eq!(
        refused::<BTreeMap<String, String>>("a: 42", 1, 4),
        Facts::Type("integer `42`".into(), "a string".into())
    );
    assert_eq!(
        refused::<Vec<u8>>("[2]: 1, x", 1, 9),
        Facts::Type("string \"x\"".into(), "u8".into())
    );
    assert_eq!(
        refused::<Vec<u8>>("[1]:\n  - \"1\"", 2, 5),
        Facts::Type("string \"1\"".into(), "u8".into())
    );
    assert_eq!(
        refused::<Vec<Point>>("[2]{x,y}:\n  1,2\n  3, true", 3, 6),
        Facts::Type("boolean `true`".into(), "i32".into())
    );
    assert_eq!(
        refused::<bool>("1", 1, 1),
        Facts::Type("integer `1`".into(), "a boolean".into())
    );
    reads("\"42\"", "42".to_owned());
}

#[test]
fn containers_of_another_kind_are_refused_where_they_stand() {
    assert_eq!(
        refused::<BTreeMap<String, u8>>("a: 1\nb:\n  c: 1", 2, 1),
        Facts::Type("map".into(), "u8".into())
    );
    assert_eq!(
        refused::<BTreeMap<String, u8>>("a: 1\nb[1]: 1", 2, 2),
        Facts::Type("sequence".into(), "u8".into())
    );
    assert_eq!(
        refused::<BTreeMap<String, u8>>("b[1:]{c}:\n  d: 1", 1, 2),
        Facts::Type("map".into(), "u8".into())
    );
    assert_eq!(
        refused::<Vec<u8>>("a: 1", 1, 1),
        Facts::Type("map".into(), "a sequence".into())
    );
    assert_eq!(
        refused::<Vec<u8>>("[1]{a}:\n  1", 2, 3),
        Facts::Type("map".into(), "u8".into())
    );
    assert_eq!(
        refused::<Vec<Vec<u8>>>("[1]: 1", 1, 6),
        Facts::Type("integer `1`".into(), "a sequence".into())
    );
    assert!(matches!(refused::<()>("", 1, 1), Facts::Type(..)));
}

#[test]
fn structs_are_read_from_every_form_of_an_object_and_from_arrays() {
    reads("x: 1\ny: 2", Point { x: 1, y: 2 });
    reads("y: 2\nz: 3\nx: 1", Point { x: 1, y: 2 });
    reads("[2]: 1,2", Point { x: 1, y: 2 });
    reads("[1]{y,x}:\n  1,2", vec![Point { x: 2, y: 1 }]);
    reads("[1]:\n  - x: 1\n    y: 2", vec![Point { x: 1, y: 2 }]);
    reads(
        "[1:]{x,y}:\n  a: 1,2",
        HashMap::from([("a".to_owned(), Point { x: 1, y: 2 })]),
    );
    reads(
        "[1]{p{x,y}}:\n  1,2",
        vec![BTreeMap::from([("p".to_owned(), Point { x: 1, y: 2 })])],
    );
}

#[test]
fn fields_that_are_missing_unknown_or_given_twice() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "it is never read")]
        #[serde(alias = "b")]
        a: u8,
    }
    assert_eq!(refused::<Point>("x: 1", 1, 1), Facts::Missing("y"));
    assert_eq!(
        refused::<Vec<Point>>("[1]{x}:\n  1", 2, 3),
        Facts::Missing("y")
    );
    assert_eq!(
        refused::<Vec<Point>>("[1]:\n  - x: 1", 2, 5),
        Facts::Missing("y")
    );
    assert_eq!(
        refused::<Strict>("a: 1\nc: 2", 2, 1),
        Facts::Unknown("c".into())
    );
    assert_eq!(
        refused::<Vec<Strict>>("[1]{a,c}:\n  1,2", 1, 7),
        Facts::Unknown("c".into())
    );
    assert_eq!(refused::<Strict>("a: 1\nb: 2", 1, 1), Facts::Twice("a"));
}

#[test]
fn a_struct_of_defaults_is_read_from_an_empty_document() {
    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default)]
    struct Defaults {
        a: u8,
        b: Option<String>,
    }
    reads("", Defaults::default());
    reads("", Some(Defaults::default()));
    reads("[1]:\n  -", vec![Defaults::default()]);
    reads("b: null", Defaults::default());
    reads(
        "b: \"null\"",
        Defaults {
            a: 0,
            b: Some("null".into()),
        },
    );
}

#[test]
fn options_units_and_newtypes() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Unit;
    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapper<T>(T);
    reads("null", ());
    reads("null", Unit);
    reads("null", None::<u8>);
    reads("[2]: 1,null", vec![Some(1), None]);
    reads(
        "a:\n  x: 1\n  y: 2",
        Wrapper(BTreeMap::from([(
            "a".to_owned(),
            Some(Wrapper(Point { x: 1, y: 2 })),
        )])),
    );
    reads(
        "[1]{x,y}:\n  1,2",
        vec![Wrapper(Some(Point { x: 1, y: 2 }))],
    );
}

#[test]
fn tuples_take_as_many_elements_as_they_have() {
    reads("[3]: 1,a,true", (1, 'a', true));
    reads(
        "[2]:\n  - [2]: 1,2\n  - x: 1\n    y: 2",
        ((1, 2), Point { x: 1, y: 2 }),
    );
    assert_eq!(refused::<(u8, u8)>("[1]: 1", 1, 1), Facts::Length(1));
    assert_eq!(refused::<(u8, u8)>("[3]: 1,2,3", 1, 10), Facts::Left);
    assert_eq!(refused::<(u8,)>("[2]:\n  - 1\n  - 2", 3, 3), Facts::Left);
    assert_eq!(
        refused::<(Point,)>("[2]{x,y}:\n  1,2\n  3,4", 3, 3),
        Facts::Left
    );
    assert_eq!(
        refused::<Vec<Shape>>("[1]{Newtype,b}:\n  1,2", 2, 3),
        Facts::Left
    );
}

#[test]
fn characters_and_bytes() {
    reads("é", 'é');
    assert!(matches!(refused::<char>("ab", 1, 1), Facts::Value(..)));
    reads("[3]: 0,1,255", Bytes(vec![0, 1, 255]));
    reads("text", Bytes(b"text".to_vec()));
    reads("\"\\n\"", Bytes(b"\n".to_vec()));
    assert!(matches!(refused::<Bytes>("1", 1, 1), Facts::Type(..)));
    let borrowed: BTreeMap<&str, &[u8]> = toon::from_str("a: text").unwrap();
    assert_eq!(borrowed["a"], b"text");
}

#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Bytes;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut bytes: A,
            ) -> Result<Bytes, A::Error> {
                let mut all = Vec::new();
                while let Some(byte) = bytes.next_element()? {
                    all.push(byte);
                }
                Ok(Bytes(all))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

#[test]
fn variants_stand_as_a_name_or_as_an_object_of_one_key() {
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
fn what_is_no_variant_is_refused() {
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
fn keys_spell_numbers_booleans_characters_and_variants() {
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

#[test]
fn strings_are_borrowed_where_they_have_no_escapes() {
    #[derive(Debug, Deserialize)]
    struct Borrowed<'a> {
        plain: &'a str,
        quoted: &'a str,
        #[serde(borrow)]
        escaped: Cow<'a, str>,
    }
    let field = "plain: a b\nquoted: \"c, d\"\nescaped: \"e\\n\"";
    let row = "[1]{plain,quoted,escaped}:\n  a b,\"c, d\",\"e\\n\"";
    let from_rows: Vec<Borrowed<'_>> = toon::from_str(row).unwrap();
    for (text, value) in [
        (field, toon::from_str(field).unwrap()),
        (row, from_rows.into_iter().next().unwrap()),
    ] {
        let within = |part: &str| text.as_bytes().as_ptr_range().contains(&part.as_ptr());
        let Borrowed {
            plain,
            quoted,
            escaped,
        } = value;
        assert_eq!((plain, quoted, escaped.as_ref()), ("a b", "c, d", "e\n"));
        assert!(within(plain) && within(quoted) && !within(&escaped));
    }
    let keys: BTreeMap<&str, &str> = toon::from_slice(b"a: b\n\"c d\": \"\"").unwrap();
    assert_eq!(keys, BTreeMap::from([("a", "b"), ("c d", "")]));
    assert!(toon::from_str::<&str>("\"\\n\"").is_err());
}

#[test]
fn values_nobody_reads_are_still_checked() {
    reads("x: 1\nz:\n  deep[1]{a}:\n    1\ny: 2", Point { x: 1, y: 2 });
    for document in [
        "x: 1\nz: \"\\x\"\ny: 2",
        "x: 1\nz[2]: 1\ny: 2",
        "x: 1\nz:\n  a: 1\n  a: 2\ny: 2",
    ] {
        assert!(toon::from_str::<Point>(document).is_err());
        assert!(toon::from_str::<IgnoredAny>(document).is_err());
    }
    assert!(toon::from_str::<IgnoredAny>("1e999").is_ok());
}

/// A type may swallow the error of a part: what follows is still read as it stands.
#[test]
fn an_error_that_a_type_swallows_does_no_harm() {
    #[derive(Debug, PartialEq)]
    struct Lossy(Option<u8>);
    impl<'de> Deserialize<'de> for Lossy {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(u8::deserialize(deserializer).ok()))
        }
    }
    reads(
        "[3]: 1,x,3",
        vec![Lossy(Some(1)), Lossy(None), Lossy(Some(3))],
    );
    reads(
        "a: x\nb: 2",
        BTreeMap::from([
            ("a".to_owned(), Lossy(None)),
            ("b".to_owned(), Lossy(Some(2))),
        ]),
    );
    reads(
        "[2]{a,b}:\n  x,2\n  1,y",
        vec![
            BTreeMap::from([
                ("a".to_owned(), Lossy(None)),
                ("b".to_owned(), Lossy(Some(2))),
            ]),
            BTreeMap::from([
                ("a".to_owned(), Lossy(Some(1))),
                ("b".to_owned(), Lossy(None)),
            ]),
        ],
    );
    assert!(toon::from_str::<BTreeMap<String, Lossy>>("a:\n  b:\n    c: 1\nd: 2").is_err());
}
