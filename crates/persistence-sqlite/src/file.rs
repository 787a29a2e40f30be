//! The file: its layout, its examination, and backups.

mod check;
mod report;
mod restore;
pub(crate) mod schema;

pub use report::{CheckProgress, CheckReport, Problem};
pub use restore::{RestoreError, Restored};
