//! Rows of events and of snapshots.

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::DatabaseError;

/// The columns of an event. Payloads of at most 16 KiB come with their rows. Larger ones are NULL
/// here and read one by one, so that a page does not hold thousands of them.
macro_rules! event_columns {
    () => {
        "position, stream, version, event_id, event_type, schema_version, recorded_at, metadata, \
         CASE WHEN octet_length(payload) <= 16384 THEN payload END"
    };
}
pub(crate) use event_columns;

/// Reads the rows of events one after the other. A name that equals that of the row before shares
/// its memory.
#[derive(Default)]
pub(crate) struct EventRows {
    stream: Option<StreamId>,
    event_type: Option<EventType>,
    metadata: Option<(Vec<u8>, Metadata)>,
}

impl EventRows {
    /// The event of a row whose columns begin at `first`. Without its payload if that is large:
    /// then the second value is true.
    pub(crate) fn event(
        &mut self,
        row: &PgRow,
        first: usize,
    ) -> Result<(RecordedEvent, bool), DatabaseError> {
        let position: i64 = row.try_get(first)?;
        let damaged = |e: &dyn std::fmt::Display| {
            DatabaseError::Damaged(format!("the event at position {position}: {e}"))
        };
        let stream: &str = row.try_get(first + 1)?;
        let event_type: &str = row.try_get(first + 4)?;
        let metadata: &[u8] = row.try_get(first + 7)?;
        let payload: Option<&[u8]> = row.try_get(first + 8)?;
        let stream = match &self.stream {
            Some(last) if last.as_str() == stream => last.clone(),
            _ => StreamId::new(stream).map_err(|e| damaged(&e))?,
        };
        let event_type = match &self.event_type {
            Some(last) if last.as_str() == event_type => last.clone(),
            _ => EventType::new(event_type).map_err(|e| damaged(&e))?,
        };
        if self
            .metadata
            .as_ref()
            .is_none_or(|(bytes, _)| bytes != metadata)
        {
            let read = serde_json::from_slice(metadata).map_err(|e| damaged(&e))?;
            self.metadata = Some((metadata.to_vec(), read));
        }
        let metadata = self.metadata.as_ref().map(|(_, metadata)| metadata.clone());
        let schema: i64 = row.try_get(first + 5)?;
        let schema = u32::try_from(schema).map_err(|e| damaged(&e))?;
        let event = RecordedEvent {
            stream,
            version: StreamVersion::try_from(row.try_get::<i64, _>(first + 2)?)
                .map_err(|e| damaged(&e))?,
            position: GlobalPosition::try_from(position).map_err(|e| damaged(&e))?,
            recorded_at: time(row.try_get(first + 6)?)?,
            id: EventId::from_uuid(row.try_get::<Uuid, _>(first + 3)?).map_err(|e| damaged(&e))?,
            event_type,
            schema_version: SchemaVersion::new(schema).map_err(|e| damaged(&e))?,
            payload: payload.map(Bytes::copy_from_slice).unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
        };
        self.stream = Some(event.stream.clone());
        self.event_type = Some(event.event_type.clone());
        Ok((event, payload.is_none()))
    }
}

/// The events of rows in their order, and the positions of those whose payload is large.
pub(crate) fn events(
    rows: &[PgRow],
    first: usize,
) -> Result<(Vec<RecordedEvent>, Vec<GlobalPosition>), DatabaseError> {
    let mut reader = EventRows::default();
    let (mut events, mut large) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (event, is_large) = reader.event(row, first)?;
        if is_large {
            large.push(event.position);
        }
        events.push(event);
    }
    Ok((events, large))
}

/// A time of the database: microseconds since 1970.
pub(crate) fn time(micros: i64) -> Result<Timestamp, DatabaseError> {
    Timestamp::from_microsecond(micros)
        .map_err(|e| DatabaseError::Damaged(format!("the time {micros}: {e}")))
}

/// The snapshot of a row, from its columns of version, time and payload.
pub(crate) fn snapshot(
    row: &PgRow,
    [version, taken_at, payload]: [usize; 3],
    stream: &StreamId,
    schema: &StateSchema,
) -> Result<SnapshotRecord, DatabaseError> {
    let version = StreamVersion::try_from(row.try_get::<i64, _>(version)?);
    Ok(SnapshotRecord {
        stream: stream.clone(),
        version: version.map_err(|e| DatabaseError::Damaged(format!("a snapshot: {e}")))?,
        schema: schema.clone(),
        taken_at: time(row.try_get(taken_at)?)?,
        payload: Bytes::copy_from_slice(row.try_get(payload)?),
    })
}
