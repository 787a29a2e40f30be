//! States of aggregates, in any representation that serde has.

use std::collections::HashMap;
use std::fmt::Debug;
use std::net::IpAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serialization::{JsonError, JsonErrorKind, JsonStateCodec};
use shared_kernel::codec::StateCodec;

use crate::recorded::refusal;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) weight: Option<f32>,
    pub(crate) stops: HashMap<String, Vec<bool>>,
    pub(crate) phase: Phase,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    AtHome,
    OnTheWay { leg: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Open { since: u64 },
    Closed,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

/// A type that serializes its `Display` text.
#[derive(Debug, PartialEq)]
struct Shown(f64);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} kg", self.0))
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.trim_end_matches(" kg").parse();
        number.map(Self).map_err(serde::de::Error::custom)
    }
}

#[track_caller]
fn comes_back<S: Serialize + DeserializeOwned + PartialEq + Debug>(state: &S, json: &str) {
    let codec = JsonStateCodec::<S>::default();
    let stored = codec.encode(state).unwrap();
    assert_eq!(stored, json);
    assert_eq!(codec.decode(&stored).unwrap(), *state);
}

#[test]
fn every_representation_round_trips() {
    comes_back(
        &Tagged::Open { since: 1 << 60 },
        r#"{"kind":"Open","since":1152921504606846976}"#,
    );
    comes_back(&Tagged::Closed, r#"{"kind":"Closed"}"#);
    comes_back(&Untagged::Number(u64::MAX), "18446744073709551615");
    comes_back(&Untagged::Text("a".to_owned()), r#""a""#);
    comes_back(&Phase::AtHome, r#""at_home""#);
    comes_back(&(), "null");
    comes_back(&Some(0.1_f32), "0.1");
}

#[test]
fn human_readable_forms_are_used() {
    let address = IpAddr::from([127, 0, 0, 1]);
    comes_back(&vec![Some(address)], r#"["127.0.0.1"]"#);
    comes_back(&Shown(1.5), r#""1.5 kg""#);
}

#[test]
fn a_codec_implements_debug() {
    assert!(format!("{:?}", JsonStateCodec::<u8>::new()).contains("JsonStateCodec"));
}

#[test]
fn other_json_is_refused_as_a_state() {
    let codec = JsonStateCodec::<Tagged>::new();
    let broken: [&[u8]; 6] = [
        b"",
        b"{}",
        br#"{"kind":"Ajar"}"#,
        br#"{"kind":"Closed"} x"#,
        br#"{"kind":"Closed""#,
        b"\xff",
    ];
    for payload in broken {
        let error = codec.decode(payload).unwrap_err();
        let error: &JsonError = error.downcast_ref().unwrap();
        assert!(
            matches!(error.kind(), JsonErrorKind::Serde(_)),
            "{payload:?}"
        );
    }
}

#[test]
fn a_state_that_json_cannot_hold_is_refused() {
    let codec = JsonStateCodec::<Vec<f64>>::new();
    let error = codec.encode(&vec![1.0, f64::NEG_INFINITY]).unwrap_err();
    assert!(
        matches!(refusal(&error), JsonErrorKind::NotFinite { value } if *value == f64::NEG_INFINITY)
    );

    let codec = JsonStateCodec::<u128>::new();
    let error = codec.encode(&u128::MAX).unwrap_err();
    assert!(matches!(
        refusal(&error),
        JsonErrorKind::IntegerTooWide { .. }
    ));
}
