//! Owns what the JSON codecs refuse: the source inside of the errors of the ports.

use thiserror::Error;

/// Why a value is not written as JSON, or not read from it.
///
/// It is the source of [`EncodeError::Format`](shared_kernel::EncodeError::Format) and of
/// [`DecodeError::Malformed`](shared_kernel::DecodeError::Malformed), and what a
/// [`JsonStateCodec`](crate::JsonStateCodec) fails with: `source.downcast_ref::<JsonError>()`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JsonError {
    /// NaN or an infinity; JSON has no such numbers (RFC 8259, section 6).
    #[error("{value} is not a number that JSON can hold")]
    NotFinite {
        /// The number.
        value: f64,
    },
    /// An integer below −2⁶³ or above 2⁶⁴ − 1: readers of JSON, upcasters among them, would take it
    /// for a float and lose digits.
    #[error("the integer {digits} does not fit in 64 bits")]
    IntegerTooWide {
        /// The integer in decimal.
        digits: String,
    },
    /// Arrays and objects inside each other past what would be read back.
    #[error("nested deeper than {max} levels")]
    TooDeep {
        /// The deepest nesting allowed.
        max: u8,
    },
    /// A map with two keys that are one and the same in JSON.
    #[error("a map has the key {key} twice")]
    DuplicateKey {
        /// The key as JSON text.
        key: String,
    },
    /// The name of the event and that of the enum's variant differ, so it could not be read back:
    /// make them equal, with `#[serde(rename = "…")]` or in `event_type()`.
    #[error("the event calls itself `{event_type}`, and serde calls it `{variant}`")]
    VariantMismatch {
        /// The name that the event gives itself.
        event_type: &'static str,
        /// The name that serde gives the variant.
        variant: &'static str,
    },
    /// The event is written in one representation and read in another: the derives of `Serialize`
    /// and `Deserialize`, or their attributes, do not match.
    #[error("the event is written in another representation than it is read in")]
    RepresentationMismatch,
    /// The payload was read as an event that calls itself by another name.
    #[error("the payload was read as an event that calls itself `{found}`")]
    OtherEvent {
        /// The name that the event gives itself.
        found: &'static str,
    },
    /// What serde or `serde_json` said.
    #[error(transparent)]
    Serde(#[from] serde_json::Error),
}
