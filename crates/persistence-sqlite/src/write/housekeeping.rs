//! Work that follows a commit now and then: moving the index, and bounding the write-ahead log.

use std::ops::Range;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Row};

use crate::error::ReadError;
use crate::file::connection::CHECKPOINT_LESS_OFTEN;

/// Every so many positions, `recent_batches` is emptied into `stream_batches`.
const MOVE_EVERY: i64 = 2_048;

/// This many appends in a commit are many.
const MANY_APPENDS: usize = 8;

/// The write-ahead log may have this many pages of 4 KiB, 64 MiB, before the writer makes it start
/// over. SQLite copies it into the file far more often, but starts it over only at a moment without
/// any reader.
const MAX_WAL_PAGES: i64 = 16_384;

/// The writer looks at the length of the log after so many bytes, or when it moves the index.
const LOOK_EVERY_BYTES: usize = 8 * 1024 * 1024;

/// DELETE moves the rows, by a trigger.
const MOVE: &str = "DELETE FROM recent_batches";

/// Returns whether a reader or writer was in the way, and the pages of the log; does nothing else.
const WAL_SIZE: &str = "PRAGMA wal_checkpoint(NOOP)";

/// Waits for readers up to the busy timeout, copies the log into the file, and lets the next commit
/// begin the log anew. A reader holds a page of events for some milliseconds.
const START_WAL_OVER: &str = "PRAGMA wal_checkpoint(RESTART)";

#[derive(Debug, Default)]
pub(super) struct Housekeeping {
    /// Whether SQLite was told to copy the log less often.
    copies_less_often: bool,
    /// The bytes that were written since the last look at the log.
    bytes: usize,
    /// How many pages the log had when it could not start over.
    stuck_at: i64,
}

impl Housekeeping {
    /// Does what is due after a commit of `appends` appends and `bytes` bytes that moved the end of the
    /// log from the start to the end of `positions`.
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

    async fn bound_log(&mut self, connection: &mut SqliteConnection) -> Result<(), ReadError> {
        let pages = pages_of_log(connection, WAL_SIZE).await?.1;
        if pages < MAX_WAL_PAGES.max(self.stuck_at + self.stuck_at / 4) {
            return Ok(());
        }
        let (is_stuck, pages) = pages_of_log(connection, START_WAL_OVER).await?;
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
}

/// Runs a checkpoint pragma. Returns whether it was blocked, and the pages of the log.
async fn pages_of_log(
    connection: &mut SqliteConnection,
    pragma: &'static str,
) -> Result<(bool, i64), ReadError> {
    let row = sqlx::query(pragma).fetch_one(connection).await?;
    let blocked: i64 = row.try_get_unchecked(0)?;
    Ok((blocked != 0, row.try_get_unchecked(1)?))
}
