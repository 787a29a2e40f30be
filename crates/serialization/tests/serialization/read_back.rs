//! A value that would not come back from its JSON is refused when it is written, with the path of
//! the field (law 52).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::collection::{btree_map, hash_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serialization::{JsonErrorKind, JsonEventCodec, JsonStateCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::{EventCodec, StateCodec};

use crate::recorded::{decoded, located_refusal, record_of, refusal};

/// A value around a payload, as a state and as the content of an event.
fn refused<T: Serialize + DeserializeOwned>(value: &T) -> (String, String) {
    let encoded = JsonStateCodec::<T>::new().encode(value);
    let error = encoded.expect_err("the value is refused");
    let error = located_refusal(&error);
    assert!(error.to_string().contains(error.path()), "{error}");
    (error.path().to_owned(), error.kind().to_string())
}

#[track_caller]
fn is_refused<T: Serialize + DeserializeOwned>(value: &T, path: &str, reason: &str) {
    let (found, kind) = refused(value);
    assert_eq!(found, path, "{kind}");
    assert!(kind.contains(reason), "{kind}");
}

#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let codec = JsonStateCodec::<T>::new();
    let stored = codec.encode(value).unwrap();
    assert_eq!(codec.decode(&stored).unwrap(), *value);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line<T> {
    number: u8,
    terms: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    name: String,
    #[serde(flatten)]
    terms: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged<T> {
    Paid { amount: T },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged<T> {
    Paid { amount: T },
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Amount<T> {
    amount: T,
}

fn line<T>(terms: T) -> Vec<Line<T>> {
    vec![Line { number: 1, terms }]
}

fn flat<T>(amount: T) -> Flat<Amount<T>> {
    let name = "Ada".to_owned();
    Flat {
        name,
        terms: Amount { amount },
    }
}

#[test]
fn wide_integers_that_serde_buffers_are_refused() {
    comes_back(&line(7_u128));
    is_refused(&line(flat(7_u128)), "[0].terms.amount", "128");
    is_refused(&line(flat(-7_i128)), "[0].terms.amount", "128");
    is_refused(
        &line(Tagged::Paid { amount: 7_u128 }),
        "[0].terms.amount",
        "128",
    );
    is_refused(
        &line(Untagged::Paid { amount: 7_u128 }),
        "[0].terms",
        "untagged",
    );
}

#[test]
fn keys_that_are_no_text_are_refused_where_serde_buffers_them() {
    let by_number = || BTreeMap::from([(7_u8, true)]);
    comes_back(&line(by_number()));
    is_refused(
        &line(flat(by_number())),
        "[0].terms.amount.7",
        "expected u8",
    );
    is_refused(
        &line(Tagged::Paid {
            amount: by_number(),
        }),
        "[0].terms.amount.7",
        "expected u8",
    );
    is_refused(
        &line(Untagged::Paid {
            amount: by_number(),
        }),
        "[0].terms",
        "untagged",
    );
    let open = Flat {
        name: String::new(),
        terms: by_number(),
    };
    is_refused(&open, "7", "expected u8");
    let by_flag = BTreeMap::from([(true, 1)]);
    is_refused(&flat(by_flag), "amount.true", "expected a boolean");
    comes_back(&flat(BTreeMap::from([('x', 1)])));
}

#[test]
fn a_some_that_is_written_as_null_is_refused() {
    let reason = "Some";
    is_refused(&line(Some(None::<u8>)), "[0].terms", reason);
    is_refused(&line(Some(())), "[0].terms", reason);
    is_refused(&line(Some(Some(None::<u8>))), "[0].terms", reason);
    is_refused(&line(Some(serde_json::Value::Null)), "[0].terms", reason);
    is_refused(&flat(Some(None::<u8>)), "amount", reason);
    is_refused(&Some(()), "", reason);
    #[derive(Serialize, Deserialize)]
    struct Nothing;
    is_refused(&vec![Some(Nothing)], "[0]", reason);
    comes_back(&line(Some(Some(7))));
    comes_back(&line(None::<Option<u8>>));
    comes_back(&line(Some("null".to_owned())));
}

/// Reads `null` as `Some(None)`; the attribute `default` reads a missing field as `None`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u8>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[test]
fn a_field_that_tells_null_from_absence_comes_back() {
    for nick in [None, Some(None), Some(Some(1))] {
        comes_back(&line(Patch { nick }));
    }
}

#[test]
fn the_place_of_a_null_or_a_wide_integer_moves_with_the_entries_of_its_map() {
    type Map<T> = HashMap<String, Line<T>>;
    fn map<T>(terms: impl Fn(u8) -> T) -> Map<T> {
        let line = |number| Line {
            number,
            terms: terms(number),
        };
        (0..50).map(|n| (format!("k{n}"), line(n))).collect()
    }
    is_refused(&map(|n| (n == 7).then_some(None::<u8>)), "k7.terms", "Some");
    comes_back(&map(|n| Patch {
        nick: [None, Some(None), Some(Some(n))][usize::from(n % 3)],
    }));
    // The first entry in the text is `k0`; the number of `k1` may have been written before it.
    is_refused(&map(|n| flat(u128::from(n))), "k0.terms.amount", "128");
    let only_k1 = map(|n| OneOf {
        wide: (n == 1).then(|| flat(7_u128)),
    });
    is_refused(&only_k1, "k1.terms.wide.amount", "128");
}

#[derive(Serialize, Deserialize)]
struct OneOf {
    wide: Option<Flat<Amount<u128>>>,
}

/// A field that is missing for `None`, and null for `Some(None)`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Patch {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    nick: Option<Option<u8>>,
}

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
fn the_order_of_sets_and_of_members_does_not_count() {
    let numbers: HashSet<u32> = (0..200).collect();
    comes_back(&numbers);
    let texts: HashSet<String> = (0..200).map(|n| n.to_string()).collect();
    comes_back(&Amount {
        amount: HashMap::from([("x".to_owned(), vec![texts])]),
    });

    /// Writes its fields in turns.
    #[derive(PartialEq, Debug)]
    struct Turning(Cow<'static, str>);
    impl Serialize for Turning {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeStruct;
            let mut fields = serializer.serialize_struct("Turning", 2)?;
            let owned = matches!(self.0, Cow::Owned(_));
            let (first, second) = if owned { ("b", "a") } else { ("a", "b") };
            fields.serialize_field(first, &self.0)?;
            fields.serialize_field(second, &self.0)?;
            fields.end()
        }
    }
    impl<'de> Deserialize<'de> for Turning {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut fields = BTreeMap::<String, String>::deserialize(deserializer)?;
            Ok(Self(fields.remove("a").unwrap_or_default().into()))
        }
    }
    comes_back(&Turning("x".into()));
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
fn numbers_bytes_and_times_come_back() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Many {
        small: f32,
        zero: f64,
        huge: f64,
        long: i64,
        key: BTreeMap<char, u64>,
        lasts: Duration,
        since: SystemTime,
        text: Cow<'static, str>,
        bytes: Vec<u8>,
    }
    let many = || Many {
        small: 0.1,
        zero: -0.0,
        huge: f64::MAX,
        long: (1 << 53) + 1,
        key: BTreeMap::from([('"', u64::MAX)]),
        lasts: Duration::new(1, 999_999_999),
        since: UNIX_EPOCH + Duration::from_secs(1),
        text: "x".into(),
        bytes: vec![0, 255],
    };
    comes_back(&line(many()));
    comes_back(&flat(many()));
    comes_back(&Tagged::Paid { amount: many() });
    comes_back(&Untagged::Paid { amount: many() });
    let before = Many {
        since: UNIX_EPOCH - Duration::from_secs(1),
        ..many()
    };
    is_refused(&line(before), "[0].terms.since", "UNIX_EPOCH");
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

#[test]
fn the_path_of_a_refusal_names_the_field() {
    is_refused(&line(vec![1.0, f64::NAN]), "[0].terms[1]", "NaN");
    is_refused(&line(u128::MAX), "[0].terms", "64 bits");
    is_refused(
        &line(BTreeMap::from([((1, 2), 'p')])),
        "[0].terms",
        "key must be a string",
    );
    is_refused(
        &BTreeMap::from([(f64::NAN.to_bits(), f64::NAN)]),
        "9221120237041090560",
        "NaN",
    );
    is_refused(&f64::NAN, "", "NaN");
}

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
enum Order {
    Placed {
        lines: Vec<Line<Flat<Amount<u128>>>>,
    },
    Cleared(Option<Option<u8>>),
    Closed,
}

#[test]
fn an_event_is_refused_by_the_same_rules() {
    let codec = JsonEventCodec::<Order>::new().unwrap();
    let stored = codec.encode(&Order::Closed).unwrap();
    assert_eq!(decoded(&codec, &record_of(&stored)), Order::Closed);
    let path = |event: &Order| {
        let error = codec.encode(event).unwrap_err();
        let JsonErrorKind::NotReadBack { .. } = refusal(&error) else {
            panic!("{error:?}")
        };
        located_refusal(&error).path().to_owned()
    };
    assert_eq!(
        path(&Order::Placed {
            lines: line(flat(7))
        }),
        "lines[0].terms.amount"
    );
    let error = codec.encode(&Order::Cleared(Some(None))).unwrap_err();
    assert_eq!(located_refusal(&error).path(), "");
}

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

proptest! {
    /// The codec accepts exactly the values that come back as equal ones.
    #[test]
    fn a_value_is_accepted_if_and_only_if_it_comes_back(value in tricky()) {
        let json = serde_json::to_vec(&value).unwrap();
        let comes_back = serde_json::from_slice::<Tricky>(&json).is_ok_and(|copy| copy == value);
        let codec = JsonStateCodec::<Tricky>::new();
        match codec.encode(&value) {
            Ok(stored) => {
                prop_assert!(comes_back, "accepted: {:?}", stored);
                prop_assert_eq!(codec.decode(&stored).unwrap(), value);
            }
            Err(error) => prop_assert!(!comes_back, "refused: {:?}", error),
        }
    }
}
