//! The schema of a build: reading it, and changing the lease of a segment.

use std::sync::Arc;
use std::time::Duration;

use postgres_database::{Database, DatabaseError, Session, Statement, code, reason, state};
use read_side::{Build, HeldLease, Lease, Progress, ReadModelError, Status};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use crate::begin::{SILENCE, begin};
use crate::error::{failed, is_not_permitted};
use crate::names::{quoted, schema_of};
use crate::progress::{SEGMENT, WRITE_LEASE, bind_lease, progress_of};

/// The schema of a build. A clone is another handle.
#[derive(Clone)]
pub(crate) struct BuildSchema {
    pub(crate) build: Build,
    pub(crate) database: Arc<Database>,
    /// How long a statement waits for a lock.
    pub(crate) patience: Duration,
    /// The name, as SQL has it.
    pub(crate) name: String,
}

impl BuildSchema {
    pub(crate) fn new(build: &Build, database: &Arc<Database>, patience: Duration) -> Self {
        Self {
            build: build.clone(),
            database: Arc::clone(database),
            patience,
            name: quoted(&schema_of(build)),
        }
    }

    /// A text of this crate with the names of the schema and of the build.
    pub(crate) fn text(&self, sql: &str) -> String {
        let sql = sql.replace("{schema}", &self.name);
        sql.replace("{build}", &self.build.to_string())
    }

    /// A statement of this crate.
    pub(crate) fn statement(&self, sql: &str) -> Statement<'static> {
        sqlx::query(AssertSqlSafe(self.text(sql)))
    }

    /// The build does not exist, or has no such segment.
    pub(crate) fn missing(&self) -> ReadModelError {
        no_such_build(&self.database.location, &self.build)
    }

    /// An error of a statement of this crate. A table that is missing was dropped with its build.
    pub(crate) fn failed(&self, error: DatabaseError) -> ReadModelError {
        match error {
            DatabaseError::Sql(error) if is_missing(&error) => self.missing(),
            DatabaseError::Sql(error) if is_not_permitted(&error) => {
                let (schema, role) = (&self.name, quoted(self.database.role()));
                ReadModelError::Unusable {
                    location: self.database.location.clone(),
                    obstacle: format!(
                        "{}; the role that created the build keeps it; to let another one read it: \
                         GRANT USAGE ON SCHEMA {schema} TO {role}; \
                         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};",
                        reason(error)
                    ),
                }
            }
            error => failed(&self.database, error),
        }
    }

    /// Reads rows of this crate.
    pub(crate) async fn read<T>(
        &self,
        sql: &str,
        decode: fn(&PgRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, ReadModelError> {
        let rows = self.database.rows(|| self.statement(sql)).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        let decoded: Result<_, _> = rows.iter().map(decode).collect();
        decoded.map_err(|error: sqlx::Error| self.failed(error.into()))
    }

    /// The progress of a segment.
    pub(crate) async fn segment(&self, segment: u16) -> Result<Progress, ReadModelError> {
        let rows = self
            .read(&format!("{SEGMENT}{segment}"), progress_of)
            .await?;
        rows.into_iter().next().ok_or_else(|| self.missing())
    }

    /// Begins a transaction that writes, and reads the progress of a segment, in one trip. `how`
    /// ends the query.
    pub(crate) async fn begin(
        &self,
        segment: u16,
        how: &str,
        silence: Duration,
    ) -> Result<(Session, Progress), ReadModelError> {
        let (begin, name) = (begin(self.patience, silence), &self.name);
        let text = format!(
            "{begin} SET LOCAL search_path = {name}, pg_temp; {}{segment}{how}",
            self.text(SEGMENT)
        );
        let begun = self.database.session(&text).await;
        let (mut session, rows) = begun.map_err(|error| self.failed(error))?;
        let row = rows.first().ok_or_else(|| self.missing())?;
        let read = async {
            let progress = progress_of(row)?;
            // The driver keeps the number of a type by its name, and another build has another one.
            if progress.status == Status::NeverRun || row.try_get("has_types")? {
                session.forget().await?;
            }
            Ok(progress)
        };
        let progress = read.await.map_err(|error| self.failed(error))?;
        Ok((session, progress))
    }

    /// Writes the next lease of a segment.
    pub(crate) async fn lease(
        &self,
        segment: u16,
        next: impl FnOnce(Option<&HeldLease>) -> Result<HeldLease, HeldLease> + Send,
    ) -> Result<Lease, ReadModelError> {
        let next = |progress: &Progress| {
            let next = next(progress.lease.as_ref());
            next.map_err(|held| held.error(&self.build, segment))
        };
        let lease = self.change_lease(segment, next).await?;
        Ok(lease.of(&self.build, segment))
    }

    /// Locks the progress of a segment, and writes the lease that `next` makes of it.
    pub(crate) async fn change_lease(
        &self,
        segment: u16,
        next: impl FnOnce(&Progress) -> Result<HeldLease, ReadModelError> + Send,
    ) -> Result<HeldLease, ReadModelError> {
        let (mut session, progress) = self.begin(segment, " FOR UPDATE", SILENCE).await?;
        let lease = match next(&progress) {
            Ok(lease) => lease,
            Err(refusal) => {
                let _ = session.roll_back().await;
                return Err(refusal);
            }
        };
        let statement = bind_lease(self.statement(WRITE_LEASE), segment, &lease);
        let written = async {
            session.execute(statement).await?;
            session.commit().await
        };
        written.await.map_err(|error| self.failed(error))?;
        Ok(lease)
    }
}

/// The build does not exist in this database.
pub(crate) fn no_such_build(location: &str, build: &Build) -> ReadModelError {
    ReadModelError::NoSuchBuild {
        location: location.to_owned(),
        build: build.clone(),
    }
}

/// Whether a table of this crate, or its schema, does not exist.
pub(crate) fn is_missing(error: &sqlx::Error) -> bool {
    let state = state(error);
    matches!(
        state.as_deref(),
        Some(code::UNDEFINED_TABLE | code::INVALID_SCHEMA)
    )
}
