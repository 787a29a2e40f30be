//! Owns how a row of `events` becomes a recorded event; what does not fit is damage, never a guess.

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::{
    EventId, EventType, GlobalPosition, Metadata, RecordedEvent, SchemaVersion, StoreError,
    StreamId, StreamVersion,
};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::{damaged, store_error};

/// Reads a row with the columns position, stream name, version, recorded at, schema version, event
/// id, event type, metadata, payload, in this order.
pub(crate) fn recorded_event(location: &str, row: &SqliteRow) -> Result<RecordedEvent, StoreError> {
    let position = integer(location, row, 0)?;
    let problem = |what: String| {
        damaged(
            location,
            format!("the event at position {position}: {what}"),
        )
    };
    let schema_version = integer(location, row, 4)?;
    let schema_version = u32::try_from(schema_version)
        .ok()
        .and_then(|number| SchemaVersion::new(number).ok())
        .ok_or_else(|| problem(format!("schema version {schema_version} is none")))?;
    let id = Uuid::from_slice(bytes(location, row, 5)?)
        .map_err(|e| problem(e.to_string()))
        .and_then(|uuid| EventId::from_uuid(uuid).map_err(|e| problem(e.to_string())))?;
    Ok(RecordedEvent {
        stream: StreamId::new(text(location, row, 1)?).map_err(|e| problem(e.to_string()))?,
        version: StreamVersion::try_from(integer(location, row, 2)?)
            .map_err(|e| problem(e.to_string()))?,
        position: GlobalPosition::try_from(position).map_err(|e| problem(e.to_string()))?,
        recorded_at: timestamp(location, integer(location, row, 3)?)?,
        id,
        event_type: EventType::new(text(location, row, 6)?).map_err(|e| problem(e.to_string()))?,
        schema_version,
        payload: Bytes::copy_from_slice(bytes(location, row, 8)?),
        metadata: metadata_from_text(text(location, row, 7)?)
            .map_err(|e| problem(e.to_string()))?,
    })
}

/// The text kept for metadata.
pub(crate) fn metadata_text(metadata: &Metadata) -> Result<String, serde_json::Error> {
    serde_json::to_string(metadata)
}

fn metadata_from_text(text: &str) -> Result<Metadata, serde_json::Error> {
    if text == "{}" {
        Ok(Metadata::new())
    } else {
        serde_json::from_str(text)
    }
}

/// A time from the microseconds kept for it.
pub(crate) fn timestamp(location: &str, micros: i64) -> Result<Timestamp, StoreError> {
    const PER_SECOND: i64 = 1_000_000;
    // Not by `from_microsecond`, which knows no part of the last second that a timestamp can tell.
    let rest = i32::try_from(micros.rem_euclid(PER_SECOND)).unwrap_or(0);
    Timestamp::new(micros.div_euclid(PER_SECOND), rest * 1_000)
        .map_err(|e| damaged(location, format!("{micros} microseconds are no time: {e}")))
}

pub(crate) fn integer(location: &str, row: &SqliteRow, column: usize) -> Result<i64, StoreError> {
    row.try_get_unchecked(column)
        .map_err(|e| store_error(location, e))
}

pub(crate) fn text<'r>(
    location: &str,
    row: &'r SqliteRow,
    column: usize,
) -> Result<&'r str, StoreError> {
    row.try_get_unchecked(column).map_err(|e| match e {
        sqlx::Error::ColumnDecode { source, .. } => damaged(location, source.to_string()),
        other => store_error(location, other),
    })
}

pub(crate) fn bytes<'r>(
    location: &str,
    row: &'r SqliteRow,
    column: usize,
) -> Result<&'r [u8], StoreError> {
    row.try_get_unchecked(column)
        .map_err(|e| store_error(location, e))
}

/// One event by its id, with the columns of [`recorded_event`].
pub(crate) const EVENT_BY_ID: &str = "SELECT e.position, s.name, e.version, e.recorded_at, \
        e.schema_version, e.event_id, e.event_type, e.metadata, e.payload \
    FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key \
    WHERE e.event_id = ?1";

/// Texts as a JSON array, to be taken apart by `json_each`: a list of any length in one value.
pub(crate) fn json_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts
        .into_iter()
        .map(|text| serde_json::Value::from(text.as_ref()));
    serde_json::Value::Array(texts.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_that_a_clock_can_tell_is_read_back_to_the_microsecond() {
        for time in [
            "-009999-01-02T01:59:59Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00Z",
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(timestamp("here", time.as_microsecond()).unwrap(), time);
        }
        let last = timestamp("here", Timestamp::MAX.as_microsecond()).unwrap();
        assert_eq!(last.as_microsecond(), Timestamp::MAX.as_microsecond());
        assert!(matches!(
            timestamp("here", i64::MAX),
            Err(StoreError::Damaged { .. })
        ));
    }
}
