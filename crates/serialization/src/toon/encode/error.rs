//! Owns why a value has no document.

use std::fmt;
use std::io;

use serde::ser;
use thiserror::Error;

/// Why a value could not be written.
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
    /// Arrays and objects, or the options and newtypes around values, lie too deep in one another.
    #[error("values lie more than {max} levels deep in one another")]
    TooDeep {
        /// How many levels the options allow.
        max: usize,
    },
    /// The key of a map is neither text nor anything that has one obvious text: a number, a
    /// boolean, a character or a variant without content.
    #[error(
        "the key of an object must be a string, a number, a boolean or a unit variant, not {found}"
    )]
    KeyNotString {
        /// What the key is.
        found: &'static str,
    },
    /// An object has the same key twice; the document could not be read back strictly
    /// (specification, section 14.3).
    #[error("an object has the key {key:?} more than once")]
    DuplicateKey {
        /// The key, as it would be written.
        key: String,
    },
    /// The value was not the same the second time that it was serialised. It is serialised twice:
    /// once to learn which of its arrays are tables, and once to be written.
    #[error("the value changed while it was written, which takes two passes over it")]
    ValueChanged,
    /// The destination refused the text; part of the document may have been written.
    #[error("the document could not be written")]
    Io(#[from] io::Error),
    /// The value's own implementation of `Serialize` gave up.
    #[error("{message}")]
    Custom {
        /// What it said.
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
