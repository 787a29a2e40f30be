//! Representations: fields that differ between the two directions, tags, and raw JSON.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serialization::JsonStateCodec;
use shared_kernel::codec::StateCodec;

use super::{Line, comes_back, flat, is_refused, line, refused};

#[test]
fn a_field_that_is_missing_or_renamed_on_one_side_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Skipping {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<u8>,
    }
    is_refused(
        &line(Skipping { notes: vec![] }),
        "[0].terms",
        "missing field `notes`",
    );
    assert!(
        JsonStateCodec::new()
            .encode(&Skipping { notes: vec![1] })
            .is_ok()
    );
    #[derive(Serialize, Deserialize)]
    struct Renamed {
        #[serde(rename(serialize = "sum"))]
        amount: u8,
    }
    is_refused(
        &line(Renamed { amount: 1 }),
        "[0].terms",
        "missing field `amount`",
    );
    #[derive(Serialize, Deserialize)]
    struct Defaulted {
        #[serde(default, rename(serialize = "sum"))]
        amount: u8,
    }
    is_refused(
        &line(Defaulted { amount: 1 }),
        "[0].terms.sum",
        "1 is read back as 0",
    );
    assert!(
        JsonStateCodec::new()
            .encode(&Defaulted { amount: 0 })
            .is_ok()
    );
}

#[test]
fn a_value_that_changes_is_refused_with_both_values() {
    struct Rounded(f64);
    impl Serialize for Rounded {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_f64(self.0)
        }
    }
    impl<'de> Deserialize<'de> for Rounded {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            f64::deserialize(deserializer).map(f64::round).map(Self)
        }
    }
    let value = BTreeMap::from([("a b", vec![Rounded(1.0), Rounded(1.5)])]);
    let value: BTreeMap<String, _> = value.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    is_refused(&value, r#"["a b"][1]"#, "1.5 is read back as 2.0");
}

#[test]
fn an_array_that_loses_an_element_is_refused() {
    /// Keeps the first of several entries of one key.
    #[derive(Serialize)]
    struct First(Vec<(u8, char)>);
    impl<'de> Deserialize<'de> for First {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut entries = Vec::<(u8, char)>::deserialize(deserializer)?;
            entries.dedup_by_key(|entry| entry.0);
            Ok(Self(entries))
        }
    }
    assert!(
        JsonStateCodec::new()
            .encode(&First(vec![(1, 'a'), (2, 'a')]))
            .is_ok()
    );
    is_refused(
        &line(First(vec![(1, 'a'), (1, 'b')])),
        "[0].terms",
        r#"[[1,"a"],[1,"b"]] is read back as [[1,"a"]]"#,
    );
}

#[test]
fn raw_json_comes_back_as_it_was_or_is_refused() {
    let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
    let codec = JsonStateCodec::<Line<Box<RawValue>>>::new();
    let terms = raw(r#"{ "b": [1.10, "é"], "a": null }"#);
    let stored = codec.encode(&Line { number: 1, terms }).unwrap();
    assert_eq!(
        stored,
        r#"{"number":1,"terms":{ "b": [1.10, "é"], "a": null }}"#
    );
    assert_eq!(
        codec.decode(&stored).unwrap().terms.get(),
        r#"{ "b": [1.10, "é"], "a": null }"#
    );

    is_refused(&line(flat(raw("1"))), "[0].terms", "any valid JSON value");
    is_refused(&line(Some(raw("null"))), "[0].terms", "Some");
    // No reader of generic JSON could read the payload, an upcaster for example.
    is_refused(&line(raw("1e400")), "[0].terms", "number out of range");
    is_refused(&line(raw(r#"["\ud800"]"#)), "[0].terms[0]", "hex escape");
    let deep = "[".repeat(126) + &"]".repeat(126);
    let (path, reason) = refused(&line(raw(&deep)));
    assert!(path.starts_with("[0].terms[0][0]"), "{path}");
    assert!(reason.contains("recursion limit"), "{reason}");
}

#[test]
fn a_tag_that_is_also_a_field_is_refused() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Clashing {
        Paid(HashMap<String, String>),
    }
    let entry = |key: &str| HashMap::from([(key.to_owned(), "x".to_owned())]);
    comes_back(&line(Clashing::Paid(entry("to"))));
    is_refused(
        &line(Clashing::Paid(entry("kind"))),
        "[0].terms",
        "the key \"kind\" twice",
    );
}
