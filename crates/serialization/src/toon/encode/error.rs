//! The error of the encoder.

use std::fmt;
use std::io;

use serde::ser;
use thiserror::Error;

/// The reason why the encoder refused a value.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use serialization::toon::{self, EncodeError};
///
/// let by_point = BTreeMap::from([((1, 2), "a")]);
/// assert!(matches!(
///     toon::to_string(&by_point),
///     Err(EncodeError::KeyNotString { found: "an array" })
/// ));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Arrays and objects, or options and newtypes, are nested deeper than the options allow.
    #[error("values are nested deeper than {max} levels")]
    TooDeep {
        /// The number of levels allowed.
        max: usize,
    },
    /// The key of a map is not a string, number, boolean, character or unit variant.
    #[error(
        "the key of an object must be a string, a number, a boolean or a unit variant, not {found}"
    )]
    KeyNotString {
        /// The kind of the key, for example `an array`.
        found: &'static str,
    },
    /// An object has the same key twice. A strict decoder would refuse the document (specification,
    /// section 14.3).
    #[error("an object has the key {key:?} more than once")]
    DuplicateKey {
        /// The key without quotes and escapes.
        key: String,
    },
    /// The value differed between the two passes of the encoder. The first pass finds the tables,
    /// the second writes the text.
    #[error("the value changed between the two passes of the encoder")]
    ValueChanged,
    /// The writer failed. A part of the document may have been written.
    #[error("the document could not be written")]
    Io(#[from] io::Error),
    /// An error of the value's own `Serialize` implementation.
    #[error("{message}")]
    Custom {
        /// The message of that error.
        message: String,
    },
}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom {
            message: message.to_string(),
        }
    }
}
