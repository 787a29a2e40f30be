//! Rows of events and of snapshots.

use bytes::Bytes;
use jiff::Timestamp;
use postgres_database::{Database, DatabaseError, Statement};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::from_micros;
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::metadata;

/// The columns of an event. Payloads of at most 8 KiB come with their rows. Larger ones are NULL
/// here and read one by one, so that a page does not hold thousands of them.
macro_rules! event_columns {
    () => {
        "position, stream, version, event_id, event_type, schema_version, recorded_at, metadata, \
         CASE WHEN octet_length(payload) <= 8192 THEN payload END"
    };
}
pub(crate) use event_columns;

/// The events of rows, taken one after the other.
#[derive(Default)]
pub(crate) struct EventRows {
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of the events whose payload is large.
    pub(crate) large: Vec<GlobalPosition>,
    /// The metadata in the last row.
    metadata: Vec<u8>,
}

/// The columns of an event, as they stand in the database.
pub(crate) struct Columns<'r> {
    pub(crate) position: i64,
    pub(crate) stream: &'r str,
    pub(crate) version: i64,
    pub(crate) id: Uuid,
    pub(crate) event_type: &'r str,
    pub(crate) schema: i64,
    pub(crate) recorded_at: i64,
    pub(crate) metadata: &'r [u8],
    /// `None` if it is large.
    pub(crate) payload: Option<&'r [u8]>,
}

impl<'r> Columns<'r> {
    fn of(row: &'r PgRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            position: row.try_get(0)?,
            stream: row.try_get(1)?,
            version: row.try_get(2)?,
            id: row.try_get(3)?,
            event_type: row.try_get(4)?,
            schema: row.try_get(5)?,
            recorded_at: row.try_get(6)?,
            metadata: row.try_get(7)?,
            payload: row.try_get(8)?,
        })
    }
}

impl EventRows {
    /// Takes the event of a row. It shares the names and the metadata of the event before, where
    /// they are equal.
    pub(crate) fn take(&mut self, columns: &Columns<'_>) -> Result<(), DatabaseError> {
        let damaged = |e: &dyn std::fmt::Display| {
            let position = columns.position;
            DatabaseError::Damaged(format!("the event at position {position}: {e}"))
        };
        let last = self.events.last();
        let stream = match last {
            Some(last) if last.stream.as_str() == columns.stream => last.stream.clone(),
            _ => StreamId::new(columns.stream).map_err(|e| damaged(&e))?,
        };
        let event_type = match last {
            Some(last) if last.event_type.as_str() == columns.event_type => last.event_type.clone(),
            _ => EventType::new(columns.event_type).map_err(|e| damaged(&e))?,
        };
        let metadata = match last {
            Some(last) if self.metadata == columns.metadata => last.metadata.clone(),
            _ => {
                self.metadata.clear();
                self.metadata.extend_from_slice(columns.metadata);
                let last = last.map(|last| &last.metadata);
                metadata::read(columns.metadata, last).map_err(|e| damaged(&e))?
            }
        };
        let schema = u32::try_from(columns.schema).map_err(|e| damaged(&e))?;
        let event = RecordedEvent {
            stream,
            version: StreamVersion::try_from(columns.version).map_err(|e| damaged(&e))?,
            position: GlobalPosition::try_from(columns.position).map_err(|e| damaged(&e))?,
            recorded_at: time(columns.recorded_at)?,
            id: EventId::from_uuid(columns.id).map_err(|e| damaged(&e))?,
            event_type,
            schema_version: SchemaVersion::new(schema).map_err(|e| damaged(&e))?,
            payload: columns
                .payload
                .map(Bytes::copy_from_slice)
                .unwrap_or_default(),
            metadata,
        };
        if columns.payload.is_none() {
            self.large.push(event.position);
        }
        self.events.push(event);
        Ok(())
    }
}

/// The events of a statement that reads.
pub(crate) async fn read<'q>(
    database: &Database,
    statement: impl Fn() -> Statement<'q>,
) -> Result<EventRows, DatabaseError> {
    let take = |events: &mut EventRows, row| events.take(&Columns::of(&row)?);
    database.read(statement, take).await
}

/// The events of these rows.
pub(crate) fn events(rows: &[PgRow]) -> Result<EventRows, DatabaseError> {
    let mut events = EventRows::default();
    for row in rows {
        events.take(&Columns::of(row)?)?;
    }
    Ok(events)
}

/// A time of the database: microseconds since 1970.
pub(crate) fn time(micros: i64) -> Result<Timestamp, DatabaseError> {
    from_micros(micros).map_err(|e| DatabaseError::Damaged(format!("the time {micros}: {e}")))
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
