//! The read models of a database, and their options.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use postgres_database::{ConnectError, Database, Settings};
use read_side::{Build, ReadModelError};
use shared_kernel::time::{Clock, SystemClock};
use sqlx::{Postgres, Transaction};

use crate::build_schema::BuildSchema;
use crate::catalog::Catalog;
use crate::names::schema_of;

/// Transactions and readers at the same time, by default.
const CONNECTIONS: NonZeroU32 = NonZeroU32::new(8).unwrap();

/// Read models in a PostgreSQL database, one schema for each build. A clone is another handle.
///
/// It may be the database of the log or another one. Any number of processes on any number of
/// machines may connect. Nothing is created before the first write. The connections belong to the
/// tokio runtime that opened the handle.
#[derive(Clone)]
pub struct PostgresReadModels {
    database: Arc<Database>,
    patience: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl PostgresReadModels {
    /// The read models of a database, such as `postgres://user@host:5432/database`, with the system
    /// clock, a busy timeout of 5 s and at most 8 connections.
    ///
    /// # Errors
    /// [`ConnectError`] names the database and the remedy.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        let settings = Settings::new(Duration::from_secs(5), CONNECTIONS);
        Self::connect_with(address, &settings).await
    }

    /// The read models of a database, with these connections. A call waits for the timeout of the
    /// settings for a connection, and for a row that another one writes, before it fails with
    /// [`ReadModelError::Busy`].
    ///
    /// # Errors
    /// [`ConnectError`] names the database and the remedy.
    pub async fn connect_with(address: &str, settings: &Settings) -> Result<Self, ConnectError> {
        let (database, _) = Database::connect(address, settings).await?;
        Ok(Self {
            database: Arc::new(database),
            patience: settings.timeout,
            clock: Arc::new(SystemClock),
        })
    }

    /// Judges leases by this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The database, as an address without its password.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.database.location
    }

    /// The schema of a build, for example `annals_rooms_v1_2` for `rooms.v1.2`.
    #[must_use]
    pub fn schema(build: &impl AsRef<Build>) -> String {
        schema_of(build.as_ref())
    }

    /// A transaction that only reads the rows of a build, for plain sqlx. It takes a
    /// [`LiveBuild`](read_side::LiveBuild), too. Queries need no name of a schema, and all of them
    /// see the rows and `annals_progress` of one moment.
    ///
    /// Behind a pooler, end each query with `.persistent(false)`: the pooler may give the next
    /// transaction another session.
    ///
    /// Drop it soon: it keeps a connection, and the build cannot be removed meanwhile. After a
    /// rebuild take a new one, for the build that is live then.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`], [`ReadModelError::Unusable`].
    pub async fn reader(
        &self,
        build: &(impl AsRef<Build> + Sync),
    ) -> Result<Transaction<'static, Postgres>, ReadModelError> {
        let schema = self.build_schema(build.as_ref());
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {}, public, pg_temp",
            schema.name
        );
        let read = async {
            let mut reader = self.database.reader(&begin).await?;
            let is_there = "SELECT FROM {schema}.annals_build WHERE name = '{build}'";
            let is_there = schema.statement(is_there).persistent(false);
            let is_there = is_there.fetch_optional(&mut *reader).await?;
            Ok(is_there.map(|_| reader))
        };
        let reader = read.await.map_err(|error| schema.failed(error))?;
        reader.ok_or_else(|| schema.missing())
    }

    /// Closes the connections, for all clones of this handle.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn catalog(&self) -> Catalog<'_> {
        Catalog {
            database: &self.database,
            patience: self.patience,
        }
    }

    pub(crate) fn build_schema(&self, build: &Build) -> BuildSchema {
        BuildSchema::new(build, &self.database, self.patience)
    }
}

impl fmt::Debug for PostgresReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresReadModels")
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}
