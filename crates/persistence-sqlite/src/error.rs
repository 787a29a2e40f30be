//! Owns the one mapping from what SQLite reports to the errors of the ports.

use shared_kernel::{OutOfRange, StoreError};

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>).
mod code {
    /// No table, or no JSON, where our statements expect one.
    pub(super) const ERROR: i32 = 1;
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const NOMEM: i32 = 7;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NOTADB: i32 = 26;
    /// The shared-memory file could not grow, which is how a full disk shows there.
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
}

/// Says what `error` means for the store in the file `location`.
pub(crate) fn store_error(location: &str, error: sqlx::Error) -> StoreError {
    let location = location.to_owned();
    if matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) {
        return StoreError::Closed { location };
    }
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Busy { location };
    }
    if let sqlx::Error::Decode(problem) = error {
        let problem = problem.to_string();
        return StoreError::Damaged { location, problem };
    }
    let code = result_code(&error).unwrap_or(0);
    match (code & 0xff, code) {
        (code::BUSY | code::LOCKED, _) => StoreError::Busy { location },
        (code::FULL, _) | (_, code::IOERR_SHMSIZE) => StoreError::Full {
            location,
            source: Box::new(error),
        },
        (code::READONLY | code::PERM, _) => StoreError::ReadOnly {
            location,
            source: Box::new(error),
        },
        (code::CORRUPT | code::NOTADB, _) | (_, code::ERROR) => StoreError::Damaged {
            location,
            problem: error.to_string(),
        },
        _ => StoreError::Backend {
            location,
            source: Box::new(error),
        },
    }
}

/// The extended result code that SQLite gave, where the error is SQLite's.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether the bytes of the file are no SQLite database.
pub(crate) fn is_not_a_database(error: &sqlx::Error) -> bool {
    result_code(error).is_some_and(|code| code & 0xff == code::NOTADB)
}

/// Whether the file may be read only.
pub(crate) fn is_read_only(error: &sqlx::Error) -> bool {
    result_code(error).is_some_and(|code| code & 0xff == code::READONLY)
}

/// Whether another connection was in the way.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    result_code(error).is_some_and(|code| matches!(code & 0xff, code::BUSY | code::LOCKED))
}

/// Whether a statement that is a transaction by itself may have failed in its commit: only the disk, or the
/// end of the connection, says nothing of what came of it.
pub(crate) fn may_be_committed(error: &sqlx::Error) -> bool {
    let code = result_code(error).map(|code| code & 0xff);
    code.is_none_or(|code| matches!(code, code::NOMEM | code::IOERR | code::FULL))
}

pub(crate) fn out_of_range(location: &str, source: OutOfRange) -> StoreError {
    StoreError::OutOfRange {
        location: location.to_owned(),
        source,
    }
}

pub(crate) fn damaged(location: &str, problem: impl Into<String>) -> StoreError {
    StoreError::Damaged {
        location: location.to_owned(),
        problem: problem.into(),
    }
}

pub(crate) fn closed(location: &str) -> StoreError {
    StoreError::Closed {
        location: location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
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
        assert!(matches!(&error, StoreError::Busy { location } if location == "here"));
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
        assert!(is_not_a_database(&error));
        assert!(matches!(
            store_error("here", error),
            StoreError::Damaged { .. }
        ));
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
    async fn only_a_failing_disk_leaves_a_commit_in_doubt() {
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
    }

    #[tokio::test]
    async fn what_has_no_kind_of_its_own_keeps_what_sqlite_said() {
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
    fn a_pool_that_is_closed_or_too_busy_says_so() {
        let closed = store_error("here", sqlx::Error::PoolClosed);
        assert!(matches!(closed, StoreError::Closed { .. }));
        let busy = store_error("here", sqlx::Error::PoolTimedOut);
        assert!(matches!(busy, StoreError::Busy { .. }));
    }
}
