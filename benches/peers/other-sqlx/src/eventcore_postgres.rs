//! eventcore-postgres through its own traits, with its own migrations and its default pool.
//!
//! As with eventcore-sqlite, the measured event has its correlation and actor in the payload.

use std::path::Path;

use eventcore_postgres::PostgresEventStore;
use eventcore_types::{EventStore, StreamWrites};
use sqlx::postgres::{PgPool, PgPoolOptions};
use subject::{Outcome, Store, StreamWrite, Waiting, address};

use crate::eventcore::{load, prepared, scan};
use crate::server::{described, size};

/// The store and its pool.
pub(crate) struct EventcorePostgres {
    store: PostgresEventStore,
    pool: PgPool,
}

impl Store for EventcorePostgres {
    type Append = StreamWrites;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let pool = PgPoolOptions::new().connect(&address(path)?).await?;
        let store = PostgresEventStore::from_pool(pool.clone());
        store.migrate().await;
        Ok(Self { store, pool })
    }

    async fn description(&self) -> Outcome<String> {
        described("eventcore-postgres 2.1", &self.pool).await
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<StreamWrites> {
        prepared(writes)
    }

    async fn append(&self, append: StreamWrites) -> Outcome<()> {
        self.store.append_events(append).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        load(&self.store, stream).await
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.store).await
    }

    async fn close(self) -> Outcome<()> {
        self.pool.close().await;
        Ok(())
    }

    async fn bytes(path: &Path) -> Outcome<u64> {
        size(path, "eventcore_events").await
    }
}
