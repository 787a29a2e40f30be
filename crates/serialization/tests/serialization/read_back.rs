//! A value that would not come back from its JSON is refused when it is written, with the path of
//! the field (law 52).

mod events;
mod maps;
mod nulls;
mod numbers;
mod random;
mod representations;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serialization::JsonStateCodec;
use shared_kernel::codec::StateCodec;

use crate::recorded::located_refusal;

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
