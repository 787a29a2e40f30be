//! The errors of the JSON codecs, which are the sources of the errors of the ports.

use std::error::Error;
use std::fmt;

use thiserror::Error;

/// A value cannot be written as JSON, or not read from it: the reason, and the path of the field.
///
/// It is the source of [`EncodeError::Format`](shared_kernel::codec::EncodeError::Format) and of
/// [`DecodeError::Malformed`](shared_kernel::codec::DecodeError::Malformed), and the error of a
/// [`JsonStateCodec`](crate::JsonStateCodec): `source.downcast_ref::<JsonError>()`.
///
/// ```
/// use serialization::{JsonError, JsonErrorKind, JsonStateCodec};
/// use shared_kernel::codec::{EncodeError, StateCodec};
///
/// let codec = JsonStateCodec::<Vec<(u8, f64)>>::new();
/// let Err(EncodeError::Format(source)) = codec.encode(&vec![(1, 0.5), (2, f64::INFINITY)]) else {
///     panic!("JSON has no infinity")
/// };
/// let error: &JsonError = source.downcast_ref().unwrap();
/// assert_eq!(error.path(), "[1][1]");
/// assert!(matches!(error.kind(), JsonErrorKind::NotFinite { .. }));
/// ```
pub struct JsonError(Box<Located>);

struct Located {
    path: String,
    kind: JsonErrorKind,
}

/// The reason of a [`JsonError`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// NaN or an infinity; JSON has no such numbers (RFC 8259, section 6).
    #[error("{value} is not a number that JSON can hold")]
    NotFinite {
        /// The number.
        value: f64,
    },
    /// An integer below −2⁶³ or above 2⁶⁴ − 1: readers of JSON, upcasters among them, would read it
    /// as a float and lose digits.
    #[error("the integer {digits} does not fit in 64 bits")]
    IntegerTooWide {
        /// The integer in decimal.
        digits: String,
    },
    /// Arrays and objects are nested deeper than the parser follows.
    #[error("nested deeper than {max} levels")]
    TooDeep {
        /// The deepest nesting allowed.
        max: u8,
    },
    /// A map has two keys that are the same text in JSON, for example `1` and `"1"`.
    #[error("a map has the key {key} twice")]
    DuplicateKey {
        /// The key as JSON text.
        key: String,
    },
    /// A `Some` and `None` are the same JSON, so one is read back as the other. For example,
    /// `Some(None)` and `Some(())` are written as `null`.
    #[error(
        "`Some` and `None` are both written as null here, and one is read back as the other; use \
         an enum in place of `Option`"
    )]
    SomeIsNull,
    /// The value was written as JSON that cannot be read back.
    ///
    /// For example, serde cannot read a `u128` in a struct with `#[serde(flatten)]`.
    #[error(
        "its JSON cannot be read back ({reason}); give it another type or other attributes of serde"
    )]
    NotReadBack {
        /// The error of reading it.
        reason: Box<JsonErrorKind>,
    },
    /// The value was written as JSON, read back, and is other JSON when it is written again.
    #[error("{written} is read back as {read}; `Serialize` and `Deserialize` must fit each other")]
    Changed {
        /// The beginning of the JSON at the path, or `nothing`.
        written: String,
        /// The same of the value that was read back.
        read: String,
    },
    /// The event and serde's variant have different names, so the event could not be read back.
    #[error(
        "the event is a `{event_type}`, and serde writes it as `{variant}`; give both one name"
    )]
    VariantMismatch {
        /// The event type.
        event_type: &'static str,
        /// The name of the variant in serde.
        variant: &'static str,
    },
    /// The event is written in one representation and read in another: the derives of `Serialize`
    /// and `Deserialize`, or their attributes, do not match.
    #[error(
        "the event is written in another representation than it is read in; derive both \
         `Serialize` and `Deserialize`, with the same attributes"
    )]
    RepresentationMismatch,
    /// The payload was read as an event of another type than that of its record.
    #[error("the payload was read as an event of another type, `{found}`")]
    OtherEvent {
        /// The type of the event that was read.
        found: &'static str,
    },
    /// An error of serde or `serde_json`.
    #[error(transparent)]
    Serde(#[from] serde_json::Error),
}

impl JsonError {
    #[cold]
    pub(super) fn at(path: String, kind: JsonErrorKind) -> Self {
        Self(Box::new(Located { path, kind }))
    }

    /// The path of the value in the payload, for example `lines[2].amount`.
    ///
    /// It is empty for the payload itself, and where the payload was upgraded before it was read.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &JsonErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            "" => self.kind().fmt(f),
            path => write!(f, "`{path}`: {}", self.kind()),
        }
    }
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonError")
            .field("path", &self.path())
            .field("kind", self.kind())
            .finish()
    }
}

impl Error for JsonError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind().source()
    }
}
