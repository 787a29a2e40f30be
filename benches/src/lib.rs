//! Shared parts of the benches and measuring programs: an aggregate that counts, its events, the
//! measured stores, and a log of work items.

pub mod stores;
pub mod work_item_log;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serialization::JsonEventCodec;
use shared_kernel::event::{ActorKind, CorrelationId, EventIdGenerator, EventType};
use shared_kernel::{
    Actor, Aggregate, DomainEvent, GlobalPosition, Inapplicable, Metadata, NewEvent, RecordedEvent,
    StreamId, StreamVersion,
};

/// Returns a payload of about 150 bytes, like that of a work item's event.
const NOTE: &str = "what was measured, what was left, what was noticed on the way; enough words \
    for a payload of some one hundred and fifty bytes";

/// The events of a tally.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
pub enum TallyEvent {
    /// An amount was counted.
    Counted {
        /// The amount.
        amount: u64,
        /// A note about it.
        note: String,
    },
}

/// The sum of all that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The sum.
    pub sum: u64,
}

impl Aggregate for Tally {
    type Event = TallyEvent;
    const TYPE: &'static str = "tally";

    fn create(event: &TallyEvent) -> Result<Self, Inapplicable> {
        let mut tally = Self { sum: 0 };
        tally.apply(event)?;
        Ok(tally)
    }

    fn apply(&mut self, event: &TallyEvent) -> Result<(), Inapplicable> {
        let TallyEvent::Counted { amount, .. } = event;
        self.sum += amount;
        Ok(())
    }
}

/// The codec of a tally's events.
///
/// # Panics
/// Never: its one event type fits its one variant.
#[must_use]
#[expect(clippy::expect_used, reason = "a declaration of one event type fits")]
pub fn tally_codec() -> JsonEventCodec<TallyEvent> {
    JsonEventCodec::new().expect("one event type and one variant")
}

/// The same codec without the proof that each event comes back.
///
/// # Panics
/// Never: its one event type fits its one variant.
#[must_use]
#[expect(clippy::expect_used, reason = "a declaration of one event type fits")]
pub fn tally_codec_without_reading_back() -> JsonEventCodec<TallyEvent> {
    let builder = JsonEventCodec::builder().without_reading_back();
    builder.build().expect("one event type and one variant")
}

/// An event of a tally, whose payload has about 150 bytes.
#[must_use]
pub fn event_of(amount: u64) -> TallyEvent {
    let note = NOTE.to_owned();
    TallyEvent::Counted { amount, note }
}

/// New events of a tally, with about 100 bytes of metadata each.
///
/// # Panics
/// If the operating system returns no random bytes.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "without random bytes there is nothing to measure"
)]
pub fn counted(count: usize) -> Vec<NewEvent> {
    let ids = EventIdGenerator::default();
    let payload = format!(r#"{{"amount":1,"note":"{NOTE}"}}"#);
    let make = || {
        let id = ids.generate().expect("random bytes");
        let metadata = Metadata::new()
            .with_correlation(CorrelationId::from(id))
            .with_actor(Actor::new(ActorKind::Agent, "measuring-program").expect("a short name"));
        let event_type = EventType::new("Counted").expect("a short name");
        NewEvent::new(id, event_type, payload.clone()).with_metadata(metadata)
    };
    (0..count).map(|_| make()).collect()
}

/// A history of `count` events in the stream [`tally_stream`] 0, as a store returns it.
///
/// # Panics
/// If the operating system returns no random bytes.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "without random bytes there is nothing to measure"
)]
pub fn recorded(count: usize) -> Vec<RecordedEvent> {
    let record = |(position, event): (u64, NewEvent)| RecordedEvent {
        stream: tally_stream(0),
        version: StreamVersion::new(position).expect("a small number"),
        position: GlobalPosition::new(position).expect("a small number"),
        recorded_at: Timestamp::UNIX_EPOCH,
        id: event.id,
        event_type: event.event_type,
        schema_version: event.schema_version,
        payload: event.payload,
        metadata: event.metadata,
    };
    (1..).zip(counted(count)).map(record).collect()
}

/// The stream of the tally with the given number.
///
/// # Panics
/// Never: the name is short and plain.
#[must_use]
#[expect(clippy::expect_used, reason = "the name is short and plain")]
pub fn tally_stream(number: usize) -> StreamId {
    StreamId::new(format!("tally-{number}")).expect("a short name")
}
