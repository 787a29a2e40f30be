//! Pages of a stream, with or without a snapshot before it.

use postgres_database::{Database, DatabaseError};
use shared_kernel::RecordedEvent;
use shared_kernel::snapshot::{SnapshotAndTail, SnapshotQuery};
use shared_kernel::store::{Direction, StreamPage, StreamQuery};
use sqlx::Row;

use super::page::{MAX_EVENTS, check_contiguous, page};
use super::row::{self, event_columns, events, snapshot};

pub(super) const FORWARD: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM annals.events WHERE stream = $1 AND version BETWEEN $2 AND $3
    ORDER BY version LIMIT $4"
);

pub(super) const BACKWARD: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM annals.events WHERE stream = $1 AND version BETWEEN $2 AND $3
    ORDER BY version DESC LIMIT $4"
);

/// The newest snapshot of the schema `$5`, in the columns of version, time and payload, and then
/// the events from its version on.
pub(super) const FROM_SNAPSHOT: &str = concat!(
    "WITH newest AS MATERIALIZED (
        SELECT version, taken_at, payload FROM annals.snapshots
        WHERE stream = $1 AND schema = $5 AND version <= $3
        ORDER BY version DESC LIMIT 1),
    tail AS (
        SELECT ",
    event_columns!(),
    " FROM annals.events
        WHERE stream = $1 AND version BETWEEN coalesce((SELECT version FROM newest), $2) AND $3
        ORDER BY version LIMIT $4)
    SELECT NULL, NULL, version, NULL, NULL, NULL, taken_at, NULL, payload, true FROM newest
    UNION ALL SELECT *, false FROM tail"
);

/// Reads a page of a stream.
pub(crate) async fn read(
    database: &Database,
    query: &StreamQuery,
) -> Result<StreamPage, DatabaseError> {
    let StreamQuery { stream, range } = query;
    let limit = query.page_limit().min(MAX_EVENTS);
    if limit == 0 || range.from > range.to {
        return Ok(StreamPage::empty());
    }
    let is_forward = range.direction == Direction::Forward;
    let found = row::read(database, || {
        sqlx::query(if is_forward { FORWARD } else { BACKWARD })
            .bind(stream.as_str())
            .bind(range.from.as_i64())
            .bind(range.to.as_i64())
            .bind(one_more(limit))
    })
    .await?;
    check(
        &found.events,
        is_forward.then(|| range.from.as_i64().max(1)),
    )?;
    page(database, found, (range, range.from), limit, None, version).await
}

/// Reads the newest snapshot and the events after it.
pub(crate) async fn read_from_snapshot(
    database: &Database,
    query: &SnapshotQuery,
) -> Result<SnapshotAndTail, DatabaseError> {
    let tail = query.tail(None);
    let StreamQuery { stream, range } = &tail;
    let limit = tail.page_limit().min(MAX_EVENTS);
    if limit == 0 {
        return Ok(SnapshotAndTail {
            snapshot: None,
            tail: StreamPage::empty(),
        });
    }
    let rows = database
        .rows(|| {
            sqlx::query(FROM_SNAPSHOT)
                .bind(stream.as_str())
                .bind(range.from.as_i64())
                .bind(range.to.as_i64())
                .bind(one_more(limit))
                .bind(query.schema.as_str())
        })
        .await?;
    let (taken, rest) = match rows.split_first() {
        Some((row, rest)) if row.try_get(9)? => {
            (Some(snapshot(row, [2, 6, 8], stream, &query.schema)?), rest)
        }
        _ => (None, rows.as_slice()),
    };
    let found = events(rest)?;
    let from = taken.as_ref().map_or(range.from, |taken| taken.version);
    check(&found.events, Some(from.as_i64().max(1)))?;
    let tail = page(database, found, (range, from), limit, None, version).await?;
    Ok(SnapshotAndTail {
        snapshot: taken,
        tail,
    })
}

/// One event more than the page has tells whether there is another page.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}

fn version(event: &RecordedEvent) -> i64 {
    event.version.as_i64()
}

/// Checks that no version is missing. Events that were read backward are checked from their last.
fn check(events: &[RecordedEvent], first: Option<i64>) -> Result<(), DatabaseError> {
    let Some(any) = events.first() else {
        return Ok(());
    };
    let name = format!("stream {}, version", any.stream);
    match (first, events.last()) {
        (None, Some(last)) => {
            check_contiguous(&name, version(last), events.iter().rev().map(version))
        }
        (first, _) => check_contiguous(&name, first.unwrap_or(1), events.iter().map(version)),
    }
}
