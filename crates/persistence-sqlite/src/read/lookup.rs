//! Single events, versions of streams, the end of the log, and the list of streams.

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{
    DEFAULT_PAGE_SIZE, Destination, StoreId, StreamSummary, StreamsPage, StreamsQuery,
};
use shared_kernel::stream::Category;
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion};
use sqlite_file::{FileError, Readers, get, get_optional};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};

use super::row::snapshot;
use crate::codec::reader::{BatchReader, Wanted};

/// The end of the log. The parameter lets sqlx keep the statement prepared.
const HEAD: &str = "SELECT max(last_position) FROM batches WHERE last_position > ?1";

/// The last batch that was recorded at or before `?1`: behind the last time mark, or in the last
/// stretch with such a time.
const POSITION_AT: &str = "
    SELECT coalesce(
        (SELECT last_position FROM batches
        WHERE last_position > coalesce((SELECT max(last_position) FROM time_marks), 0)
            AND recorded_at <= ?1
        ORDER BY last_position DESC LIMIT 1),
        (SELECT last_position FROM batches
        WHERE last_position <= (SELECT max(last_position) FROM time_marks WHERE earliest <= ?1)
            AND recorded_at <= ?1
        ORDER BY last_position DESC LIMIT 1))";

const EVENT: &str = "
    SELECT i.position, b.events, b.payload FROM event_ids AS i
    LEFT JOIN batches AS b ON b.last_position =
        (SELECT min(last_position) FROM batches WHERE last_position >= i.position)
    WHERE i.event_id = ?1";

/// The names and versions of up to `?4` streams, with names greater than `?1` and between `?2` and
/// `?3`. `?5` is the category, or NULL.
///
/// Names sort by their bytes. Those of a category are its own name and all that begin with it and a
/// dash. So they lie between `category` and `category.`, because the point follows the dash.
/// Example: `lamp`, `lamp-1` and `lamp-2` lie between `lamp` and `lamp.`.
const STREAMS: &str = "
    SELECT name, version FROM stream_versions
    WHERE name > ?1 AND name >= ?2 AND (?3 IS NULL OR name < ?3)
        AND (?5 IS NULL OR name = ?5 OR substr(name, length(?5) + 1, 1) = '-')
    ORDER BY name ASC LIMIT ?4 + 0";

const STREAM: &str = "SELECT name, version FROM stream_versions WHERE name = ?1";

const SNAPSHOT: &str = "
    SELECT version, taken_at, payload FROM snapshots
    WHERE stream = ?1 AND schema = ?2 AND version <= ?3
    ORDER BY version DESC LIMIT 1";

/// The id of the store. The parameter lets sqlx keep the statement prepared.
const ID: &str = "SELECT store_id FROM store WHERE ?1 = 0";

const FROZEN_FOR: &str = "SELECT moves_to FROM store";

/// The id of the store.
pub(crate) async fn id(readers: &Readers) -> Result<StoreId, FileError> {
    let row = readers.fetch_all(sqlx::query(ID).bind(0_i64)).await?.pop();
    let bytes = row.map(|row| get::<Vec<u8>>(&row, 0)).transpose()?;
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(StoreId::from_bytes)
        .ok_or_else(|| FileError::Damaged("the table store has no id".to_owned()))
}

/// The destination of a frozen store.
pub(crate) async fn frozen_for(readers: &Readers) -> Result<Option<Destination>, FileError> {
    let row = readers.fetch_all(sqlx::query(FROZEN_FOR)).await?.pop();
    let text = row.map(|row| get_optional::<String>(&row, 0)).transpose()?;
    let destination = text.flatten().map(Destination::new).transpose();
    destination.map_err(|e| FileError::Damaged(e.to_string()))
}

/// The position of the last event.
pub(crate) async fn head(readers: &Readers) -> Result<Option<GlobalPosition>, FileError> {
    position(readers, sqlx::query(HEAD).bind(0_i64)).await
}

/// The position of the last event that was recorded at or before a time.
pub(crate) async fn position_at(
    readers: &Readers,
    time: Timestamp,
) -> Result<Option<GlobalPosition>, FileError> {
    let micros = time.as_nanosecond().div_euclid(1_000);
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    position(readers, sqlx::query(POSITION_AT).bind(micros)).await
}

/// The position in the only row of a query.
async fn position(
    readers: &Readers,
    query: Query<'_, Sqlite, SqliteArguments>,
) -> Result<Option<GlobalPosition>, FileError> {
    let row = readers.fetch_all(query).await?.pop();
    let position = row.map(|row| get_optional::<i64>(&row, 0)).transpose()?;
    let position = position.flatten().map(GlobalPosition::try_from);
    position
        .transpose()
        .map_err(|e| FileError::Damaged(e.to_string()))
}

/// The version of a stream.
pub(crate) async fn version(
    readers: &Readers,
    stream: &StreamId,
) -> Result<StreamVersion, FileError> {
    let query = sqlx::query(STREAM).bind(stream.as_str().to_owned());
    let row = readers.fetch_all(query).await?.pop();
    let found = row.map(|row| summary(&row)).transpose()?;
    Ok(found.map_or(StreamVersion::EMPTY, |found| found.version))
}

/// A page of the list of streams.
pub(crate) async fn streams(
    readers: &Readers,
    query: &StreamsQuery,
) -> Result<StreamsPage, FileError> {
    let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
    let category = query.category.as_ref().map(Category::as_str);
    let query = sqlx::query(STREAMS)
        .bind(query.after.as_ref().map_or("", StreamId::as_str).to_owned())
        .bind(category.unwrap_or_default().to_owned())
        .bind(category.map(|category| format!("{category}.")))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(category.map(str::to_owned));
    let rows = readers.fetch_all(query).await?;
    let items: Vec<_> = rows.iter().map(summary).collect::<Result<_, _>>()?;
    if let Some(empty) = items
        .iter()
        .find(|listed| listed.version == StreamVersion::EMPTY)
    {
        let problem = format!("stream {} has no events", empty.stream);
        return Err(FileError::Damaged(problem));
    }
    let next = items.last().filter(|_| items.len() >= limit);
    let next = next.map(|last| last.stream.clone());
    Ok(StreamsPage { items, next })
}

/// The event with an id.
pub(crate) async fn event(
    readers: &Readers,
    id: EventId,
) -> Result<Option<RecordedEvent>, FileError> {
    let query = sqlx::query(EVENT).bind(id.as_bytes().to_vec());
    let Some(row) = readers.fetch_all(query).await?.pop() else {
        return Ok(None);
    };
    let position: i64 = get(&row, 0)?;
    let mut batch = BatchReader::new(Wanted::Positions(position..=position));
    batch.read(get_optional::<&[u8]>(&row, 1)?.unwrap_or_default())?;
    let mut found = batch.finish()?;
    let event = found.events.pop().filter(|event| event.id == id);
    let mut event = event.ok_or_else(|| misled(id, position))?;
    if !found.out_of_line.is_empty() {
        event.payload = Bytes::copy_from_slice(get(&row, 2)?);
    }
    Ok(Some(event))
}

/// The damage of an id index that leads to another event.
pub(crate) fn misled(id: EventId, position: i64) -> FileError {
    FileError::Damaged(format!(
        "event id {id} leads to position {position}, which has another event"
    ))
}

/// The newest snapshot at or below a version.
pub(crate) async fn newest_snapshot(
    readers: &Readers,
    stream: &StreamId,
    schema: &StateSchema,
    at_most: StreamVersion,
) -> Result<Option<SnapshotRecord>, FileError> {
    let query = sqlx::query(SNAPSHOT)
        .bind(stream.as_str().to_owned())
        .bind(schema.as_str().to_owned())
        .bind(at_most.as_i64());
    match readers.fetch_all(query).await?.pop() {
        Some(row) => snapshot(&row, stream, schema),
        None => Ok(None),
    }
}

fn summary(row: &SqliteRow) -> Result<StreamSummary, FileError> {
    let damaged = |e: &dyn std::fmt::Display| FileError::Damaged(format!("a stream: {e}"));
    Ok(StreamSummary {
        stream: StreamId::new(get::<&str>(row, 0)?).map_err(|e| damaged(&e))?,
        version: StreamVersion::try_from(get::<i64>(row, 1)?).map_err(|e| damaged(&e))?,
    })
}
