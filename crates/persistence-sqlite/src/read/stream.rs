//! Pages of a stream, with or without a snapshot before it.

use async_trait::async_trait;
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::store::{Direction, StreamPage, StreamQuery};
use shared_kernel::{RecordedEvent, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::page::{PageEvents, after, complete, max_events, page};
use super::row::number;
use crate::codec::reader::{BatchReader, Wanted};
use crate::error::ReadError;
use crate::snapshots::snapshot_in;
use crate::store::SqliteStore;

/// The most batches of one page. One statement concatenates all of them.
const MAX_BATCHES: usize = 512;

/// The newest snapshot of the schema `?5` at or below version `?3`, and the batches of the stream
/// `?1` with up to `?4` versions from that snapshot, or from version `?2`, up to `?3`.
const FORWARD: &str = "
    WITH newest AS MATERIALIZED (
        SELECT version, taken_at, payload FROM snapshots
        WHERE stream = ?1 AND schema = ?5 AND version <= ?3
        ORDER BY version DESC LIMIT 1),
    wanted AS MATERIALIZED (
        SELECT s.stream_key, f.first, min(?3, f.first + ?4 - 1) AS last
        FROM streams AS s, (SELECT max(coalesce((SELECT version FROM newest), ?2), 1) AS first) AS f
        WHERE s.name = ?1),
    found (last_version, last_position) AS MATERIALIZED (
        SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN stream_batches AS i
            ON i.stream_key = w.stream_key AND i.last_version BETWEEN w.first AND w.last
        UNION ALL
        SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN recent_batches AS i
            ON i.stream_key = w.stream_key AND i.last_version BETWEEN w.first AND w.last
        UNION ALL
        SELECT * FROM (
            SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN stream_batches AS i
                ON i.stream_key = w.stream_key AND i.last_version > w.last
            UNION ALL
            SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN recent_batches AS i
                ON i.stream_key = w.stream_key AND i.last_version > w.last
            ORDER BY 1 ASC LIMIT 1))
    SELECT
        (SELECT version FROM newest), (SELECT taken_at FROM newest), (SELECT payload FROM newest),
        (SELECT group_concat(b.events, '')
            FROM (SELECT last_position FROM found ORDER BY last_version ASC LIMIT ?6) AS f
            CROSS JOIN batches AS b ON b.last_position = f.last_position),
        (SELECT count(*) FROM (SELECT 1 FROM found LIMIT ?6 + 1))";

/// The batches of the stream `?1` with up to `?4` versions from `?3`, or from the last one, down to
/// `?2`. Both return how many batches the index has there, too, up to one more than `?6`.
const BACKWARD: &str = "
    WITH ends AS MATERIALIZED (
        SELECT s.stream_key, min(?3, max(
            coalesce((SELECT max(last_version) FROM stream_batches
                WHERE stream_key = s.stream_key), 0),
            coalesce((SELECT max(last_version) FROM recent_batches
                WHERE stream_key = s.stream_key), 0))) AS last
        FROM streams AS s WHERE s.name = ?1),
    wanted AS MATERIALIZED (
        SELECT stream_key, max(?2, last - ?4 + 1, 1) AS first, last FROM ends),
    found (last_version, last_position) AS MATERIALIZED (
        SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN stream_batches AS i
            ON i.stream_key = w.stream_key AND i.last_version BETWEEN w.first AND w.last
        UNION ALL
        SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN recent_batches AS i
            ON i.stream_key = w.stream_key AND i.last_version BETWEEN w.first AND w.last
        UNION ALL
        SELECT * FROM (
            SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN stream_batches AS i
                ON i.stream_key = w.stream_key AND i.last_version > w.last
            UNION ALL
            SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN recent_batches AS i
                ON i.stream_key = w.stream_key AND i.last_version > w.last
            ORDER BY 1 ASC LIMIT 1))
    SELECT NULL, NULL, NULL,
        (SELECT group_concat(b.events, '')
            FROM (SELECT last_position FROM found ORDER BY last_version DESC LIMIT ?6) AS f
            CROSS JOIN batches AS b ON b.last_position = f.last_position),
        (SELECT count(*) FROM (SELECT 1 FROM found LIMIT ?6 + 1))
    WHERE ?5 IS NULL";

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let whole = query.tail(None);
        let (snapshot, tail) = self.read_page(&whole, Some(&query.schema)).await?;
        Ok(SnapshotAndTail { snapshot, tail })
    }
}

impl SqliteStore {
    pub(crate) async fn stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let (_, page) = self.read_page(query, None).await?;
        Ok(page)
    }

    async fn read_page(
        &self,
        query: &StreamQuery,
        schema: Option<&StateSchema>,
    ) -> Result<(Option<SnapshotRecord>, StreamPage), StoreError> {
        let limit = max_events(query.range.direction, query.page_limit());
        if limit == 0 || query.range.from > query.range.to {
            return Ok((None, StreamPage::empty()));
        }
        let mut reader = self.reader().await?;
        let read = read(&mut reader.connection, query, schema, limit).await;
        let read = read.map_err(|error| self.failed(error))?;
        reader.give_back();
        Ok(read)
    }
}

async fn read(
    connection: &mut SqliteConnection,
    query: &StreamQuery,
    schema: Option<&StateSchema>,
    limit: usize,
) -> Result<(Option<SnapshotRecord>, StreamPage), ReadError> {
    let StreamQuery { stream, range } = query;
    let direction = range.direction;
    let statement = match direction {
        Direction::Forward => FORWARD,
        Direction::Backward => BACKWARD,
    };
    let size = i64::try_from(limit).unwrap_or(i64::MAX);
    let row = sqlx::query(statement)
        .bind(stream.as_str().to_owned())
        .bind(range.from.as_i64())
        .bind(range.to.as_i64())
        .bind(size)
        .bind(schema.map(|schema| schema.as_str().to_owned()))
        .bind(i64::try_from(MAX_BATCHES).unwrap_or(i64::MAX))
        .fetch_one(&mut *connection)
        .await?;
    let snapshot = match schema {
        Some(schema) => snapshot_in(&row, 0, stream, schema)?,
        None => None,
    };
    let from = snapshot
        .as_ref()
        .map_or(range.from, |snapshot| snapshot.version);
    let versions = from.as_i64()..=range.to.as_i64();
    let mut batches = BatchReader::new(Wanted::Versions(stream.clone(), versions));
    batches.read(
        row.try_get_unchecked::<Option<&[u8]>, _>(3)?
            .unwrap_or_default(),
    )?;
    let found = batches.finish()?;
    check_contiguous(&found.events)?;
    if let (Direction::Forward, Some(first)) = (direction, found.events.first())
        && first.version.as_i64() != from.as_i64().max(1)
    {
        let version = from.as_i64().max(1);
        let problem = format!("version {version} of stream {stream} is missing");
        return Err(ReadError::Damaged(problem));
    }
    let indexed = usize::try_from(number(&row, 4)?).unwrap_or(0);
    let missing = indexed.min(MAX_BATCHES).saturating_sub(found.batches);
    let last = match direction {
        Direction::Forward => (from.as_i64().max(1))
            .saturating_add(size - 1)
            .min(range.to.as_i64()),
        Direction::Backward => range.to.as_i64(),
    };
    let is_whole = found
        .events
        .last()
        .is_some_and(|event| event.version.as_i64() >= last);
    // Only the batch after the wanted versions may be missing: the next page will meet it.
    if missing > usize::from(is_whole) {
        let problem = format!("the index of stream {stream} leads to a batch that is missing");
        return Err(ReadError::Damaged(problem));
    }
    let is_full = indexed > MAX_BATCHES || missing > 0;
    let PageEvents { events, is_cut } = complete(connection, direction, found, limit).await?;
    let last = events
        .last()
        .filter(|_| is_cut || is_full || direction == Direction::Backward);
    let next = last.and_then(|last| after(direction, last.version.as_i64()));
    let page = page(events, next, from..=range.to, range.limit);
    Ok((snapshot, page))
}

fn check_contiguous(events: &[RecordedEvent]) -> Result<(), ReadError> {
    let gap = events
        .windows(2)
        .find(|pair| pair[0].version.next() != Some(pair[1].version));
    match gap {
        Some(pair) => Err(ReadError::Damaged(format!(
            "stream {} has version {} right after version {}",
            pair[1].stream, pair[1].version, pair[0].version
        ))),
        None => Ok(()),
    }
}
