//! postgres-es through the repository trait of cqrs-es, with its own table and its default pool.

use std::path::Path;

use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use sqlx::postgres::PgPool;
use subject::{Outcome, Store, StreamWrite, Waiting, address};

use crate::server::{described, size};
use crate::sqlite_es::{Tally, scan, serialized};

/// The table of the crate's documentation.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    aggregate_type text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint CHECK (sequence >= 0) NOT NULL,
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload json NOT NULL,
    metadata json NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";

/// The repository and its pool.
pub(crate) struct PostgresEs {
    repository: PostgresEventRepository,
    pool: PgPool,
}

impl Store for PostgresEs {
    type Append = Vec<SerializedEvent>;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let pool = default_postgress_pool(&address(path)?).await;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self {
            repository: PostgresEventRepository::new(pool.clone()),
            pool,
        })
    }

    async fn description(&self) -> Outcome<String> {
        described("postgres-es 0.5", &self.pool).await
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Vec<SerializedEvent>> {
        serialized(writes)
    }

    async fn append(&self, events: Vec<SerializedEvent>) -> Outcome<()> {
        self.repository.persist::<Tally>(&events, None).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        Ok(self.repository.get_events::<Tally>(stream).await?.len())
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.repository).await
    }

    async fn close(self) -> Outcome<()> {
        self.pool.close().await;
        Ok(())
    }

    async fn bytes(path: &Path) -> Outcome<u64> {
        size(path, "events").await
    }
}
