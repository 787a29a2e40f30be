//! The store of a scenario: a new one in memory, a new file, or a new database.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use persistence_postgres::{PostgresOptions, PostgresStore};
use persistence_sqlite::{SqliteOptions, SqliteStore};
use postgres_server::{Server, StartError};
use read_models_postgres::PostgresReadModels;
use shared_kernel::store::LogTransfer;
use shared_kernel::time::ManualClock;
use shared_kernel::{EventStore, SnapshotStore};
use tempfile::TempDir;

/// The time at which every scenario begins.
const MORNING: &str = "2026-01-05T08:00:00Z";

/// The kinds of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
    Sqlite,
    Postgres,
}

impl StoreKind {
    /// The kinds that this machine has.
    pub(crate) fn all() -> Vec<Self> {
        let mut kinds = vec![Self::Memory, Self::Sqlite];
        match Server::shared() {
            Ok(_) => kinds.push(Self::Postgres),
            Err(StartError::NotInstalled) => println!("{}", StartError::NotInstalled),
            Err(error) => panic!("{error}"),
        }
        kinds
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Memory => "memory",
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The store of a scenario with its clock. The clock stands still unless a step sets it.
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
    Postgres {
        address: PathBuf,
        store: PostgresStore,
        models: PostgresReadModels,
        /// Another database, once a scenario names one.
        further: OnceLock<PathBuf>,
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
            StoreKind::Postgres => {
                let address = empty_database();
                let options = PostgresOptions::new().with_clock(clock.clone());
                let connected = PostgresStore::connect_with(address.to_str().unwrap(), options);
                let store = connected.await.unwrap();
                let models = PostgresReadModels::connect(address.to_str().unwrap());
                Backing::Postgres {
                    models: models.await.unwrap(),
                    address,
                    store,
                    further: OnceLock::new(),
                }
            }
        };
        Self { clock, backing }
    }

    pub(crate) fn kind(&self) -> StoreKind {
        match self.backing {
            Backing::Memory { .. } => StoreKind::Memory,
            Backing::Sqlite { .. } => StoreKind::Sqlite,
            Backing::Postgres { .. } => StoreKind::Postgres,
        }
    }

    pub(crate) fn events(&self) -> Arc<dyn EventStore> {
        match &self.backing {
            Backing::Memory { events, .. } => Arc::new(events.clone()),
            Backing::Sqlite { store, .. } => Arc::new(store.clone()),
            Backing::Postgres { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The events, as a log that can move.
    pub(crate) fn transfer(&self) -> Arc<dyn LogTransfer> {
        match &self.backing {
            Backing::Memory { events, .. } => Arc::new(events.clone()),
            Backing::Sqlite { store, .. } => Arc::new(store.clone()),
            Backing::Postgres { store, .. } => Arc::new(store.clone()),
        }
    }

    pub(crate) fn snapshots(&self) -> Arc<dyn SnapshotStore> {
        match &self.backing {
            Backing::Memory { snapshots, .. } => Arc::new(snapshots.clone()),
            Backing::Sqlite { store, .. } => Arc::new(store.clone()),
            Backing::Postgres { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The SQLite store. Only scenarios with the tag @file may use it.
    pub(crate) fn file(&self) -> &SqliteStore {
        self.file_if_any()
            .expect("a scenario about a file has to be tagged @file")
    }

    /// The SQLite store, if the scenario has one.
    pub(crate) fn file_if_any(&self) -> Option<&SqliteStore> {
        match &self.backing {
            Backing::Sqlite { store, .. } => Some(store),
            Backing::Memory { .. } | Backing::Postgres { .. } => None,
        }
    }

    /// The read models in the database, if the scenario has one.
    pub(crate) fn models(&self) -> Option<&PostgresReadModels> {
        match &self.backing {
            Backing::Postgres { models, .. } => Some(models),
            Backing::Memory { .. } | Backing::Sqlite { .. } => None,
        }
    }

    /// The name of the store for the program, if it can open it.
    pub(crate) fn named(&self) -> Option<PathBuf> {
        match &self.backing {
            Backing::Memory { .. } => None,
            Backing::Sqlite { store, .. } => Some(store.path().to_owned()),
            Backing::Postgres { address, .. } => Some(address.clone()),
        }
    }

    /// The name of the database. Only scenarios with the tag @server may use it.
    pub(crate) fn database(&self) -> String {
        let Backing::Postgres { address, .. } = &self.backing else {
            panic!("a scenario about a server has to be tagged @server")
        };
        let name = address.file_name().expect("a database");
        name.to_str().unwrap().to_owned()
    }

    /// The name of a further store of the same kind, for the program.
    pub(crate) fn further(&self) -> PathBuf {
        match &self.backing {
            // The stores in memory of a run have any name.
            Backing::Memory { .. } => PathBuf::from("/new.annals"),
            Backing::Sqlite { folder, .. } => folder.path().join("new.annals"),
            Backing::Postgres { further, .. } => further.get_or_init(empty_database).clone(),
        }
    }

    /// A path in the folder of the store's file.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        match &self.backing {
            Backing::Sqlite { folder, .. } => folder.path().join(name),
            Backing::Memory { .. } | Backing::Postgres { .. } => {
                panic!("a scenario about a file has to be tagged @file")
            }
        }
    }

    /// Opens the same file again, as another process would.
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
        match self.backing {
            Backing::Memory { .. } => {}
            Backing::Sqlite { folder, store } => {
                store.close().await;
                folder.close().unwrap();
            }
            Backing::Postgres { store, models, .. } => {
                models.close().await;
                store.close().await;
            }
        }
    }
}

/// The server of the stores on PostgreSQL.
pub(crate) fn server() -> &'static Server {
    Server::shared().unwrap()
}

/// The address of a new database, without a store in it.
pub(crate) fn empty_database() -> PathBuf {
    PathBuf::from(server().new_database().unwrap())
}

async fn open_file(folder: &TempDir, clock: Arc<ManualClock>) -> SqliteStore {
    let path = folder.path().join("store.annals");
    let options = SqliteOptions::new().with_clock(clock);
    SqliteStore::open_with(path, options).await.unwrap()
}
