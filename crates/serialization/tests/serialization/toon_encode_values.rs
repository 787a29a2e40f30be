//! The encoding of Rust values: numbers, variants, keys, and values that the encoder refuses.

use std::collections::BTreeMap;
use std::io;

use serde::ser::{Error, SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serialization::toon::{self, EncodeError};

fn of<T: Serialize>(value: T) -> String {
    toon::to_string(&value).unwrap()
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(u8);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize)]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { a: u8 },
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    Struct { a: u8 },
}

#[derive(Serialize)]
#[serde(tag = "type", content = "value")]
enum Adjacent {
    Unit,
    Tuple(u8, u8),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Struct { a: u8 },
}

#[test]
fn integers_have_all_their_digits() {
    assert_eq!(
        of((i8::MIN, i16::MIN, i32::MIN)),
        "[3]: -128,-32768,-2147483648"
    );
    assert_eq!(of(i64::MIN), "-9223372036854775808");
    assert_eq!(
        of((u8::MAX, u16::MAX, u32::MAX)),
        "[3]: 255,65535,4294967295"
    );
    assert_eq!(of(u64::MAX), "18446744073709551615");
    assert_eq!(of(i128::MIN), "-170141183460469231731687303715884105728");
    assert_eq!(of(u128::MAX), "340282366920938463463374607431768211455");
    assert_eq!(
        of([(u128::MAX, i128::MAX)]),
        format!("[1]:\n  - [2]: {},{}", u128::MAX, i128::MAX)
    );
}

#[test]
fn floats_have_the_fewest_digits_that_read_back() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-2.5e300, "-2.5e+300"),
        (f64::NAN, "null"),
        (f64::INFINITY, "null"),
        (f64::NEG_INFINITY, "null"),
    ] {
        assert_eq!(of(value), expected);
        assert_eq!(of([[value]]), format!("[1]:\n  - [1]: {expected}"));
        assert_eq!(
            of([BTreeMap::from([("k", value)])]),
            format!("[1]{{k}}:\n  {expected}")
        );
    }
}

#[test]
fn an_f32_has_the_digits_of_its_own_width() {
    assert_eq!(of(0.1_f32), "0.1");
    assert_eq!(of(16_777_216.0_f32), "16777216");
    assert_eq!(of(f32::MAX), "3.4028235e+38");
    assert_eq!(of(f32::NAN), "null");
    assert_eq!(of(-0.0_f32), "0");
}

/// A number as `serde_json` serializes it with its feature `arbitrary_precision`.
#[derive(Serialize, Clone)]
#[serde(rename = "$serde_json::private::Number")]
struct Digits {
    #[serde(rename = "$serde_json::private::Number")]
    text: &'static str,
}

#[test]
fn a_number_given_as_text_keeps_its_digits_everywhere() {
    for (text, expected) in [
        ("9007199254740993.0", "9007199254740993"),
        ("-0.10000000000000000001", "-0.10000000000000000001"),
        ("1e-400", "1e-400"),
        ("120e-1", "12"),
        ("-0", "0"),
    ] {
        let number = Digits { text };
        assert_eq!(of(&number), expected);
        assert_eq!(of([[&number]]), format!("[1]:\n  - [1]: {expected}"));
        let field = BTreeMap::from([("k", number.clone())]);
        assert_eq!(of(&field), format!("k: {expected}"));
        assert_eq!(of([field]), format!("[1]{{k}}:\n  {expected}"));
        let reordered = r#"[2]{a,b}:"#.to_owned() + &format!("\n  1,{expected}\n  {expected},2");
        assert_eq!(of(Reordered(number)), reordered);
    }
}

/// Two rows, the second with its fields in another order than the first.
struct Reordered(Digits);

impl Serialize for Reordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct First<'a> {
            a: u8,
            b: &'a Digits,
        }
        #[derive(Serialize)]
        struct Second<'a> {
            b: u8,
            a: &'a Digits,
        }
        (First { a: 1, b: &self.0 }, Second { b: 2, a: &self.0 }).serialize(serializer)
    }
}

#[test]
fn a_number_given_as_text_is_refused_if_it_is_none() {
    for text in ["", "12a", "05", "1e9223372036854775808"] {
        let error = toon::to_string(&[Digits { text }]).unwrap_err();
        assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
    }
}

#[test]
fn raw_json_is_refused_instead_of_written_as_an_object() {
    let raw = serde_json::value::RawValue::from_string("[1]".to_owned()).unwrap();
    let error = toon::to_string(&[raw]).unwrap_err();
    assert!(error.to_string().contains("serde_json::Value"), "{error}");
}

#[test]
fn absent_and_empty_values_are_null() {
    assert_eq!(
        of(((), Unit, None::<u8>, Some(1), Some(None::<u8>))),
        "[5]: null,null,null,1,null"
    );
}

#[test]
fn wrappers_are_written_as_their_content() {
    assert_eq!(of(Newtype(1)), "1");
    assert_eq!(of(Some(Newtype(2))), "2");
    assert_eq!(of(Pair(1, "x")), "[2]: 1,x");
    assert_eq!(of([Some(Newtype(1)), None]), "[2]: 1,null");
}

#[test]
fn characters_and_displayed_values_are_strings_and_bytes_are_numbers() {
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&[0, 255])
        }
    }
    struct Shown(&'static str);
    impl Serialize for Shown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self.0)
        }
    }
    assert_eq!(of(('x', '-', '🎉')), "[3]: x,\"-\",🎉");
    assert_eq!(of(Bytes), "[2]: 0,255");
    assert_eq!(of(Shown("\u{feff}1:2")), "\"\u{feff}1:2\"");
    assert_eq!(
        of([BTreeMap::from([("k", Shown("12"))])]),
        "[1]{k}:\n  \"12\""
    );
}

#[test]
fn variants_have_the_representation_of_json() {
    assert_eq!(of(External::Unit), "Unit");
    assert_eq!(of(External::Newtype(1)), "Newtype: 1");
    assert_eq!(of(External::Tuple(1, 2)), "Tuple[2]: 1,2");
    assert_eq!(of(External::Struct { a: 1 }), "Struct:\n  a: 1");
    assert_eq!(of(Internal::Unit), "type: Unit");
    assert_eq!(of(Internal::Struct { a: 1 }), "type: Struct\na: 1");
    assert_eq!(of(Adjacent::Unit), "type: Unit");
    assert_eq!(of(Adjacent::Tuple(1, 2)), "type: Tuple\nvalue[2]: 1,2");
    assert_eq!(of([Untagged::Number(1)]), "[1]: 1");
    assert_eq!(of([Untagged::Struct { a: 1 }]), "[1]{a}:\n  1");
}

#[test]
fn variants_stand_in_lists_and_tables_like_objects() {
    assert_eq!(
        of([
            External::Unit,
            External::Tuple(1, 2),
            External::Struct { a: 3 },
            External::Newtype(4)
        ]),
        "[4]:\n  - Unit\n  - Tuple[2]: 1,2\n  - Struct:\n      a: 3\n  - Newtype: 4"
    );
    assert_eq!(
        of([External::Struct { a: 1 }, External::Struct { a: 2 }]),
        "[2]{Struct{a}}:\n  1\n  2"
    );
    assert_eq!(of([External::Newtype(1)]), "[1]{Newtype}:\n  1");
}

#[test]
fn a_struct_variant_of_alike_objects_is_a_keyed_table() {
    #[derive(Serialize)]
    enum Table {
        Rows { a: Row, b: Row },
    }
    #[derive(Serialize)]
    struct Row {
        x: u8,
    }
    assert_eq!(
        of(Table::Rows {
            a: Row { x: 1 },
            b: Row { x: 2 }
        }),
        "Rows[2:]{x}:\n  a: 1\n  b: 2"
    );
}

#[test]
fn a_field_that_is_left_out_or_flattened_counts_as_written() {
    #[derive(Serialize)]
    struct Row {
        id: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'static str>,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, u8>,
    }
    let row = |id, note| Row {
        id,
        note,
        rest: BTreeMap::from([("z", 9)]),
    };
    assert_eq!(of([row(1, None), row(2, None)]), "[2]{id,z}:\n  1,9\n  2,9");
    assert_eq!(
        of([row(1, None), row(2, Some("n"))]),
        "[2]:\n  - id: 1\n    z: 9\n  - id: 2\n    note: n\n    z: 9"
    );
}

#[test]
fn the_length_of_a_sequence_need_not_be_known_beforehand() {
    struct Unknown(Vec<Newtype>, Option<usize>);
    impl Serialize for Unknown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;
            let mut sequence = serializer.serialize_seq(self.1)?;
            for element in &self.0 {
                sequence.serialize_element(element)?;
            }
            sequence.end()
        }
    }
    for claimed in [None, Some(0), Some(7)] {
        assert_eq!(
            of(Unknown(vec![Newtype(1), Newtype(2)], claimed)),
            "[2]: 1,2"
        );
        assert_eq!(of(Unknown(vec![], claimed)), "[]");
    }
}

#[test]
fn keys_that_have_a_text_are_keys() {
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    enum Name {
        First,
    }
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Id(Option<u8>);
    assert_eq!(of(BTreeMap::from([(Name::First, 1)])), "First: 1");
    assert_eq!(of(BTreeMap::from([('c', 1)])), "c: 1");
    assert_eq!(of(BTreeMap::from([(true, 1)])), "true: 1");
    assert_eq!(of(BTreeMap::from([(-7, 1)])), "\"-7\": 1");
    assert_eq!(
        of(BTreeMap::from([(u128::MAX, 1)])),
        format!("\"{}\": 1", u128::MAX)
    );
    assert_eq!(of(BTreeMap::from([(Id(Some(3)), 1)])), "\"3\": 1");
    assert_eq!(of(Fields(vec![(1.5_f64, 1)])), "\"1.5\": 1");
    assert_eq!(of(Fields(vec![(0.1_f32, 1)])), "\"0.1\": 1");
}

#[test]
fn other_keys_are_refused() {
    fn refused<K: Serialize>(key: K) -> &'static str {
        match toon::to_string(&Fields(vec![(key, 1)])) {
            Err(EncodeError::KeyNotString { found }) => found,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused(()), "null");
    assert_eq!(refused(None::<u8>), "null");
    assert_eq!(refused(Unit), "null");
    assert_eq!(refused([1]), "an array");
    assert_eq!(refused(vec![1]), "an array");
    assert_eq!(refused(Pair(1, "")), "an array");
    assert_eq!(refused(BTreeMap::from([(1, 1)])), "an object");
    assert_eq!(refused(Internal::Struct { a: 1 }), "an object");
    assert_eq!(refused(External::Newtype(1)), "a variant with content");
    assert_eq!(refused(External::Tuple(1, 2)), "a variant with content");
    assert_eq!(refused(External::Struct { a: 1 }), "a variant with content");
    assert_eq!(refused(f64::NAN), "a float that is not finite");
    assert_eq!(refused(f32::INFINITY), "a float that is not finite");
}

/// A map with keys of any type, in this order.
struct Fields<K, V>(Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Fields<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

fn duplicate<T: Serialize>(value: &T) -> Option<String> {
    let mut written = Vec::new();
    match (toon::to_string(value), toon::to_writer(&mut written, value)) {
        (Ok(_), Ok(())) => None,
        (Err(EncodeError::DuplicateKey { key }), Err(EncodeError::DuplicateKey { .. })) => {
            assert_eq!(written, b"", "something was written before the error");
            Some(key)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_duplicate_key_is_named() {
    assert_eq!(
        duplicate(&Fields(vec![("a", 1), ("b", 2), ("a", 3)])),
        Some("a".into())
    );
    assert_eq!(duplicate(&Fields(vec![("a", 1), ("b", 2), ("A", 3)])), None);
    assert_eq!(
        duplicate(&[Fields(vec![("a", 1), ("a", 2)])]),
        Some("a".into())
    );
    assert_eq!(
        duplicate(&Fields(vec![("x", Fields(vec![("é\n", 1), ("é\n", 2)]))])),
        Some("é\n".into())
    );
    // The same key in an inner object, and in objects side by side, is not a duplicate.
    assert_eq!(
        duplicate(&[Fields(vec![("a", Fields(vec![("a", 1)]))]), Fields(vec![])]),
        None
    );
}

#[test]
fn a_duplicate_key_is_found_in_objects_of_every_width() {
    for width in [2, 3, 11, 12, 13, 14, 100, 5_000] {
        let mut fields: Vec<(String, usize)> =
            (0..width).map(|at| (format!("k{at}"), at)).collect();
        assert_eq!(duplicate(&Fields(fields.clone())), None);
        fields[width - 1].0 = "k0".into();
        assert_eq!(duplicate(&Fields(fields)), Some("k0".into()));
    }
}

#[test]
fn keys_of_different_types_with_the_same_text_are_the_same_key() {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Key {
        Number(u8),
        Text(&'static str),
    }
    assert_eq!(
        duplicate(&Fields(vec![(Key::Number(1), 0), (Key::Text("1"), 0)])),
        Some("1".into())
    );
}

#[test]
fn a_struct_written_by_hand_or_flattened_is_searched_too() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("Twice", 2)?;
            fields.serialize_field("same", &1)?;
            fields.serialize_field("same", &2)?;
            fields.end()
        }
    }
    #[derive(Serialize)]
    struct Flat {
        id: u8,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, u8>,
    }
    assert_eq!(duplicate(&Twice), Some("same".into()));
    assert_eq!(duplicate(&(1, Twice)), Some("same".into()));
    let flat = |key| Flat {
        id: 1,
        rest: BTreeMap::from([(key, 2)]),
    };
    assert_eq!(duplicate(&[flat("other"), flat("id")]), Some("id".into()));
}

#[test]
fn an_error_of_the_value_is_returned() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("not today"))
        }
    }
    assert!(matches!(
        toon::to_string(&[Refuses]),
        Err(EncodeError::Custom { message }) if message == "not today"
    ));
}

#[test]
fn a_map_that_misuses_the_serialiser_is_refused() {
    struct NoKey;
    impl Serialize for NoKey {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_value(&1)?;
            map.end()
        }
    }
    struct NoValue;
    impl Serialize for NoValue {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_key("k")?;
            map.end()
        }
    }
    assert!(matches!(
        toon::to_string(&NoKey),
        Err(EncodeError::Custom { .. })
    ));
    assert!(matches!(
        toon::to_string(&NoValue),
        Err(EncodeError::Custom { .. })
    ));
}

#[test]
fn a_failing_writer_is_a_separate_error() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let long = vec!["some text"; 20_000];
    for room in [0, 1, 100_000] {
        assert!(matches!(
            toon::to_writer(Full(room), &long),
            Err(EncodeError::Io(error)) if error.kind() == io::ErrorKind::StorageFull
        ));
    }
}

#[test]
fn a_long_document_is_streamed_as_it_is_kept() {
    let rows: Vec<BTreeMap<&str, String>> = (0..3_000)
        .map(|at| BTreeMap::from([("a", format!("{at}")), ("b", "x".repeat(at % 50))]))
        .collect();
    let lists: Vec<Vec<usize>> = (0..2_000).map(|at| vec![at; at % 9]).collect();
    let value = (
        &rows,
        &lists,
        "long ".repeat(10_000),
        BTreeMap::from([("t", &rows)]),
    );
    let mut streamed = Vec::new();
    toon::to_writer(&mut streamed, &value).unwrap();
    assert_eq!(String::from_utf8(streamed).unwrap(), of(value));
}
