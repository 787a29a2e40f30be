//! Pages of the log.

use postgres_database::{Database, DatabaseError};
use shared_kernel::RecordedEvent;
use shared_kernel::store::{Direction, LogPage, LogQuery};
use sqlx::Row;

use super::copied;
use super::page::{MAX_EVENTS, check_contiguous, page};
use super::row::{event_columns, events};

/// The most positions that a page with a filter looks at. So no statement runs for long.
const MAX_EXAMINED: i64 = 16_384;

/// Up to `$3` events between the positions `$1` and `$2` of the categories `$4` and the types `$5`;
/// NULL is all. Only the first `$6` positions are looked at. Each row ends with the end of the log;
/// without an event there is one row, with nothing else.
pub(super) const FORWARD_FILTERED: &str = concat!(
    "SELECT e.*, h.position FROM annals.head AS h LEFT JOIN LATERAL (
        SELECT ",
    event_columns!(),
    " FROM annals.events
        WHERE position BETWEEN $1 AND least($2, $1 + $6 - 1)
            AND ($4::text[] IS NULL OR split_part(stream, '-', 1) = ANY ($4))
            AND ($5::text[] IS NULL OR event_type = ANY ($5))
        ORDER BY position LIMIT $3) AS e ON true"
);

/// The same from the last position on.
pub(super) const BACKWARD_FILTERED: &str = concat!(
    "SELECT e.*, h.position FROM annals.head AS h LEFT JOIN LATERAL (
        SELECT ",
    event_columns!(),
    " FROM annals.events
        WHERE position BETWEEN greatest($1, least($2, h.position) - $6 + 1) AND $2
            AND ($4::text[] IS NULL OR split_part(stream, '-', 1) = ANY ($4))
            AND ($5::text[] IS NULL OR event_type = ANY ($5))
        ORDER BY position DESC LIMIT $3) AS e ON true"
);

/// Reads a page of the log.
pub(crate) async fn read(database: &Database, query: &LogQuery) -> Result<LogPage, DatabaseError> {
    let range = &query.range;
    let limit = query.page_limit().min(MAX_EVENTS);
    if limit == 0 || range.from > range.to {
        return Ok(LogPage::empty());
    }
    let filter = &query.filter;
    match filter.categories.is_empty() && filter.event_types.is_empty() {
        true => read_all(database, query, limit).await,
        false => read_filtered(database, query, limit).await,
    }
}

/// Reads a page without a filter.
async fn read_all(
    database: &Database,
    query: &LogQuery,
    limit: usize,
) -> Result<LogPage, DatabaseError> {
    let range = &query.range;
    let is_forward = range.direction == Direction::Forward;
    let (first, last) = (range.from.as_i64().max(1), range.to.as_i64());
    // Positions have no holes.
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let most = most.min((last - first).saturating_add(1));
    let query = match is_forward {
        true => forward(first, most),
        false => backward(last, most),
    };
    let mut found = copied::read(database, &query).await?;
    found.events.retain(|event| position(event) >= first);
    let is_full = found.events.len() >= limit;
    let numbers = found.events.iter().map(position);
    match is_forward {
        true => check_contiguous("position", first, numbers)?,
        // A page that is not full has read to its lower bound.
        false => {
            let lowest = found.events.last().map_or(first, position);
            let lowest = if is_full { lowest } else { first };
            check_contiguous("position", lowest, numbers.rev())?;
        }
    }
    let next = found.events.last().filter(|_| is_full).map(position);
    let next = match is_forward {
        true => next.and_then(|last| last.checked_add(1)),
        false => next.map(|last| last - 1),
    };
    let next = next.filter(|next| *next >= first);
    page(database, found, (range, range.from), limit, next, position).await
}

/// The first events from a position on. The query has no last position: before PostgreSQL has
/// statistics of the table, it would take a range for a few events, and sort the whole rest of the
/// log for each page.
pub(super) fn forward(first: i64, most: i64) -> String {
    let columns = event_columns!();
    format!(
        "SELECT {columns} FROM annals.events WHERE position >= {first}
        ORDER BY position LIMIT {most}"
    )
}

/// The last events up to a position.
pub(super) fn backward(last: i64, most: i64) -> String {
    let columns = event_columns!();
    format!(
        "SELECT {columns} FROM annals.events WHERE position <= {last}
        ORDER BY position DESC LIMIT {most}"
    )
}

/// Reads a page with a filter. It may be empty before the end.
async fn read_filtered(
    database: &Database,
    query: &LogQuery,
    limit: usize,
) -> Result<LogPage, DatabaseError> {
    let (range, filter) = (&query.range, &query.filter);
    let is_forward = range.direction == Direction::Forward;
    let (first, last) = (range.from.as_i64().max(1), range.to.as_i64());
    // `first + examined` must not overflow.
    let examined = MAX_EXAMINED.min(i64::MAX - first);
    let categories: Vec<_> = filter.categories.iter().map(|it| it.as_str()).collect();
    let types: Vec<_> = filter.event_types.iter().map(|it| it.as_str()).collect();
    let rows = database
        .rows(|| {
            sqlx::query(if is_forward {
                FORWARD_FILTERED
            } else {
                BACKWARD_FILTERED
            })
            .bind(first)
            .bind(last)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind((!categories.is_empty()).then(|| categories.clone()))
            .bind((!types.is_empty()).then(|| types.clone()))
            .bind(examined)
        })
        .await?;
    let missing = || DatabaseError::Damaged("the table head has no row".to_owned());
    let row = rows.first().ok_or_else(missing)?;
    let end = row.try_get::<i64, _>(9)?.min(last);
    let is_empty = row.try_get::<Option<i64>, _>(0)?.is_none();
    let found = events(if is_empty { &[] } else { &rows })?;
    let is_full = found.events.len() >= limit;
    let next = match (found.events.last(), is_forward) {
        (Some(at), true) if is_full => position(at).checked_add(1),
        (Some(at), false) if is_full => Some(position(at) - 1),
        (_, true) => Some(end.min(first + examined - 1) + 1),
        (_, false) => Some(first.max(end - examined + 1) - 1),
    };
    let next = next.filter(|next| (first..=end).contains(next));
    page(database, found, (range, range.from), limit, next, position).await
}

fn position(event: &RecordedEvent) -> i64 {
    event.position.as_i64()
}
