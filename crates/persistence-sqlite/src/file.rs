//! The file itself: its layout, how it is opened, examined and copied.

mod backup;
mod check;

pub(crate) mod connection;
pub(crate) mod open;
mod report;
pub(crate) mod schema;

pub use backup::BackupError;
pub use report::{CheckProgress, CheckReport, FarAhead, Problem};
