//! An SQLite file that other programs may move, copy, delete or lock.
//!
//! SQLite trusts the path of an open file, and the log that lies beside it. This crate does not: a
//! handle compares its path with the open files before each answer, a log of another file is
//! refused before SQLite reads it, and reading creates nothing.
//!
//! It knows no table. A [`Kind`] has the layout of a file and the row by which files of one kind
//! are told apart. The README has an example.

mod connection;
mod copy;
mod error;
mod file;
mod footprint;
mod identity;
mod kind;
mod lock;
mod names;
mod open;
mod open_error;
mod readers;
mod replace;
mod rights;

pub use connection::{CHECKPOINT_LESS_OFTEN, Interrupt, Settings};
pub use copy::BackupError;
pub use error::{FileError, is_constraint, may_be_committed};
pub use file::OpenFile;
pub use kind::Kind;
pub use open_error::OpenError;
pub use readers::{Reader, Readers, get, get_optional};
pub use replace::{Replacement, RestoreError};
pub use rights::obstacle;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
