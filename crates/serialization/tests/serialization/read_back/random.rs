//! Random values of all kinds: accepted if and only if they come back.

use std::collections::{BTreeMap, HashSet};

use proptest::collection::{btree_map, hash_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestError, TestRunner};
use serde::{Deserialize, Serialize};
use serialization::JsonStateCodec;
use shared_kernel::codec::StateCodec;

use super::nulls::present;

/// A value of kinds that may or may not come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tricky {
    Option(Option<Option<u8>>),
    Unit(Option<()>),
    Float(f64),
    Set(HashSet<Option<u8>>),
    Keys(BTreeMap<i8, bool>),
    Fields(Fields),
    Flat {
        name: String,
        #[serde(flatten)]
        fields: Fields,
    },
    Tagged(Enclosed),
    Untagged(Either),
    Many(Vec<Tricky>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    wide: Option<i128>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    keys: BTreeMap<u8, f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    list: Vec<u64>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    patch: Option<Option<u8>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Enclosed {
    With(Fields),
    Without,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Text(String),
    Fields(Fields),
    Number(i64),
}

fn fields() -> impl Strategy<Value = Fields> {
    let wide = any::<i64>().prop_map(i128::from);
    let keys = btree_map(any::<u8>(), -9_f32..9.0, 0..2);
    let fields = (
        of(wide),
        keys,
        vec(any::<u64>(), 0..3),
        any::<Option<Option<u8>>>(),
    );
    fields.prop_map(|(wide, keys, list, patch)| Fields {
        wide,
        keys,
        list,
        patch,
    })
}

fn tricky() -> impl Strategy<Value = Tricky> {
    let leaf = prop_oneof![
        any::<Option<Option<u8>>>().prop_map(Tricky::Option),
        any::<Option<()>>().prop_map(Tricky::Unit),
        prop_oneof![any::<f64>(), Just(f64::NAN), Just(-0.0)].prop_map(Tricky::Float),
        hash_set(any::<Option<u8>>(), 0..9).prop_map(Tricky::Set),
        btree_map(any::<i8>(), any::<bool>(), 0..3).prop_map(Tricky::Keys),
        fields().prop_map(Tricky::Fields),
        fields().prop_map(|fields| Tricky::Flat {
            name: "x".to_owned(),
            fields
        }),
        fields().prop_map(Enclosed::With).prop_map(Tricky::Tagged),
        Just(Tricky::Tagged(Enclosed::Without)),
        fields().prop_map(Either::Fields).prop_map(Tricky::Untagged),
        any::<i64>()
            .prop_map(Either::Number)
            .prop_map(Tricky::Untagged),
        Just(Tricky::Untagged(Either::Text("x".to_owned()))),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| vec(inner, 0..4).prop_map(Tricky::Many))
}

/// Whether a codec keeps law 52 for a value: it accepts exactly the values that come back as equal
/// ones.
fn keeps_the_law(codec: &JsonStateCodec<Tricky>, value: &Tricky) -> TestCaseResult {
    let json = serde_json::to_vec(value).unwrap();
    let comes_back = serde_json::from_slice::<Tricky>(&json).is_ok_and(|copy| copy == *value);
    match codec.encode(value) {
        Ok(stored) => {
            prop_assert!(comes_back, "accepted: {:?}", stored);
            prop_assert_eq!(&codec.decode(&stored).unwrap(), value);
        }
        Err(error) => prop_assert!(!comes_back, "refused: {:?}", error),
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_value_is_accepted_if_and_only_if_it_comes_back(value in tricky()) {
        keeps_the_law(&JsonStateCodec::new(), &value)?;
    }
}

/// The law can fail: a codec without the proof breaks it.
#[test]
fn a_codec_that_does_not_read_back_breaks_the_law() {
    let codec = JsonStateCodec::new().without_reading_back();
    let mut runner = TestRunner::deterministic();
    let verdict = runner.run(&tricky(), |value| keeps_the_law(&codec, &value));
    let Err(TestError::Fail(reason, value)) = verdict else {
        panic!("{verdict:?}")
    };
    assert!(reason.message().contains("accepted"), "{reason}: {value:?}");
}
