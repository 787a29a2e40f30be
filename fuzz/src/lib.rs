//! Shared parts of the fuzz targets: equality by the specification, and generated values.

mod equality;
mod made_up;

pub use equality::assert_same;
pub use made_up::MadeUp;
