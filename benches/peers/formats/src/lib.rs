//! Owns the data sets that formats are measured on, and one list of the formats.

mod format;
mod nested;
mod uniform;

pub use format::{FORMATS, Format};
pub use nested::{Nested, nested};
pub use uniform::{Uniform, uniform};

/// How many events the uniform set has.
pub const UNIFORM: usize = 100_000;

/// How many events the nested set has.
pub const NESTED: usize = 20_000;
