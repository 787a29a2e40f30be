//! Opening a file as a store, and the reasons for which that fails.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_timer::Delay;
use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::sqlite::SqliteConnection;
use thiserror::Error;

use super::connection::{self, Connector};
use super::schema::{self, APPLICATION_ID, Marks};
use crate::error::{code, is_busy, primary_code, store_error};
use crate::options::SqliteOptions;

/// The oldest SQLite that may write a store: versions before it can damage a file in WAL mode when
/// two connections write and reset the log at the same moment.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// A file could not be opened as a store. It was not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the file is missing, or may not be entered.
    #[error("cannot open {}; check that its folder exists and may be written", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: FormatError,
    },
    /// The file is not an SQLite database.
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
    /// The file cannot have a write-ahead log, which a store needs: some network file systems do
    /// not support one.
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
    /// The program is linked with an SQLite that is too old: it can damage a file in WAL mode.
    #[error("SQLite {found} is linked, {required} or newer is required")]
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
    /// Whether opening the file again can succeed without a change from outside.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}

/// Makes sure that the file at `path` is a store, and creates it where there is no file. Returns
/// the connection that writes. To close it and open another would make SQLite copy the whole log.
pub(crate) async fn prepare(
    path: &Path,
    options: &SqliteOptions,
) -> Result<SqliteConnection, OpenError> {
    let location = path.display().to_string();
    let failed = |error: sqlx::Error| {
        let path = path.to_owned();
        match (primary_code(&error), &error) {
            (Some(code::NOTADB), _) => OpenError::NotADatabase { path },
            (Some(code::CANTOPEN), _) | (_, sqlx::Error::Io(_) | sqlx::Error::Configuration(_)) => {
                let source = Box::new(error);
                OpenError::Unreachable { path, source }
            }
            _ => store_error(&location, error).into(),
        }
    };
    let connect = connection::writing(path, options).create_if_missing(true);
    let connector = Connector::new(connect, options);
    let mut connection = connector.open().await.map_err(failed)?;
    let linked = sqlx::query_scalar("SELECT sqlite_version()");
    check_sqlite_version(linked.fetch_one(&mut connection).await.map_err(failed)?)?;
    let marks = schema::marks(&mut connection).await.map_err(failed)?;
    check_marks(path, marks)?;
    let mode = use_write_ahead_log(&mut connection, options.busy_timeout).await;
    if let Some(mode) = mode.map_err(failed)? {
        let path = path.to_owned();
        return Err(OpenError::NoWriteAheadLog { path, mode });
    }
    if marks.is_new {
        schema::create(&mut connection).await.map_err(failed)?;
    }
    Ok(connection)
}

fn check_marks(path: &Path, marks: Marks) -> Result<(), OpenError> {
    let path = path.to_owned();
    let is_ours = marks.application_id == APPLICATION_ID && marks.user_version > 0;
    if !is_ours && !marks.is_new {
        return Err(OpenError::ForeignDatabase {
            path,
            application_id: marks.application_id,
        });
    }
    if marks.user_version > schema::VERSION {
        return Err(OpenError::NewerLayout {
            path,
            found: marks.user_version,
            known: schema::VERSION,
        });
    }
    Ok(())
}

/// Compares versions number by number. Example: 3.52 is newer than 3.51.3.
fn check_sqlite_version(found: String) -> Result<(), OpenError> {
    let numbers = found.split('.').map(|number| number.parse().unwrap_or(0));
    if numbers.ge(OLDEST_SQLITE) {
        return Ok(());
    }
    Err(OpenError::SqliteTooOld {
        found,
        required: OLDEST_SQLITE.map(|number| number.to_string()).join("."),
    })
}

/// Puts the file into WAL mode, which is a property of the file. A new file and a copy by SQLite
/// have another mode at first. Returns the mode that it has if it can be written and stays in
/// another one; for example `memory`.
///
/// SQLite does not wait for the lock that this needs, so this waits for other processes itself.
pub(super) async fn use_write_ahead_log(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<Option<String>, sqlx::Error> {
    let deadline = Instant::now() + patience;
    loop {
        let mode = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection);
        match mode.await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                Delay::new(Duration::from_millis(10)).await;
            }
            // A file that may not be written can be read in any mode.
            Err(error) if primary_code(&error) == Some(code::READONLY) => return Ok(None),
            mode => return Ok(Some(mode?).filter(|mode: &String| mode != "wal")),
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
            assert!(
                check_sqlite_version(new_enough.into()).is_ok(),
                "{new_enough}"
            );
        }
        for too_old in ["3.51.2", "3.9.99", "2.99.99", "", "three"] {
            assert!(check_sqlite_version(too_old.into()).is_err(), "{too_old}");
        }
    }
}
