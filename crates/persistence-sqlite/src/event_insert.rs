//! Owns how events become rows. The text of every statement is fixed; only values are bound.

use std::sync::LazyLock;

use shared_kernel::{NewEvent, StreamId};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Sqlite};

use crate::columns::metadata_text;
use crate::payload::Payload;

/// How many rows the wide insert writes in one statement.
const ROWS_AT_ONCE: usize = 32;

const COLUMNS: &str = "INSERT INTO events (position, stream_key, version, recorded_at, \
    schema_version, event_id, event_type, metadata, payload) VALUES ";
const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";

static INSERT_ONE: LazyLock<String> = LazyLock::new(|| format!("{COLUMNS}{ROW}"));
static INSERT_MANY: LazyLock<String> =
    LazyLock::new(|| format!("{COLUMNS}{}", [ROW; ROWS_AT_ONCE].join(", ")));

/// An event with all that the table wants to know of it.
pub(crate) struct EventRow<'e> {
    pub(crate) position: i64,
    pub(crate) stream_key: i64,
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) recorded_at: i64,
    pub(crate) event: &'e NewEvent,
}

/// Writes the rows in order.
pub(crate) async fn insert_events(
    connection: &mut SqliteConnection,
    rows: &[EventRow<'_>],
) -> Result<(), sqlx::Error> {
    let mut chunks = rows.chunks_exact(ROWS_AT_ONCE);
    for chunk in &mut chunks {
        let mut insert = sqlx::query(AssertSqlSafe(INSERT_MANY.as_str()));
        for row in chunk {
            insert = row.bind(insert)?;
        }
        insert.execute(&mut *connection).await?;
    }
    for row in chunks.remainder() {
        let insert = row.bind(sqlx::query(AssertSqlSafe(INSERT_ONE.as_str())))?;
        insert.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Makes a stream known and gives its key.
pub(crate) async fn insert_stream(
    connection: &mut SqliteConnection,
    stream: &StreamId,
) -> Result<i64, sqlx::Error> {
    let inserted = sqlx::query("INSERT INTO streams (name) VALUES (?1)")
        .bind(stream.as_str().to_owned())
        .execute(connection)
        .await?;
    Ok(inserted.last_insert_rowid())
}

impl EventRow<'_> {
    fn bind<'q>(
        &self,
        insert: Query<'q, Sqlite, SqliteArguments>,
    ) -> Result<Query<'q, Sqlite, SqliteArguments>, sqlx::Error> {
        let metadata = metadata_text(&self.event.metadata)
            .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        Ok(insert
            .bind(self.position)
            .bind(self.stream_key)
            .bind(self.version)
            .bind(self.recorded_at)
            .bind(i64::from(self.event.schema_version.get()))
            .bind(self.event.id.as_bytes().to_vec())
            .bind(self.event.event_type.as_str().to_owned())
            .bind(metadata)
            .bind(Payload(&self.event.payload)))
    }
}
