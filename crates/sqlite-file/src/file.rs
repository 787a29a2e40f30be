//! An open file: its connections, and the answers that it gives.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use shared_kernel::StoreError;
use sqlx::sqlite::SqliteConnection;

use crate::connection::Connector;
use crate::error::{FileError, is_cut_log};
use crate::footprint::LOG_HEADER;
use crate::identity::{Before, Identity};
use crate::readers::{Readers, get};

/// A read is tried this often, also if the wait for its turn has used up the busy timeout.
const LEAST_TRIES: u32 = 3;

/// Returns the number of frames in the index of the log as its second column, and copies nothing.
const FRAMES: &str = "PRAGMA wal_checkpoint(NOOP)";

/// The bytes before each page in the log.
const FRAME_HEADER: u64 = 24;

/// An open file.
///
/// It answers as long as its path leads to the files that it has opened. After that, everything
/// fails with [`FileError::Replaced`].
pub struct OpenFile {
    /// The path as a text for messages.
    pub location: Arc<str>,
    /// How long a statement waits for the lock of another connection.
    pub busy_timeout: Duration,
    /// The connections that only read.
    pub readers: Readers,
    pub(crate) identity: Identity,
    /// Opens further connections that write.
    pub(crate) writing: Connector,
    /// Shared with other handles until this one is closed.
    pub(crate) lock: Mutex<Option<File>>,
}

impl OpenFile {
    /// The absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.identity.path
    }

    /// Opens a further connection that writes, for example after a failure of the last one.
    ///
    /// # Errors
    /// Errors of SQLite.
    pub async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.writing.open().await
    }

    /// The result of a read, which is repeated until the files stay as they are meanwhile.
    ///
    /// # Errors
    /// Those of the read; [`StoreError::Replaced`]; [`StoreError::Busy`] if the files change each
    /// time.
    pub async fn answer<T, R>(&self, read: impl Fn() -> R) -> Result<T, StoreError>
    where
        R: Future<Output = Result<T, FileError>>,
    {
        let deadline = Instant::now() + self.busy_timeout;
        let (mut was_damaged, mut tries) = (false, 0);
        loop {
            tries += 1;
            let before = self.identity.last();
            let answer = read().await.map_err(|error| self.failed(error));
            let stands = self.stands(&before).await;
            if stands.map_err(|error| self.failed(error))? {
                // A disk that fails in passing looks like damage, once.
                if was_damaged || !matches!(answer, Err(StoreError::Damaged { .. })) {
                    return answer;
                }
                was_damaged = true;
                self.readers.forget();
            }
            if tries >= LEAST_TRIES && Instant::now() > deadline {
                return Err(StoreError::busy(self.location.to_string()));
            }
        }
    }

    /// Looks whether the path still leads to the open file, for example after a commit.
    ///
    /// # Errors
    /// [`FileError::Replaced`] if not.
    pub async fn confirm(&self) -> Result<(), FileError> {
        let before = self.identity.last();
        self.stands(&before).await.map(drop)
    }

    /// Looks whether another program has cut the log, before a commit: SQLite would write it behind
    /// the gap. If so, everything fails with [`FileError::Replaced`] from then on.
    pub async fn look_at_log(&self) {
        if self.identity.look_at_log().1 {
            match self.lacks_frames().await {
                Ok(false) => {}
                Ok(true) => self.identity.lose(),
                Err(error) => drop(self.failed(error)),
            }
        }
    }

    /// Whether the log is too short for its index. For example, 10 frames of a page of 4,096 bytes
    /// need 32 + 10 * (24 + 4,096) bytes.
    async fn lacks_frames(&self) -> Result<bool, FileError> {
        let number = async |sql, column| {
            let row = self.readers.fetch_all(sqlx::query(sql)).await?.pop();
            row.map_or(Ok(0), |row| get::<i64>(&row, column))
        };
        let page = number("PRAGMA page_size", 0).await?;
        let frames = number(FRAMES, 1).await?;
        let (length, _) = self.identity.look_at_log();
        // Otherwise the log has started over meanwhile.
        let is_the_same = frames == number(FRAMES, 1).await?;
        let needed = LOG_HEADER + frames.cast_unsigned() * (FRAME_HEADER + page.cast_unsigned());
        Ok(is_the_same && frames > 0 && length < needed)
    }

    /// Whether an earlier look has found that the path leads elsewhere.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.identity.is_lost()
    }

    /// Whether an answer that began at the state `before` stands. If not, later reads begin with
    /// new connections.
    async fn stands(&self, before: &Before) -> Result<bool, FileError> {
        let forget = || self.readers.forget();
        self.identity.confirms(before, forget).await
    }

    /// The error of the port for an error of this file. After [`FileError::Replaced`], for example
    /// because another program has cut the log, the file answers nothing any more.
    pub fn failed(&self, error: impl Into<FileError>) -> StoreError {
        let error = match error.into() {
            FileError::Sqlite(error) if is_cut_log(&error) => FileError::Replaced,
            error => error,
        };
        if matches!(error, FileError::Replaced) {
            self.identity.lose();
        }
        error.at(&self.location)
    }

    /// Waits for the reads under way and closes the file; `close_writer` closes the connection that
    /// writes.
    pub async fn close(&self, close_writer: impl Future<Output = ()>) {
        let _ = self.confirm().await;
        self.identity.give_up_log().await;
        self.readers.close().await;
        close_writer.await;
        self.identity.end().await;
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.take();
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
