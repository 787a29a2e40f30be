//! A number of a document by its text.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A number of JSON, which TOON writes with all of its digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'t>(pub(super) &'t str);

/// The name of the struct as which `serde_json` serializes a number of any length.
const NAME: &str = "$serde_json::private::Number";

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = *self;
        if let Ok(integer) = text.parse() {
            return serializer.serialize_i64(integer);
        }
        let mut number = serializer.serialize_struct(NAME, 1)?;
        number.serialize_field(NAME, text)?;
        number.end()
    }
}
