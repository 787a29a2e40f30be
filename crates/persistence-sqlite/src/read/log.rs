//! Pages of the whole log.
//!
//! Positions have no holes, so the bounds of a page and the end of the log give its positions.

use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, EventFilter, LogPage, LogQuery};
use shared_kernel::{GlobalPosition, RecordedEvent};
use sqlite_file::{FileError, Reader, Readers, get, get_optional};

use super::lookup;
use super::page::{MAX_BYTES, MAX_EVENTS, check_contiguous, page};
use super::row::json_list;
use crate::codec::reader::{BatchReader, FoundEvents, Wanted};

/// The most positions that a forward page looks at. It also ends after [`MAX_BYTES`] of text.
const MAX_POSITIONS: usize = 4_096;

/// The batches with the positions from `?1` to `?2`, in slices of 256 positions, so that the reader
/// decodes one slice while SQLite concatenates the next. A batch has at most 128 events, so the one
/// with position `?2` ends at most 127 positions later. With an event type `?3` as a JSON
/// string, only batches with it or with one of the list `?4` in their text. A list alone would be
/// parsed for each batch, which takes as long as the search.
///
/// Columns: the last position up to which the rows so far have all events, and the text of the
/// slice. A batch is in the slice in which it ends. So a slice up to 256 is complete up to 254 if
/// the next batch has the positions 255 to 257.
const SLICES: &str = "
    WITH RECURSIVE slices (first, last, final) AS (
        SELECT ?1, min(?1 + 255, final), final FROM (
            SELECT min(min(last_position), ?2 + 127) AS final FROM batches WHERE last_position >= ?2)
        UNION ALL
        SELECT last + 1, min(last + 256, final), final FROM slices WHERE last < final)
    SELECT (SELECT max(last_position) FROM batches WHERE last_position <= slices.last), (
        SELECT group_concat(b.events, '') FROM batches AS b
        WHERE b.last_position BETWEEN slices.first AND slices.last
            AND (?3 IS NULL OR instr(b.events, ?3) OR ?4 IS NOT NULL AND EXISTS (
                SELECT 1 FROM json_each(?4) AS t WHERE instr(b.events, t.value))))
    FROM slices";

/// Reads a page of the log.
pub(crate) async fn read(readers: &Readers, query: &LogQuery) -> Result<LogPage, FileError> {
    let range = &query.range;
    let most = match range.direction {
        Direction::Forward => MAX_POSITIONS,
        Direction::Backward => MAX_EVENTS,
    };
    let limit = query.page_limit().min(most);
    let head = lookup::head(readers)
        .await?
        .map_or(0, GlobalPosition::as_i64);
    let (low, high) = (range.from.as_i64().max(1), range.to.as_i64().min(head));
    if limit == 0 || low > high {
        return Ok(LogPage::empty());
    }
    let is_filtered = query.filter != EventFilter::default();
    let size = if is_filtered { most } else { limit };
    let steps = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let (first, last) = match range.direction {
        Direction::Forward => (low, low.saturating_add(steps).min(high)),
        Direction::Backward => (high.saturating_sub(steps).max(low), high),
    };
    let mut reader = readers.acquire().await?;
    let (mut found, last) = read_slices(&mut reader, query, first, last).await?;
    let next = match range.direction {
        Direction::Forward => last.checked_add(1).filter(|next| *next <= high),
        Direction::Backward => (first > low).then_some(first - 1),
    };
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

/// The events with the positions from `first` to `last`, and the last position that was read: a
/// forward page ends before `last` with its bytes, or with enough events that pass the filter.
async fn read_slices(
    reader: &mut Reader<'_>,
    query: &LogQuery,
    first: i64,
    last: i64,
) -> Result<(FoundEvents, i64), FileError> {
    let types = &query.filter.event_types;
    let mut names = types
        .iter()
        .map(|name| serde_json::Value::from(name.as_str()).to_string());
    let first_name = names.next();
    let mut rows = sqlx::query(SLICES)
        .bind(first)
        .bind(last)
        .bind(first_name)
        .bind((types.len() > 1).then(|| json_list(names)))
        .fetch(&mut reader.connection);
    let mut batches = BatchReader::new(Wanted::Positions(first..=last));
    let filter = &query.filter;
    let is_filtered = *filter != EventFilter::default();
    let (mut read_to, mut size) = (last, 0);
    let (mut seen, mut passed) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        let text = get_optional::<&[u8]>(&row, 1)?.unwrap_or_default();
        batches.read(text)?;
        size += text.len();
        let new = &batches.events()[seen..];
        seen += new.len();
        if is_filtered {
            let new = new.iter();
            let new = new.filter(|it| filter.accepts(&it.stream, &it.event_type));
            passed += new.count();
        }
        let is_full = size >= MAX_BYTES || passed >= query.page_limit();
        if is_full && query.range.direction == Direction::Forward {
            read_to = last.min(get(&row, 0)?);
            break;
        }
    }
    let mut found = batches.finish()?;
    // The last batch of all ends after the wanted positions.
    found
        .events
        .retain(|event| event.position.as_i64() <= read_to);
    Ok((found, read_to))
}
