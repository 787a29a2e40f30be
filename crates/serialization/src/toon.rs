//! TOON, [Token-Oriented Object Notation](https://github.com/toon-format/spec), as a serde format:
//! the data model of JSON in a text of few tokens that people can read too.
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
//! # Encoding
//!
//! Values map to the data model as in `serde_json`: enums by their representation, `None` and `()`
//! to null, bytes to an array of numbers. Keys that are numbers, booleans or unit variants map to
//! their text. The value alone determines the form:
//!
//! - An array or object is a table wherever the specification allows one (sections 9.3 and 9.5).
//! - An empty array is `[]`, or `- [0]:` as an item of a list.
//! - A float has the fewest digits that read back: in decimal from 10⁻⁶ up to 10²¹, for example
//!   `0.000001`, and with an exponent outside, for example `1e-7`. NaN and the infinities are null
//!   (section 3).
//! - A 128-bit integer has all of its digits.
//!
//! The encoder serialises a value twice: the first pass finds its tables, the second writes the
//! text. Both passes have to see the same value. The encoder builds no tree of values in between.
//!
//! # Decoding
//!
//! [`from_str`], [`from_slice`] and [`from_reader`] are strict: they refuse a document that breaks
//! a rule of section 14, and report the line, the column and the expected text. With
//! [`DecodeOptions::lenient`] the decoder recovers from five kinds of flaws. A string without
//! escapes is borrowed from the text. [`from_str`] has the rules for numbers.
//!
//! # Limits
//!
//! The encoder and the decoder call themselves once per level and stop at [`MaxDepth`]. Decoding
//! takes time in proportion to the length of the text, whatever its content: wide headers, long
//! rows, many keys and large declared lengths do not change that.

mod decode;
mod delimiter;
mod encode;
mod indent;
mod max_depth;

pub use decode::{
    DecodeError, DecodeErrorKind, DecodeOptions, HeaderFlaw, from_reader, from_reader_with,
    from_slice, from_slice_with, from_str, from_str_seed, from_str_with,
};
pub use delimiter::Delimiter;
pub use encode::{
    EncodeError, EncodeOptions, to_string, to_string_with, to_writer, to_writer_with,
};
pub use indent::{Indent, InvalidIndent};
pub use max_depth::{InvalidMaxDepth, MaxDepth};
