//! The Annals ports kept in one SQLite file.
//!
//! [`SqliteStore`] is an event store and a snapshot store on a real file in WAL mode with
//! `synchronous=FULL`: an acknowledged append survives the end of the process at any moment. Any
//! number of tasks share one handle, and several processes may open the same file.
//!
//! The README of the crate has an example and the limits. Any SQLite shell reads the same file:
//! `SELECT stream, version, payload ->> '$.percent' FROM history`. `docs/sqlite-file.md` describes
//! its tables.

mod codec;
mod file;
mod options;
mod ports;
mod read;
mod store;
mod write;

pub use file::{CheckProgress, CheckReport, Problem, RestoreError, Restored};
pub use options::{Durability, SqliteOptions};
pub use sqlite_file::{BackupError, OpenError};
pub use store::SqliteStore;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
