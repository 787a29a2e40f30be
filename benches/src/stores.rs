//! The stores that the benches measure: one in memory, and a SQLite file with `synchronous=FULL`.

use std::sync::Arc;

use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use persistence_sqlite::SqliteStore;
use shared_kernel::{EventStore, SnapshotStore};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A measured store, with the temporary folder of its file.
pub struct Subject {
    /// Its name in the report.
    pub name: &'static str,
    /// Its events.
    pub events: Arc<dyn EventStore>,
    /// Its snapshots.
    pub snapshots: Arc<dyn SnapshotStore>,
    _folder: Option<TempDir>,
}

/// Every store, new and empty.
///
/// # Panics
/// If there is no temporary folder, or no file can be created in it.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "without a file there is nothing to measure"
)]
pub fn subjects(runtime: &Runtime) -> [Subject; 2] {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = runtime
        .block_on(SqliteStore::open(folder.path().join("store")))
        .expect("a new file");
    [
        Subject {
            name: "memory",
            events: Arc::new(MemoryEventStore::new()),
            snapshots: Arc::new(MemorySnapshotStore::new()),
            _folder: None,
        },
        Subject {
            name: "sqlite-full",
            events: Arc::new(sqlite.clone()),
            snapshots: Arc::new(sqlite),
            _folder: Some(folder),
        },
    ]
}
