//! Each part of serde's data model, read from TOON as `serde_json` reads it from JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serialization::toon::{self, DecodeErrorKind as Kind};

#[track_caller]
pub(crate) fn reads<T: DeserializeOwned + PartialEq + Debug>(document: &str, expected: T) {
    let value: T = toon::from_str(document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value, expected);
}

#[track_caller]
pub(crate) fn refused<T: DeserializeOwned + Debug>(
    document: &str,
    line: usize,
    column: usize,
) -> Facts {
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

/// The parts of an error, to compare.
#[derive(Debug, PartialEq)]
pub(crate) enum Facts {
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
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
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
fn containers_of_another_kind_are_refused_with_the_position() {
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
        refused::<Vec<crate::toon_decode_enums::Shape>>("[1]{Newtype,b}:\n  1,2", 2, 3),
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
fn ignored_values_are_still_checked() {
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

/// A type may ignore the error of a field or an element. The decoder still reads the rest
/// correctly.
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
