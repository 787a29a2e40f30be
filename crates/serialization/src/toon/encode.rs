//! Owns writing: any value that serde can serialise, as a TOON document.

mod options;

pub use options::EncodeOptions;
