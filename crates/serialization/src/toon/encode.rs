//! Owns writing: any value that serde can serialise, as a TOON document.

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

/// The document of a value.
///
/// Arrays of objects that all have the same keys and only primitives or such objects in them
/// become tables, and so do objects of at least two such objects (specification, sections 9.3 and
/// 9.5). Which they are shows only when all of them have been seen; the value is therefore
/// serialised twice, and must be the same both times.
///
/// Values are what they are in `serde_json`: unit variants are strings, other variants objects of
/// one field, newtypes and `Some` what they contain, `None` and units `null`. Bytes are an array of
/// numbers. Numbers have the form of section 2: integers all their digits, also those of 128 bits;
/// floats the fewest digits that read back, those of an `f32` as an `f32`; what is not finite is
/// `null` (section 3). The keys of maps may be strings, characters, unit variants, integers, finite
/// floats and booleans. There is no newline at the end.
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

/// The document of a value, laid out as the options say; otherwise as [`to_string`].
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

/// Writes the document of a value, piece by piece through a small buffer; the writer needs none of
/// its own. It is not flushed.
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
/// Those of [`to_string`], and [`EncodeError::Io`] from the writer. Nothing has been written where
/// the value itself has no document; after [`EncodeError::ValueChanged`] and [`EncodeError::Io`],
/// something may have been.
pub fn to_writer<W: io::Write, T: Serialize + ?Sized>(
    writer: W,
    value: &T,
) -> Result<(), EncodeError> {
    to_writer_with(writer, value, EncodeOptions::default())
}

/// Writes the document of a value, laid out as the options say; otherwise as [`to_writer`].
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
