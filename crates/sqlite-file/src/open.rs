//! Opening a file of a kind.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_timer::Delay;
use shared_kernel::codec::FormatError;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use crate::connection::{Connector, Settings, Use};
use crate::error::{code, is_busy, primary_code, store_error};
use crate::file::OpenFile;
use crate::footprint::Footprint;
use crate::identity::Identity;
use crate::kind::{Kind, Marks, Row};
use crate::lock;
use crate::names::{JOURNAL, LOG, log_beside, refuse_dangling_link};
use crate::open_error::OpenError;
use crate::readers::Readers;
use crate::rights::{count_names, obstacle, unreadable};

/// The oldest SQLite that may write a store: versions before it can damage a file in WAL mode when
/// two connections write and reset the log at the same moment.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// The connection that writes, or the reason why there is none.
type Writing = Result<SqliteConnection, String>;

impl OpenFile {
    /// Opens the file at `path`. If it may be written, it is created where there is none, and a
    /// backup becomes a file that is in use. Returns the connection that writes, too, or the reason
    /// why there is none: to close it and open another would make SQLite copy the whole log.
    ///
    /// # Errors
    /// [`OpenError`] names the file and the remedy.
    pub async fn open(
        path: &Path,
        kind: &'static Kind,
        settings: &Settings,
    ) -> Result<(Self, Writing), OpenError> {
        // SQLite has meanings of its own for `:memory:` and `file:…`; an absolute path is a file.
        let path = std::path::absolute(path).map_err(|error| OpenError::Unreachable {
            path: path.to_owned(),
            source: Box::new(error),
        })?;
        loop {
            let before = Footprint::at(&path);
            let (file, connection) = open_once(&path, kind, settings).await?;
            // A replacement can take place in between.
            if before.is_missing() || file.identity.last().footprint.is_same_file(&before) {
                return Ok((file, connection));
            }
        }
    }
}

async fn open_once(
    path: &Path,
    kind: &'static Kind,
    settings: &Settings,
) -> Result<(OpenFile, Writing), OpenError> {
    // The logs first: a process that creates a file or opens a backup begins its log last. It has a
    // journal before there is a file.
    let [log, journal] = [LOG, JOURNAL].map(|suffix| log_beside(path, suffix));
    let is_there = is_there(path)?;
    let marks = kind.marks_without_log(path).await;
    let is_backup = marks.as_ref().is_ok_and(Marks::is_backup);
    refuse_foreign_log(
        path,
        log.or(journal.filter(|_| is_there)),
        is_there,
        is_backup,
    )?;
    let obstacle = match is_there {
        _ if settings.reads_only => Some("it was opened for reading only".to_owned()),
        true => obstacle(path),
        false => None,
    };
    if obstacle.is_some() && !is_there {
        return Err(OpenError::NoStore { path: path.into() });
    }
    if obstacle.is_none() {
        refuse_second_name(path)?;
        // Before a lock is created beside it.
        refuse_other_file(path, kind, marks)?;
    }
    let lock = lock::share(path, obstacle.is_none(), settings.busy_timeout).await?;
    let connector = |used_for| Connector {
        path: path.to_owned(),
        settings: settings.clone(),
        used_for,
    };
    let (row, connection, reading) = match obstacle {
        None => {
            let (row, connection) = prepare(path, kind, &connector(Use::Create)).await?;
            (row, Ok(connection), connector(Use::Read))
        }
        Some(obstacle) => {
            let looking = connector(Use::Look);
            (look_at(path, kind, &looking).await?, Err(obstacle), looking)
        }
    };
    let file = OpenFile {
        location: path.display().to_string().into(),
        busy_timeout: settings.busy_timeout,
        identity: Identity::new(path, kind, row, connection.is_ok()),
        readers: Readers::new(reading),
        writing: connector(Use::Write),
        lock: Mutex::new(lock),
    };
    Ok((file, connection))
}

/// Refuses a file of another kind by its marks.
pub(crate) fn refuse_other_file(
    path: &Path,
    kind: &Kind,
    marks: Result<Marks, sqlx::Error>,
) -> Result<(), OpenError> {
    match marks {
        Ok(marks) => kind.check(path, &marks),
        Err(error) if primary_code(&error) == Some(code::NOTADB) => Err(failed(path)(error)),
        // A checkpoint may be on its way, or there is no file.
        Err(_) => Ok(()),
    }
}

/// Under two names, a file has two logs, and each damages the other.
fn refuse_second_name(path: &Path) -> Result<(), OpenError> {
    match std::fs::metadata(path).map(|found| count_names(&found)) {
        Ok(names @ 2..) => Err(OpenError::SeveralNames {
            path: path.into(),
            names,
        }),
        _ => Ok(()),
    }
}

/// Whether there is a file with content. A file that is no regular one is refused.
pub(crate) fn is_there(path: &Path) -> Result<bool, OpenError> {
    let path = path.to_owned();
    if path.to_str().is_none() {
        return Err(OpenError::NotText { path });
    }
    let found = refuse_dangling_link(&path).map(|()| std::fs::metadata(&path));
    let source: FormatError = match found {
        Err(error) => error.into(),
        Ok(Ok(found)) if found.is_dir() => "it is a directory".into(),
        Ok(Ok(found)) if !found.is_file() => "it is not a regular file".into(),
        Ok(found) => return Ok(found.is_ok_and(|found| found.len() > 0)),
    };
    Err(OpenError::Unreachable { path, source })
}

/// Refuses the log of another file: SQLite would copy it into a backup, and would delete it beside
/// a new file.
fn refuse_foreign_log(
    path: &Path,
    log: Option<PathBuf>,
    is_there: bool,
    is_backup: bool,
) -> Result<(), OpenError> {
    let path = path.to_owned();
    match log {
        Some(log) if !is_there => Err(OpenError::LogWithoutStore { path, log }),
        Some(log) if is_backup => Err(OpenError::BackupBesideLog { path, log }),
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
                let source = match (unreadable(&path), error) {
                    (Some(problem), _) => problem.into(),
                    (None, sqlx::Error::Io(error)) => error.into(),
                    (None, error) => error.into(),
                };
                OpenError::Unreachable { path, source }
            }
            _ => store_error(&path.display().to_string(), error).into(),
        }
    }
}

/// Looks at a file without changing anything. Returns its row, if that can be read.
async fn look_at(path: &Path, kind: &Kind, looking: &Connector) -> Result<Option<Row>, OpenError> {
    let failed = failed(path);
    let mut connection = looking.open().await.map_err(&failed)?;
    let marks = kind.marks(&mut connection).await.map_err(&failed)?;
    kind.check(path, &marks)?;
    if marks.is_new {
        return Err(OpenError::NoStore { path: path.into() });
    }
    connection.close().await.map_err(&failed)?;
    Ok(marks.row)
}

/// Makes sure that the file at `path` is of the kind, and creates it where there is no file.
async fn prepare(
    path: &Path,
    kind: &Kind,
    creating: &Connector,
) -> Result<(Option<Row>, SqliteConnection), OpenError> {
    let failed = failed(path);
    let mut connection = creating.open().await.map_err(&failed)?;
    let linked = sqlx::query_scalar("SELECT sqlite_version()");
    check_sqlite_version(linked.fetch_one(&mut connection).await.map_err(&failed)?)?;
    let marks = kind.marks(&mut connection).await.map_err(&failed)?;
    kind.check(path, &marks)?;
    // Before the write-ahead log begins: until then, a marked backup has no log of its own.
    if marks.is_backup() {
        let unmarked = kind.set_mark(&mut connection, false).await;
        unmarked.map_err(&failed)?;
    }
    let mode = use_write_ahead_log(&mut connection, creating.settings.busy_timeout).await;
    let mode = mode.map_err(&failed)?;
    if mode != "wal" {
        let path = path.to_owned();
        return Err(OpenError::NoWriteAheadLog { path, mode });
    }
    if marks.is_new {
        kind.create(&mut connection).await.map_err(&failed)?;
    }
    // This opens the log, too.
    let marks = kind.marks(&mut connection).await.map_err(&failed)?;
    Ok((marks.row, connection))
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
