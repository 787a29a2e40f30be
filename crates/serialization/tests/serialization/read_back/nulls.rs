//! Null: a `Some` that is written as null, and a field that is missing.

use serde::{Deserialize, Deserializer, Serialize};

use super::{comes_back, flat, is_refused, line};

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

/// A field that is missing for `None`, and null for `Some(None)`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Patch {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub(super) nick: Option<Option<u8>>,
}

/// Reads `null` as `Some(None)`; the attribute `default` reads a missing field as `None`.
pub(super) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<u8>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[test]
fn a_field_that_tells_null_from_absence_comes_back() {
    for nick in [None, Some(None), Some(Some(1))] {
        comes_back(&line(Patch { nick }));
    }
}
