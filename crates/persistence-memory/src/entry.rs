//! Owns an event in the log: what its writer brought, which is shared with all who read it, and its
//! place.

use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::{Append, GlobalPosition, NewEvent, RecordedEvent, StreamId, StreamVersion};

/// What a writer brought for one event, made ready before the log is locked.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) stream: StreamId,
    pub(crate) event: NewEvent,
}

impl Brought {
    /// All events of an append, in order.
    pub(crate) fn by(append: &Append) -> Vec<Arc<Self>> {
        let events = append.events().map(|(stream, event)| Self {
            stream: stream.clone(),
            event: event.clone(),
        });
        events.map(Arc::new).collect()
    }
}

/// An event in the log. A reader under the lock takes a pointer and copies nothing.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) brought: Arc<Brought>,
    pub(crate) version: StreamVersion,
    pub(crate) position: GlobalPosition,
    pub(crate) recorded_at: Timestamp,
}

impl Entry {
    /// The event as the port gives it.
    pub(crate) fn record(&self) -> RecordedEvent {
        let Brought { stream, event } = &*self.brought;
        RecordedEvent {
            stream: stream.clone(),
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
}
