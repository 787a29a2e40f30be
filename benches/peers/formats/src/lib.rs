//! The data sets and the formats that are measured on them.

mod format;
mod nested;
mod uniform;

pub use format::{FORMATS, Format};
pub use nested::{Nested, nested};
pub use uniform::{Uniform, uniform};

/// The number of events in the uniform set.
pub const UNIFORM: usize = 100_000;

/// The number of events in the nested set.
pub const NESTED: usize = 20_000;
