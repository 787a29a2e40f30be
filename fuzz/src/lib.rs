//! Owns what the fuzz targets share: values as the specification compares them, and made-up ones.

mod equality;
mod made_up;

pub use equality::assert_same;
pub use made_up::MadeUp;
