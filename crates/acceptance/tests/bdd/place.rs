//! Owns the store that a scenario works on: a fresh one in memory, or a fresh file.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::{EventStore, ManualClock, SnapshotStore};
use tempfile::TempDir;

/// When every scenario begins.
const MORNING: &str = "2026-01-05T08:00:00Z";

/// The stores that the features run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
    Sqlite,
}

impl StoreKind {
    pub(crate) const ALL: [Self; 2] = [Self::Memory, Self::Sqlite];

    /// Whether what is written outlives the process.
    pub(crate) fn is_durable(self) -> bool {
        self == Self::Sqlite
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Memory => "memory",
            Self::Sqlite => "SQLite",
        })
    }
}

/// A store of its own, and the clock that it looks at, which stands still unless turned.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) clock: Arc<ManualClock>,
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    Memory {
        events: MemoryEventStore,
        snapshots: MemorySnapshotStore,
    },
    Sqlite {
        folder: TempDir,
        store: SqliteStore,
    },
}

impl Place {
    pub(crate) async fn open(kind: StoreKind) -> Self {
        let morning: Timestamp = MORNING.parse().unwrap();
        let clock = Arc::new(ManualClock::at(morning));
        let backing = match kind {
            StoreKind::Memory => Backing::Memory {
                events: MemoryEventStore::with_clock(clock.clone()),
                snapshots: MemorySnapshotStore::new(),
            },
            StoreKind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let store = open_file(&folder, clock.clone()).await;
                Backing::Sqlite { folder, store }
            }
        };
        Self { clock, backing }
    }

    pub(crate) fn events(&self) -> Arc<dyn EventStore> {
        match &self.backing {
            Backing::Memory { events, .. } => Arc::new(events.clone()),
            Backing::Sqlite { store, .. } => Arc::new(store.clone()),
        }
    }

    pub(crate) fn snapshots(&self) -> Arc<dyn SnapshotStore> {
        match &self.backing {
            Backing::Memory { snapshots, .. } => Arc::new(snapshots.clone()),
            Backing::Sqlite { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The store in the file. Only scenarios that are marked as durable may ask for it.
    pub(crate) fn file(&self) -> &SqliteStore {
        self.file_if_any()
            .expect("a scenario about a file has to be tagged @durable")
    }

    /// The store in the file, where it is in one.
    pub(crate) fn file_if_any(&self) -> Option<&SqliteStore> {
        match &self.backing {
            Backing::Sqlite { store, .. } => Some(store),
            Backing::Memory { .. } => None,
        }
    }

    /// A path beside the file of the store.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        match &self.backing {
            Backing::Sqlite { folder, .. } => folder.path().join(name),
            Backing::Memory { .. } => panic!("a scenario about a file has to be tagged @durable"),
        }
    }

    /// The same file, opened once more, as another process would.
    pub(crate) async fn open_once_more(&self) -> SqliteStore {
        let options = SqliteOptions::new().with_clock(self.clock.clone());
        SqliteStore::open_with(self.file().path(), options)
            .await
            .unwrap()
    }

    pub(crate) async fn reopen(&mut self) {
        self.file().close().await;
        let reopened = self.open_once_more().await;
        if let Backing::Sqlite { store, .. } = &mut self.backing {
            *store = reopened;
        }
    }

    pub(crate) async fn close(self) {
        if let Backing::Sqlite { folder, store } = self.backing {
            store.close().await;
            folder.close().unwrap();
        }
    }
}

async fn open_file(folder: &TempDir, clock: Arc<ManualClock>) -> SqliteStore {
    let path = folder.path().join("store.annals");
    let options = SqliteOptions::new().with_clock(clock);
    SqliteStore::open_with(path, options).await.unwrap()
}
