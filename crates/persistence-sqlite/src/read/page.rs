//! What pages of a stream and of the log share: out-of-line payloads, and where a page ends.

use std::ops::RangeInclusive;

use bytes::Bytes;
use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, Page};
use shared_kernel::{GlobalPosition, RecordedEvent};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::row::{json_list, number};
use crate::codec::reader::FoundEvents;
use crate::error::ReadError;

/// The most events of a page read forward, whatever was asked for.
pub(super) const MAX_EVENTS: usize = 4_096;

/// The most events of a page read backward, which is not cut by its size.
pub(super) const MAX_EVENTS_BACKWARD: usize = 1_024;

/// A page ends once it has so many bytes, of batches or of out-of-line payloads.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The out-of-line payloads at the positions of the list `?1`.
const PAYLOADS: &str = "
    SELECT last_position, payload FROM batches
    WHERE last_position IN (SELECT value + 0 FROM json_each(?1))
    ORDER BY last_position * ?2 ASC";

/// The events of a page, in its direction.
pub(super) struct PageEvents {
    pub(super) events: Vec<RecordedEvent>,
    /// Whether more events were found than the page has room for.
    pub(super) is_cut: bool,
}

/// The most events of a page that asks for `asked_for`.
pub(super) fn max_events(direction: Direction, asked_for: usize) -> usize {
    match direction {
        Direction::Forward => asked_for.min(MAX_EVENTS),
        Direction::Backward => asked_for.min(MAX_EVENTS_BACKWARD),
    }
}

/// The first `limit` events in the direction of the page, with their payloads.
pub(super) async fn complete(
    connection: &mut SqliteConnection,
    direction: Direction,
    found: FoundEvents,
    limit: usize,
) -> Result<PageEvents, ReadError> {
    let FoundEvents {
        mut events,
        out_of_line,
        ..
    } = found;
    if direction == Direction::Backward {
        events.reverse();
    }
    let mut is_cut = events.len() > limit;
    events.truncate(limit);
    if !out_of_line.is_empty() {
        is_cut |= add_payloads(connection, direction, &mut events, out_of_line).await?;
    }
    Ok(PageEvents { events, is_cut })
}

/// Reads the out-of-line payloads, up to the size of a page. Returns whether that cut the page.
async fn add_payloads(
    connection: &mut SqliteConnection,
    direction: Direction,
    events: &mut Vec<RecordedEvent>,
    mut positions: Vec<GlobalPosition>,
) -> Result<bool, ReadError> {
    let index_of = |events: &[RecordedEvent], position: GlobalPosition| match direction {
        Direction::Forward => events.binary_search_by(|event| event.position.cmp(&position)),
        Direction::Backward => events.binary_search_by(|event| position.cmp(&event.position)),
    };
    positions.retain(|position| index_of(events, *position).is_ok());
    let sign = match direction {
        Direction::Forward => 1_i64,
        Direction::Backward => -1,
    };
    let mut rows = sqlx::query(PAYLOADS)
        .bind(json_list(positions.iter().map(GlobalPosition::to_string)))
        .bind(sign)
        .fetch(connection);
    let mut size = 0_usize;
    for _ in &positions {
        let missing = || ReadError::Damaged("an out-of-line payload is missing".to_owned());
        let row = rows.try_next().await?.ok_or_else(missing)?;
        let position = GlobalPosition::try_from(number(&row, 0)?);
        let position = position.map_err(|e| ReadError::Damaged(e.to_string()))?;
        let payload: Option<&[u8]> = row.try_get_unchecked(1)?;
        let index = index_of(events, position).map_err(|_| missing())?;
        events[index].payload = Bytes::copy_from_slice(payload.ok_or_else(missing)?);
        size = size.saturating_add(events[index].payload.len());
        if size >= MAX_BYTES {
            let is_cut = index + 1 < events.len();
            events.truncate(index + 1);
            return Ok(is_cut);
        }
    }
    Ok(false)
}

/// The number after `number` in a direction.
pub(super) fn after(direction: Direction, number: i64) -> Option<i64> {
    match direction {
        Direction::Forward => number.checked_add(1),
        Direction::Backward => number.checked_sub(1).filter(|number| *number > 0),
    }
}

/// A page of `events`, and where the next one begins, if that is within the bounds and the limit.
pub(super) fn page<P: TryFrom<i64> + PartialOrd>(
    events: Vec<RecordedEvent>,
    next: Option<i64>,
    bounds: RangeInclusive<P>,
    limit: Option<u64>,
) -> Page<RecordedEvent, P> {
    let got = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let is_reached = limit.is_some_and(|limit| got >= limit);
    let next = next.and_then(|next| P::try_from(next).ok());
    Page {
        items: events,
        next: next.filter(|next| !is_reached && bounds.contains(next)),
    }
}
