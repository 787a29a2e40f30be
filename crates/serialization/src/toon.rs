//! Owns TOON, Token-Oriented Object Notation, as a serde format.

mod decode;
mod delimiter;
mod encode;
mod indent;
mod max_depth;

pub use decode::DecodeOptions;
pub use delimiter::Delimiter;
pub use encode::{
    EncodeError, EncodeOptions, to_string, to_string_with, to_writer, to_writer_with,
};
pub use indent::{Indent, InvalidIndent};
pub use max_depth::{InvalidMaxDepth, MaxDepth};
