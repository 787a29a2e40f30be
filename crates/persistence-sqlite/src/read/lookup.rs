//! Single events, versions of streams, the end of the log, and the list of streams.

use bytes::Bytes;
use shared_kernel::store::{DEFAULT_PAGE_SIZE, StreamSummary, StreamsPage, StreamsQuery};
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StoreError, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::row::{bytes, number, text};
use crate::codec::reader::{BatchReader, Wanted};
use crate::error::ReadError;
use crate::store::SqliteStore;

/// The end of the log. The parameter lets sqlx keep the statement prepared.
const HEAD: &str = "SELECT max(last_position) FROM batches WHERE last_position > ?1";

const EVENT: &str = "
    SELECT i.position, b.events, b.payload FROM event_ids AS i
    LEFT JOIN batches AS b ON b.last_position =
        (SELECT min(last_position) FROM batches WHERE last_position >= i.position)
    WHERE i.event_id = ?1";

/// The streams whose names are greater than `?1` and between `?2` and `?3`: their names and
/// versions, up to `?4` of them. `?5` is the category, or NULL.
///
/// Names sort by their bytes. Those of a category are its own name and all that begin with it and a
/// dash, so they lie between `category` and `category.`, because the point follows the dash.
const STREAMS: &str = "
    SELECT s.name, max(
        coalesce((SELECT max(last_version) FROM stream_batches WHERE stream_key = s.stream_key), 0),
        coalesce((SELECT max(last_version) FROM recent_batches WHERE stream_key = s.stream_key), 0))
    FROM streams AS s
    WHERE s.name > ?1 AND s.name >= ?2 AND (?3 IS NULL OR s.name < ?3)
        AND (?5 IS NULL OR s.name = ?5 OR substr(s.name, length(?5) + 1, 1) = '-')
    ORDER BY s.name ASC LIMIT ?4 + 0";

const STREAM: &str = "
    SELECT s.name, max(
        coalesce((SELECT max(last_version) FROM stream_batches WHERE stream_key = s.stream_key), 0),
        coalesce((SELECT max(last_version) FROM recent_batches WHERE stream_key = s.stream_key), 0))
    FROM streams AS s WHERE s.name = ?1";

impl SqliteStore {
    pub(crate) async fn end_of_log(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(HEAD)
            .bind(0_i64)
            .fetch_one(&mut reader.connection)
            .await;
        let position = row.map_err(ReadError::from).and_then(|row| {
            let position: Option<i64> = row.try_get_unchecked(0)?;
            let position = position.map(GlobalPosition::try_from).transpose();
            position.map_err(|e| ReadError::Damaged(e.to_string()))
        });
        let position = position.map_err(|error| self.failed(error))?;
        reader.give_back();
        Ok(position)
    }

    pub(crate) async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let mut reader = self.reader().await?;
        let event = event(&mut reader.connection, id).await;
        let event = event.map_err(|error| self.failed(error))?;
        reader.give_back();
        Ok(event)
    }

    pub(crate) async fn version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query(STREAM)
            .bind(stream.as_str().to_owned())
            .fetch_optional(&mut reader.connection)
            .await;
        let row = row.map_err(|error| self.failed(error.into()))?;
        reader.give_back();
        let summary = row.map(|row| summary(&row)).transpose();
        let summary = summary.map_err(|error| self.failed(error))?;
        Ok(summary.map_or(StreamVersion::EMPTY, |summary| summary.version))
    }

    pub(crate) async fn streams_page(
        &self,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
        let category = query
            .category
            .as_ref()
            .map(|category| category.as_str().to_owned());
        let mut reader = self.reader().await?;
        let rows = sqlx::query(STREAMS)
            .bind(query.after.as_ref().map_or("", StreamId::as_str).to_owned())
            .bind(category.clone().unwrap_or_default())
            .bind(category.as_ref().map(|category| format!("{category}.")))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(category)
            .fetch_all(&mut reader.connection)
            .await;
        let rows = rows.map_err(|error| self.failed(error.into()))?;
        reader.give_back();
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let summary = summary(row).map_err(|error| self.failed(error))?;
            if summary.version == StreamVersion::EMPTY {
                let problem = format!("stream {} has no events", summary.stream);
                return Err(self.failed(ReadError::Damaged(problem)));
            }
            items.push(summary);
        }
        let next = items.last().filter(|_| items.len() >= limit);
        let next = next.map(|last: &StreamSummary| last.stream.clone());
        Ok(StreamsPage { items, next })
    }
}

async fn event(
    connection: &mut SqliteConnection,
    id: EventId,
) -> Result<Option<RecordedEvent>, ReadError> {
    let row = sqlx::query(EVENT)
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let misled = |position| {
        ReadError::Damaged(format!(
            "event id {id} leads to position {position}, which has another event"
        ))
    };
    let position = number(&row, 0)?;
    let text: Option<&[u8]> = row.try_get_unchecked(1)?;
    let text = text.ok_or_else(|| misled(position))?;
    let mut batch = BatchReader::new(Wanted::Positions(position..=position));
    batch.read(text)?;
    let found = batch.finish()?;
    let is_out_of_line = !found.out_of_line.is_empty();
    let event = found.events.into_iter().find(|event| event.id == id);
    let mut event = event.ok_or_else(|| misled(position))?;
    if is_out_of_line {
        event.payload = Bytes::copy_from_slice(bytes(&row, 2)?);
    }
    Ok(Some(event))
}

fn summary(row: &SqliteRow) -> Result<StreamSummary, ReadError> {
    let damage = |e: &dyn std::fmt::Display| ReadError::Damaged(format!("a stream: {e}"));
    Ok(StreamSummary {
        stream: StreamId::new(text(row, 0)?).map_err(|e| damage(&e))?,
        version: StreamVersion::try_from(number(row, 1)?).map_err(|e| damage(&e))?,
    })
}
