//! Work that follows a commit now and then: moving the index, and bounding the write-ahead log.

use std::ops::Range;
use std::time::Duration;

use sqlite_file::{CHECKPOINT_LESS_OFTEN, FileError, get};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor, raw_sql};

/// The positions between two moves of `recent_batches` into `stream_batches`.
const MOVE_EVERY: i64 = 2_048;

/// This many appends in a commit are many.
const MANY_APPENDS: usize = 8;

/// The write-ahead log may have this many pages of 4 KiB, 64 MiB, before the writer makes it start
/// over. SQLite copies it into the file far more often, but starts it over only at a moment without
/// any reader.
const MAX_WAL_PAGES: i64 = 16_384;

/// The writer looks at the length of the log after this many bytes, or when it moves the index.
const LOOK_EVERY_BYTES: usize = 8 * 1024 * 1024;

/// DELETE moves the rows, by a trigger.
const MOVE: &str = "DELETE FROM recent_batches";

/// Returns whether a reader or writer was in the way, and the pages of the log; does nothing else.
const WAL_SIZE: &str = "PRAGMA wal_checkpoint(NOOP)";

/// How long the writer waits for readers before the log starts over. A reader holds a page of
/// events for some milliseconds.
const MAX_WAIT: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Housekeeping {
    busy_timeout: Duration,
    /// Whether SQLite was told to copy the log less often.
    copies_less_often: bool,
    /// The bytes that were written since the last look at the log.
    bytes: usize,
    /// How many pages the log had when it could not start over.
    stuck_at: i64,
}

impl Housekeeping {
    pub(super) fn new(busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..Self::default()
        }
    }

    /// Does the work that is due after a commit of `appends` appends and `bytes` bytes that moved
    /// the end of the log from the start to the end of `positions`.
    ///
    /// Failures are reported by `tracing`: the events are committed, and the next time will do.
    pub(super) async fn after_commit(
        &mut self,
        connection: &mut SqliteConnection,
        appends: usize,
        bytes: usize,
        positions: Range<i64>,
    ) {
        if appends >= MANY_APPENDS && !self.copies_less_often {
            self.copies_less_often = connection.execute(CHECKPOINT_LESS_OFTEN).await.is_ok();
        }
        self.bytes += bytes;
        let is_move_due = positions.start / MOVE_EVERY < positions.end / MOVE_EVERY;
        if is_move_due && let Err(error) = sqlx::query(MOVE).execute(&mut *connection).await {
            tracing::warn!(%error, "the stream index could not be moved; trying again later");
        }
        if !is_move_due && self.bytes < LOOK_EVERY_BYTES {
            return;
        }
        self.bytes = 0;
        if let Err(error) = self.bound_log(connection).await {
            tracing::warn!(?error, "the write-ahead log could not be examined");
        }
    }

    async fn bound_log(&mut self, connection: &mut SqliteConnection) -> Result<(), FileError> {
        let size = sqlx::query(WAL_SIZE).fetch_one(&mut *connection).await?;
        let pages: i64 = get(&size, 1)?;
        if pages < MAX_WAL_PAGES {
            self.stuck_at = 0;
        }
        if pages < MAX_WAL_PAGES.max(self.stuck_at + self.stuck_at / 4) {
            return Ok(());
        }
        let (is_stuck, pages) = self.start_log_over(connection).await?;
        self.stuck_at = if is_stuck { pages } else { 0 };
        if is_stuck {
            tracing::warn!(
                pages,
                "another program reads the file for long and keeps the write-ahead log from \
                 starting over; end its transaction",
            );
        }
        Ok(())
    }

    /// Copies the log into the file, and lets the next commit begin the log anew. Returns whether
    /// readers prevented that, and the pages of the log.
    ///
    /// One text changes the busy timeout and restores it: sqlx runs all of it, polled or not.
    async fn start_log_over(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(bool, i64), FileError> {
        let pragmas = format!(
            "PRAGMA busy_timeout = {}; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = {};",
            self.busy_timeout.min(MAX_WAIT).as_millis(),
            self.busy_timeout.as_millis(),
        );
        let rows = raw_sql(AssertSqlSafe(pragmas))
            .fetch_all(connection)
            .await?;
        let missing = || FileError::Damaged("the checkpoint has no result".to_owned());
        let result = rows.get(1).ok_or_else(missing)?;
        Ok((get::<i64>(result, 0)? != 0, get(result, 1)?))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    /// A database in WAL mode, whose log has a few pages.
    async fn database(folder: &tempfile::TempDir) -> SqliteConnection {
        let mut connection = SqliteConnectOptions::new()
            .filename(folder.path().join("db"))
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            .connect()
            .await
            .unwrap();
        connection.execute("CREATE TABLE t (x)").await.unwrap();
        connection
    }

    /// One that has seen a long log. A look at a short one forgets that.
    fn after_a_long_log() -> Housekeeping {
        Housekeeping {
            stuck_at: 2 * MAX_WAL_PAGES,
            ..Housekeeping::default()
        }
    }

    #[tokio::test]
    async fn the_writer_looks_at_the_log_after_many_bytes_or_a_move_of_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database(&folder).await;
        let mut housekeeping = after_a_long_log();
        for (bytes, positions, looks) in [
            (8 * 1024 * 1024 - 1, 1..2_047, false),
            (1, 2_047..2_047, true),
            (8 * 1024 * 1024 - 1, 2_048..4_095, false),
            (0, 4_095..4_096, true),
        ] {
            let text = format!("{bytes} bytes, {positions:?}");
            housekeeping
                .after_commit(&mut connection, 1, bytes, positions)
                .await;
            assert_eq!(housekeeping.stuck_at == 0, looks, "{text}");
            assert_eq!(housekeeping.bytes == 0, looks, "{text}");
            if looks {
                housekeeping.stuck_at = 2 * MAX_WAL_PAGES;
            }
        }
    }

    #[tokio::test]
    async fn the_log_is_copied_less_often_once_a_commit_has_many_appends() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database(&folder).await;
        let mut housekeeping = Housekeeping::default();
        let mut pages = Vec::new();
        for appends in [7, 8, 9] {
            housekeeping
                .after_commit(&mut connection, appends, 0, 0..1)
                .await;
            let every = sqlx::query_scalar("PRAGMA wal_autocheckpoint");
            pages.push(every.fetch_one(&mut connection).await.unwrap());
        }
        let [few, many, later]: [i64; 3] = pages.try_into().unwrap();
        assert!(few < many, "{few} {many}");
        assert_eq!(later, many);
    }

    #[tokio::test]
    async fn a_short_log_does_not_start_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database(&folder).await;
        let mut housekeeping = Housekeeping::default();
        housekeeping.bound_log(&mut connection).await.unwrap();
        let size = sqlx::query(WAL_SIZE)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(get::<i64>(&size, 1).unwrap() > 0);
        assert_eq!(get::<i64>(&size, 2).unwrap(), 0, "pages were copied");
    }

    #[tokio::test]
    async fn a_checkpoint_restores_the_busy_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database(&folder).await;
        let housekeeping = Housekeeping::new(Duration::from_millis(7_654));
        let (is_stuck, pages) = housekeeping.start_log_over(&mut connection).await.unwrap();
        assert!(!is_stuck && pages > 0, "{pages}");
        let timeout = sqlx::query_scalar("PRAGMA busy_timeout");
        let timeout: i64 = timeout.fetch_one(&mut connection).await.unwrap();
        assert_eq!(timeout, 7_654);
    }

    #[tokio::test]
    async fn a_log_that_has_started_over_is_not_stuck_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database(&folder).await;
        let mut housekeeping = after_a_long_log();
        housekeeping.bound_log(&mut connection).await.unwrap();
        assert_eq!(housekeeping.stuck_at, 0);
    }
}
