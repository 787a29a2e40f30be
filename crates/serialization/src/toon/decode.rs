//! Owns reading: any value that serde can deserialise, from a TOON document.

mod options;

pub use options::DecodeOptions;
