//! The one mapping from errors of SQLite and the system to those of the port.

use std::io;
use std::path::Path;

use read_side::{Build, ReadModelError};

use crate::files::CATALOG;
use crate::obstacle::obstacle;

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>).
mod code {
    pub(super) const ERROR: i32 = 1;
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const PROTOCOL: i32 = 15;
    pub(super) const TOOBIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const MISMATCH: i32 = 20;
    pub(super) const RANGE: i32 = 25;
    pub(super) const NOTADB: i32 = 26;
    /// A damaged FTS5 table and the like (<https://sqlite.org/rescode.html#corrupt_vtab>).
    pub(super) const CORRUPT_VTAB: i32 = 267;
}

/// An error of a statement of this crate on the file at `path`.
pub(crate) fn failed(path: &Path, error: sqlx::Error) -> ReadModelError {
    let location = path.display().to_string();
    let obstacle = match primary_code(&error) {
        Some(code::BUSY | code::LOCKED | code::PROTOCOL) => {
            return ReadModelError::Busy { location };
        }
        Some(code::FULL) => "the disk is full".to_owned(),
        Some(code::PERM | code::READONLY | code::CANTOPEN) => {
            obstacle(path).unwrap_or_else(|| error.to_string())
        }
        Some(code::IOERR) => format!("the disk failed: {error}"),
        // A missing table of ours, or a value that we did not write.
        Some(code::CORRUPT | code::NOTADB | code::ERROR) => return damaged(path, &error),
        Some(_) => {
            let source = Box::new(error);
            return ReadModelError::Backend { location, source };
        }
        None => match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                return damaged(path, &error);
            }
            error => {
                let source = Box::new(error);
                return ReadModelError::Backend { location, source };
            }
        },
    };
    ReadModelError::Unusable { location, obstacle }
}

/// An error of the user's statements on a build. Those that another text or other values would
/// avoid are [`ReadModelError::Refused`].
pub(crate) fn refused_or_failed(build: &Build, path: &Path, error: sqlx::Error) -> ReadModelError {
    let is_the_users = match primary_code(&error) {
        Some(code::CORRUPT) => result_code(&error) == Some(code::CORRUPT_VTAB),
        Some(code) => matches!(
            code,
            code::ERROR | code::CONSTRAINT | code::MISMATCH | code::TOOBIG | code::RANGE
        ),
        None => matches!(error, sqlx::Error::Encode(_) | sqlx::Error::Protocol(_)),
    };
    if is_the_users {
        return refused(build, error);
    }
    failed(path, error)
}

/// The rows of a build were refused.
pub(crate) fn refused(
    build: &Build,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ReadModelError {
    ReadModelError::Refused {
        build: build.clone(),
        source: source.into(),
    }
}

/// A file that this crate did not write, or that was damaged.
pub(crate) fn damaged(path: &Path, problem: &impl ToString) -> ReadModelError {
    let place = match path.file_name().is_some_and(|name| name == CATALOG) {
        true => path.parent().unwrap_or(path),
        false => path,
    };
    ReadModelError::Unusable {
        location: path.display().to_string(),
        obstacle: format!(
            "it is damaged or of another program ({}); move {} away, and the read models are built \
             again",
            problem.to_string(),
            place.display()
        ),
    }
}

/// An error of the file system.
pub(crate) fn unusable(path: &Path, error: &io::Error) -> ReadModelError {
    ReadModelError::Unusable {
        location: path.display().to_string(),
        obstacle: obstacle(path).unwrap_or_else(|| error.to_string()),
    }
}

/// The extended result code of SQLite, if the error is SQLite's.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    result_code(error).map(|code| code & 0xff)
}
