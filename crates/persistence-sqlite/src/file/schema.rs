//! The layout of the file: one script, and the marks by which a store is recognised.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor, raw_sql};

/// Marks a file as a store of this crate: the letters `ANNL`
/// (<https://sqlite.org/pragma.html#pragma_application_id>).
pub(super) const APPLICATION_ID: i64 = 0x414E_4E4C;

/// The `user_version` of the layout, set by the script.
pub(super) const VERSION: i64 = 1;

/// One text with the transaction around it: sqlx runs all of it, whether or not it is polled, so that
/// an abandoned opening keeps no lock.
const SCRIPT: &str = concat!(
    "BEGIN IMMEDIATE;\n",
    include_str!("schema.sql"),
    "COMMIT;\n"
);

/// The marks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) application_id: i64,
    pub(super) user_version: i64,
    /// Whether the file has no tables.
    pub(super) is_empty: bool,
    /// Whether texts are stored as UTF-8. A file keeps its encoding for good.
    pub(super) is_utf_8: bool,
}

impl Header {
    /// Whether the file has nothing in it yet.
    pub(super) fn is_new(&self) -> bool {
        self.is_empty && self.is_utf_8 && self.application_id == 0 && self.user_version == 0
    }
}

pub(super) async fn header(connection: &mut SqliteConnection) -> Result<Header, sqlx::Error> {
    // One statement reads one moment.
    let (application_id, user_version, is_empty, is_utf_8) = sqlx::query_as(
        "SELECT a.application_id, u.user_version, NOT EXISTS (SELECT 1 FROM sqlite_schema),
            e.encoding = 'UTF-8'
         FROM pragma_application_id AS a, pragma_user_version AS u, pragma_encoding AS e",
    )
    .fetch_one(connection)
    .await?;
    Ok(Header {
        application_id,
        user_version,
        is_empty,
        is_utf_8,
    })
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
pub(super) async fn in_memory() -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .in_memory(true)
        .connect()
        .await?;
    create(&mut connection).await?;
    Ok(connection)
}
