//! The errors of the JSON codecs, which are the sources of the errors of the ports.

use thiserror::Error;

/// A value cannot be written as JSON, or not read from it.
///
/// It is the source of [`EncodeError::Format`](shared_kernel::codec::EncodeError::Format) and of
/// [`DecodeError::Malformed`](shared_kernel::codec::DecodeError::Malformed), and the error of a
/// [`JsonStateCodec`](crate::JsonStateCodec): `source.downcast_ref::<JsonError>()`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JsonError {
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
