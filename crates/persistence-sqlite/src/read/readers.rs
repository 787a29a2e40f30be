//! The connections that only read: a few, opened when they are needed and used in turn.
//!
//! sqlx's own pool needs tokio, and asks a connection for a sign of life before each use, which
//! costs as much as a read.

use std::sync::{Mutex, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) struct Readers {
    connect: SqliteConnectOptions,
    count: u32,
    permits: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection for one read. Dropping it closes the connection, which ends an abandoned statement;
/// [`give_back`](Self::give_back) keeps it for the next read.
pub(crate) struct Reader<'r> {
    pub(crate) connection: SqliteConnection,
    readers: &'r Readers,
    _permit: SemaphorePermit<'r>,
}

impl Readers {
    pub(crate) fn new(connect: SqliteConnectOptions, count: u32) -> Self {
        Self {
            connect,
            count,
            permits: Semaphore::new(usize::try_from(count).unwrap_or(1)),
            idle: Mutex::default(),
        }
    }

    /// Waits for its turn, and opens a connection where none is idle.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolClosed`] after [`close`](Self::close), and what SQLite says of the file.
    pub(crate) async fn acquire(&self) -> Result<Reader<'_>, sqlx::Error> {
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect.connect().await?,
        };
        Ok(Reader {
            connection,
            readers: self,
            _permit: permit,
        })
    }

    /// Waits for the reads under way, and closes all connections.
    pub(crate) async fn close(&self) {
        let all = self.permits.acquire_many(self.count).await;
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
    pub(crate) fn give_back(self) {
        self.readers.idle().push(self.connection);
    }
}
