//! Every law of read models, run on PostgreSQL: over a log in memory, and over a log on a server.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Harness, ReadModelsHarness};
use persistence_memory::MemoryEventStore;
use persistence_postgres::PostgresStore;
use postgres_server::{Pooler, Server};
use read_models_postgres::PostgresReadModels;
use shared_kernel::EventStore;
use shared_kernel::time::Clock;

use crate::BEHIND_A_POOLER;

/// A database of its own for each law.
struct Database {
    address: String,
    /// Whether the log of a law is in a database, too.
    has_log: bool,
}

impl Database {
    fn new() -> Self {
        let direct = Server::shared_or_skip().new_database().unwrap();
        Self {
            address: match BEHIND_A_POOLER {
                true => Pooler::shared_or_skip().address(&direct),
                false => direct,
            },
            has_log: false,
        }
    }

    fn with_a_log() -> Self {
        Self {
            has_log: true,
            ..Self::new()
        }
    }
}

impl Harness for Database {}

#[async_trait]
impl ReadModelsHarness for Database {
    type Models = PostgresReadModels;

    async fn open_models(&self, clock: Arc<dyn Clock>) -> PostgresReadModels {
        let models = PostgresReadModels::connect(&self.address).await.unwrap();
        models.with_clock(clock)
    }

    async fn new_log(&self) -> Arc<dyn EventStore> {
        if !self.has_log {
            return Arc::new(MemoryEventStore::new());
        }
        // A law may ask for several logs, and a database has one.
        let address = Server::shared_or_skip().new_database().unwrap();
        Arc::new(PostgresStore::connect(&address).await.unwrap())
    }
}

mod over_a_log_in_memory {
    use super::Database;

    conformance::read_model_laws!(Database, Database::new());
}

mod over_a_log_on_a_server {
    use super::Database;

    conformance::read_model_laws!(Database, Database::with_a_log());
}
