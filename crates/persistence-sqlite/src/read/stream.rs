//! Pages of a stream, with or without a snapshot before it.

use shared_kernel::RecordedEvent;
use shared_kernel::snapshot::{SnapshotAndTail, SnapshotQuery, StateSchema};
use shared_kernel::store::{Direction, StreamPage, StreamQuery};
use sqlite_file::{FileError, Readers, get_optional};

use super::page::{MAX_EVENTS, check_contiguous, page};
use super::row::snapshot;
use crate::codec::reader::{BatchReader, Wanted};

/// Up to `?4` versions of the stream `?1` between `?2` and `?3`: the lowest of them, or the highest
/// if `?6`. They begin at the newest snapshot of the schema `?5`, if there is one.
///
/// Columns: version, time and payload of the snapshot; the first and the last wanted version; the
/// texts of the batches with these versions; the last version of each batch by the stream index.
/// The last batch is the first that ends at or after the last wanted version; it has at most 128
/// events, so it ends at most 127 versions later.
const PAGE: &str = "
    WITH newest AS MATERIALIZED (
        SELECT version, taken_at, payload FROM snapshots
        WHERE stream = ?1 AND schema = ?5 AND version <= ?3
        ORDER BY version DESC LIMIT 1),
    bounds AS MATERIALIZED (
        SELECT stream_key, max(coalesce((SELECT version FROM newest), ?2), 1) AS low,
            iif(?6, min(?3, version), ?3) AS high
        FROM stream_versions WHERE name = ?1),
    wanted AS MATERIALIZED (
        SELECT stream_key, iif(?6, max(low, high - ?4 + 1), low) AS first,
            iif(?6, high, min(high, low + ?4 - 1)) AS last
        FROM bounds),
    found AS MATERIALIZED (
        SELECT i.last_version, i.last_position FROM wanted AS w CROSS JOIN stream_index AS i
            ON i.stream_key = w.stream_key AND i.last_version BETWEEN w.first AND w.last + 127)
    SELECT
        (SELECT version FROM newest), (SELECT taken_at FROM newest), (SELECT payload FROM newest),
        (SELECT first FROM wanted), (SELECT last FROM wanted),
        group_concat(b.events, ''), group_concat(f.last_version, ',')
    FROM found AS f LEFT JOIN batches AS b ON b.last_position = f.last_position
    WHERE f.last_version <= coalesce(
        (SELECT min(last_version) FROM found WHERE last_version >= (SELECT last FROM wanted)),
        f.last_version)";

/// Reads a page of a stream.
pub(crate) async fn read(readers: &Readers, query: &StreamQuery) -> Result<StreamPage, FileError> {
    Ok(read_page(readers, query, None).await?.tail)
}

/// Reads the newest snapshot and the events after it.
pub(crate) async fn read_from_snapshot(
    readers: &Readers,
    query: &SnapshotQuery,
) -> Result<SnapshotAndTail, FileError> {
    read_page(readers, &query.tail(None), Some(&query.schema)).await
}

async fn read_page(
    readers: &Readers,
    query: &StreamQuery,
    schema: Option<&StateSchema>,
) -> Result<SnapshotAndTail, FileError> {
    let StreamQuery { stream, range } = query;
    let limit = query.page_limit().min(MAX_EVENTS);
    if limit == 0 || range.from > range.to {
        return Ok(SnapshotAndTail {
            snapshot: None,
            tail: StreamPage::empty(),
        });
    }
    let mut reader = readers.acquire().await?;
    // One event more than the page has tells whether there is another page.
    let size = i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1;
    let row = sqlx::query(PAGE)
        .bind(stream.as_str().to_owned())
        .bind(range.from.as_i64())
        .bind(range.to.as_i64())
        .bind(size)
        .bind(schema.map(|schema| schema.as_str().to_owned()))
        .bind(range.direction == Direction::Backward)
        .fetch_one(&mut reader.connection)
        .await?;
    let snapshot = match schema {
        Some(schema) => snapshot(&row, stream, schema)?,
        None => None,
    };
    let first = get_optional::<i64>(&row, 3)?.unwrap_or(1);
    let last = get_optional::<i64>(&row, 4)?.unwrap_or(0);
    let mut batches = BatchReader::new(Wanted::Versions(stream.clone(), first..=last));
    batches.read(get_optional::<&[u8]>(&row, 5)?.unwrap_or_default())?;
    let found = batches.finish()?;
    let indexed = get_optional::<&str>(&row, 6)?.unwrap_or_default();
    let indexed = indexed
        .split_terminator(',')
        .map(|version| version.parse().ok());
    if !indexed.eq(found.last_versions.iter().copied().map(Some)) {
        let problem =
            format!("the index of stream {stream} does not have the versions of its batches");
        return Err(FileError::Damaged(problem));
    }
    let versions = found.events.iter().map(|event| event.version.as_i64());
    check_contiguous(&format!("stream {stream}, version"), first, versions)?;
    let from = snapshot.as_ref().map_or(range.from, |taken| taken.version);
    let number = |event: &RecordedEvent| event.version.as_i64();
    let connection = &mut reader.connection;
    let tail = page(connection, found, (range, from), limit, None, number).await?;
    reader.give_back();
    Ok(SnapshotAndTail { snapshot, tail })
}
