//! Every law of read models, run on SQLite files.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Harness, ReadModelsHarness};
use persistence_memory::MemoryEventStore;
use read_models_sqlite::SqliteReadModels;
use shared_kernel::EventStore;
use shared_kernel::time::Clock;
use tempfile::TempDir;

/// A folder of its own for each law.
struct Folder(TempDir);

impl Harness for Folder {}

#[async_trait]
impl ReadModelsHarness for Folder {
    type Models = SqliteReadModels;

    async fn open_models(&self, clock: Arc<dyn Clock>) -> SqliteReadModels {
        SqliteReadModels::open(self.0.path().join("lamps.annals-views")).with_clock(clock)
    }

    async fn new_log(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryEventStore::new())
    }
}

conformance::read_model_laws!(Folder, Folder(TempDir::new().unwrap()));
