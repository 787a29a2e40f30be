//! The decoder: it reads any value that serde can deserialise from a TOON document.
//!
//! ```text
//! text ─ lines ─> lines with depth ─ content ─> Scalar, or Block ─ serde ─> value
//!                                               Block: object, list, inline, table, entries
//! ```
//!
//! `lines` skips comments and blank lines. `content` classifies a line. A `Scalar` is a primitive,
//! a `Block` is an array or object with a file for each form. `Reader` is the state that all share.

mod block;
mod block_deserializer;
mod content;
mod counted;
mod document;
mod duplicates;
mod entries;
mod error;
mod error_kind;
mod fault;
mod fields;
mod header;
mod header_flaw;
mod inline;
mod lines;
mod list;
mod methods;
mod name;
mod number;
mod numeric;
mod object;
mod options;
mod quoted;
mod reader;
mod rows;
mod scalar;
mod search;
mod siblings;
mod table;
mod variant;
mod wrappers;

pub use error::DecodeError;
pub use error_kind::DecodeErrorKind;
pub use header_flaw::HeaderFlaw;
pub use options::DecodeOptions;

use std::io;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed};

/// Reads a value from a document, strictly.
///
/// A string without escapes is borrowed from the document.
///
/// The rules for numbers (section 4):
///
/// - A number without a fraction is an integer in any notation. `1e3` and `5.0` fit an integer
///   type. Any integer fits a float type.
/// - A type that takes any value gets an integer of 64 bits if the number fits one, and the nearest
///   float otherwise. A type that asks for 128 bits gets them.
/// - A number that does not fit the type is
///   [`NumberOutOfRange`](DecodeErrorKind::NumberOutOfRange) or an invalid value. The decoder never
///   rounds it to another integer or to infinity.
/// - Zero has no sign: `-0` reads as 0.
///
/// ```
/// use serde::Deserialize;
/// use serialization::toon;
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct User<'a> {
///     id: u32,
///     name: &'a str,
/// }
///
/// let users: Vec<User> = toon::from_str("[2]{id,name}:\n  1,Ada\n  2,Bob")?;
/// assert_eq!(users[1], User { id: 2, name: "Bob" });
/// # Ok::<(), toon::DecodeError>(())
/// ```
///
/// # Errors
/// [`DecodeError`] if the document breaks a rule of the specification, or if its value does not fit
/// the type.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, DecodeError> {
    from_str_with(text, DecodeOptions::strict())
}

/// Reads a value from a document with the given options.
///
/// ```
/// use serialization::toon::{self, DecodeOptions};
///
/// let cut_off = "[3]: 1,2";
/// let numbers: Vec<u8> = toon::from_str_with(cut_off, DecodeOptions::lenient())?;
/// assert_eq!(numbers, [1, 2]);
/// # Ok::<(), toon::DecodeError>(())
/// ```
///
/// # Errors
/// [`DecodeError`] if the document breaks a rule that the options do not waive, or if its value
/// does not fit the type.
pub fn from_str_with<'de, T: Deserialize<'de>>(
    text: &'de str,
    options: DecodeOptions,
) -> Result<T, DecodeError> {
    from_str_seed(text, options, PhantomData)
}

/// Reads a value from a document with a seed, that is with state of the caller. For example, a seed
/// can write the value somewhere else while it is read, without a tree of values in memory.
///
/// # Errors
/// As [`from_str_with`].
pub fn from_str_seed<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    options: DecodeOptions,
    seed: S,
) -> Result<S::Value, DecodeError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    document::read(text, options, seed).map_err(|fault| DecodeError::locate(fault, text))
}

/// Reads a value from the bytes of a document, strictly.
///
/// # Errors
/// As [`from_str`], and [`DecodeErrorKind::InvalidUtf8`] for bytes that are not UTF-8.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, DecodeError> {
    from_slice_with(bytes, DecodeOptions::strict())
}

/// Reads a value from the bytes of a document with the given options.
///
/// # Errors
/// As [`from_str_with`], and [`DecodeErrorKind::InvalidUtf8`] for bytes that are not UTF-8, with
/// any options.
pub fn from_slice_with<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    options: DecodeOptions,
) -> Result<T, DecodeError> {
    match str::from_utf8(bytes) {
        Ok(text) => from_str_with(text, options),
        Err(error) => Err(DecodeError::after(
            DecodeErrorKind::InvalidUtf8,
            valid(&bytes[..error.valid_up_to()]),
        )),
    }
}

/// Reads a value from the document of a reader, strictly.
///
/// This reads the whole document into memory before it decodes it. A buffered reader is not faster.
///
/// ```
/// use serialization::toon;
///
/// let flags: Vec<bool> = toon::from_reader(&b"[2]: true,false"[..])?;
/// assert_eq!(flags, [true, false]);
/// # Ok::<(), toon::DecodeError>(())
/// ```
///
/// # Errors
/// As [`from_slice`], and [`DecodeErrorKind::Read`] if the reader fails.
pub fn from_reader<T: DeserializeOwned>(reader: impl io::Read) -> Result<T, DecodeError> {
    from_reader_with(reader, DecodeOptions::strict())
}

/// Reads a value from the document of a reader with the given options; otherwise as
/// [`from_reader`].
///
/// # Errors
/// As [`from_slice_with`], and [`DecodeErrorKind::Read`] if the reader fails.
pub fn from_reader_with<T: DeserializeOwned>(
    mut reader: impl io::Read,
    options: DecodeOptions,
) -> Result<T, DecodeError> {
    let mut bytes = Vec::new();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => from_slice_with(&bytes, options),
        Err(error) => Err(DecodeError::after(
            DecodeErrorKind::Read(error),
            &String::from_utf8_lossy(&bytes),
        )),
    }
}

/// The text before the first byte that is not UTF-8, without the byte-order mark.
fn valid(bytes: &[u8]) -> &str {
    let text = str::from_utf8(bytes).unwrap_or_default();
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
