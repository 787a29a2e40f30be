//! Opening a SQLite file as the store of the program.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};
use shared_kernel::time::Clock;

use crate::environment::{Missing, OpenStore, OpenedStore};

/// Opens SQLite files with full durability: an acknowledged change survives a power loss.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqliteFiles;

#[async_trait]
impl OpenStore for SqliteFiles {
    async fn open(
        &self,
        path: &Path,
        missing: Missing,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenError> {
        if missing == Missing::Refuse && matches!(path.try_exists(), Ok(false)) {
            return Ok(None);
        }
        let options = SqliteOptions::new().with_clock(clock);
        let store = SqliteStore::open_with(path, options).await?;
        Ok(Some(OpenedStore {
            events: Arc::new(store.clone()),
            snapshots: Arc::new(store.clone()),
            combined: Some(Arc::new(store.clone())),
            leases: Arc::new(store.clone()),
            file: Some(store),
        }))
    }
}
