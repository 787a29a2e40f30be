//! An event in the log: the writer's data, shared with every reader, plus version, position and
//! time.

use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::{Append, GlobalPosition, NewEvent, RecordedEvent, StreamId, StreamVersion};

/// The stream and the data of one event, cloned from an append before the log is locked.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) stream: StreamId,
    pub(crate) event: NewEvent,
}

impl Content {
    /// All events of an append, in order.
    pub(crate) fn of(append: &Append) -> Vec<Arc<Self>> {
        let events = append.events().map(|(stream, event)| Self {
            stream: stream.clone(),
            event: event.clone(),
        });
        events.map(Arc::new).collect()
    }
}

/// An event in the log. Cloning it under the lock copies a pointer and not the payload.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) content: Arc<Content>,
    pub(crate) version: StreamVersion,
    pub(crate) position: GlobalPosition,
    pub(crate) recorded_at: Timestamp,
}

impl Entry {
    /// An event that another store recorded.
    pub(crate) fn of(record: RecordedEvent) -> Self {
        let event = NewEvent {
            id: record.id,
            event_type: record.event_type,
            schema_version: record.schema_version,
            payload: record.payload,
            metadata: record.metadata,
        };
        let stream = record.stream;
        Self {
            content: Arc::new(Content { stream, event }),
            version: record.version,
            position: record.position,
            recorded_at: record.recorded_at,
        }
    }

    /// The event as the port returns it.
    pub(crate) fn record(&self) -> RecordedEvent {
        let Content { stream, event } = &*self.content;
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
