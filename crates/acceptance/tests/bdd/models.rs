//! The read models of a scenario: in memory, or in files beside the store.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use persistence_memory::{MemoryReadModels, MemoryTx};
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{
    Build, BuildRecord, Checksum, Definition, Lease, ModelName, Parked, Progress, ReadModelError,
    ReadModelStore, Rows, Skipped, Step,
};
use shared_kernel::lease::LeaseHolder;

use crate::place::{Place, StoreKind};

/// The read models of either kind of store.
#[derive(Debug, Clone)]
pub(crate) enum Models {
    Memory(MemoryReadModels),
    Sqlite(SqliteReadModels),
}

pub(crate) enum Tx {
    Memory(MemoryTx),
    Sqlite(Box<SqliteTx>),
}

/// Calls the store of either kind.
macro_rules! either {
    ($of:expr, $models:ident => $call:expr) => {
        match $of {
            Models::Memory($models) => $call,
            Models::Sqlite($models) => $call,
        }
    };
}

impl Models {
    /// New read models for a store, with its clock.
    pub(crate) fn of(place: &Place) -> Self {
        let clock = place.clock.clone();
        match place.file_if_any() {
            Some(file) => Self::Sqlite(SqliteReadModels::beside(file.path()).with_clock(clock)),
            None if place.kind() == StoreKind::Memory => {
                Self::Memory(MemoryReadModels::with_clock(clock))
            }
            // On the machine of the reader, not on the server.
            None => Self::Sqlite(SqliteReadModels::temporary().unwrap().with_clock(clock)),
        }
    }

    /// Empty read models of the same kind, which do not outlive the scenario.
    pub(crate) fn temporary(&self) -> Self {
        match self {
            Self::Memory(_) => Self::Memory(MemoryReadModels::new()),
            Self::Sqlite(_) => Self::Sqlite(SqliteReadModels::temporary().unwrap()),
        }
    }

    /// The documents of a table, as a reader sees them.
    pub(crate) async fn documents(&self, build: &Build, table: &str) -> Vec<(String, String)> {
        let documents: Vec<(String, Vec<u8>)> = match self {
            Self::Memory(models) => {
                let rows = models.rows(build, table).unwrap().into_iter();
                rows.map(|(key, row)| (key, row.to_vec())).collect()
            }
            Self::Sqlite(models) => {
                let mut reader = models.reader(build).await.unwrap();
                let sql = "SELECT key, document FROM annals_rows WHERE name = ? ORDER BY key";
                let rows = sqlx::query_as(sql).bind(table).fetch_all(&mut reader);
                rows.await.unwrap()
            }
        };
        let text = |row| String::from_utf8(row).unwrap();
        documents
            .into_iter()
            .map(|(key, row)| (key, text(row)))
            .collect()
    }
}

#[async_trait]
impl Rows for Tx {
    async fn get(&mut self, table: &str, key: &str) -> Result<Option<Bytes>, ReadModelError> {
        match self {
            Self::Memory(tx) => tx.get(table, key).await,
            Self::Sqlite(tx) => tx.get(table, key).await,
        }
    }

    fn put(&mut self, table: &str, key: &str, document: Bytes) {
        match self {
            Self::Memory(tx) => tx.put(table, key, document),
            Self::Sqlite(tx) => tx.put(table, key, document),
        }
    }

    fn delete(&mut self, table: &str, key: &str) {
        match self {
            Self::Memory(tx) => tx.delete(table, key),
            Self::Sqlite(tx) => tx.delete(table, key),
        }
    }
}

#[async_trait]
impl ReadModelStore for Models {
    type Tx = Tx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        either!(self, models => models.builds(model).await)
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        either!(self, models => models.create_build(model, version, definition).await)
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        either!(self, models => models.switch(to, from).await)
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        either!(self, models => models.remove_build(build).await)
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        either!(self, models => models.progress(build).await)
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        either!(self, models => models.claim(build, segment, holder, ttl).await)
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        either!(self, models => models.take_over(build, segment, holder, ttl).await)
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        either!(self, models => models.renew(lease).await)
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        either!(self, models => models.release(lease).await)
    }

    async fn begin(&self, lease: &Lease) -> Result<Tx, ReadModelError> {
        match self {
            Self::Memory(models) => Ok(Tx::Memory(models.begin(lease).await?)),
            Self::Sqlite(models) => Ok(Tx::Sqlite(Box::new(models.begin(lease).await?))),
        }
    }

    async fn commit(&self, tx: Tx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        match (self, tx) {
            (Self::Memory(models), Tx::Memory(tx)) => models.commit(tx, lease, step).await,
            (Self::Sqlite(models), Tx::Sqlite(tx)) => models.commit(*tx, lease, step).await,
            _ => panic!("a transaction of the other store"),
        }
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        either!(self, models => models.parked(build).await)
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        either!(self, models => models.skipped(build).await)
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        either!(self, models => models.checksum(build).await)
    }
}
