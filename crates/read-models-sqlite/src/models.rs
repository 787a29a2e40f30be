//! The read models of a folder, and their options.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use read_side::{Build, ReadModelError};
use shared_kernel::time::{Clock, SystemClock};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnection;
use tempfile::TempDir;

use crate::build_file::BuildFile;
use crate::catalog::Catalog;
use crate::connection::{Connections, Settings, reader};
use crate::error::unusable;
use crate::layout::{Kind, check};

/// Read models in SQLite files of their own, one file for each build. A clone is another handle.
///
/// Any number of processes on one machine may open the folder. Nothing is created before the first
/// write.
#[derive(Clone)]
pub struct SqliteReadModels {
    folder: Arc<PathBuf>,
    settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    connections: Arc<Connections>,
    /// Removes the folder with the last handle.
    temporary: Option<Arc<TempDir>>,
}

impl SqliteReadModels {
    /// The read models in a folder, with the system clock and a busy timeout of 5 s.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Arc::new(folder.into()),
            settings: Settings {
                reads_only: false,
                busy_timeout: Duration::from_secs(5),
            },
            clock: Arc::new(SystemClock),
            connections: Arc::default(),
            temporary: None,
        }
    }

    /// The read models of the store at a path, in a folder beside it: `lamps.annals-views` for
    /// `lamps.annals`.
    ///
    /// ```
    /// let models = read_models_sqlite::SqliteReadModels::beside("lamps.annals");
    /// assert_eq!(models.folder(), std::path::Path::new("lamps.annals-views"));
    /// ```
    pub fn beside(store: impl AsRef<Path>) -> Self {
        let mut folder = store.as_ref().as_os_str().to_owned();
        folder.push("-views");
        Self::open(folder)
    }

    /// Read models in a temporary folder, which the last handle removes. They suit a process that
    /// may read the log, but may not write beside it.
    ///
    /// # Errors
    /// [`ReadModelError::Unusable`].
    pub fn temporary() -> Result<Self, ReadModelError> {
        let folder = tempfile::Builder::new().prefix("annals-views-").tempdir();
        let folder = folder.map_err(|error| unusable(&std::env::temp_dir(), &error))?;
        let models = Self::open(folder.path());
        Ok(Self {
            temporary: Some(Arc::new(folder)),
            ..models
        })
    }

    /// Opens the files for reading only: every write is [`ReadModelError::Unusable`].
    #[must_use]
    pub fn read_only(self) -> Self {
        Self {
            settings: Settings {
                reads_only: true,
                ..self.settings
            },
            connections: Arc::default(),
            ..self
        }
    }

    /// Judges leases by this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Waits this long for another process that writes, before a call fails with
    /// [`ReadModelError::Busy`].
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        // The longest timeout of SQLite.
        let most = Duration::from_millis(i32::MAX.unsigned_abs().into());
        Self {
            settings: Settings {
                busy_timeout: busy_timeout.min(most),
                ..self.settings
            },
            connections: Arc::default(),
            ..self
        }
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A connection that only reads the rows of a build, with the tables of the user and those of
    /// this crate, for plain sqlx. It takes a [`LiveBuild`](read_side::LiveBuild), too.
    ///
    /// It stays on this build: after a rebuild take a new one, for the build that is live then. A
    /// read transaction sees the rows and `annals_progress` of one moment.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`], [`ReadModelError::Unusable`].
    pub async fn reader(
        &self,
        build: &(impl AsRef<Build> + Sync),
    ) -> Result<SqliteConnection, ReadModelError> {
        let build = build.as_ref();
        let file = self.file(build);
        if !file.path.exists() {
            return Err(file.missing());
        }
        let connected = reader(&file.path, &self.settings).connect().await;
        let mut sqlite = connected.map_err(|error| file.failed(error))?;
        check(&mut sqlite, &file.path, Kind::Build(&build.to_string())).await?;
        Ok(sqlite)
    }

    pub(crate) fn catalog(&self) -> Catalog<'_> {
        Catalog {
            folder: &self.folder,
            connections: &self.connections,
            settings: &self.settings,
        }
    }

    pub(crate) fn file(&self, build: &Build) -> BuildFile {
        BuildFile::new(build, &self.folder, &self.connections, &self.settings)
    }
}

impl fmt::Debug for SqliteReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteReadModels")
            .field("folder", &self.folder)
            .field("settings", &self.settings)
            .field("is_temporary", &self.temporary.is_some())
            .finish_non_exhaustive()
    }
}
