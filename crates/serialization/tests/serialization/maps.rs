//! The order of maps, and the keys that JSON can hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serialization::{JsonErrorKind, JsonStateCodec};
use shared_kernel::codec::StateCodec;

use crate::recorded::refusal;

#[track_caller]
fn comes_back<S: Serialize + DeserializeOwned + PartialEq + Debug>(state: &S, json: &str) {
    let codec = JsonStateCodec::<S>::new();
    let stored = codec.encode(state).unwrap();
    assert_eq!(stored, json);
    assert_eq!(codec.decode(&stored).unwrap(), *state);
}

#[track_caller]
fn is_refused<S: Serialize + DeserializeOwned>(state: &S, expected: fn(&JsonErrorKind) -> bool) {
    let error = JsonStateCodec::<S>::new().encode(state).unwrap_err();
    let reason = refusal(&error);
    assert!(expected(reason), "{reason:?}");
}

/// Entries in the order given, as a map that keeps the order of insertion writes them.
struct InOrder(Vec<(String, u8)>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = BTreeMap::deserialize(deserializer)?;
        Ok(Self(entries.into_iter().collect()))
    }
}

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn in_order(keys: &[&str]) -> InOrder {
    InOrder(
        keys.iter()
            .zip(0..)
            .map(|(key, value)| ((*key).to_owned(), value))
            .collect(),
    )
}

/// A hasher whose hashes depend on a seed.
#[derive(Default)]
struct Seeded<const SEED: u64>(DefaultHasher);

impl<const SEED: u64> Hasher for Seeded<SEED> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write_u64(SEED);
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

type SeededMap<const SEED: u64> = HashMap<String, u32, BuildHasherDefault<Seeded<SEED>>>;

#[test]
fn a_hash_map_is_written_independently_of_its_hashes() {
    let entries = || (0..100).map(|n| (format!("key {n}"), n));
    let one = SeededMap::<1>::from_iter(entries());
    let other = SeededMap::<2>::from_iter(entries());
    assert!(
        !one.keys().eq(other.keys()),
        "the maps should differ in their order"
    );

    let one = JsonStateCodec::new().encode(&one).unwrap();
    let other = JsonStateCodec::new().encode(&other).unwrap();
    assert_eq!(one, other);
    let read: BTreeMap<String, u32> = serde_json::from_slice(&one).unwrap();
    assert_eq!(read, entries().collect());
}

#[test]
fn entries_are_ordered_by_key() {
    let written = |keys: &[&str]| JsonStateCodec::new().encode(&in_order(keys)).unwrap();
    assert_eq!(written(&[]), "{}");
    assert_eq!(written(&["b"]), r#"{"b":0}"#);
    assert_eq!(written(&["c", "a", "b"]), r#"{"a":1,"b":2,"c":0}"#);
    assert_eq!(written(&["a", "b", "c"]), r#"{"a":0,"b":1,"c":2}"#);
    assert_eq!(
        written(&["b", "a!", "a", ""]),
        r#"{"":3,"a":2,"a!":1,"b":0}"#
    );
    assert_eq!(
        written(&["é", "z", "\"", ","]),
        r#"{",":3,"\"":2,"z":1,"é":0}"#
    );
}

#[test]
fn nested_maps_are_ordered_too() {
    let outer = HashMap::from([
        ("y".to_owned(), vec![in_order(&["b", "a"])]),
        ("x".to_owned(), vec![in_order(&["d", "c"])]),
    ]);
    let stored = JsonStateCodec::new().encode(&vec![outer]).unwrap();
    assert_eq!(stored, r#"[{"x":[{"c":1,"d":0}],"y":[{"a":1,"b":0}]}]"#);
}

#[test]
fn fields_keep_the_order_of_declaration() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Fields {
        z: u8,
        a: u8,
    }
    comes_back(&Fields { z: 1, a: 2 }, r#"{"z":1,"a":2}"#);
}

#[test]
fn flattened_fields_are_ordered_among_the_entries() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Open {
        z: u8,
        #[serde(flatten)]
        more: BTreeMap<String, String>,
    }
    let more = |key: &str| BTreeMap::from([(key.to_owned(), "x".to_owned())]);
    comes_back(
        &Open {
            z: 1,
            more: more("a"),
        },
        r#"{"a":"x","z":1}"#,
    );
    // The payload would have the field twice, and every reader would refuse it.
    is_refused(
        &Open {
            z: 1,
            more: more("z"),
        },
        |reason| matches!(reason, JsonErrorKind::DuplicateKey { key } if key == "\"z\""),
    );
}

#[test]
fn a_duplicate_key_is_refused_at_every_level() {
    let twice = |reason: &JsonErrorKind| matches!(reason, JsonErrorKind::DuplicateKey { .. });
    is_refused(&in_order(&["a", "a"]), twice);
    is_refused(&in_order(&["a", "b", "c", "a"]), twice);
    is_refused(&vec![in_order(&["x", "a", "x"])], twice);
}

#[test]
fn keys_that_json_writes_as_text_round_trip() {
    comes_back(
        &BTreeMap::from([(2_u8, 'b'), (10, 'j')]),
        r#"{"10":"j","2":"b"}"#,
    );
    comes_back(
        &BTreeMap::from([(i64::MIN, ()), (-1, ())]),
        r#"{"-1":null,"-9223372036854775808":null}"#,
    );
    comes_back(
        &BTreeMap::from([(false, 0), (true, 1)]),
        r#"{"false":0,"true":1}"#,
    );
    comes_back(&BTreeMap::from([(Some('a'), 1)]), r#"{"a":1}"#);
    comes_back(&BTreeMap::from([(7_u128, 1)]), r#"{"7":1}"#);
}

#[test]
fn keys_that_json_cannot_hold_are_refused() {
    let by_serde = |reason: &JsonErrorKind| matches!(reason, JsonErrorKind::Serde(_));
    is_refused(&BTreeMap::from([((1, 2), 'p')]), by_serde);
    is_refused(&BTreeMap::from([(vec![1], 'l')]), by_serde);
    is_refused(&BTreeMap::from([(None::<u8>, 'n')]), by_serde);
    is_refused(&BTreeMap::from([(u128::MAX, 'w')]), |reason| {
        matches!(reason, JsonErrorKind::IntegerTooWide { .. })
    });
}
