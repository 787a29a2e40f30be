//! Opening a file as a store.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_timer::Delay;
use shared_kernel::codec::FormatError;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::beside::{JOURNAL, LOG, log_beside, obstacle, unreadable};
use super::connection::{self, Connector};
use super::footprint::{Footprint, Way};
use super::identity::Identity;
use super::lock;
use super::open_error::OpenError;
use super::schema::{self, APPLICATION_ID, Marks, StoreRow};
use crate::error::{code, is_busy, primary_code, store_error};
use crate::options::SqliteOptions;

/// The oldest SQLite that may write a store: versions before it can damage a file in WAL mode when
/// two connections write and reset the log at the same moment.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// An open file.
pub(crate) struct Opened {
    /// The connection that writes, or the reason why there is none. To close it and open another
    /// would make SQLite copy the whole log.
    pub(crate) connection: Result<SqliteConnection, String>,
    pub(crate) lock: Option<File>,
    pub(crate) identity: Identity,
}

/// Opens the file at `path` as a store. If the file may be written, it is created where there is
/// none, and a backup becomes a store.
pub(crate) async fn open(path: &Path, options: &SqliteOptions) -> Result<Opened, OpenError> {
    loop {
        let before = Footprint::at(path);
        let opened = open_once(path, options).await?;
        // A restore can replace the file in between.
        if before.is_missing() || opened.identity.last().footprint.is_same_store(&before) {
            return Ok(opened);
        }
    }
}

async fn open_once(path: &Path, options: &SqliteOptions) -> Result<Opened, OpenError> {
    let is_there = is_there(path)?;
    refuse_foreign_log(path, is_there).await?;
    let obstacle = match is_there {
        _ if options.reads_only => Some("it was opened for reading only".to_owned()),
        true => obstacle(path),
        false => None,
    };
    if obstacle.is_some() && !is_there {
        return Err(OpenError::NoStore { path: path.into() });
    }
    if obstacle.is_none() {
        refuse_second_name(path)?;
        refuse_other_file(path).await?;
    }
    let lock = lock::share(path, obstacle.is_none(), options.busy_timeout).await?;
    let (row, connection) = match obstacle {
        None => {
            let (row, connection) = prepare(path, options).await?;
            (row, Ok(connection))
        }
        Some(obstacle) => (look_at(path, options).await?, Err(obstacle)),
    };
    Ok(Opened {
        identity: Identity::new(path, row, connection.is_ok()),
        connection,
        lock,
    })
}

/// Refuses a file that is no store before a lock is created beside it.
async fn refuse_other_file(path: &Path) -> Result<(), OpenError> {
    let marks = async {
        let mut connection = connection::look(path, Way::Unlogged).await?;
        let marks = schema::marks(&mut connection).await;
        connection.close().await?;
        marks
    };
    match marks.await {
        Ok(marks) => check_marks(path, marks),
        Err(error) if primary_code(&error) == Some(code::NOTADB) => Err(failed(path)(error)),
        // A checkpoint may be on its way, or there is no file.
        Err(_) => Ok(()),
    }
}

/// Under two names, a store has two logs, and each damages the other.
fn refuse_second_name(path: &Path) -> Result<(), OpenError> {
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(path)
        && std::os::unix::fs::MetadataExt::nlink(&found) > 1
    {
        let names = std::os::unix::fs::MetadataExt::nlink(&found);
        return Err(OpenError::SeveralNames {
            path: path.into(),
            names,
        });
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether there is a file with content.
fn is_there(path: &Path) -> Result<bool, OpenError> {
    let path = path.to_owned();
    if path.to_str().is_none() {
        return Err(OpenError::NotText { path });
    }
    match std::fs::metadata(&path) {
        Ok(found) if !found.is_file() => {
            let source = "it is not a regular file".into();
            Err(OpenError::Unreachable { path, source })
        }
        found => Ok(found.is_ok_and(|found| found.len() > 0)),
    }
}

/// Refuses a file that has the log of another store beside it: SQLite would copy the log into a
/// backup, and would delete it beside a new file.
async fn refuse_foreign_log(path: &Path, is_there: bool) -> Result<(), OpenError> {
    // A process that is about to create a store has a journal for a moment.
    let suffixes: &[_] = if is_there { &[LOG, JOURNAL] } else { &[LOG] };
    let Some(log) = log_beside(path, suffixes) else {
        return Ok(());
    };
    let path = path.to_owned();
    if !is_there {
        return Err(OpenError::LogWithoutStore { path, log });
    }
    match schema::row_without_log(&path).await {
        Ok(row) if row.is_backup => Err(OpenError::BackupBesideLog { path, log }),
        _ => Ok(()),
    }
}

/// The error of opening the file at `path`.
fn failed(path: &Path) -> impl Fn(sqlx::Error) -> OpenError + '_ {
    |error| {
        let path = path.to_owned();
        match (primary_code(&error), &error) {
            (Some(code::NOTADB), _) => OpenError::NotADatabase { path },
            (Some(code::CANTOPEN), _) | (_, sqlx::Error::Io(_) | sqlx::Error::Configuration(_)) => {
                let source = unreadable(&path).map_or_else(|| error.into(), FormatError::from);
                OpenError::Unreachable { path, source }
            }
            _ => store_error(&path.display().to_string(), error).into(),
        }
    }
}

/// Looks at a store without changing anything. Returns its row, if that can be read.
pub(super) async fn look_at(
    path: &Path,
    options: &SqliteOptions,
) -> Result<Option<StoreRow>, OpenError> {
    let failed = failed(path);
    let mut connection = Connector::looking_at(path, options)
        .open()
        .await
        .map_err(&failed)?;
    let marks = schema::marks(&mut connection).await.map_err(&failed)?;
    check_marks(path, marks)?;
    if marks.is_new {
        return Err(OpenError::NoStore { path: path.into() });
    }
    let row = schema::store_row(&mut connection).await.ok();
    connection.close().await.map_err(&failed)?;
    Ok(row)
}

/// Makes sure that the file at `path` is a store, and creates it where there is no file.
async fn prepare(
    path: &Path,
    options: &SqliteOptions,
) -> Result<(Option<StoreRow>, SqliteConnection), OpenError> {
    let failed = failed(path);
    let connect = connection::writing(path, options).create_if_missing(true);
    let connector = Connector::new(connect, options);
    let mut connection = connector.open().await.map_err(&failed)?;
    let linked = sqlx::query_scalar("SELECT sqlite_version()");
    check_sqlite_version(linked.fetch_one(&mut connection).await.map_err(&failed)?)?;
    let marks = schema::marks(&mut connection).await.map_err(&failed)?;
    check_marks(path, marks)?;
    // Before the write-ahead log begins: until then, a marked backup has no log of its own.
    if schema::store_row(&mut connection)
        .await
        .is_ok_and(|row| row.is_backup)
    {
        schema::mark(&mut connection, false)
            .await
            .map_err(&failed)?;
    }
    let mode = use_write_ahead_log(&mut connection, options.busy_timeout).await;
    let mode = mode.map_err(&failed)?;
    if mode != "wal" {
        let path = path.to_owned();
        return Err(OpenError::NoWriteAheadLog { path, mode });
    }
    if marks.is_new {
        schema::create(&mut connection).await.map_err(&failed)?;
    }
    // This opens the log, too.
    let row = schema::store_row(&mut connection).await.ok();
    Ok((row, connection))
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

/// Puts the file into WAL mode, which is a property of the file. A new file and a backup have
/// another mode at first. Returns the mode that the file has then; for example `memory` if it
/// cannot have a log.
///
/// SQLite does not wait for the lock that this needs, so this waits for other processes itself.
async fn use_write_ahead_log(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<String, sqlx::Error> {
    let deadline = Instant::now() + patience;
    loop {
        let mode = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection);
        match mode.await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                Delay::new(Duration::from_millis(10)).await;
            }
            mode => return mode,
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
