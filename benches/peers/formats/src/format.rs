//! The list of formats, each behind the same functions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Nested, Uniform};

/// A format for the type of one data set.
pub struct Subject<T> {
    /// Encodes the values.
    pub encode: fn(&[T]) -> String,
    /// Decodes the text.
    pub decode: fn(&str) -> Vec<T>,
}

/// A format with its functions for each data set.
pub struct Format {
    /// The name of the crate.
    pub name: &'static str,
    /// For uniform events.
    pub uniform: Subject<Uniform>,
    /// For nested events.
    pub nested: Subject<Nested>,
    /// For untyped JSON values.
    pub value: Subject<serde_json::Value>,
}

/// All formats. The first is the yardstick of the ratios.
pub const FORMATS: [Format; 4] = [
    format("serde_json", Subject::JSON, Subject::JSON, Subject::JSON),
    format("annals toon", Subject::OURS, Subject::OURS, Subject::OURS),
    format(
        "serde_toon",
        Subject::SERDE_TOON,
        Subject::SERDE_TOON,
        Subject::SERDE_TOON,
    ),
    format(
        "toon-format",
        Subject::TOON_FORMAT,
        Subject::TOON_FORMAT,
        Subject::TOON_FORMAT,
    ),
];

const fn format(
    name: &'static str,
    uniform: Subject<Uniform>,
    nested: Subject<Nested>,
    value: Subject<serde_json::Value>,
) -> Format {
    Format {
        name,
        uniform,
        nested,
        value,
    }
}

impl<T: Serialize + DeserializeOwned> Subject<T> {
    const JSON: Self = Self {
        encode: |values| serde_json::to_string(values).expect("JSON writes the set"),
        decode: |text| serde_json::from_str(text).expect("JSON reads the set"),
    };
    const OURS: Self = Self {
        encode: |values| serialization::toon::to_string(values).expect("TOON writes the set"),
        decode: |text| serialization::toon::from_str(text).expect("TOON reads the set"),
    };
    const SERDE_TOON: Self = Self {
        encode: |values| serde_toon::to_string(values).expect("serde_toon writes the set"),
        decode: |text| serde_toon::from_str(text).expect("serde_toon reads the set"),
    };
    const TOON_FORMAT: Self = Self {
        encode: |values| toon_format::encode_default(&values).expect("toon-format writes the set"),
        decode: |text| toon_format::decode_default(text).expect("toon-format reads the set"),
    };
}
