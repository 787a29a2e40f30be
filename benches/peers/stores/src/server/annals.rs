//! Our store on a server, through its ports.

use std::path::Path;
use std::sync::Arc;

use persistence_postgres::PostgresStore;
use shared_kernel::{Append, EventStore};
use subject::{Outcome, Store, StreamWrite, Waiting, address};

use crate::annals::{load, prepared, scan};
use crate::server::sqlx::{described, size};

/// The store, and its port.
pub(crate) struct Annals {
    store: PostgresStore,
    port: Arc<dyn EventStore>,
    description: String,
}

impl Store for Annals {
    type Append = Append;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let store = PostgresStore::connect(&address(path)?).await?;
        Ok(Self {
            port: Arc::new(store.clone()),
            store,
            description: described("persistence-postgres", path).await?,
        })
    }

    async fn description(&self) -> Outcome<String> {
        Ok(self.description.clone())
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Append> {
        prepared(writes)
    }

    async fn append(&self, append: Append) -> Outcome<()> {
        self.port.append(append).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        load(&self.port, stream).await
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.port).await
    }

    async fn close(self) -> Outcome<()> {
        drop(self.port);
        self.store.close().await;
        Ok(())
    }

    async fn bytes(path: &Path) -> Outcome<u64> {
        size(path, "annals.events").await
    }
}
