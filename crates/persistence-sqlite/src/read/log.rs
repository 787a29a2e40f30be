//! Pages of the whole log.
//!
//! Positions have no holes, so the bounds of a page tell which positions to read. A statement gives
//! them in slices, so that the reader decodes one slice while SQLite concatenates the next.

use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, EventFilter, LogPage, LogQuery};
use shared_kernel::{EventStore, GlobalPosition, RecordedEvent, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::page::{MAX_BYTES, PageEvents, after, complete, max_events, page};
use super::row::{json_list, number};
use crate::codec::reader::{BatchReader, FoundEvents, Wanted};
use crate::error::ReadError;
use crate::store::SqliteStore;

/// The most positions that one page of a filtered read looks at, however few events pass.
const MAX_POSITIONS: usize = 4_096;

/// The batches with the positions from `?1` to `?2`, in slices of 64 positions: the last position
/// of the slice and of all of them, and its batches. A batch has at most 128 events, so the one with
/// position `?2` ends at most 127 positions later. With a list `?3` of event types as JSON strings, only batches in
/// whose text one of them stands.
const SLICES: &str = "
    WITH RECURSIVE
    wanted AS MATERIALIZED (
        SELECT ?1 AS first, coalesce(
            (SELECT min(min(last_position), ?2 + 127) FROM batches WHERE last_position >= ?2),
            (SELECT max(last_position) FROM batches), 0) AS last),
    slices (first, last) AS (
        SELECT first, min(first + 63, last) FROM wanted WHERE first <= last
        UNION ALL
        SELECT s.last + 1, min(s.last + 64, w.last)
        FROM slices AS s, wanted AS w WHERE s.last < w.last)
    SELECT slices.last, (SELECT last FROM wanted), (
        SELECT group_concat(b.events, '') FROM batches AS b
        WHERE b.last_position BETWEEN slices.first AND slices.last
            AND (?3 IS NULL OR EXISTS (
                SELECT 1 FROM json_each(?3) AS t WHERE instr(b.events, t.value))))
    FROM slices";

/// The positions that one page reads, and where the next page begins if it fits into this one.
struct Window {
    first: i64,
    last: i64,
    next: Option<i64>,
}

impl SqliteStore {
    pub(crate) async fn log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let limit = max_events(query.range.direction, query.page_limit());
        if limit == 0 || query.range.from > query.range.to {
            return Ok(LogPage::empty());
        }
        let Some(window) = self.window(query, limit).await? else {
            return Ok(LogPage::empty());
        };
        let mut reader = self.reader().await?;
        let read = read(&mut reader.connection, query, &window, limit).await;
        let (events, next) = read.map_err(|error| self.failed(error))?;
        reader.give_back();
        Ok(page(
            events,
            next,
            query.range.from..=query.range.to,
            query.range.limit,
        ))
    }

    /// The window of a page; `None` where the log has nothing there.
    ///
    /// A page that reads forward without a filter needs no look at the end of the log: it has fewer
    /// events than asked for where the log ends.
    async fn window(&self, query: &LogQuery, limit: usize) -> Result<Option<Window>, StoreError> {
        let is_filtered = query.filter != EventFilter::default();
        let size = if is_filtered { MAX_POSITIONS } else { limit };
        let span = i64::try_from(size).unwrap_or(i64::MAX) - 1;
        let first = query.range.from.as_i64().max(1);
        let mut last = query.range.to.as_i64();
        if is_filtered || query.range.direction == Direction::Backward {
            last = last.min(self.head().await?.map_or(0, GlobalPosition::as_i64));
        }
        if first > last {
            return Ok(None);
        }
        Ok(Some(match query.range.direction {
            Direction::Forward => {
                let end = first.saturating_add(span).min(last);
                Window {
                    first,
                    last: end,
                    next: end.checked_add(1).filter(|next| *next <= last),
                }
            }
            Direction::Backward => {
                let begin = last.saturating_sub(span).max(first);
                Window {
                    first: begin,
                    last,
                    next: (begin > first).then_some(begin - 1),
                }
            }
        }))
    }
}

/// The events of a page, and where the next one begins.
async fn read(
    connection: &mut SqliteConnection,
    query: &LogQuery,
    window: &Window,
    limit: usize,
) -> Result<(Vec<RecordedEvent>, Option<i64>), ReadError> {
    let is_filtered = query.filter != EventFilter::default();
    let Slices {
        mut found,
        looked_to,
        end,
    } = read_slices(connection, query, window).await?;
    if is_filtered {
        found
            .events
            .retain(|event| query.filter.accepts(&event.stream, &event.event_type));
    } else {
        check_contiguous(&found, window.first, end.min(looked_to))?;
    }
    let PageEvents { events, is_cut } =
        complete(connection, query.range.direction, found, limit).await?;
    let log_ends = match events.last() {
        Some(last) => last.position.as_i64() < window.last,
        None => true,
    };
    let next = match events.last() {
        Some(last) if is_cut => after(query.range.direction, last.position.as_i64()),
        _ if looked_to < window.last => Some(looked_to + 1),
        _ if !is_filtered && query.range.direction == Direction::Forward && log_ends => None,
        _ => window.next,
    };
    Ok((events, next))
}

/// The events of a window.
struct Slices {
    found: FoundEvents,
    /// The last position that was read.
    looked_to: i64,
    /// The last position that the log has in the window.
    end: i64,
}

/// Reads the slices of a window, up to the size of a page.
async fn read_slices(
    connection: &mut SqliteConnection,
    query: &LogQuery,
    window: &Window,
) -> Result<Slices, ReadError> {
    let types = &query.filter.event_types;
    let types = types
        .iter()
        .map(|name| serde_json::Value::from(name.as_str()).to_string());
    let types = (!query.filter.event_types.is_empty()).then(|| json_list(types));
    let mut rows = sqlx::query(SLICES)
        .bind(window.first)
        .bind(window.last)
        .bind(types)
        .fetch(connection);
    let mut batches = BatchReader::new(Wanted::Positions(window.first..=window.last));
    let mut size = 0;
    let mut looked_to = window.last;
    let mut end = 0;
    while let Some(row) = rows.try_next().await? {
        let text: Option<&[u8]> = row.try_get_unchecked(2)?;
        let text = text.unwrap_or_default();
        batches.read(text)?;
        end = number(&row, 1)?.min(window.last);
        size += text.len();
        if size >= MAX_BYTES && query.range.direction == Direction::Forward {
            looked_to = number(&row, 0)?.min(window.last);
            break;
        }
    }
    drop(rows);
    Ok(Slices {
        found: batches.finish()?,
        looked_to,
        end,
    })
}

fn check_contiguous(found: &FoundEvents, first: i64, last: i64) -> Result<(), ReadError> {
    let mut positions = found.events.iter().map(|event| event.position.as_i64());
    match (first..=last).find(|expected| positions.next() != Some(*expected)) {
        Some(missing) => Err(ReadError::Damaged(format!("position {missing} is missing"))),
        None => Ok(()),
    }
}
