//! The layout of the files: creating them, and telling them from those of other programs.

use std::path::Path;
use std::time::Duration;

use read_side::{BuildRecord, ReadModelError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use crate::error::{damaged, failed};
use crate::files::APPLICATION_ID;

/// The layout of the tables (`user_version`).
const LAYOUT: i32 = 1;

/// The table that a file must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'k> {
    Catalog,
    /// The file of this build.
    Build(&'k str),
}

/// Creates the tables of a catalog, if they are not there yet.
pub(crate) async fn create_catalog(path: &Path, busy_timeout: Duration) -> Result<(), sqlx::Error> {
    let script = script(include_str!("catalog.sql"));
    let mut sqlite = new_file(path, busy_timeout).connect().await?;
    sqlite.execute("BEGIN IMMEDIATE").await?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = sqlite.fetch_one(tables).await?.try_get(0)?;
    // Another process may have been faster.
    if tables == 0 {
        sqlite.execute(AssertSqlSafe(script)).await?;
    }
    sqlite.execute("COMMIT").await?;
    sqlite.close().await
}

/// Creates the file of a build, with a row for each segment.
pub(crate) async fn create_build(
    path: &Path,
    record: &BuildRecord,
    busy_timeout: Duration,
) -> Result<(), sqlx::Error> {
    let script = script(include_str!("build.sql"));
    let mut sqlite = new_file(path, busy_timeout).connect().await?;
    sqlite.execute("BEGIN IMMEDIATE").await?;
    sqlite.execute(AssertSqlSafe(script)).await?;
    let name = sqlx::query("INSERT INTO annals_build VALUES (?)");
    sqlite.execute(name.bind(record.build.to_string())).await?;
    for segment in 0..record.segments {
        let sql = "INSERT INTO annals_progress (segment, through) VALUES (?, ?)";
        let row = sqlx::query(sql).bind(segment).bind(record.start.as_i64());
        sqlite.execute(row).await?;
    }
    sqlite.execute("COMMIT").await?;
    // Only now: so the new file is whole without a write-ahead log.
    sqlite.execute("PRAGMA journal_mode = WAL").await?;
    sqlite.close().await
}

/// A script that also marks the file as ours.
fn script(tables: &str) -> String {
    format!("PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {LAYOUT};\n{tables}")
}

/// The options of a connection that creates a file. Every commit is synced.
fn new_file(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(busy_timeout)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// Whether a file is one of ours.
pub(crate) async fn check(
    sqlite: &mut SqliteConnection,
    path: &Path,
    kind: Kind<'_>,
) -> Result<(), ReadModelError> {
    let error = |error| failed(path, error);
    let row = sqlite
        .fetch_one(
            "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version",
        )
        .await
        .map_err(error)?;
    let application: i32 = row.try_get(0).map_err(error)?;
    let layout: i32 = row.try_get(1).map_err(error)?;
    if application != APPLICATION_ID {
        return Err(damaged(path, &format!("application id {application}")));
    }
    if layout != LAYOUT {
        return Err(damaged(
            path,
            &format!("layout {layout}, and this program knows {LAYOUT}"),
        ));
    }
    let name = match kind {
        Kind::Catalog => return Ok(()),
        Kind::Build(name) => name,
    };
    let row = sqlite
        .fetch_one("SELECT name FROM annals_build")
        .await
        .map_err(error)?;
    let found: String = row.try_get(0).map_err(error)?;
    if found != name {
        return Err(damaged(path, &format!("the file of {found}")));
    }
    Ok(())
}
