//! Owns the reading of one event by its id, on any connection: also on one whose transaction is open.

use bytes::Bytes;
use shared_kernel::{EventId, RecordedEvent, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::columns::{bytes, integer};
use crate::error::{damaged, store_error};
use crate::names::{Names, read_names};
use crate::stored_runs::{RunReader, Wanted};

/// The position of the event with an id, its run, and its payload if that stands apart.
const RUN_OF_ID: &str = "SELECT i.position, r.events || r.event_ids, r.payload FROM event_ids AS i \
    LEFT JOIN runs AS r ON r.position = (SELECT max(position) FROM runs WHERE position <= i.position) \
    WHERE i.event_id = ?1";

/// # Errors
/// [`StoreError`].
pub(crate) async fn event_by_id(
    location: &str,
    names: &Names,
    connection: &mut SqliteConnection,
    id: EventId,
) -> Result<Option<RecordedEvent>, StoreError> {
    let failed = |error| store_error(location, error);
    let query = sqlx::query(RUN_OF_ID).bind(id.as_bytes().to_vec());
    let row = query.fetch_optional(&mut *connection).await;
    let Some(row) = row.map_err(failed)? else {
        return Ok(None);
    };
    let position = integer(location, &row, 0)?;
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
        let mut found = read_names(location, names, connection, &[*key].into()).await?;
        let name = found.remove(key);
        event.stream = name.ok_or_else(|| problem("its stream is gone"))?;
    }
    if !read.apart.is_empty() {
        let payload: Option<&[u8]> = row.try_get_unchecked(2).map_err(failed)?;
        let payload = payload.ok_or_else(|| problem("its payload is missing"))?;
        event.payload = Bytes::copy_from_slice(payload);
    }
    Ok(Some(event))
}
