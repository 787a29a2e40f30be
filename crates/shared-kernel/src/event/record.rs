//! Events as a store sees them: records without a domain type.

use bytes::Bytes;
use jiff::Timestamp;

use crate::event::{EventIdGenerator, EventType, SchemaVersion};
use crate::random::RandomnessUnavailable;
use crate::{EventId, GlobalPosition, Metadata, StreamId, StreamVersion};

/// An event for an append.
///
/// ```
/// use jiff::Timestamp;
/// use shared_kernel::event::EventType;
/// use shared_kernel::{EventId, NewEvent};
///
/// let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]);
/// let event = NewEvent::new(id, EventType::new("LampDimmed")?, r#"{"percent":40}"#);
/// assert_eq!(event.payload, r#"{"percent":40}"#);
/// assert_eq!(event.schema_version.get(), 1);
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The id of the event, unique in its store.
    pub id: EventId,
    /// The stored name of the event, for example `LampDimmed`.
    pub event_type: EventType,
    /// The schema in which the payload is written.
    pub schema_version: SchemaVersion,
    /// Any bytes, at most [`MAX_PAYLOAD_BYTES`](Self::MAX_PAYLOAD_BYTES).
    pub payload: Bytes,
    /// The metadata, at most [`Metadata::MAX_BYTES`].
    pub metadata: Metadata,
}

impl NewEvent {
    /// The largest payload of one event: 16 MiB.
    pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

    /// An event of schema version 1 without metadata.
    #[must_use]
    pub fn new(id: EventId, event_type: EventType, payload: impl Into<Bytes>) -> Self {
        Self {
            id,
            event_type,
            schema_version: SchemaVersion::FIRST,
            payload: payload.into(),
            metadata: Metadata::new(),
        }
    }

    /// An event of schema version 1 without metadata. Its id comes from the clock and the random
    /// source of the machine.
    ///
    /// ```
    /// use shared_kernel::NewEvent;
    /// use shared_kernel::event::EventType;
    ///
    /// let dimmed = NewEvent::with_fresh_id(EventType::new("LampDimmed")?, r#"{"percent":40}"#)?;
    /// let again = NewEvent::with_fresh_id(EventType::new("LampDimmed")?, r#"{"percent":40}"#)?;
    /// assert_ne!(dimmed.id, again.id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the random source fails.
    pub fn with_fresh_id(
        event_type: EventType,
        payload: impl Into<Bytes>,
    ) -> Result<Self, RandomnessUnavailable> {
        let id = EventIdGenerator::default().generate()?;
        Ok(Self::new(id, event_type, payload))
    }

    /// The same, in another schema version.
    #[must_use]
    pub fn with_schema_version(self, schema_version: SchemaVersion) -> Self {
        Self {
            schema_version,
            ..self
        }
    }

    /// The same, with metadata.
    #[must_use]
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }
}

/// An event as a store returns it: the appended data, with its version, position and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The stream of the event.
    pub stream: StreamId,
    /// Its version in the stream, counted from 1.
    pub version: StreamVersion,
    /// Its position in the log of the store, counted from 1.
    pub position: GlobalPosition,
    /// The time at which the store recorded it, to the microsecond. Along the log these times go
    /// back only after a clock that was far ahead ([law 18](crate::laws#law-18)).
    pub recorded_at: Timestamp,
    /// The id of the event, unique in its store.
    pub id: EventId,
    /// The stored name of the event, for example `LampDimmed`.
    pub event_type: EventType,
    /// The schema in which the payload is written.
    pub schema_version: SchemaVersion,
    /// The appended bytes.
    pub payload: Bytes,
    /// The metadata.
    pub metadata: Metadata,
}

impl RecordedEvent {
    /// Whether this is the record of `event`: the same id, type, schema version, payload and
    /// metadata.
    #[must_use]
    pub fn is_record_of(&self, event: &NewEvent) -> bool {
        self.id == event.id
            && self.event_type == event.event_type
            && self.schema_version == event.schema_version
            && self.payload == event.payload
            && self.metadata == event.metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::MetadataKey;

    fn id(number: u8) -> EventId {
        EventId::from_parts(Timestamp::UNIX_EPOCH, [number; 10])
    }

    #[test]
    fn a_record_is_of_its_own_event_only() {
        let event = NewEvent::new(id(1), EventType::new("Happened").unwrap(), "payload");
        assert_eq!(event.metadata, Metadata::new());
        let record = RecordedEvent {
            stream: StreamId::new("a").unwrap(),
            version: StreamVersion::FIRST,
            position: GlobalPosition::FIRST,
            recorded_at: Timestamp::UNIX_EPOCH,
            id: event.id,
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            payload: event.payload.clone(),
            metadata: event.metadata.clone(),
        };
        assert!(record.is_record_of(&event));

        let second = SchemaVersion::new(2).unwrap();
        let pair = Metadata::new().with_pair(MetadataKey::new("k").unwrap(), "v");
        let newer = event.clone().with_schema_version(second);
        assert_eq!(newer.schema_version, second);
        let described = event.clone().with_metadata(pair.clone());
        assert_eq!(described.metadata, pair);
        for other in [
            NewEvent {
                id: id(2),
                ..event.clone()
            },
            NewEvent {
                event_type: EventType::new("Other").unwrap(),
                ..event.clone()
            },
            NewEvent {
                payload: "other".into(),
                ..event.clone()
            },
            newer,
            described,
        ] {
            assert!(!record.is_record_of(&other), "{other:?}");
        }
    }
}
