//! The catalog: the builds of all read models of a folder, and their states.
//!
//! A build is a file beside the catalog. The row of a build is written after its file, and removed
//! before it; so a process that ends in between leaves at most a file without a row, which the next
//! `create` removes. A row without a file counts as no build.

use std::path::{Path, PathBuf};

use read_side::{Build, BuildRecord, BuildState, Definition, ModelName, ReadModelError};
use shared_kernel::GlobalPosition;
use shared_kernel::store::StoreId;
use sqlx::Row;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::connection::{Connection, Connections, Settings};
use crate::error::{failed, unusable};
use crate::files::{CATALOG, build_path, remove, unknown};
use crate::layout::{self, Kind};
use crate::value::{Value, Values};

/// The catalog of a folder.
pub(crate) struct Catalog<'c> {
    pub(crate) folder: &'c Path,
    pub(crate) connections: &'c Connections,
    pub(crate) settings: &'c Settings,
}

/// A transaction on the catalog. Dropped, it leaves nothing.
struct Change {
    connection: Connection,
    path: PathBuf,
}

impl Catalog<'_> {
    fn path(&self) -> PathBuf {
        self.folder.join(CATALOG)
    }

    /// The builds of a read model that have their files.
    pub(crate) async fn builds(
        &self,
        model: &ModelName,
    ) -> Result<Vec<BuildRecord>, ReadModelError> {
        let path = self.path();
        self.connections.forget_missing();
        let Some(mut connection) = self.take().await? else {
            return Ok(Vec::new());
        };
        let sql = "SELECT * FROM builds WHERE model = ?";
        let arguments = arguments(&path, [model.as_str()])?;
        let rows = connection.fetch(sql, arguments).await;
        let rows = rows.map_err(|error| failed(&path, error))?;
        self.connections.give_back(connection);
        let records: Result<Vec<_>, _> = rows.iter().map(|row| record_of(row, &path)).collect();
        let mut there = Vec::new();
        for record in records? {
            if self.is_there(&record.build).await {
                there.push(record);
            }
        }
        Ok(there)
    }

    /// Whether the file of a build is there and ours. SQLite reads it: to open and close it in any
    /// other way would release the locks of this process.
    async fn is_there(&self, build: &Build) -> bool {
        let path = build_path(self.folder, build);
        let name = build.to_string();
        let kind = Kind::Build(&name);
        match self.connections.take(&path, kind, self.settings).await {
            Ok(Some(connection)) => {
                self.connections.give_back(connection);
                true
            }
            Ok(None) => false,
            Err(ReadModelError::Unusable { .. }) => {
                self.connections.report(&path);
                false
            }
            Err(_) => true,
        }
    }

    /// Removes the files of builds that are not known: a process ended while it created or removed
    /// them. Files of other programs stay.
    async fn sweep(&self, known: &[Build]) -> Result<(), ReadModelError> {
        let failed = |error| unusable(self.folder, &error);
        for build in unknown(self.folder, known).map_err(failed)? {
            let path = build_path(self.folder, &build);
            if !path.exists() || self.is_there(&build).await {
                self.connections.forget(&path);
                remove(&path).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Creates the file of the next build, and then its row.
    pub(crate) async fn create(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        let mut change = self.change_or_create().await?;
        let known = change.forget_lost(self).await?;
        self.sweep(&known).await?;
        let sql = "SELECT last FROM numbers WHERE model = ? AND version = ?";
        let last = change.fetch(sql, (model.as_str(), version)).await?;
        let last = last.first().map(|row| row.try_get::<u32, _>(0)).transpose();
        let mut build = Build {
            model: model.clone(),
            version,
            number: last
                .map_err(|error| failed(&change.path, error))?
                .unwrap_or(0)
                + 1,
        };
        // A file of another program keeps its name.
        while build_path(self.folder, &build).exists() {
            build.number += 1;
        }
        let record = BuildRecord {
            build,
            fingerprint: definition.fingerprint.clone(),
            segments: definition.segments,
            log: definition.log,
            start: definition.start,
            state: BuildState::Aside,
        };
        let created = async {
            self.create_file(&record).await?;
            change.insert(&record).await?;
            change.commit(self.connections).await
        };
        if let Err(error) = created.await {
            let _ = remove(&build_path(self.folder, &record.build));
            return Err(error);
        }
        Ok(record)
    }

    /// Makes `to` the live build if `from` is the live one.
    pub(crate) async fn switch(
        &self,
        to: &Build,
        from: Option<&Build>,
    ) -> Result<(), ReadModelError> {
        let Some(mut change) = self.change().await? else {
            return Err(no_such_build(self.folder, to));
        };
        let known = change.forget_lost(self).await?;
        let sql = "SELECT number FROM builds WHERE model = ? AND version = ? AND state = 'live'";
        let live = change.fetch(sql, (to.model.as_str(), to.version)).await?;
        let live = live.first().map(|row| row.try_get(0)).transpose();
        let live = live.map_err(|error| failed(&change.path, error))?;
        let live = live.map(|number| Build {
            number,
            ..to.clone()
        });
        if live.as_ref() != from {
            return Err(ReadModelError::Switched { build: to.clone() });
        }
        if !known.contains(to) {
            return Err(no_such_build(self.folder, to));
        }
        for (build, state) in [(live.as_ref(), "earlier"), (Some(to), "live")] {
            let Some(build) = build else { continue };
            let sql = "UPDATE builds SET state = ? WHERE model = ? AND version = ? AND number = ?";
            let model = build.model.as_str();
            let values = (state, model, build.version, build.number);
            change.fetch(sql, values).await?;
        }
        change.commit(self.connections).await
    }

    /// Removes the row of a build, and then its file.
    pub(crate) async fn remove(&self, build: &Build) -> Result<(), ReadModelError> {
        let Some(mut change) = self.change().await? else {
            return Ok(());
        };
        change.delete(build).await?;
        change.commit(self.connections).await?;
        let path = build_path(self.folder, build);
        let is_there = self.is_there(build).await;
        self.connections.forget(&path);
        if is_there {
            remove(&path).map_err(|error| unusable(&path, &error))?;
        }
        Ok(())
    }

    async fn take(&self) -> Result<Option<Connection>, ReadModelError> {
        let path = self.path();
        // SQLite writes an empty file before the first transaction of the catalog.
        if std::fs::metadata(&path).map_or(0, |found| found.len()) == 0 {
            self.connections.forget(&path);
            return Ok(None);
        }
        self.connections
            .take(&path, Kind::Catalog, self.settings)
            .await
    }

    /// Begins a transaction; `None` without a catalog.
    async fn change(&self) -> Result<Option<Change>, ReadModelError> {
        let path = self.path();
        self.check_rights()?;
        let Some(mut connection) = self.take().await? else {
            return Ok(None);
        };
        let begun = connection.begin("BEGIN IMMEDIATE", SqliteArguments::default());
        let begun = begun.await;
        begun.map_err(|error| failed(&path, error))?;
        Ok(Some(Change { connection, path }))
    }

    async fn change_or_create(&self) -> Result<Change, ReadModelError> {
        loop {
            if let Some(change) = self.change().await? {
                return Ok(change);
            }
            self.create_catalog().await?;
        }
    }

    fn check_rights(&self) -> Result<(), ReadModelError> {
        if self.settings.reads_only {
            return Err(ReadModelError::Unusable {
                location: self.folder.display().to_string(),
                obstacle: "they were opened for reading only".to_owned(),
            });
        }
        Ok(())
    }

    async fn create_catalog(&self) -> Result<(), ReadModelError> {
        match std::fs::create_dir(self.folder) {
            Err(error) if !self.folder.is_dir() => return Err(unusable(self.folder, &error)),
            _ => {}
        }
        let path = self.path();
        let created = layout::create_catalog(&path, self.settings.busy_timeout).await;
        created.map_err(|error| failed(&path, error))
    }

    async fn create_file(&self, record: &BuildRecord) -> Result<(), ReadModelError> {
        let path = build_path(self.folder, &record.build);
        let created = layout::create_build(&path, record, self.settings.busy_timeout).await;
        created.map_err(|error| failed(&path, error))
    }
}

impl Change {
    async fn fetch(
        &mut self,
        sql: &'static str,
        values: impl Values,
    ) -> Result<Vec<SqliteRow>, ReadModelError> {
        let arguments = arguments(&self.path, values)?;
        let fetched = self.connection.fetch(sql, arguments).await;
        fetched.map_err(|error| failed(&self.path, error))
    }

    async fn insert(&mut self, record: &BuildRecord) -> Result<(), ReadModelError> {
        let build = &record.build;
        let model = build.model.as_str();
        let numbers = "INSERT INTO numbers VALUES (?, ?, ?) \
                       ON CONFLICT DO UPDATE SET last = excluded.last";
        self.fetch(numbers, (model, build.version, build.number))
            .await?;
        let values = (
            model,
            build.version,
            build.number,
            record.fingerprint.as_str(),
            record.segments,
            record.log.as_bytes().as_slice(),
            record.start,
        );
        let builds = "INSERT INTO builds VALUES (?, ?, ?, ?, ?, ?, ?, 'aside')";
        self.fetch(builds, values).await?;
        Ok(())
    }

    async fn delete(&mut self, build: &Build) -> Result<(), ReadModelError> {
        let sql = "DELETE FROM builds WHERE model = ? AND version = ? AND number = ?";
        let values = (build.model.as_str(), build.version, build.number);
        self.fetch(sql, values).await?;
        Ok(())
    }

    /// Deletes the rows of builds without files, and returns the other builds.
    async fn forget_lost(&mut self, catalog: &Catalog<'_>) -> Result<Vec<Build>, ReadModelError> {
        let mut known = Vec::new();
        for row in self.fetch("SELECT * FROM builds", ()).await? {
            let build = record_of(&row, &self.path)?.build;
            match catalog.is_there(&build).await {
                true => known.push(build),
                false => self.delete(&build).await?,
            }
        }
        Ok(known)
    }

    async fn commit(mut self, connections: &Connections) -> Result<(), ReadModelError> {
        let committed = self.connection.commit("COMMIT", SqliteArguments::default());
        let committed = committed.await;
        committed.map_err(|error| failed(&self.path, error))?;
        connections.give_back(self.connection);
        Ok(())
    }
}

/// The build does not exist in this folder.
pub(crate) fn no_such_build(folder: &Path, build: &Build) -> ReadModelError {
    ReadModelError::NoSuchBuild {
        location: folder.display().to_string(),
        build: build.clone(),
    }
}

/// The values as sqlx takes them.
pub(crate) fn arguments(
    path: &Path,
    values: impl Values,
) -> Result<SqliteArguments, ReadModelError> {
    let mut arguments = SqliteArguments::default();
    let mut values = values.into_values().into_iter();
    let bound = values.try_for_each(|value: Value| value.bind(&mut arguments));
    bound.map_err(|error| failed(path, error))?;
    Ok(arguments)
}

fn record_of(row: &SqliteRow, path: &Path) -> Result<BuildRecord, ReadModelError> {
    let read = || -> Result<BuildRecord, sqlx::Error> {
        let state: &str = row.try_get("state")?;
        let decoded = |index: &str, source: Box<dyn std::error::Error + Send + Sync>| {
            let index = index.to_owned();
            sqlx::Error::ColumnDecode { index, source }
        };
        let log: Vec<u8> = row.try_get("log")?;
        let log = <[u8; 16]>::try_from(log)
            .map_err(|log| decoded("log", format!("{} bytes", log.len()).into()))?;
        let start: i64 = row.try_get("start")?;
        let model = ModelName::new(row.try_get("model")?)
            .map_err(|error| decoded("model", error.into()))?;
        Ok(BuildRecord {
            build: Build {
                model,
                version: row.try_get("version")?,
                number: row.try_get("number")?,
            },
            fingerprint: row.try_get("fingerprint")?,
            segments: row.try_get("segments")?,
            log: StoreId::from_bytes(log),
            start: GlobalPosition::try_from(start)
                .map_err(|error| decoded("start", error.into()))?,
            state: match state {
                "live" => BuildState::Live,
                "earlier" => BuildState::Earlier,
                _ => BuildState::Aside,
            },
        })
    };
    read().map_err(|error| failed(path, error))
}
