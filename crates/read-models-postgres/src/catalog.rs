//! The catalog: the builds of all read models of a database, and their states.
//!
//! A build is a schema. Its row, its schema and its tables come and go in one transaction. An
//! operator may have dropped a schema; a row without one counts as no build.

use std::sync::Arc;
use std::time::Duration;

use postgres_database::{Database, DatabaseError, Session, is_created_meanwhile};
use read_side::{Build, BuildRecord, BuildState, Definition, ModelName, ReadModelError};
use shared_kernel::GlobalPosition;
use shared_kernel::store::StoreId;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::begin::{SILENCE, begin};
use crate::build_schema::{BuildSchema, is_missing, no_such_build};
use crate::error::failed;
use crate::names::{CATALOG, schema_of};
use crate::progress::parsed;

/// How often a build is created anew because another program creates the catalog, too.
const ATTEMPTS: u32 = 20;

// The names are compared in the system catalogs, which need no right on the schema of a build.
const BUILDS: &str = "
    SELECT * FROM annals_views.builds AS b WHERE model = $1 AND EXISTS (
        SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = b.schema AND c.relname = 'annals_progress')";

const FORGET_LOST: &str = "
    DELETE FROM annals_views.builds AS b WHERE model = $1 AND version = $2 AND NOT EXISTS (
        SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = b.schema AND c.relname = 'annals_progress')";

/// The next number of a version. The row stays locked, so builds of a version change in turn.
const NEXT: &str = "
    INSERT INTO annals_views.numbers AS n VALUES ($1, $2, 1)
    ON CONFLICT (model, version) DO UPDATE SET last = n.last + 1 RETURNING last";

const LOCK: &str = "SELECT FROM annals_views.numbers WHERE model = $1 AND version = $2 FOR UPDATE";

const LIVE: &str = "
    SELECT number FROM annals_views.builds
    WHERE model = $1 AND version = $2 AND state = 'live'";

const INSERT: &str =
    "INSERT INTO annals_views.builds VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'aside')";

const UPDATE: &str = "
    UPDATE annals_views.builds SET state = $4
    WHERE model = $1 AND version = $2 AND number = $3";

const DELETE: &str = "
    DELETE FROM annals_views.builds WHERE model = $1 AND version = $2 AND number = $3";

/// The catalog of a database.
pub(crate) struct Catalog<'c> {
    pub(crate) database: &'c Arc<Database>,
    pub(crate) patience: Duration,
}

impl Catalog<'_> {
    /// The builds of a read model that have their schemas.
    pub(crate) async fn builds(
        &self,
        model: &ModelName,
    ) -> Result<Vec<BuildRecord>, DatabaseError> {
        let builds = || sqlx::query(BUILDS).bind(model.as_str());
        match self.database.rows(builds).await {
            Err(DatabaseError::Sql(error)) if is_missing(&error) => Ok(Vec::new()),
            rows => Ok(rows?.iter().map(record_of).collect::<Result<_, _>>()?),
        }
    }

    /// Creates the schema of the next build, and its row.
    pub(crate) async fn create(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, DatabaseError> {
        for _ in 1..ATTEMPTS {
            match self.try_create(model, version, definition).await {
                Err(DatabaseError::Sql(error)) if is_created_meanwhile(&error) => {}
                created => return created,
            }
        }
        self.try_create(model, version, definition).await
    }

    async fn try_create(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, DatabaseError> {
        let (mut session, is_there) = self.change().await?;
        if !is_there {
            session
                .script(include_str!("catalog.sql").to_owned())
                .await?;
        }
        let of_version = |sql| {
            let statement = sqlx::query(sql).bind(model.as_str());
            statement.bind(i64::from(version))
        };
        session.execute(of_version(FORGET_LOST)).await?;
        let build = loop {
            let number = session.fetch(of_version(NEXT)).await?;
            let number = number
                .first()
                .ok_or(sqlx::Error::RowNotFound)?
                .try_get::<i64, _>(0)?;
            let build = Build {
                model: model.clone(),
                version,
                number: parsed("number", u32::try_from(number))?,
            };
            // A schema of another program keeps its name.
            let taken = sqlx::query("SELECT FROM pg_namespace WHERE nspname = $1");
            if session
                .fetch(taken.bind(schema_of(&build)))
                .await?
                .is_empty()
            {
                break build;
            }
        };
        let schema = BuildSchema::new(&build, self.database, self.patience);
        let rows = format!(
            "INSERT INTO {{schema}}.annals_build VALUES ('{build}');
             INSERT INTO {{schema}}.annals_progress (segment, through)
             SELECT segment, {} FROM generate_series(0, {} - 1) AS segment",
            definition.start.as_i64(),
            definition.segments
        );
        let tables = schema.text(include_str!("build.sql"));
        session.script(tables + &schema.text(&rows)).await?;
        let insert = sqlx::query(INSERT)
            .bind(model.as_str())
            .bind(i64::from(version))
            .bind(i64::from(build.number))
            .bind(schema_of(&build))
            .bind(&definition.fingerprint)
            .bind(i32::from(definition.segments))
            .bind(&definition.log.as_bytes()[..])
            .bind(definition.start.as_i64());
        session.execute(insert).await?;
        session.commit().await?;
        Ok(BuildRecord {
            build,
            fingerprint: definition.fingerprint.clone(),
            segments: definition.segments,
            log: definition.log,
            start: definition.start,
            state: BuildState::Aside,
        })
    }

    /// Makes `to` the live build if `from` is the live one.
    pub(crate) async fn switch(
        &self,
        to: &Build,
        from: Option<&Build>,
    ) -> Result<(), ReadModelError> {
        let failed = |error| failed(self.database, error);
        let (mut session, is_there) = self.change().await.map_err(failed)?;
        if !is_there {
            return Err(no_such_build(&self.database.location, to));
        }
        let switched = async {
            let of_version = |sql| {
                let statement = sqlx::query(sql).bind(to.model.as_str());
                statement.bind(i64::from(to.version))
            };
            session.fetch(of_version(LOCK)).await?;
            session.execute(of_version(FORGET_LOST)).await?;
            let live = session.fetch(of_version(LIVE)).await?;
            let live = live
                .first()
                .map(|row| row.try_get::<i64, _>(0))
                .transpose()?;
            if live != from.map(|from| i64::from(from.number)) {
                let build = to.clone();
                return Ok(Err(ReadModelError::Switched { build }));
            }
            let states = [(live, "earlier"), (Some(to.number.into()), "live")];
            for (number, state) in states {
                let Some(number) = number else { continue };
                let update = of_version(UPDATE).bind(number).bind(state);
                if session.execute(update).await? == 0 {
                    return Ok(Err(no_such_build(&self.database.location, to)));
                }
            }
            session.commit().await.map(Ok)
        };
        switched.await.map_err(failed)?
    }

    /// Removes the row of a build, and its schema.
    pub(crate) async fn remove(&self, build: &Build) -> Result<(), DatabaseError> {
        let (mut session, is_there) = self.change().await?;
        if !is_there {
            return Ok(());
        }
        let delete = sqlx::query(DELETE)
            .bind(build.model.as_str())
            .bind(i64::from(build.version))
            .bind(i64::from(build.number));
        // A schema without a row is one of another program.
        if session.execute(delete).await? > 0 {
            let schema = BuildSchema::new(build, self.database, self.patience);
            let drop = schema.text("DROP SCHEMA IF EXISTS {schema} CASCADE");
            session.script(drop).await?;
        }
        session.commit().await
    }

    /// Begins a transaction, and looks whether there is a catalog.
    async fn change(&self) -> Result<(Session, bool), DatabaseError> {
        let begin = begin(self.patience, SILENCE);
        let is_there = format!("{begin} SELECT to_regclass('{CATALOG}.numbers') IS NOT NULL");
        let (session, rows) = self.database.session(&is_there).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok((session, row.try_get(0)?))
    }
}

fn record_of(row: &PgRow) -> Result<BuildRecord, sqlx::Error> {
    let log: Vec<u8> = row.try_get("log")?;
    let log = <[u8; 16]>::try_from(log).map_err(|log| sqlx::Error::ColumnDecode {
        index: "log".to_owned(),
        source: format!("{} bytes", log.len()).into(),
    })?;
    let number = |column| parsed(column, u32::try_from(row.try_get::<i64, _>(column)?));
    let start: i64 = row.try_get("start")?;
    let segments: i32 = row.try_get("segments")?;
    Ok(BuildRecord {
        build: Build {
            model: parsed("model", ModelName::new(row.try_get("model")?))?,
            version: number("version")?,
            number: number("number")?,
        },
        fingerprint: row.try_get("fingerprint")?,
        segments: parsed("segments", u16::try_from(segments))?,
        log: StoreId::from_bytes(log),
        start: parsed("start", GlobalPosition::try_from(start))?,
        state: match row.try_get("state")? {
            "live" => BuildState::Live,
            "earlier" => BuildState::Earlier,
            _ => BuildState::Aside,
        },
    })
}
