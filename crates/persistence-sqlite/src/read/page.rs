//! The end of a page, and its out-of-line payloads: the same for a stream and for the log.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use bytes::Bytes;
use futures_util::TryStreamExt;
use shared_kernel::{Direction, GlobalPosition, Page, RecordedEvent};
use sqlx::sqlite::SqliteConnection;

use super::row::{get, get_optional, json_list};
use crate::codec::reader::FoundEvents;
use crate::error::FileError;

/// The most events of a page, and the most positions that it looks at.
pub(super) const MAX_EVENTS: usize = 512;

/// A page ends once its out-of-line payloads have this many bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The out-of-line payloads at the positions of the list `?1`, downwards if `?2`.
const PAYLOADS: &str = "
    SELECT last_position, payload FROM batches
    WHERE last_position IN (SELECT value + 0 FROM json_each(?1))
    ORDER BY iif(?2, -last_position, last_position) ASC";

/// The events of a page, in its direction.
pub(super) struct PageEvents {
    pub(super) events: Vec<RecordedEvent>,
    /// Whether more events were found than the page has room for.
    pub(super) is_cut: bool,
}

/// The first `limit` events in the direction of the page, with their payloads.
pub(super) async fn complete(
    connection: &mut SqliteConnection,
    direction: Direction,
    found: FoundEvents,
    limit: usize,
) -> Result<PageEvents, FileError> {
    let mut events = found.events;
    if direction == Direction::Backward {
        events.reverse();
    }
    let mut is_cut = events.len() > limit;
    events.truncate(limit);
    if !found.out_of_line.is_empty() {
        let before = events.len();
        add_payloads(connection, direction, &mut events, &found.out_of_line).await?;
        is_cut |= events.len() < before;
    }
    Ok(PageEvents { events, is_cut })
}

/// Reads the out-of-line payloads. It drops the events after those that reach the size of a page.
async fn add_payloads(
    connection: &mut SqliteConnection,
    direction: Direction,
    events: &mut Vec<RecordedEvent>,
    out_of_line: &HashSet<GlobalPosition>,
) -> Result<(), FileError> {
    let positions = events.iter().map(|event| event.position);
    let positions = positions.filter(|position| out_of_line.contains(position));
    let mut rows = sqlx::query(PAYLOADS)
        .bind(json_list(positions.map(|position| position.to_string())))
        .bind(direction == Direction::Backward)
        .fetch(connection);
    let mut size = 0;
    for (index, event) in events.iter_mut().enumerate() {
        if !out_of_line.contains(&event.position) {
            continue;
        }
        let payload = match rows.try_next().await? {
            Some(row) if get::<i64>(&row, 0)? == event.position.as_i64() => {
                get_optional::<&[u8]>(&row, 1)?.map(Bytes::copy_from_slice)
            }
            _ => None,
        };
        event.payload = payload.ok_or_else(|| {
            let position = event.position;
            FileError::Damaged(format!("the payload of the event at {position} is missing"))
        })?;
        size += event.payload.len();
        if size >= MAX_BYTES {
            events.truncate(index + 1);
            break;
        }
    }
    Ok(())
}

/// Checks that `numbers`, which are `name`s, are all numbers from `first` on. Example: 7, 8, 10 from
/// 7 on is damage, because 9 is missing.
pub(super) fn check_contiguous(
    name: &str,
    first: i64,
    numbers: impl Iterator<Item = i64>,
) -> Result<(), FileError> {
    match (first..=i64::MAX)
        .zip(numbers)
        .find(|(expected, found)| expected != found)
    {
        Some((missing, _)) => Err(FileError::Damaged(format!("{name} {missing} is missing"))),
        None => Ok(()),
    }
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
