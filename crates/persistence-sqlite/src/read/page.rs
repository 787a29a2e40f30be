//! The end of a page, and its out-of-line payloads: the same for a stream and for the log.

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, Page, ReadRange};
use shared_kernel::{GlobalPosition, RecordedEvent};
use sqlite_file::{FileError, get, get_optional};
use sqlx::sqlite::SqliteConnection;

use super::row::json_list;
use crate::codec::reader::FoundEvents;

/// The most events of a page, except of the log read forward.
pub(super) const MAX_EVENTS: usize = 512;

/// A page ends once its out-of-line payloads have this many bytes.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The out-of-line payloads at the positions of the list `?1`, in its order. Without ORDER BY,
/// which would make SQLite read and sort all of them before the first row.
const PAYLOADS: &str = "
    SELECT b.last_position, b.payload FROM json_each(?1) AS wanted
    CROSS JOIN batches AS b ON b.last_position = wanted.value + 0";

/// The page of a `range` from `from` on: up to `limit` of the events that were found, in the
/// direction of the range, with their payloads.
///
/// If more were found, the next page begins after the last one of them, by its `number`; otherwise
/// at `next`.
pub(super) async fn page<P: Copy + PartialOrd + TryFrom<i64>>(
    connection: &mut SqliteConnection,
    found: FoundEvents,
    (range, from): (&ReadRange<P>, P),
    limit: usize,
    next: Option<i64>,
    number: fn(&RecordedEvent) -> i64,
) -> Result<Page<RecordedEvent, P>, FileError> {
    let mut events = found.events;
    if range.direction == Direction::Backward {
        events.reverse();
    }
    let before = events.len();
    events.truncate(limit);
    if !found.out_of_line.is_empty() {
        add_payloads(connection, &mut events, &found.out_of_line).await?;
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

/// Reads the out-of-line payloads. It drops the events after those that reach the size of a page.
async fn add_payloads(
    connection: &mut SqliteConnection,
    events: &mut Vec<RecordedEvent>,
    out_of_line: &HashSet<GlobalPosition>,
) -> Result<(), FileError> {
    let positions = events.iter().map(|event| event.position);
    let positions = positions.filter(|position| out_of_line.contains(position));
    let mut rows = sqlx::query(PAYLOADS)
        .bind(json_list(positions.map(|position| position.to_string())))
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

/// Checks that `numbers`, which are `name`s, are all numbers from `first` on. Example: 7, 8, 10
/// from 7 on is damage, because 9 is missing.
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

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row};

    use super::*;
    use crate::file::schema;

    #[tokio::test]
    async fn payloads_are_read_one_by_one_and_not_sorted_first() {
        let mut connection = schema::in_memory().await.unwrap();
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {PAYLOADS}")));
        let plan = plan.bind("[]").fetch_all(&mut connection).await.unwrap();
        assert_eq!(plan.len(), 2);
        let is_sorted =
            |row: &sqlx::sqlite::SqliteRow| row.get::<&str, _>(3).contains("TEMP B-TREE");
        assert!(!plan.iter().any(is_sorted));
    }
}
