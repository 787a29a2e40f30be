//! The connections to the files of a folder.

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use read_side::ReadModelError;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, SqlSafeStr};

use crate::error::failed;
use crate::layout::{Kind, check};
use crate::phrases::{MOST_PHRASES, Phrases};

/// More rows than a statement returns. So SQLite ends each statement, polled or not, and no
/// statement keeps a lock.
const ROWS_AHEAD: usize = 1_000_000;

/// The most idle connections to one file.
const MOST_IDLE: usize = 4;

/// The settings of all connections.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) reads_only: bool,
    pub(crate) busy_timeout: Duration,
}

/// Opens connections, and keeps idle ones for the next call.
#[derive(Default)]
pub(crate) struct Connections {
    idle: Mutex<HashMap<PathBuf, Vec<Connection>>>,
    /// The foreign files that were reported.
    reported: Mutex<HashSet<PathBuf>>,
}

impl Connections {
    /// Reports a file that is passed over, once.
    pub(crate) fn report(&self, path: &Path) {
        let reported = self.reported.lock();
        let mut reported = reported.unwrap_or_else(PoisonError::into_inner);
        if reported.insert(path.to_owned()) {
            tracing::warn!(file = %path.display(), "not a file of read models; it is passed over");
        }
    }
}

/// A connection to one file.
pub(crate) struct Connection {
    pub(crate) sqlite: SqliteConnection,
    pub(crate) phrases: Phrases,
    path: PathBuf,
    file: FileId,
    gate: Arc<Gate>,
}

/// Lets only this crate end a transaction. A `COMMIT` of the user would part rows and progress.
#[derive(Default)]
struct Gate {
    is_open: AtomicBool,
    was_rolled_back: AtomicBool,
}

impl Connections {
    /// A connection to an existing file; `None` if there is no file.
    pub(crate) async fn take(
        &self,
        path: &Path,
        kind: Kind<'_>,
        settings: &Settings,
    ) -> Result<Option<Connection>, ReadModelError> {
        let Ok(found) = std::fs::metadata(path) else {
            self.forget(path);
            return Ok(None);
        };
        let file = FileId::of(&found);
        while let Some(idle) = self.pop(path) {
            // The path may lead to another file by now.
            if idle.file == file {
                return Ok(Some(idle));
            }
        }
        let mut sqlite = existing(path, kind, settings)
            .connect()
            .await
            .map_err(|error| failed(path, error))?;
        check(&mut sqlite, path, kind).await?;
        let gate = Arc::new(Gate::default());
        if matches!(kind, Kind::Build(_)) {
            gate.guard(&mut sqlite)
                .await
                .map_err(|error| failed(path, error))?;
        }
        Ok(Some(Connection {
            sqlite,
            phrases: Phrases::default(),
            path: path.to_owned(),
            file,
            gate,
        }))
    }

    /// Keeps a connection that has no transaction.
    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = idle.entry(connection.path.clone()).or_default();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }

    /// Closes the idle connections to a file.
    pub(crate) fn forget(&self, path: &Path) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.remove(path);
    }

    /// Closes the idle connections to files that another handle has removed: they keep the space.
    pub(crate) fn forget_missing(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|path, _| path.exists());
    }

    fn pop(&self, path: &Path) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.get_mut(path)?.pop()
    }
}

impl Connection {
    pub(crate) async fn fetch(
        &mut self,
        sql: impl SqlSafeStr,
        arguments: SqliteArguments,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let query = sqlx::query_with(sql, arguments);
        self.sqlite.fetch_all(query).await
    }

    /// Runs statements of the user. They cannot end the transaction.
    pub(crate) async fn execute(
        &mut self,
        sql: Arc<str>,
        arguments: SqliteArguments,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        self.sqlite.execute(query).await.map(|_| ())
    }

    /// Runs a text that begins with `BEGIN IMMEDIATE`, so that no other connection can write beside
    /// it, and reads its rows: one trip for both.
    pub(crate) async fn begin(
        &mut self,
        sql: &'static str,
        arguments: SqliteArguments,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        self.gate.was_rolled_back.store(false, Ordering::Relaxed);
        self.fetch(sql, arguments).await
    }

    /// Whether a statement has ended the transaction that [`begin`](Self::begin) began.
    pub(crate) fn has_lost_its_transaction(&self) -> bool {
        self.gate.was_rolled_back.load(Ordering::Relaxed)
    }

    pub(crate) async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        self.sqlite.execute("ROLLBACK").await.map(|_| ())
    }

    /// Runs a text of this crate that ends with `COMMIT`.
    pub(crate) async fn commit(
        &mut self,
        sql: &'static str,
        arguments: SqliteArguments,
    ) -> Result<(), sqlx::Error> {
        self.gate.is_open.store(true, Ordering::Relaxed);
        let committed = self.fetch(sql, arguments).await;
        self.gate.is_open.store(false, Ordering::Relaxed);
        committed.map(|_| ())
    }
}

impl Gate {
    async fn guard(self: &Arc<Self>, sqlite: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let mut handle = sqlite.lock_handle().await?;
        let gate = Arc::clone(self);
        handle.set_commit_hook(move || gate.is_open.load(Ordering::Relaxed));
        let gate = Arc::clone(self);
        handle.set_rollback_hook(move || gate.was_rolled_back.store(true, Ordering::Relaxed));
        Ok(())
    }
}

/// The options of a connection to an existing file.
fn existing(path: &Path, kind: Kind<'_>, settings: &Settings) -> SqliteConnectOptions {
    let synchronous = match kind {
        Kind::Catalog => SqliteSynchronous::Full,
        Kind::Build(_) => SqliteSynchronous::Normal,
    };
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(settings.reads_only)
        .busy_timeout(settings.busy_timeout)
        .foreign_keys(true)
        .synchronous(synchronous)
        .row_buffer_size(ROWS_AHEAD)
        .statement_cache_capacity(MOST_PHRASES)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-4096")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

/// The options of a connection for a reader of the rows.
pub(crate) fn reader(path: &Path, settings: &Settings) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(settings.busy_timeout)
        .disable_statement_logging()
}

/// Tells the file at a path from a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(found.dev(), found.ino())
    }

    /// Other systems do not remove an open file.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self(0, 0)
    }
}
