//! Owns reading: any value that serde can deserialise, from a TOON document.

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

use serde::de::{Deserialize, DeserializeOwned};

/// Reads a value from a document, strictly.
///
/// Strings are borrowed from the document where it has them without escapes.
///
/// Numbers (section 4): one without a fraction is an integer, however it is written, so that `1e3`
/// and `5.0` fit an integer, and any integer fits a float. A type that takes any value is given an
/// integer where 64 bits hold it, and the nearest float otherwise; one that asks for 128 bits is
/// given them. Integers and floats that do not fit are
/// [`NumberOutOfRange`](DecodeErrorKind::NumberOutOfRange) or an invalid value, never rounded to
/// another integer or to infinity. Zero has no sign.
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
/// [`DecodeError`] where the document breaks a rule of the specification, or holds something else
/// than the type takes.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, DecodeError> {
    from_str_with(text, DecodeOptions::strict())
}

/// Reads a value from a document as the options say.
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
/// [`DecodeError`] where the document breaks a rule that the options do not waive, or holds
/// something else than the type takes.
pub fn from_str_with<'de, T: Deserialize<'de>>(
    text: &'de str,
    options: DecodeOptions,
) -> Result<T, DecodeError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    document::read(text, options, PhantomData).map_err(|fault| DecodeError::locate(fault, text))
}

/// Reads a value from a document in bytes, strictly.
///
/// # Errors
/// As [`from_str`], and [`DecodeErrorKind::InvalidUtf8`] for bytes that are not UTF-8.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, DecodeError> {
    from_slice_with(bytes, DecodeOptions::strict())
}

/// Reads a value from a document in bytes as the options say.
///
/// # Errors
/// As [`from_str_with`], and [`DecodeErrorKind::InvalidUtf8`] for bytes that are not UTF-8, which
/// is no flaw that any options waive.
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

/// Reads a value from a document that a reader gives, strictly.
///
/// The whole document is taken into memory before any of it is decoded, so that a buffered reader
/// gains nothing.
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
/// As [`from_slice`], and [`DecodeErrorKind::Read`] where the reader fails.
pub fn from_reader<T: DeserializeOwned>(reader: impl io::Read) -> Result<T, DecodeError> {
    from_reader_with(reader, DecodeOptions::strict())
}

/// Reads a value from a document that a reader gives as the options say, and otherwise as
/// [`from_reader`].
///
/// # Errors
/// As [`from_slice_with`], and [`DecodeErrorKind::Read`] where the reader fails.
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

/// The text before the first byte that is no UTF-8, without its byte-order mark.
fn valid(bytes: &[u8]) -> &str {
    let text = str::from_utf8(bytes).unwrap_or_default();
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
