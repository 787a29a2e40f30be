//! The file itself: its layout, how it is opened, examined and copied.

mod backup;
pub(crate) mod beside;
mod check;
pub(crate) mod connection;
pub(crate) mod footprint;
pub(crate) mod identity;
mod lock;
pub(crate) mod open;
mod open_error;
mod report;
mod restore;
pub(crate) mod schema;

pub use backup::BackupError;
pub use open_error::OpenError;
pub use report::{CheckProgress, CheckReport, FarAhead, Problem};
pub use restore::{RestoreError, Restored};
