//! TOON, [Token-Oriented Object Notation](https://github.com/toon-format/spec), as a serde format:
//! the data model of JSON, told so that a language model reads it in few tokens and people read it
//! at all.
//!
//! `toon-spec: 4.4`
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use serialization::toon;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Item {
//!     number: String,
//!     done: bool,
//! }
//!
//! let item = |number: &str, done| Item { number: number.to_owned(), done };
//! let items = vec![item("WORK-001", true), item("WORK-002", false)];
//!
//! let document = toon::to_string(&items)?;
//! assert_eq!(document, "[2]{number,done}:\n  WORK-001,true\n  WORK-002,false");
//! assert_eq!(toon::from_str::<Vec<Item>>(&document)?, items);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is written
//!
//! Values are mapped to the data model as `serde_json` maps them: enums by their representation,
//! `None` and `()` to null, bytes to an array of numbers, keys that are numbers, booleans or unit
//! variants to their text. The form follows from the value alone, with no choice left: a table
//! wherever the specification allows one (sections 9.3 and 9.5), and `[]` for an empty array but in
//! a list, where it is `- [0]:`. Floats have the shortest digits that read back, in decimal from
//! 10⁻⁶ up to 10²¹ and with an exponent outside; NaN and the infinities are null (section 3). 128-bit
//! integers are written with all of their digits.
//!
//! A value is gone over twice, once for its shape and once for its text, so that it has to
//! serialise the same way each time. There is no tree of values in between.
//!
//! # What is read
//!
//! [`from_str`] and its like are strict: a document that breaks a rule of section 14 is refused with
//! the line, the column and what was expected there. [`DecodeOptions::lenient`] recovers from five
//! flaws and no more. Strings are borrowed from the text where they stand in it without escapes.
//! What happens to numbers is told at [`from_str`].
//!
//! # Bounds
//!
//! Both directions call themselves once per level and stop at [`MaxDepth`]. Time grows with the
//! length of the text, whatever it says: wide headers, long rows, many keys and declared lengths
//! included.

mod decode;
mod delimiter;
mod encode;
mod indent;
mod max_depth;

pub use decode::{
    DecodeError, DecodeErrorKind, DecodeOptions, HeaderFlaw, from_reader, from_reader_with,
    from_slice, from_slice_with, from_str, from_str_with,
};
pub use delimiter::Delimiter;
pub use encode::{
    EncodeError, EncodeOptions, to_string, to_string_with, to_writer, to_writer_with,
};
pub use indent::{Indent, InvalidIndent};
pub use max_depth::{InvalidMaxDepth, MaxDepth};
