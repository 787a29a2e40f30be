//! Owns the layouts of the file, in order, and the way from one to the next.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, raw_sql};

use crate::gapless::log_end;
use crate::index;
use crate::inserts::PREPARE_CONNECTION;
use crate::layout_1;

/// Marks a file as a store of ours: the letters `ANNL`
/// (<https://sqlite.org/pragma.html#pragma_application_id>).
pub(crate) const APPLICATION_ID: i64 = 0x414E_4E4C;

/// The `user_version` of the newest layout. Each layout but the first comes about from the one before it,
/// in the transaction that brings the file to the newest one; the scripts set the number themselves.
pub(crate) const NEWEST: i64 = 4;

/// Where the log ends in a file.
const LOG_END: &str = log_end!();

/// What the header of a file says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) application_id: i64,
    pub(crate) user_version: i64,
    /// Whether the file has no tables at all, as a new one has.
    pub(crate) is_empty: bool,
    /// Whether texts are in the encoding that they come in. It cannot be changed later.
    pub(crate) is_utf_8: bool,
}

pub(crate) async fn header(connection: &mut SqliteConnection) -> Result<Header, sqlx::Error> {
    // One statement, so that all of it is of one moment.
    let (application_id, user_version, is_empty, is_utf_8) = sqlx::query_as(
        "SELECT a.application_id, u.user_version, NOT EXISTS (SELECT 1 FROM sqlite_schema), \
            e.encoding = 'UTF-8' \
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

/// Brings the file to the newest layout. Safe when several processes do it at once: the first takes
/// the write lock, the others find nothing left to do.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let migrated = apply_missing(connection).await;
    let end = if migrated.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = connection.execute(end).await;
    migrated.and(ended.map(drop))
}

/// A database in memory that has the newest layout and nothing in it.
pub(crate) async fn fresh_layout() -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .in_memory(true)
        .connect()
        .await?;
    migrate(&mut connection).await?;
    Ok(connection)
}

async fn apply_missing(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let from = header(connection).await?.user_version;
    if from < 1 {
        run(connection, include_str!("../migrations/0001_initial.sql")).await?;
    }
    if from < 2 {
        run(connection, include_str!("../migrations/0002_1_runs.sql")).await?;
        layout_1::move_events(connection).await?;
        run(connection, include_str!("../migrations/0002_2_views.sql")).await?;
    }
    if from < 3 {
        run(
            connection,
            include_str!("../migrations/0003_shared_rows.sql"),
        )
        .await?;
    }
    if from < 4 {
        run(
            connection,
            include_str!("../migrations/0004_index_follows.sql"),
        )
        .await?;
        // What has just come out of the first layout has no index yet.
        let through = if from == 1 { "0" } else { LOG_END };
        let indexed = format!("INSERT INTO indexed VALUES (1, {through})");
        connection.execute(AssertSqlSafe(indexed)).await?;
        connection.execute(PREPARE_CONNECTION).await?;
        index::read_and_index(connection).await?;
    }
    Ok(())
}

async fn run(connection: &mut SqliteConnection, script: &'static str) -> Result<(), sqlx::Error> {
    raw_sql(script).execute(connection).await.map(drop)
}
