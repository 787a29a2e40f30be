//! Owns the connections that only read: a few of them, made as they are needed and used in turn.
//!
//! sqlx's own pool asks a connection for a sign of life each time it comes back, which costs a read
//! of a local file as much as the read itself.

use std::num::NonZeroU32;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

pub(crate) struct Readers {
    connect: SqliteConnectOptions,
    /// As many permits as there are slots, so that whoever holds one finds a slot free.
    permits: Semaphore,
    slots: Vec<Mutex<Option<SqliteConnection>>>,
}

/// A connection for one read, or for a few that belong together.
///
/// A read that is abandoned half-way leaves nothing behind: its statement is reset before the next
/// one begins.
pub(crate) struct Reader<'r> {
    connect: &'r SqliteConnectOptions,
    slot: MutexGuard<'r, Option<SqliteConnection>>,
    _permit: SemaphorePermit<'r>,
}

impl Readers {
    pub(crate) fn new(connect: SqliteConnectOptions, count: NonZeroU32) -> Self {
        let slots: Vec<_> = (0..count.get()).map(|_| Mutex::new(None)).collect();
        Self {
            connect,
            permits: Semaphore::new(slots.len()),
            slots,
        }
    }

    /// Waits for a connection that is free.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolClosed`] after [`close`](Self::close).
    pub(crate) async fn acquire(&self) -> Result<Reader<'_>, sqlx::Error> {
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        // The first slots are taken first: their statements are prepared and their pages cached.
        let free = self.slots.iter().find_map(|slot| slot.try_lock().ok());
        Ok(Reader {
            connect: &self.connect,
            slot: free.ok_or(sqlx::Error::PoolClosed)?,
            _permit: permit,
        })
    }

    /// Lets the reads under way finish and closes all connections.
    pub(crate) async fn close(&self) {
        self.permits.close();
        for slot in &self.slots {
            if let Some(connection) = slot.lock().await.take() {
                // A connection that cannot be closed is dropped, which ends it as well.
                let _ = connection.close().await;
            }
        }
    }
}

impl Reader<'_> {
    /// The connection, made now where the slot has none yet.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        match &mut *self.slot {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.connect.connect().await?)),
        }
    }
}
