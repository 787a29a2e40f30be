//! The one mapping from errors of SQLite and of stored rows to the errors of the ports.

use std::path::Path;

use shared_kernel::StoreError;

use crate::rights::obstacle;

/// An access to the file failed.
#[derive(Debug)]
pub enum FileError {
    /// SQLite failed, or sqlx on the way to it.
    Sqlite(sqlx::Error),
    /// No program of this kind can have written a row; the text names the row and the reason.
    Damaged(String),
    /// The path does not lead to the open file any more.
    Replaced,
}

impl From<sqlx::Error> for FileError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // NULL, or a value of another type than the layout gives the column.
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Damaged(format!("column {index}: {source}"))
            }
            other => Self::Sqlite(other),
        }
    }
}

impl FileError {
    /// The error of the port, for the store in the file `location`.
    #[must_use]
    pub fn at(self, location: &str) -> StoreError {
        match self {
            Self::Sqlite(error) => store_error(location, error),
            Self::Damaged(problem) => StoreError::Damaged {
                location: location.to_owned(),
                problem,
            },
            Self::Replaced => StoreError::Replaced {
                location: location.to_owned(),
            },
        }
    }
}

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>).
pub(crate) mod code {
    /// A missing table, or text that is not JSON, where our statements expect one.
    pub(crate) const ERROR: i32 = 1;
    pub(crate) const PERM: i32 = 3;
    pub(crate) const BUSY: i32 = 5;
    pub(crate) const LOCKED: i32 = 6;
    pub(crate) const NOMEM: i32 = 7;
    pub(crate) const READONLY: i32 = 8;
    /// SQLite looks for an interrupt after the commit of a statement, too.
    pub(crate) const INTERRUPT: i32 = 9;
    pub(crate) const IOERR: i32 = 10;
    pub(crate) const CORRUPT: i32 = 11;
    pub(crate) const FULL: i32 = 13;
    pub(crate) const CANTOPEN: i32 = 14;
    pub(crate) const PROTOCOL: i32 = 15;
    pub(crate) const CONSTRAINT: i32 = 19;
    pub(crate) const NOTADB: i32 = 26;
    /// The end of the log, where its index has more.
    pub(crate) const IOERR_SHORT_READ: i32 = 522;
    /// The shared-memory file could not grow: a full disk.
    pub(crate) const IOERR_SHMSIZE: i32 = 4874;
}

/// The error of the port for `error`, for the store in the file `location`.
pub(crate) fn store_error(location: &str, error: sqlx::Error) -> StoreError {
    let location = location.to_owned();
    if matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) {
        return StoreError::Closed { location };
    }
    let code = result_code(&error).unwrap_or(0);
    let problem = error.to_string();
    let source = Box::new(error);
    match (code & 0xff, code) {
        (code::BUSY | code::LOCKED, _) => StoreError::busy(location),
        (code::FULL, _) | (_, code::IOERR_SHMSIZE) => StoreError::Full { location, source },
        (code::READONLY | code::PERM, _) => StoreError::ReadOnly {
            obstacle: obstacle(Path::new(&location)).unwrap_or(problem),
            location,
        },
        // Without the right to write the index of the log, a process cannot get its locks.
        (code::PROTOCOL, _) => match obstacle(Path::new(&location)) {
            Some(obstacle) => StoreError::ReadOnly { location, obstacle },
            None => StoreError::busy(location),
        },
        (code::CORRUPT | code::NOTADB, _) | (_, code::ERROR | code::IOERR_SHORT_READ) => {
            StoreError::Damaged { location, problem }
        }
        _ => StoreError::Backend { location, source },
    }
}

/// The extended result code of SQLite, if the error is SQLite's.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The primary result code of SQLite, if the error is SQLite's.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    result_code(error).map(|code| code & 0xff)
}

/// Whether another connection held a lock past the busy timeout.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(code::BUSY | code::LOCKED))
}

/// Whether the log ends where its index has more: another program has cut it.
pub(crate) fn is_cut_log(error: &sqlx::Error) -> bool {
    result_code(error) == Some(code::IOERR_SHORT_READ)
}

/// Whether the disk has no room.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    matches!(result_code(error), Some(code::FULL | code::IOERR_SHMSIZE))
}

/// Whether a key or a trigger refused a row. Nothing was written then.
#[must_use]
pub fn is_constraint(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::CONSTRAINT)
}

/// Whether a statement that is a transaction of its own may have been committed all the same. Only
/// a failing disk, lack of memory, an interrupt or the end of the connection leave that open.
/// SQLite rolls back a commit for which the disk has no room.
#[must_use]
pub fn may_be_committed(error: &sqlx::Error) -> bool {
    match primary_code(error) {
        Some(code) => matches!(code, code::NOMEM | code::IOERR | code::INTERRUPT),
        // The store is closed, or a value cannot be encoded: no statement began.
        None => !matches!(error, sqlx::Error::PoolClosed | sqlx::Error::Encode(_)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
    use sqlx::{ConnectOptions, Executor};

    use super::*;

    async fn connect(path: &Path) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO)
            .connect()
            .await
            .unwrap()
    }

    async fn refusal(connection: &mut SqliteConnection, sql: &'static str) -> StoreError {
        store_error("here", connection.execute(sql).await.unwrap_err())
    }

    #[tokio::test]
    async fn a_locked_file_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = connect(&folder.path().join("db")).await;
        let mut second = connect(&folder.path().join("db")).await;
        first.execute("BEGIN IMMEDIATE").await.unwrap();
        let error = refusal(&mut second, "BEGIN IMMEDIATE").await;
        assert!(matches!(&error, StoreError::Busy { location, .. } if location == "here"));
        assert!(error.is_transient());
    }

    #[tokio::test]
    async fn a_file_without_room_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("db")).await;
        connection
            .execute("CREATE TABLE t (x); PRAGMA max_page_count = 2")
            .await
            .unwrap();
        let error = refusal(&mut connection, "INSERT INTO t VALUES (zeroblob(100000))").await;
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        assert!(!error.is_transient());
    }

    #[tokio::test]
    async fn a_file_that_may_not_be_written_is_read_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        connect(&path)
            .await
            .execute("CREATE TABLE t (x)")
            .await
            .unwrap();
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        let mut connection = options.connect().await.unwrap();
        let error = refusal(&mut connection, "INSERT INTO t VALUES (1)").await;
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn bytes_that_are_no_database_are_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, vec![b'x'; 8192]).unwrap();
        let mut connection = connect(&path).await;
        let error = connection
            .execute("SELECT * FROM sqlite_schema")
            .await
            .unwrap_err();
        assert_eq!(primary_code(&error), Some(code::NOTADB));
        assert!(matches!(
            store_error("here", error),
            StoreError::Damaged { .. }
        ));
    }

    /// An error with a result code. SQLite returns PROTOCOL after ten seconds of trying.
    #[derive(Debug)]
    struct Made(i32);

    impl std::fmt::Display for Made {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "code {}", self.0)
        }
    }

    impl std::error::Error for Made {}

    impl sqlx::error::DatabaseError for Made {
        fn message(&self) -> &str {
            "made"
        }

        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some(self.0.to_string().into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    #[test]
    fn locks_that_cannot_be_had_are_busy_unless_a_file_is_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, "").unwrap();
        let refusal = || {
            let error = sqlx::Error::Database(Box::new(Made(code::PROTOCOL)));
            store_error(&path.display().to_string(), error)
        };
        assert!(matches!(refusal(), StoreError::Busy { .. }));
        let mut read_only = std::fs::metadata(&path).unwrap().permissions();
        read_only.set_readonly(true);
        std::fs::set_permissions(&path, read_only).unwrap();
        // Root may write the file all the same.
        match (refusal(), obstacle(&path)) {
            (StoreError::Busy { .. }, None) => {}
            (StoreError::ReadOnly { obstacle: told, .. }, Some(found)) => assert_eq!(told, found),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_table_or_a_text_that_is_not_as_it_was_made_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("db")).await;
        for sql in ["SELECT * FROM nowhere", "SELECT 'x' ->> 1"] {
            let error = refusal(&mut connection, sql).await;
            assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        }
    }

    #[tokio::test]
    async fn only_a_failing_disk_and_an_interrupt_leave_a_commit_in_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("db")).await;
        for sql in [
            "SELECT * FROM nowhere",
            "PRAGMA query_only = ON; CREATE TABLE t (x)",
        ] {
            let certain = connection.execute(sql).await.unwrap_err();
            assert!(!may_be_committed(&certain), "{certain:?}");
        }
        assert!(may_be_committed(&sqlx::Error::WorkerCrashed));

        let mut handle = connection.lock_handle().await.unwrap();
        handle.set_progress_handler(1, || false);
        drop(handle);
        let interrupted = connection.execute("SELECT 1").await.unwrap_err();
        assert_eq!(primary_code(&interrupted), Some(code::INTERRUPT));
        assert!(may_be_committed(&interrupted));
    }

    #[tokio::test]
    async fn any_other_error_keeps_the_text_of_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("db")).await;
        let error = refusal(
            &mut connection,
            "CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1), (1)",
        )
        .await;
        assert!(matches!(error, StoreError::Backend { .. }), "{error:?}");
    }

    #[test]
    fn a_closed_connection_means_a_closed_store() {
        let closed = store_error("here", sqlx::Error::PoolClosed);
        assert!(matches!(closed, StoreError::Closed { .. }));
    }
}
