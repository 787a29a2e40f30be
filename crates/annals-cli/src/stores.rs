//! Opening the stores that users name: files and databases.

use std::sync::Arc;

use async_trait::async_trait;
use shared_kernel::time::Clock;

use crate::environment::{OpenStore, OpenStoreError, OpenedStore, Purpose};
use crate::place::StorePlace;
use crate::{postgres, sqlite};

/// Opens SQLite files, and databases on PostgreSQL servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stores;

#[async_trait]
impl OpenStore for Stores {
    async fn open(
        &self,
        place: &StorePlace,
        purpose: Purpose,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        Ok(match place {
            StorePlace::File(path) => sqlite::open(path, purpose, clock).await?,
            StorePlace::Server(address) => postgres::open(address, purpose, clock).await?,
        })
    }
}
