//! Owns an event in the log: where it came in, which is shared with all who read it, and its place.

use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::{
    Append, EventType, GlobalPosition, NewEvent, RecordedEvent, StreamId, StreamVersion,
    StreamWrite,
};

/// An event in the log. It stays where its writer put it, so that neither an append nor a reader
/// under the lock copies any of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) append: Arc<Append>,
    /// Which write of the append it is in.
    pub(crate) write: usize,
    /// Which event of the write it is.
    pub(crate) event: usize,
    pub(crate) version: StreamVersion,
    pub(crate) position: GlobalPosition,
    pub(crate) recorded_at: Timestamp,
}

impl Entry {
    pub(crate) fn stream(&self) -> &StreamId {
        &self.written().stream
    }

    pub(crate) fn event_type(&self) -> &EventType {
        &self.event().event_type
    }

    /// The event as the port gives it.
    pub(crate) fn record(&self) -> RecordedEvent {
        let event = self.event();
        RecordedEvent {
            stream: self.stream().clone(),
            version: self.version,
            position: self.position,
            recorded_at: self.recorded_at,
            id: event.id,
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            payload: event.payload.clone(),
            metadata: event.metadata.clone(),
        }
    }

    fn written(&self) -> &StreamWrite {
        &self.append.writes()[self.write]
    }

    fn event(&self) -> &NewEvent {
        &self.written().events[self.event]
    }
}
