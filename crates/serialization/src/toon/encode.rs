//! The encoder: it writes any value that serde can serialise as a TOON document.
//!
//! It serialises the value twice:
//!
//! ```text
//! value ── survey ──> Plan (forms of arrays, keyed tables) ── write ──> String or io::Write
//! ```
//!
//! `survey` is the first pass and formats nothing. `write` is the second and follows the plan.

mod columns;
mod depth;
mod error;
mod fault;
mod key_hash;
mod key_text;
mod number_text;
mod options;
mod output;
mod pass;
mod plan;
mod quoting;
mod static_key_cache;
mod survey;
mod write;

use std::io;

use serde::Serialize;

pub use error::EncodeError;
pub use options::EncodeOptions;
use output::Output;

/// Returns the document of a value.
///
/// An array becomes a table if its elements are objects with the same keys, and their values are
/// primitives or such objects themselves. An object of at least two fields becomes a keyed table if
/// its values are such objects (specification, sections 9.3 and 9.5). Only the last element shows
/// whether that holds, so the encoder serialises the value twice. It must be the same both times.
///
/// Values map to the data model as in `serde_json`:
///
/// - A unit variant is a string. Any other variant is an object with one field, for example
///   `Moved: 7`.
/// - A newtype and `Some` are the value that they contain. `None` and units are `null`.
/// - Bytes are an array of numbers.
/// - Numbers have the form of section 2. An integer has all of its digits, also with 128 bits. A
///   float has the fewest digits that read back as the same float of its width. NaN and the
///   infinities are `null` (section 3).
/// - A number of `serde_json` with its feature `arbitrary_precision` keeps all of its digits. For
///   example, `9007199254740993.0` becomes `9007199254740993`. A `RawValue` is refused.
/// - The keys of maps may be strings, characters, unit variants, integers, finite floats and
///   booleans.
///
/// The document has no newline at its end.
///
/// ```
/// use serde::Serialize;
/// use serialization::toon;
///
/// #[derive(Serialize)]
/// struct Order {
///     id: u32,
///     lines: Vec<Line>,
/// }
///
/// #[derive(Serialize)]
/// struct Line {
///     sku: &'static str,
///     price: f64,
/// }
///
/// let order = Order {
///     id: 7,
///     lines: vec![Line { sku: "A1", price: 9.5 }, Line { sku: "B2", price: 14.0 }],
/// };
/// assert_eq!(
///     toon::to_string(&order)?,
///     "id: 7\nlines[2]{sku,price}:\n  A1,9.5\n  B2,14"
/// );
/// # Ok::<(), toon::EncodeError>(())
/// ```
///
/// # Errors
/// [`EncodeError::TooDeep`], [`EncodeError::KeyNotString`], [`EncodeError::DuplicateKey`],
/// [`EncodeError::ValueChanged`], and [`EncodeError::Custom`] from the value itself.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, EncodeError> {
    to_string_with(value, EncodeOptions::default())
}

/// Returns the document of a value with the given options; otherwise as [`to_string`].
///
/// # Errors
/// Those of [`to_string`].
pub fn to_string_with<T: Serialize + ?Sized>(
    value: &T,
    options: EncodeOptions,
) -> Result<String, EncodeError> {
    let (plan, length) = survey::survey(value, options)?;
    let out = Output::in_memory(options, length);
    Ok(write::write(value, options, plan, out)?.into_text())
}

/// Writes the document of a value to a writer.
///
/// The encoder buffers the text itself and writes it in pieces of about 16 KiB. It does not flush
/// the writer.
///
/// ```
/// use serialization::toon;
///
/// let mut document = Vec::new();
/// toon::to_writer(&mut document, &[1, 2, 3])?;
/// assert_eq!(document, b"[3]: 1,2,3");
/// # Ok::<(), toon::EncodeError>(())
/// ```
///
/// # Errors
/// Those of [`to_string`], and [`EncodeError::Io`] from the writer. After
/// [`EncodeError::ValueChanged`] and [`EncodeError::Io`], a part of the document may have been
/// written; after the other errors, nothing has.
pub fn to_writer<W: io::Write, T: Serialize + ?Sized>(
    writer: W,
    value: &T,
) -> Result<(), EncodeError> {
    to_writer_with(writer, value, EncodeOptions::default())
}

/// Writes the document of a value with the given options; otherwise as [`to_writer`].
///
/// # Errors
/// Those of [`to_writer`].
pub fn to_writer_with<W: io::Write, T: Serialize + ?Sized>(
    mut writer: W,
    value: &T,
    options: EncodeOptions,
) -> Result<(), EncodeError> {
    let (plan, _) = survey::survey(value, options)?;
    let out = Output::through(options, &mut writer);
    write::write(value, options, plan, out)?;
    Ok(())
}
