//! A decoded event with its version, position, time and metadata.

use jiff::Timestamp;

use crate::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};

/// A decoded event with its version, position, time and metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEnvelope<E> {
    /// The stream of the event.
    pub stream: StreamId,
    /// Its version in the stream, counted from 1.
    pub version: StreamVersion,
    /// Its position in the log of the store, counted from 1.
    pub position: GlobalPosition,
    /// The time at which the store recorded it, to the microsecond.
    pub recorded_at: Timestamp,
    /// The identity of the event.
    pub id: EventId,
    /// Its metadata.
    pub metadata: Metadata,
    /// The decoded event.
    pub event: E,
}

impl<E> EventEnvelope<E> {
    /// The envelope of an `event` that was decoded from this record.
    #[must_use]
    pub fn new(recorded: RecordedEvent, event: E) -> Self {
        Self {
            stream: recorded.stream,
            version: recorded.version,
            position: recorded.position,
            recorded_at: recorded.recorded_at,
            id: recorded.id,
            metadata: recorded.metadata,
            event,
        }
    }
}
