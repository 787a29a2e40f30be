//! Owns TOON, Token-Oriented Object Notation, as a serde format.

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
