//! Pages of the log.

use shared_kernel::RecordedEvent;
use shared_kernel::store::{Direction, LogPage, LogQuery};
use sqlx::Row;

use super::page::{MAX_EVENTS, check_contiguous, page};
use super::row::{event_columns, events};
use crate::database::Database;
use crate::error::DatabaseError;

/// The most positions that a page with a filter looks at. So no statement runs for long.
const MAX_EXAMINED: i64 = 16_384;

/// The end of the log, and up to `$3` events between the positions `$1` and `$2` of the categories
/// `$4` and the types `$5`; NULL is all. Only the first `$6` positions are looked at.
const FORWARD: &str = concat!(
    "SELECT h.position, e.* FROM annals.head AS h LEFT JOIN LATERAL (
        SELECT ",
    event_columns!(),
    " FROM annals.events
        WHERE position BETWEEN $1 AND least($2, $1 + $6 - 1)
            AND ($4::text[] IS NULL OR split_part(stream, '-', 1) = ANY ($4))
            AND ($5::text[] IS NULL OR event_type = ANY ($5))
        ORDER BY position LIMIT $3) AS e ON true"
);

/// The same from the last position on.
const BACKWARD: &str = concat!(
    "SELECT h.position, e.* FROM annals.head AS h LEFT JOIN LATERAL (
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
    let (range, filter) = (&query.range, &query.filter);
    let limit = query.page_limit().min(MAX_EVENTS);
    if limit == 0 || range.from > range.to {
        return Ok(LogPage::empty());
    }
    let is_forward = range.direction == Direction::Forward;
    let is_filtered = !filter.categories.is_empty() || !filter.event_types.is_empty();
    let size = i64::try_from(limit).unwrap_or(i64::MAX);
    let examined = if is_filtered { MAX_EXAMINED } else { size };
    let (first, last) = (range.from.as_i64().max(1), range.to.as_i64());
    // `first + examined` must not overflow.
    let examined = examined.min(i64::MAX - first);
    let categories: Vec<_> = filter.categories.iter().map(|it| it.as_str()).collect();
    let types: Vec<_> = filter.event_types.iter().map(|it| it.as_str()).collect();
    let rows = database
        .rows(|| {
            sqlx::query(if is_forward { FORWARD } else { BACKWARD })
                .bind(first)
                .bind(last)
                .bind(size)
                .bind((!categories.is_empty()).then(|| categories.clone()))
                .bind((!types.is_empty()).then(|| types.clone()))
                .bind(examined)
        })
        .await?;
    let missing = || DatabaseError::Damaged("the table head has no row".to_owned());
    let row = rows.first().ok_or_else(missing)?;
    let end: i64 = row.try_get(0)?;
    let is_empty = row.try_get::<Option<i64>, _>(1)?.is_none();
    let found = events(if is_empty { &[] } else { &rows }, 1)?;
    let end = end.min(last);
    let (low, high) = match is_forward {
        true => (first, end.min(first + examined - 1)),
        false => (first.max(end - examined + 1), end),
    };
    if !is_filtered {
        let mut numbers: Vec<_> = found.0.iter().map(position).collect();
        if !is_forward {
            numbers.reverse();
        }
        // No position between the bounds is missing.
        check_contiguous(
            "position",
            low,
            numbers.into_iter().chain([high.max(low - 1) + 1]),
        )?;
    }
    let is_full = found.0.len() >= limit;
    let next = match (found.0.last(), is_forward) {
        (Some(at), true) if is_full => position(at).checked_add(1),
        (Some(at), false) if is_full => Some(position(at) - 1),
        (_, true) => Some(high + 1),
        (_, false) => Some(low - 1),
    };
    let next = next.filter(|next| (first..=end).contains(next));
    page(database, found, (range, range.from), limit, next, position).await
}

fn position(event: &RecordedEvent) -> i64 {
    event.position.as_i64()
}
