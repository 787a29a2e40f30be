//! The settings of the connections to a file: one that writes, and several that only read.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::error::is_full;
use crate::footprint::{Footprint, Way};
use crate::names::{INDEX, beside, resolve};
use crate::rights::obstacle;

/// SQLite copies the write-ahead log into the file once it has this many pages of 4 KiB. A commit
/// that makes the log longer than it ever was takes half as long again, so it begins short.
const CHECKPOINT_AT_PAGES: &str = "1000";

/// The same where many appends share a commit: they would fill the short log too often.
pub const CHECKPOINT_LESS_OFTEN: &str = "PRAGMA wal_autocheckpoint = 4000";

/// The write-ahead log is cut to this size when it starts over.
const WAL_LIMIT_BYTES: &str = "67108864";

/// The page cache of a connection: 16 MiB, as SQLite writes a size in KiB.
const CACHE_SIZE: &str = "-16384";

/// How many rows SQLite may be ahead of the reader. A row has up to 256 batches.
const ROWS_AHEAD: usize = 2;

/// The same of the connection that writes. It is more than a statement returns, so that SQLite
/// ends each statement, polled or not, and no statement keeps a lock.
const ROWS_OF_A_WRITER: usize = 1_000_000;

/// How often a connection on a full disk is opened again, every 10 ms.
const MOST_LOOKS: u32 = 100;

/// The steps of SQLite's virtual machine between two calls of an [`Interrupt`].
const STEPS_PER_CALL: i32 = 50;

/// Is called within every statement and returns whether SQLite must interrupt it.
pub type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

/// The settings of the connections to a file.
#[derive(Clone)]
pub struct Settings {
    /// How long a statement waits for the lock of another connection.
    pub busy_timeout: Duration,
    /// How many reads run at the same time, each on a connection of its own.
    pub readers: u32,
    /// Whether the file is opened for reading only: no file is created or changed.
    pub reads_only: bool,
    /// When a commit waits for the disk.
    pub synchronous: SqliteSynchronous,
    /// For tests.
    pub interrupt: Option<Interrupt>,
}

impl Default for Settings {
    /// A busy timeout of five seconds, four readers, and commits that wait for the disk.
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            reads_only: false,
            synchronous: SqliteSynchronous::Full,
            interrupt: None,
        }
    }
}

/// The use of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Writes, and creates the file where there is none.
    Create,
    Write,
    /// Reads, beside a connection that writes.
    Read,
    /// Reads and creates nothing.
    Look,
}

/// Opens connections for the same use, one after another.
pub(crate) struct Connector {
    pub(crate) path: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) used_for: Use,
}

impl Connector {
    pub(crate) async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        let (path, settings) = (&self.path, &self.settings);
        let mut connection = match self.used_for {
            Use::Look => look(path, Footprint::at(path).way()).await?,
            Use::Read => reading(path, settings).connect().await?,
            Use::Write => writing(path, settings).connect().await?,
            Use::Create => {
                let create = writing(path, settings).create_if_missing(true);
                create.connect().await?
            }
        };
        if let Some(interrupt) = &settings.interrupt {
            let interrupt = Arc::clone(interrupt);
            let mut handle = connection.lock_handle().await?;
            handle.set_progress_handler(STEPS_PER_CALL, move || !interrupt());
        }
        Ok(connection)
    }
}

/// The settings of all connections.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("cache_size", CACHE_SIZE)
        // A schema from elsewhere may call functions
        // (https://sqlite.org/pragma.html#pragma_trusted_schema).
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// A connection that writes. It leaves the journal mode alone: that is a property of the file, set
/// when the file is opened.
fn writing(path: &Path, settings: &Settings) -> SqliteConnectOptions {
    options(path)
        .busy_timeout(settings.busy_timeout)
        .row_buffer_size(ROWS_OF_A_WRITER)
        .synchronous(settings.synchronous)
        // The rows that SQLite keeps to undo a statement stay in memory.
        .pragma("temp_store", "MEMORY")
        // The types of the writer keep the CHECKs of the layout, which are for shells.
        .pragma("ignore_check_constraints", "ON")
        .pragma("wal_autocheckpoint", CHECKPOINT_AT_PAGES)
        // Apple's fsync does not wait for the disk
        // (https://sqlite.org/pragma.html#pragma_fullfsync).
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .pragma("journal_size_limit", WAL_LIMIT_BYTES)
}

/// A connection that only reads, beside one that writes.
fn reading(path: &Path, settings: &Settings) -> SqliteConnectOptions {
    options(path)
        .busy_timeout(settings.busy_timeout)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("query_only", "ON")
}

/// Opens a connection that only reads.
///
/// `mode=ro` alone creates a log and an index where they are missing
/// (<https://sqlite.org/wal.html#read_only_databases>), and they would lock out the owner of the
/// file. So a process that may not write the file never does that.
pub(crate) async fn look(path: &Path, way: Way) -> Result<SqliteConnection, sqlx::Error> {
    let connect = options(path)
        .read_only(true)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("temp_store", "MEMORY");
    let with_read_only_index = connect.clone().filename(with_read_only_index(path));
    match (way, obstacle(path)) {
        (Way::Alone, _) => connect.immutable(true).connect().await,
        (Way::Logged, None) => match connect.connect().await {
            Err(error) if is_full(&error) => look_on_full_disk(&with_read_only_index).await,
            connected => connected,
        },
        // Connections of one process share the index, so it may be read-only only where this
        // process cannot write anyway.
        (Way::Logged, Some(_)) if beside(&resolve(path), INDEX).exists() => {
            with_read_only_index.connect().await
        }
        (Way::Logged, Some(obstacle)) => {
            let problem = format!(
                "the index of its log is missing, and {obstacle}; to read it, copy the file and its \
                 log into a folder where you may write"
            );
            Err(sqlx::Error::Io(std::io::Error::other(problem)))
        }
    }
}

/// Opens a connection that does not enlarge the index. The failed one before it may take a moment
/// to close, and shares its larger index meanwhile.
async fn look_on_full_disk(
    connect: &SqliteConnectOptions,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut tries = 0..MOST_LOOKS;
    loop {
        let looked = async {
            let mut connection = connect.connect().await?;
            let read = connection
                .execute("SELECT count(*) FROM sqlite_schema")
                .await;
            match read {
                Ok(_) => Ok(connection),
                Err(error) => connection.close().await.and(Err(error)),
            }
        };
        match looked.await {
            Err(error) if is_full(&error) && tries.next().is_some() => {
                Delay::new(Duration::from_millis(10)).await;
            }
            looked => return looked,
        }
    }
}

/// The file as a URI for SQLite, which then does not create the index of the log.
fn with_read_only_index(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        // A write into a String cannot fail.
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.write_char(char::from(*byte)),
            _ => write!(uri, "%{byte:02X}"),
        };
    }
    uri + "?readonly_shm=1"
}
