//! The read models of a scenario: in memory, in files beside the store, or in its database.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use persistence_memory::{MemoryReadModels, MemoryTx};
use read_models_postgres::{PostgresReadModels, PostgresTx};
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{
    Build, BuildRecord, Checksum, Definition, Lease, ModelName, Parked, Progress, ReadModelError,
    ReadModelStore, Rows, Skipped, Step,
};
use shared_kernel::lease::LeaseHolder;

use crate::place::{Place, empty_database};

/// The read models of any kind of store.
#[derive(Debug, Clone)]
pub(crate) enum Models {
    Memory(MemoryReadModels),
    Sqlite(SqliteReadModels),
    Postgres(PostgresReadModels),
}

pub(crate) enum Tx {
    Memory(MemoryTx),
    Sqlite(Box<SqliteTx>),
    Postgres(Box<PostgresTx>),
}

/// Calls the store of any kind.
macro_rules! any {
    ($of:expr, $models:ident => $call:expr) => {
        match $of {
            Models::Memory($models) => $call,
            Models::Sqlite($models) => $call,
            Models::Postgres($models) => $call,
        }
    };
}

impl Models {
    /// New read models for a store, with its clock.
    pub(crate) fn of(place: &Place) -> Self {
        let clock = place.clock.clone();
        if let Some(models) = place.models() {
            return Self::Postgres(models.clone().with_clock(clock));
        }
        match place.file_if_any() {
            Some(file) => Self::Sqlite(SqliteReadModels::beside(file.path()).with_clock(clock)),
            None => Self::Memory(MemoryReadModels::with_clock(clock)),
        }
    }

    /// Empty read models of the same kind, which do not outlive the scenario.
    pub(crate) async fn temporary(&self) -> Self {
        match self {
            Self::Memory(_) => Self::Memory(MemoryReadModels::new()),
            Self::Sqlite(_) => Self::Sqlite(SqliteReadModels::temporary().unwrap()),
            Self::Postgres(_) => {
                let database = empty_database();
                let models = PostgresReadModels::connect(database.to_str().unwrap());
                Self::Postgres(models.await.unwrap())
            }
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
            Self::Postgres(models) => {
                let mut reader = models.reader(build).await.unwrap();
                let sql = "SELECT key, document FROM annals_rows WHERE name = $1 ORDER BY key";
                let rows = sqlx::query_as(sql).bind(table).fetch_all(&mut *reader);
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
            Self::Postgres(tx) => tx.get(table, key).await,
        }
    }

    fn put(&mut self, table: &str, key: &str, document: Bytes) {
        match self {
            Self::Memory(tx) => tx.put(table, key, document),
            Self::Sqlite(tx) => tx.put(table, key, document),
            Self::Postgres(tx) => tx.put(table, key, document),
        }
    }

    fn delete(&mut self, table: &str, key: &str) {
        match self {
            Self::Memory(tx) => tx.delete(table, key),
            Self::Sqlite(tx) => tx.delete(table, key),
            Self::Postgres(tx) => tx.delete(table, key),
        }
    }
}

#[async_trait]
impl ReadModelStore for Models {
    type Tx = Tx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        any!(self, models => models.builds(model).await)
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        any!(self, models => models.create_build(model, version, definition).await)
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        any!(self, models => models.switch(to, from).await)
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        any!(self, models => models.remove_build(build).await)
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        any!(self, models => models.progress(build).await)
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        any!(self, models => models.claim(build, segment, holder, ttl).await)
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        any!(self, models => models.take_over(build, segment, holder, ttl).await)
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        any!(self, models => models.renew(lease).await)
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        any!(self, models => models.release(lease).await)
    }

    async fn begin(&self, lease: &Lease) -> Result<Tx, ReadModelError> {
        match self {
            Self::Memory(models) => Ok(Tx::Memory(models.begin(lease).await?)),
            Self::Sqlite(models) => Ok(Tx::Sqlite(Box::new(models.begin(lease).await?))),
            Self::Postgres(models) => Ok(Tx::Postgres(Box::new(models.begin(lease).await?))),
        }
    }

    async fn commit(&self, tx: Tx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        match (self, tx) {
            (Self::Memory(models), Tx::Memory(tx)) => models.commit(tx, lease, step).await,
            (Self::Sqlite(models), Tx::Sqlite(tx)) => models.commit(*tx, lease, step).await,
            (Self::Postgres(models), Tx::Postgres(tx)) => models.commit(*tx, lease, step).await,
            _ => panic!("a transaction of the other store"),
        }
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        any!(self, models => models.parked(build).await)
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        any!(self, models => models.skipped(build).await)
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        any!(self, models => models.checksum(build).await)
    }
}
