//! The file of a build: reading it, and changing the lease of a segment.

use std::path::PathBuf;
use std::sync::Arc;

use read_side::{Build, HeldLease, Lease, Progress, ReadModelError};
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::catalog::{arguments, no_such_build};
use crate::connection::{Connection, Connections, Settings};
use crate::error::failed;
use crate::files::build_path;
use crate::layout::Kind;
use crate::progress::{BEGIN_SEGMENT, COMMIT_LEASE, SEGMENT, lease_values, progress_of};

/// The file of a build. A clone is another handle.
#[derive(Clone)]
pub(crate) struct BuildFile {
    pub(crate) build: Build,
    pub(crate) path: PathBuf,
    folder: Arc<PathBuf>,
    connections: Arc<Connections>,
    settings: Settings,
}

impl BuildFile {
    pub(crate) fn new(
        build: &Build,
        folder: &Arc<PathBuf>,
        connections: &Arc<Connections>,
        settings: &Settings,
    ) -> Self {
        Self {
            build: build.clone(),
            path: build_path(folder, build),
            folder: Arc::clone(folder),
            connections: Arc::clone(connections),
            settings: settings.clone(),
        }
    }

    pub(crate) async fn take(&self) -> Result<Connection, ReadModelError> {
        let kind = Kind::Build(&self.build.to_string());
        let connection = self.connections.take(&self.path, kind, &self.settings);
        connection.await?.ok_or_else(|| self.missing())
    }

    /// Keeps a connection that has no transaction for the next call.
    pub(crate) fn give_back(&self, connection: Connection) {
        self.connections.give_back(connection);
    }

    /// The build does not exist, or has no such segment.
    pub(crate) fn missing(&self) -> ReadModelError {
        no_such_build(&self.folder, &self.build)
    }

    pub(crate) fn failed(&self, error: sqlx::Error) -> ReadModelError {
        failed(&self.path, error)
    }

    /// Reads rows of this crate.
    pub(crate) async fn read<T>(
        &self,
        sql: &'static str,
        decode: fn(&SqliteRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, ReadModelError> {
        let mut connection = self.take().await?;
        let rows = connection.fetch(sql, SqliteArguments::default()).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        self.give_back(connection);
        let decoded: Result<_, _> = rows.iter().map(decode).collect();
        decoded.map_err(|error| self.failed(error))
    }

    /// The progress of a segment.
    pub(crate) async fn segment(
        &self,
        connection: &mut Connection,
        segment: u16,
    ) -> Result<Progress, ReadModelError> {
        let arguments = arguments(&self.path, [segment])?;
        self.only(connection.fetch(SEGMENT, arguments).await)
    }

    /// Begins a transaction, and reads the progress of a segment.
    pub(crate) async fn begin(
        &self,
        connection: &mut Connection,
        segment: u16,
    ) -> Result<Progress, ReadModelError> {
        let arguments = arguments(&self.path, [segment])?;
        self.only(connection.begin(BEGIN_SEGMENT, arguments).await)
    }

    fn only(&self, rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Progress, ReadModelError> {
        let rows = rows.map_err(|error| self.failed(error))?;
        let row = rows.first().ok_or_else(|| self.missing())?;
        progress_of(row).map_err(|error| self.failed(error))
    }

    /// Writes the next lease of a segment.
    pub(crate) async fn lease(
        &self,
        segment: u16,
        next: impl FnOnce(Option<&HeldLease>) -> Result<HeldLease, HeldLease>,
    ) -> Result<Lease, ReadModelError> {
        let mut written = None;
        let next = |progress: Progress| {
            let lease = next(progress.lease.as_ref());
            let lease = lease.map_err(|held| held.error(&self.build, segment))?;
            written = Some(lease.of(&self.build, segment));
            Ok(lease)
        };
        self.change_lease(segment, next).await?;
        written.ok_or_else(|| self.missing())
    }

    /// Begins a transaction, reads the progress of a segment, and writes the lease that `next`
    /// makes of it.
    pub(crate) async fn change_lease(
        &self,
        segment: u16,
        next: impl FnOnce(Progress) -> Result<HeldLease, ReadModelError>,
    ) -> Result<(), ReadModelError> {
        if self.settings.reads_only {
            return Err(ReadModelError::Unusable {
                location: self.path.display().to_string(),
                obstacle: "the read models were opened for reading only".to_owned(),
            });
        }
        let mut connection = self.take().await?;
        let progress = self.begin(&mut connection, segment).await?;
        let lease = match next(progress) {
            Ok(lease) => lease,
            Err(refusal) => {
                if connection.roll_back().await.is_ok() {
                    self.give_back(connection);
                }
                return Err(refusal);
            }
        };
        let arguments = arguments(&self.path, lease_values(segment, &lease))?;
        let committed = connection.commit(COMMIT_LEASE, arguments).await;
        committed.map_err(|error| self.failed(error))?;
        self.give_back(connection);
        Ok(())
    }
}
