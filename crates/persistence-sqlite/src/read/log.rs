//! Pages of the whole log.
//!
//! Positions have no holes, so the bounds of a page and the end of the log give its positions.

use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, EventFilter, LogPage, LogQuery};
use shared_kernel::{GlobalPosition, RecordedEvent};

use super::lookup;
use super::page::{MAX_EVENTS, check_contiguous, page};
use super::readers::{Reader, Readers};
use super::row::{get_optional, json_list};
use crate::codec::reader::{BatchReader, FoundEvents, Wanted};
use crate::error::FileError;

/// The batches with the positions from `?1` to `?2`, in slices of 64 positions, so that the reader
/// decodes one slice while SQLite concatenates the next. A batch has at most 128 events, so the one
/// with position `?2` ends at most 127 positions later. With a list `?3` of event types as JSON
/// strings, only batches with one of them in their text.
const SLICES: &str = "
    WITH RECURSIVE slices (first, last, final) AS (
        SELECT ?1, min(?1 + 63, final), final FROM (
            SELECT min(min(last_position), ?2 + 127) AS final FROM batches WHERE last_position >= ?2)
        UNION ALL
        SELECT last + 1, min(last + 64, final), final FROM slices WHERE last < final)
    SELECT (
        SELECT group_concat(b.events, '') FROM batches AS b
        WHERE b.last_position BETWEEN slices.first AND slices.last
            AND (?3 IS NULL OR EXISTS (
                SELECT 1 FROM json_each(?3) AS t WHERE instr(b.events, t.value))))
    FROM slices";

/// Reads a page of the log.
pub(crate) async fn read(readers: &Readers, query: &LogQuery) -> Result<LogPage, FileError> {
    let range = &query.range;
    let limit = query.page_limit().min(MAX_EVENTS);
    let head = lookup::head(readers)
        .await?
        .map_or(0, GlobalPosition::as_i64);
    let (low, high) = (range.from.as_i64().max(1), range.to.as_i64().min(head));
    if limit == 0 || low > high {
        return Ok(LogPage::empty());
    }
    let is_filtered = query.filter != EventFilter::default();
    let size = if is_filtered { MAX_EVENTS } else { limit };
    let steps = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let (first, last, next) = match range.direction {
        Direction::Forward => {
            let last = low.saturating_add(steps).min(high);
            (low, last, last.checked_add(1).filter(|next| *next <= high))
        }
        Direction::Backward => {
            let first = high.saturating_sub(steps).max(low);
            (first, high, (first > low).then_some(first - 1))
        }
    };
    let mut reader = readers.acquire().await?;
    let mut found = read_slices(&mut reader, query, first, last).await?;
    if is_filtered {
        found
            .events
            .retain(|event| query.filter.accepts(&event.stream, &event.event_type));
    } else {
        let positions = found.events.iter().map(|event| event.position.as_i64());
        check_contiguous("position", first, positions.chain([last.saturating_add(1)]))?;
    }
    let number = |event: &RecordedEvent| event.position.as_i64();
    let connection = &mut reader.connection;
    let page = page(connection, found, (range, range.from), limit, next, number).await?;
    reader.give_back();
    Ok(page)
}

async fn read_slices(
    reader: &mut Reader<'_>,
    query: &LogQuery,
    first: i64,
    last: i64,
) -> Result<FoundEvents, FileError> {
    let types = &query.filter.event_types;
    let names = types
        .iter()
        .map(|name| serde_json::Value::from(name.as_str()).to_string());
    let mut rows = sqlx::query(SLICES)
        .bind(first)
        .bind(last)
        .bind((!types.is_empty()).then(|| json_list(names)))
        .fetch(&mut reader.connection);
    let mut batches = BatchReader::new(Wanted::Positions(first..=last));
    while let Some(row) = rows.try_next().await? {
        batches.read(get_optional::<&[u8]>(&row, 0)?.unwrap_or_default())?;
    }
    batches.finish()
}
