//! Owns how a file becomes a store, and every reason for which it may not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use shared_kernel::{FormatError, StoreError};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};
use thiserror::Error;

use crate::connection;
use crate::error::{is_busy, is_not_a_database, is_read_only, result_code, store_error};
use crate::migration::{self, APPLICATION_ID, Header};
use crate::options::SqliteOptions;

/// The oldest SQLite that may write a store: versions before it can damage a file in WAL mode when
/// two connections write and reset the log at the same moment.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// SQLite's result code for a file that it could not open.
const CANTOPEN: i32 = 14;

/// A file could not be opened as a store; it was not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no way to the file: a folder is missing, or the rights to it are.
    #[error("cannot open {}; check that its folder exists and may be written", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: FormatError,
    },
    /// The file holds something that is no SQLite database.
    #[error("{} is not a database; choose another path for the store", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error(
        "{} is a database of another program (application id {application_id}); choose another path for the store",
        path.display()
    )]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
        /// The application id found; 0 where it has none.
        application_id: i64,
    },
    /// The file was written by a newer version of this crate.
    #[error(
        "{} has layout {found}, this program knows up to {known}; use a newer program",
        path.display()
    )]
    NewerLayout {
        /// The file.
        path: PathBuf,
        /// The layout found (`user_version`).
        found: i64,
        /// The newest layout known.
        known: i64,
    },
    /// The file was written by an older version of this crate and may not be written, so that it cannot be
    /// brought to the layout that this one reads.
    #[error(
        "{} has layout {found} and is read-only; make it writable once, or open a copy of it",
        path.display()
    )]
    OlderLayout {
        /// The file.
        path: PathBuf,
        /// The layout found (`user_version`).
        found: i64,
    },
    /// The file cannot have a write-ahead log, without which a store could not keep its promises:
    /// some network file systems allow none.
    #[error(
        "{} stays in journal mode `{mode}`; put the store on a local disk that allows a write-ahead log",
        path.display()
    )]
    NoWriteAheadLog {
        /// The file.
        path: PathBuf,
        /// The journal mode that it has.
        mode: String,
    },
    /// The SQLite that the program is linked with is too old to be trusted with a store.
    #[error("SQLite {found} is linked, {required} or newer is asked for")]
    SqliteTooOld {
        /// The version found.
        found: String,
        /// The oldest version allowed.
        required: String,
    },
    /// The store itself failed: busy, full, read-only, damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Whether opening again can succeed without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}

/// Makes sure that the file at `path` is a store of the newest layout.
pub(crate) async fn prepare(path: &Path, options: &SqliteOptions) -> Result<(), OpenError> {
    let location = path.display().to_string();
    let failed = |error: sqlx::Error| {
        if is_not_a_database(&error) {
            return OpenError::NotADatabase {
                path: path.to_owned(),
            };
        }
        let unreachable = match &error {
            sqlx::Error::Io(_) | sqlx::Error::Configuration(_) => true,
            other => result_code(other).is_some_and(|code| code & 0xff == CANTOPEN),
        };
        if unreachable {
            return OpenError::Unreachable {
                path: path.to_owned(),
                source: Box::new(error),
            };
        }
        store_error(&location, error).into()
    };
    let connect = connection::writing(path, options).create_if_missing(true);
    let mut connection = connect.connect().await.map_err(failed)?;
    let linked = sqlx::query_scalar("SELECT sqlite_version()");
    check_sqlite_version(linked.fetch_one(&mut connection).await.map_err(failed)?)?;
    let header = migration::header(&mut connection).await.map_err(failed)?;
    check_header(path, header)?;
    let mode = use_write_ahead_log(&mut connection, options.busy_timeout)
        .await
        .map_err(failed)?;
    if mode != WRITE_AHEAD_LOG && mode != READ_ONLY {
        return Err(OpenError::NoWriteAheadLog {
            path: path.to_owned(),
            mode,
        });
    }
    if header.user_version < migration::NEWEST {
        let migrated = migration::migrate(&mut connection).await;
        migrated.map_err(|error| match header.user_version {
            found @ 1.. if is_read_only(&error) => OpenError::OlderLayout {
                path: path.to_owned(),
                found,
            },
            _ => failed(error),
        })?;
    }
    connection.close().await.map_err(failed)
}

fn check_header(path: &Path, header: Header) -> Result<(), OpenError> {
    let path = || path.to_owned();
    let Header {
        application_id,
        user_version,
        is_empty,
        is_utf_8,
    } = header;
    let is_new = is_empty && is_utf_8 && application_id == 0 && user_version == 0;
    let is_ours = application_id == APPLICATION_ID && user_version > 0;
    if !is_ours && !is_new {
        return Err(OpenError::ForeignDatabase {
            path: path(),
            application_id,
        });
    }
    if user_version > migration::NEWEST {
        let (found, known) = (user_version, migration::NEWEST);
        return Err(OpenError::NewerLayout {
            path: path(),
            found,
            known,
        });
    }
    Ok(())
}

fn check_sqlite_version(found: String) -> Result<(), OpenError> {
    if is_new_enough(&found) {
        return Ok(());
    }
    let (major, minor, patch) = OLDEST_SQLITE;
    Err(OpenError::SqliteTooOld {
        found,
        required: format!("{major}.{minor}.{patch}"),
    })
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let mut next = || numbers.next().flatten();
    match (next(), next(), next()) {
        (Some(major), Some(minor), patch) => (major, minor, patch.unwrap_or(0)) >= OLDEST_SQLITE,
        _ => false,
    }
}

/// What SQLite calls the mode that every store has.
const WRITE_AHEAD_LOG: &str = "wal";

/// What is said of the mode of a file that may not be written, and can be read in any mode.
const READ_ONLY: &str = "read-only";

/// Puts the file into WAL mode, which it keeps, and gives the mode that it has then: a copy made by
/// SQLite has another one, and some file systems allow no other. SQLite does not wait by itself for
/// the lock that this takes, so another process that does the same is waited for here.
#[expect(
    clippy::disallowed_methods,
    reason = "SQLite offers no way to wait for this lock"
)]
pub(crate) async fn use_write_ahead_log(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<String, sqlx::Error> {
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        let mode = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection);
        match mode.await {
            Err(error) if is_busy(&error) && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) if is_read_only(&error) => return Ok(READ_ONLY.to_owned()),
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_is_too_old_is_named() {
        assert!(check_sqlite_version("3.51.3".into()).is_ok());
        let refused = check_sqlite_version("3.40.1".into()).unwrap_err();
        assert!(matches!(
            refused,
            OpenError::SqliteTooOld { found, required } if found == "3.40.1" && required == "3.51.3"
        ));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for new_enough in ["3.51.3", "3.51.10", "3.52", "4.0.0"] {
            assert!(is_new_enough(new_enough), "{new_enough}");
        }
        for too_old in ["3.51.2", "3.9.99", "2.99.99", "", "three"] {
            assert!(!is_new_enough(too_old), "{too_old}");
        }
    }
}
