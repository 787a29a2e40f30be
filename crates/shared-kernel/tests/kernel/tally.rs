//! The aggregate of the tests, a tally of added counts, and its JSON codecs.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shared_kernel::codec::{
    DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec,
};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{
    Aggregate, AggregateRoot, DomainEvent, EventEnvelope, Inapplicable, RecordedEvent, StreamId,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub(crate) enum TallyEvent {
    TallyOpened,
    Added(i64),
    TallyClosed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// All counts in order, so that a test sees an event that is applied twice, lost or swapped.
    pub(crate) added: Vec<i64>,
    pub(crate) closed: bool,
}

impl Tally {
    pub(crate) fn total(&self) -> i64 {
        self.added.iter().sum()
    }
}

impl Aggregate for Tally {
    type Event = TallyEvent;
    const TYPE: &'static str = "tally";
    const STATE_SCHEMA: u32 = 3;

    fn create(event: &TallyEvent) -> Result<Self, Inapplicable> {
        match event {
            TallyEvent::TallyOpened => Ok(Self {
                added: Vec::new(),
                closed: false,
            }),
            _ => Err(Inapplicable::new("a tally is opened first")),
        }
    }

    fn apply(&mut self, event: &TallyEvent) -> Result<(), Inapplicable> {
        match event {
            TallyEvent::TallyOpened => return Err(Inapplicable::new("opened twice")),
            _ if self.closed => return Err(Inapplicable::new("closed")),
            TallyEvent::Added(count) => self.added.push(*count),
            TallyEvent::TallyClosed => self.closed = true,
        }
        Ok(())
    }
}

/// The state schema of a tally.
pub(crate) const SCHEMA: &str = "tally/3";

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn opened(name: &str) -> AggregateRoot<Tally> {
    AggregateRoot::create(stream(name), TallyEvent::TallyOpened).unwrap()
}

/// A history without records.
pub(crate) const NO_RECORDS: [EventEnvelope<TallyEvent>; 0] = [];

/// Events in JSON. The count -13 cannot be encoded.
#[derive(Default)]
pub(crate) struct EventsInJson {
    /// The number of encoded events.
    pub(crate) encoded: AtomicUsize,
}

impl EventCodec<TallyEvent> for EventsInJson {
    fn encode(&self, event: &TallyEvent) -> Result<EncodedEvent, EncodeError> {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        if *event == TallyEvent::Added(-13) {
            return Err(EncodeError::Format("-13 brings bad luck".into()));
        }
        Ok(EncodedEvent {
            event_type: EventType::new(event.event_type())?,
            schema_version: SchemaVersion::new(event.schema_version())?,
            payload: serde_json::to_vec(event).unwrap().into(),
        })
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<TallyEvent>, DecodeError> {
        let mut types = TallyEvent::TYPES.iter();
        if !types.any(|info| info.name == recorded.event_type.as_str()) {
            return Err(DecodeError::UnknownEventType {
                event_type: recorded.event_type.clone(),
            });
        }
        let event = serde_json::from_slice::<TallyEvent>(&recorded.payload);
        let event = event.map_err(|error| DecodeError::Malformed {
            event_type: recorded.event_type.clone(),
            schema_version: recorded.schema_version,
            source: error.into(),
        })?;
        Ok(event.into())
    }
}

/// The state in JSON. A tally that holds -17 cannot be encoded.
#[derive(Default)]
pub(crate) struct StateInJson {
    /// The number of encoded states.
    pub(crate) encoded: AtomicUsize,
    /// The number of decoded states.
    pub(crate) decoded: AtomicUsize,
}

impl StateCodec<Tally> for StateInJson {
    fn encode(&self, state: &Tally) -> Result<Bytes, EncodeError> {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        if state.added.contains(&-17) {
            return Err(EncodeError::Format("-17 is not for keeping".into()));
        }
        Ok(serde_json::to_vec(state).unwrap().into())
    }

    fn decode(&self, payload: &[u8]) -> Result<Tally, FormatError> {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        Ok(serde_json::from_slice(payload)?)
    }
}
