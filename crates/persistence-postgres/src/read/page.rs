//! The end of a page and its large payloads: the same for a stream and for the log.

use bytes::Bytes;
use postgres_database::{Database, DatabaseError};
use shared_kernel::store::{Direction, Page, ReadRange};
use shared_kernel::{GlobalPosition, RecordedEvent};
use sqlx::Row;

use super::row::EventRows;

/// The most events of a page.
pub(crate) const MAX_EVENTS: usize = 4_096;

/// A page ends once its large payloads have this many bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

const PAYLOAD: &str = "SELECT payload FROM annals.events WHERE position = $1";

/// The page of a `range` from `from` on with up to `limit` of the events that were found. If more
/// were found, the next page begins after the last one of them, by its `number`; otherwise at
/// `next`.
pub(crate) async fn page<P: Copy + PartialOrd + TryFrom<i64>>(
    database: &Database,
    EventRows {
        mut events, large, ..
    }: EventRows,
    (range, from): (&ReadRange<P>, P),
    limit: usize,
    next: Option<i64>,
    number: fn(&RecordedEvent) -> i64,
) -> Result<Page<RecordedEvent, P>, DatabaseError> {
    let before = events.len();
    events.truncate(limit);
    if !large.is_empty() {
        add_payloads(database, &mut events, &large).await?;
    }
    let next = match (events.last(), range.direction) {
        (Some(last), Direction::Forward) if events.len() < before => number(last).checked_add(1),
        (Some(last), Direction::Backward) if events.len() < before => number(last).checked_sub(1),
        _ => next,
    };
    let got = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let is_reached = range.limit.is_some_and(|limit| got >= limit);
    let next = next.filter(|next| *next > 0 && !is_reached);
    let next = next.and_then(|next| P::try_from(next).ok());
    Ok(Page {
        items: events,
        next: next.filter(|next| (from..=range.to).contains(next)),
    })
}

/// Reads the large payloads. It drops the events after those that reach the size of a page.
async fn add_payloads(
    database: &Database,
    events: &mut Vec<RecordedEvent>,
    large: &[GlobalPosition],
) -> Result<(), DatabaseError> {
    let mut size = 0;
    for index in 0..events.len() {
        let position = events[index].position;
        if !large.contains(&position) {
            continue;
        }
        events[index].payload = payload(database, position).await?;
        size += events[index].payload.len();
        if size >= MAX_BYTES {
            events.truncate(index + 1);
            break;
        }
    }
    Ok(())
}

/// The payload of the event at a position.
pub(crate) async fn payload(
    database: &Database,
    position: GlobalPosition,
) -> Result<Bytes, DatabaseError> {
    let rows = database
        .rows(|| sqlx::query(PAYLOAD).bind(position.as_i64()))
        .await?;
    let row = rows.first().ok_or_else(|| {
        DatabaseError::Damaged(format!("the event at position {position} is missing"))
    })?;
    Ok(Bytes::copy_from_slice(row.try_get(0)?))
}

/// Checks that `numbers`, which are `name`s, are all numbers from `first` on. Example: 7, 8, 10
/// from 7 on is damage, because 9 is missing.
pub(crate) fn check_contiguous(
    name: &str,
    first: i64,
    numbers: impl Iterator<Item = i64>,
) -> Result<(), DatabaseError> {
    match (first..=i64::MAX)
        .zip(numbers)
        .find(|(expected, found)| expected != found)
    {
        Some((missing, _)) => Err(DatabaseError::Damaged(format!(
            "{name} {missing} is missing"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_number_is_named() {
        assert!(check_contiguous("position", 7, [7, 8, 9].into_iter()).is_ok());
        assert!(check_contiguous("position", 7, [].into_iter()).is_ok());
        let missing = check_contiguous("position", 7, [7, 8, 10].into_iter()).unwrap_err();
        assert!(matches!(missing, DatabaseError::Damaged(text) if text == "position 9 is missing"));
    }
}
