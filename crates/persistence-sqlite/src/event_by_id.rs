//! Owns the reading of one event by its id, on any connection: also on one whose transaction is open.

use bytes::Bytes;
use shared_kernel::{EventId, RecordedEvent, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::columns::{bytes, integer};
use crate::error::{damaged, store_error};
use crate::gapless::log_end;
use crate::names::{Names, read_names};
use crate::stored_runs::{RunReader, Wanted};

/// The position of the event with an id, its run, and its payload if that stands apart; and where the log ends. The position
/// is that in the index, or else the one that is given.
const RUN_OF_ID: &str = concat!(
    "SELECT coalesce(i.position, ?2), r.events || r.event_ids, r.payload, ",
    log_end!(),
    " FROM (SELECT ?1 AS id) AS w LEFT JOIN indexed_ids AS i ON i.event_id = w.id \
    LEFT JOIN runs AS r ON r.position = \
        (SELECT max(position) FROM runs WHERE position <= coalesce(i.position, ?2))"
);

/// What is found of an id.
pub(crate) struct Found {
    pub(crate) event: Option<RecordedEvent>,
    /// The position of the last event in the log that was looked at, 0 before the first.
    pub(crate) log_end: i64,
}

/// The event with an id that is `in_tail` at a position, or that the index leads to.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn event_by_id(
    location: &str,
    names: &Names,
    connection: &mut SqliteConnection,
    id: EventId,
    in_tail: Option<i64>,
) -> Result<Found, StoreError> {
    let failed = |error| store_error(location, error);
    let query = sqlx::query(RUN_OF_ID)
        .bind(id.as_bytes().to_vec())
        .bind(in_tail);
    let row = query.fetch_one(&mut *connection).await.map_err(failed)?;
    let log_end = integer(location, &row, 3)?;
    let position: Option<i64> = row.try_get_unchecked(0).map_err(failed)?;
    let Some(position) = position else {
        return Ok(Found {
            event: None,
            log_end,
        });
    };
    let mut reader = RunReader::new(location, names, Wanted::Positions(position..=position), 1);
    reader.add(bytes(location, &row, 1)?)?;
    let mut read = reader.finish()?;
    let problem = |what| {
        damaged(
            location,
            format!("event {id} at position {position}: {what}"),
        )
    };
    let event = read.events.pop().filter(|event| event.id == id);
    let mut event = event.ok_or_else(|| problem("it is not there"))?;
    if let Some((_, key)) = read.unnamed.first() {
        let found = read_names(names, connection, &[*key].into()).await;
        let mut found = found.map_err(failed)?;
        let name = found.remove(key);
        event.stream = name.ok_or_else(|| problem("its stream is gone"))?;
    }
    if !read.apart.is_empty() {
        let payload: Option<&[u8]> = row.try_get_unchecked(2).map_err(failed)?;
        let payload = payload.ok_or_else(|| problem("its payload is missing"))?;
        event.payload = Bytes::copy_from_slice(payload);
    }
    Ok(Found {
        event: Some(event),
        log_end,
    })
}
