//! Owns a recorded event of a known domain type.

use jiff::Timestamp;

use crate::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};

/// A decoded event and its place in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEnvelope<E> {
    /// The stream that it is in.
    pub stream: StreamId,
    /// Its place in the stream, counted from 1.
    pub version: StreamVersion,
    /// Its place in the log of the store, counted from 1.
    pub position: GlobalPosition,
    /// When the store took it, to the microsecond.
    pub recorded_at: Timestamp,
    /// The identity of the event.
    pub id: EventId,
    /// What is known beside the event itself.
    pub metadata: Metadata,
    /// What happened.
    pub event: E,
}

impl<E> EventEnvelope<E> {
    /// Puts a decoded `event` at the place of the record that it was decoded from.
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
