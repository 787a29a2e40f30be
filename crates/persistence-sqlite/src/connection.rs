//! Owns how connections to the file are made: one writer, query-only readers.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};

use crate::options::{Durability, SqliteOptions};

/// How large the write-ahead log may stay on disk once it has been moved into the file.
const WAL_LIMIT_BYTES: &str = "67108864";

/// How many pages of 4 KiB the write-ahead log gathers before they are moved into the file, as SQLite has it where
/// nobody says anything. A log that grows makes every commit slower by half, until it has so many for the first time.
const WAL_PAGES: &str = "1000";

/// The same once many append at the same time: then that would happen too often.
pub(crate) const LONG_WAL: &str = "PRAGMA wal_autocheckpoint = 4096";

/// How much of the file a connection keeps in memory at most, in KiB below zero: for one that writes,
/// the pages of the indexes that streams end in; for one that reads, what was read lately.
const CACHE: &str = "-16384";

/// How many rows SQLite may be ahead of who reads them; each may have some hundred KiB of runs.
const ROWS_AHEAD: usize = 8;

/// A connection that may write. It does not choose the journal mode: that is a property of the
/// file, set once when a store is made.
pub(crate) fn writing(path: &Path, options: &SqliteOptions) -> SqliteConnectOptions {
    let synchronous = match options.durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::MayLoseLastAppendsOnPowerLoss => SqliteSynchronous::Normal,
    };
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.busy_timeout)
        .synchronous(synchronous)
        // Else SQLite puts into a file what it needs to take one statement back.
        .pragma("temp_store", "MEMORY")
        // What they ask is told by the types here; one of them alone took SQLite a sixth of an append. A shell is
        // asked all the same.
        .pragma("ignore_check_constraints", "ON")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", CACHE)
        // Apple's fsync does not wait for the platter (https://sqlite.org/pragma.html#pragma_fullfsync).
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .pragma("journal_size_limit", WAL_LIMIT_BYTES)
        // A file from elsewhere may name functions in its schema
        // (https://sqlite.org/pragma.html#pragma_trusted_schema).
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// A connection that only reads.
pub(crate) fn reading(path: &Path, options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.busy_timeout)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("query_only", "ON")
        .pragma("cache_size", CACHE)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}
