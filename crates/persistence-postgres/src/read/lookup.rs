//! Single events, versions of streams, the end of the log, and the list of streams.

use jiff::Timestamp;
use postgres_database::{Database, DatabaseError};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{
    DEFAULT_PAGE_SIZE, Destination, StoreId, StreamSummary, StreamsPage, StreamsQuery,
};
use shared_kernel::stream::Category;
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::page::payload;
use super::row::{self, event_columns, snapshot};

const HEAD: &str = "SELECT position FROM annals.head";

/// The last event that was recorded at or before `$1`: behind the last time mark, or in the last
/// stretch with such a time.
pub(super) const POSITION_AT: &str = "
    SELECT coalesce(
        (SELECT position FROM annals.events
        WHERE position > coalesce((SELECT max(last_position) FROM annals.time_marks), 0)
            AND recorded_at <= $1
        ORDER BY position DESC LIMIT 1),
        (SELECT position FROM annals.events
        WHERE position <= (SELECT max(last_position) FROM annals.time_marks WHERE earliest <= $1)
            AND recorded_at <= $1
        ORDER BY position DESC LIMIT 1))";

pub(super) const EVENT: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM annals.events WHERE event_id = $1"
);

pub(super) const VERSION: &str = "
    SELECT stream, version FROM annals.events WHERE stream = $1 ORDER BY version DESC LIMIT 1";

/// The names and versions of up to `$4` streams, with names greater than `$1` and between `$2` and
/// `$3`. `$5` is the category, or NULL. Each step finds the next name in the index.
///
/// Names sort by their bytes. Those of a category are its own name and all that begin with it and a
/// dash. So they lie between `category` and `category.`, because the point follows the dash.
/// Example: `lamp`, `lamp-1` and `lamp-2` lie between `lamp` and `lamp.`.
pub(super) const STREAMS: &str = "
    WITH RECURSIVE names (name) AS (
        (SELECT stream FROM annals.events WHERE stream > $1 AND stream >= $2
        ORDER BY stream LIMIT 1)
        UNION ALL
        SELECT (SELECT stream FROM annals.events WHERE stream > names.name
            ORDER BY stream LIMIT 1)
        FROM names WHERE names.name IS NOT NULL AND ($3::text IS NULL OR names.name < $3))
    SELECT name, (SELECT version FROM annals.events AS e WHERE e.stream = name
        ORDER BY version DESC LIMIT 1)
    FROM names
    WHERE name IS NOT NULL AND ($3 IS NULL OR name < $3)
        AND ($5::text IS NULL OR name = $5 OR substr(name, length($5) + 1, 1) = '-')
    LIMIT $4";

const SNAPSHOT: &str = "
    SELECT version, taken_at, payload FROM annals.snapshots
    WHERE stream = $1 AND schema = $2 AND version <= $3
    ORDER BY version DESC LIMIT 1";

/// The session that holds the row of the head: it has a lock for writing on its table and waits for
/// none itself. A role without rights on other sessions does not see since when.
const HOLDER: &str = "
    SELECT format('session %s (%s, role %s) holds the end of the log', a.pid,
        coalesce(nullif(a.application_name, ''), 'unnamed'), a.usename)
        || coalesce(' in a transaction since ' || date_trunc('second', a.xact_start), '')
    FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    WHERE l.relation = 'annals.head'::regclass AND l.granted AND l.mode <> 'AccessShareLock'
        AND a.datname = current_database() AND a.wait_event_type IS DISTINCT FROM 'Lock'
    ORDER BY a.xact_start LIMIT 1";

const ID: &str = "SELECT store_id FROM annals.store";

const FROZEN_FOR: &str = "SELECT moves_to FROM annals.head";

/// The id of the store.
pub(crate) async fn id(database: &Database) -> Result<StoreId, DatabaseError> {
    let rows = database.rows(|| sqlx::query(ID)).await?;
    let missing = || DatabaseError::Damaged("the table store has no row".to_owned());
    let id: Uuid = rows.first().ok_or_else(missing)?.try_get(0)?;
    Ok(StoreId::from_bytes(id.into_bytes()))
}

/// The session that keeps writers from the end of the log, in words; `None` if it cannot be told.
///
/// The connection that was refused asks. It cannot ask before its own transaction has ended, so it
/// never sees itself.
pub(crate) async fn holder(database: &Database, refused: &mut PgConnection) -> Option<String> {
    let rows = database.write(refused, sqlx::query(HOLDER)).await.ok()?;
    rows.first()?.try_get(0).ok()
}

/// The destination of a frozen store.
pub(crate) async fn frozen_for(database: &Database) -> Result<Option<Destination>, DatabaseError> {
    let rows = database.rows(|| sqlx::query(FROZEN_FOR)).await?;
    let text: Option<String> = rows.first().map_or(Ok(None), |row| row.try_get(0))?;
    let destination = text.map(Destination::new).transpose();
    destination.map_err(|e| DatabaseError::Damaged(e.to_string()))
}

/// The position of the last event.
pub(crate) async fn head(database: &Database) -> Result<Option<GlobalPosition>, DatabaseError> {
    let rows = database.rows(|| sqlx::query(HEAD)).await?;
    let missing = || DatabaseError::Damaged("the table head has no row".to_owned());
    let head: i64 = rows.first().ok_or_else(missing)?.try_get(0)?;
    let head = GlobalPosition::try_from(head).map_err(|e| DatabaseError::Damaged(e.to_string()))?;
    Ok(Some(head).filter(|head| *head > GlobalPosition::START))
}

/// The position of the last event that was recorded at or before a time.
pub(crate) async fn position_at(
    database: &Database,
    time: Timestamp,
) -> Result<Option<GlobalPosition>, DatabaseError> {
    let micros = time.as_nanosecond().div_euclid(1_000);
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    let rows = database
        .rows(|| sqlx::query(POSITION_AT).bind(micros))
        .await?;
    let position = rows.first().map(|row| row.try_get::<Option<i64>, _>(0));
    let position = position
        .transpose()?
        .flatten()
        .map(GlobalPosition::try_from);
    position
        .transpose()
        .map_err(|e| DatabaseError::Damaged(e.to_string()))
}

/// The version of a stream.
pub(crate) async fn version(
    database: &Database,
    stream: &StreamId,
) -> Result<StreamVersion, DatabaseError> {
    let rows = database
        .rows(|| sqlx::query(VERSION).bind(stream.as_str()))
        .await?;
    let found = rows.first().map(summary).transpose()?;
    Ok(found.map_or(StreamVersion::EMPTY, |found| found.version))
}

/// A page of the list of streams.
pub(crate) async fn streams(
    database: &Database,
    query: &StreamsQuery,
) -> Result<StreamsPage, DatabaseError> {
    let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
    let category = query.category.as_ref().map(Category::as_str);
    let rows = database
        .rows(|| {
            sqlx::query(STREAMS)
                .bind(query.after.as_ref().map_or("", StreamId::as_str))
                .bind(category.unwrap_or_default())
                .bind(category.map(|category| format!("{category}.")))
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .bind(category)
        })
        .await?;
    let items: Vec<_> = rows.iter().map(summary).collect::<Result<_, _>>()?;
    let next = items.last().filter(|_| items.len() >= limit);
    let next = next.map(|last| last.stream.clone());
    Ok(StreamsPage { items, next })
}

/// The event with an id.
pub(crate) async fn event(
    database: &Database,
    id: EventId,
) -> Result<Option<RecordedEvent>, DatabaseError> {
    let mut found = row::read(database, || sqlx::query(EVENT).bind(*id.as_uuid())).await?;
    let Some(mut event) = found.events.pop() else {
        return Ok(None);
    };
    if !found.large.is_empty() {
        event.payload = payload(database, event.position).await?;
    }
    Ok(Some(event))
}

/// The newest snapshot at or below a version.
pub(crate) async fn newest_snapshot(
    database: &Database,
    stream: &StreamId,
    schema: &StateSchema,
    at_most: StreamVersion,
) -> Result<Option<SnapshotRecord>, DatabaseError> {
    let rows = database
        .rows(|| {
            sqlx::query(SNAPSHOT)
                .bind(stream.as_str())
                .bind(schema.as_str())
                .bind(at_most.as_i64())
        })
        .await?;
    let row = rows.first();
    row.map(|row| snapshot(row, [0, 1, 2], stream, schema))
        .transpose()
}

fn summary(row: &PgRow) -> Result<StreamSummary, DatabaseError> {
    let damaged = |e: &dyn std::fmt::Display| DatabaseError::Damaged(format!("a stream: {e}"));
    Ok(StreamSummary {
        stream: StreamId::new(row.try_get::<&str, _>(0)?).map_err(|e| damaged(&e))?,
        version: StreamVersion::try_from(row.try_get::<i64, _>(1)?).map_err(|e| damaged(&e))?,
    })
}
