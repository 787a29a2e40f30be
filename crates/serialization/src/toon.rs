//! Owns TOON, Token-Oriented Object Notation, as a serde format.

mod decode;
mod delimiter;
mod encode;
mod indent;
mod max_depth;

pub use decode::DecodeOptions;
pub use delimiter::Delimiter;
pub use encode::EncodeOptions;
pub use indent::{Indent, InvalidIndent};
pub use max_depth::{InvalidMaxDepth, MaxDepth};
