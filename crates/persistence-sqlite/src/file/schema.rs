//! The layout of the file: one script, and the marks by which a store is recognised.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor, raw_sql};

use super::connection;
use super::footprint::Way;

/// Marks a file as a store of this crate: the letters `ANNL`
/// (<https://sqlite.org/pragma.html#pragma_application_id>).
pub(super) const APPLICATION_ID: i64 = 0x414E_4E4C;

/// The `user_version` of the layout, set by the script.
pub(super) const VERSION: i64 = 1;

/// One text with the transaction around it: sqlx runs all of it, whether or not it is polled, so
/// that an abandoned opening keeps no lock.
const SCRIPT: &str = concat!(
    "BEGIN IMMEDIATE;\n",
    include_str!("../../schema.sql"),
    "COMMIT;\n"
);

/// The marks of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub(super) application_id: i64,
    pub(super) user_version: i64,
    /// Whether the file has nothing in it yet, and texts in UTF-8: a file keeps its encoding for
    /// good.
    pub(super) is_new: bool,
}

pub(super) async fn marks(connection: &mut SqliteConnection) -> Result<Marks, sqlx::Error> {
    // One statement reads one moment.
    let marks = sqlx::query_as(
        "SELECT a.application_id, u.user_version, a.application_id = 0 AND u.user_version = 0
            AND e.encoding = 'UTF-8' AND NOT EXISTS (SELECT 1 FROM sqlite_schema)
         FROM pragma_application_id AS a, pragma_user_version AS u, pragma_encoding AS e",
    );
    let (application_id, user_version, is_new) = marks.fetch_one(connection).await?;
    Ok(Marks {
        application_id,
        user_version,
        is_new,
    })
}

/// The row of the table `store`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoreRow {
    id: Vec<u8>,
    pub(super) is_backup: bool,
}

impl StoreRow {
    /// Whether a file with the row `earlier` can have this one later. Only the first opening of a
    /// backup changes the row.
    pub(super) fn may_follow(&self, earlier: &Self) -> bool {
        self.id == earlier.id && (earlier.is_backup || !self.is_backup)
    }
}

pub(super) async fn store_row(connection: &mut SqliteConnection) -> Result<StoreRow, sqlx::Error> {
    let row = sqlx::query_as("SELECT store_id, is_backup FROM store");
    let (id, is_backup) = row.fetch_one(connection).await?;
    Ok(StoreRow { id, is_backup })
}

/// The row in the file itself, whatever the log beside it has.
pub(super) async fn row_without_log(path: &Path) -> Result<StoreRow, sqlx::Error> {
    let mut connection = connection::look(path, Way::Unlogged).await?;
    let row = store_row(&mut connection).await;
    connection.close().await?;
    row
}

/// Marks the file as a backup, or as a store that is in use.
pub(super) async fn mark(
    connection: &mut SqliteConnection,
    is_backup: bool,
) -> Result<(), sqlx::Error> {
    // Only a few bytes change, so the file needs no journal, which could be left beside it. Another
    // process may have begun a log in the meantime; then this fails, and the log does the same.
    let _ = connection.execute("PRAGMA journal_mode = MEMORY").await;
    let mark = sqlx::query("UPDATE store SET is_backup = ?1").bind(is_backup);
    mark.execute(connection).await.map(drop)
}

/// Creates the layout in a new file, or leaves the one that another process has just created.
pub(super) async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let created = raw_sql(SCRIPT).execute(&mut *connection).await;
    if created.is_err() {
        // Most errors have ended the transaction already.
        let _ = connection.execute("ROLLBACK").await;
    }
    created.map(drop)
}

/// A database in memory with the layout and no events.
pub(crate) async fn in_memory() -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .in_memory(true)
        .connect()
        .await?;
    create(&mut connection).await?;
    Ok(connection)
}
