//! The connections that only read: a few, opened when they are needed and used in turn.
//!
//! A read that is left unpolled keeps its connection. So a read waits for its turn up to the busy
//! timeout, at least one second, and then opens one more connection for itself.
//!
//! sqlx's own pool needs tokio, and asks a connection for a sign of life before each use, which
//! costs as much as a read.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, select};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection, Decode, Row};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::connection::Connector;
use crate::error::FileError;

/// A read waits at least this long: a busy timeout of 0 must not open a connection for each read.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// The connections of a file that only read.
pub struct Readers {
    connector: Connector,
    permits: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
    /// How often all connections were given up.
    generation: AtomicUsize,
}

/// A connection for one read. Dropping it closes the connection, which ends an abandoned statement;
/// [`give_back`](Self::give_back) keeps it for the next read.
pub struct Reader<'r> {
    /// The connection.
    pub connection: SqliteConnection,
    readers: &'r Readers,
    /// `None` if the read has waited in vain.
    permit: Option<SemaphorePermit<'r>>,
    generation: usize,
}

impl Readers {
    pub(crate) fn new(connector: Connector) -> Self {
        let count = usize::try_from(connector.settings.readers).unwrap_or(1);
        Self {
            connector,
            permits: Semaphore::new(count),
            idle: Mutex::default(),
            generation: AtomicUsize::new(0),
        }
    }

    /// Waits for its turn, and opens a connection if none is idle.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolClosed`] after the file was closed, and errors of SQLite.
    pub async fn acquire(&self) -> Result<Reader<'_>, FileError> {
        let permit = self.permits(1).await?;
        let generation = self.generation.load(Ordering::Acquire);
        let idle = permit.as_ref().and_then(|_| self.idle().pop());
        let connection = match idle {
            Some(connection) => connection,
            None => self.connector.open().await?,
        };
        Ok(Reader {
            connection,
            readers: self,
            permit,
            generation,
        })
    }

    /// Waits for permits; `None` after the longest wait.
    async fn permits(&self, count: u32) -> Result<Option<SemaphorePermit<'_>>, sqlx::Error> {
        if let Ok(permits) = self.permits.try_acquire_many(count) {
            return Ok(Some(permits));
        }
        let permits = pin!(self.permits.acquire_many(count));
        let longest_wait = self.connector.settings.busy_timeout.max(SHORTEST_WAIT);
        match select(permits, Delay::new(longest_wait)).await {
            Either::Left((permits, _)) => permits.map(Some).map_err(|_| sqlx::Error::PoolClosed),
            Either::Right(_) if self.permits.is_closed() => Err(sqlx::Error::PoolClosed),
            Either::Right(_) => Ok(None),
        }
    }

    /// All rows of one statement.
    ///
    /// # Errors
    /// Those of [`acquire`](Self::acquire).
    pub async fn fetch_all(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<Vec<SqliteRow>, FileError> {
        let mut reader = self.acquire().await?;
        let rows = query.fetch_all(&mut reader.connection).await?;
        reader.give_back();
        Ok(rows)
    }

    /// Gives up all connections: later reads open new ones.
    pub(crate) fn forget(&self) {
        let mut idle = self.idle();
        self.generation.fetch_add(1, Ordering::Release);
        idle.clear();
    }

    /// Waits for the reads under way, up to the longest wait, and closes all connections.
    pub(crate) async fn close(&self) {
        let all = self.permits(self.connector.settings.readers).await;
        self.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // A connection that cannot be closed is dropped, which ends it as well.
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Keeps the connection for the next read.
    pub fn give_back(self) {
        let mut idle = self.readers.idle();
        let is_kept = self.generation == self.readers.generation.load(Ordering::Acquire);
        if is_kept && self.permit.is_some() && !self.readers.permits.is_closed() {
            idle.push(self.connection);
        }
    }
}

/// The value of a column that is never NULL.
///
/// # Errors
/// [`FileError::Damaged`] for NULL, and for a value of another type.
pub fn get<'r, T: Decode<'r, Sqlite>>(row: &'r SqliteRow, column: usize) -> Result<T, FileError> {
    get_optional(row, column)?.ok_or_else(|| FileError::Damaged(format!("column {column} is NULL")))
}

/// The value of a column that may be NULL.
///
/// # Errors
/// [`FileError::Damaged`] for a value of another type.
pub fn get_optional<'r, T: Decode<'r, Sqlite>>(
    row: &'r SqliteRow,
    column: usize,
) -> Result<Option<T>, FileError> {
    Ok(row.try_get_unchecked(column)?)
}
