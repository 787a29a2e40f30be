//! The events, names and numbers that laws work with.
//!
//! Ids are unique in the process and the same in every run: no chance, no wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::event::EventType;
use shared_kernel::stream::Category;
use shared_kernel::time::ManualClock;
use shared_kernel::{
    EventId, EventStore, ExpectedVersion, GlobalPosition, NewEvent, StreamId, StreamVersion,
};

use crate::EventStoreHarness;

/// A time with every digit that a store keeps.
pub(crate) const AN_EARLY_MORNING: &str = "2026-01-02T03:04:05.123456Z";

/// A handle on the store of a harness, with a clock that stands still.
pub(crate) async fn store_of(harness: &(impl EventStoreHarness + ?Sized)) -> Arc<dyn EventStore> {
    harness.open_events(clock_at(AN_EARLY_MORNING)).await
}

pub(crate) fn clock_at(time: &str) -> Arc<ManualClock> {
    Arc::new(ManualClock::at(time_at(time)))
}

pub(crate) fn time_at(time: &str) -> Timestamp {
    time.parse().expect("a time of a law is well formed")
}

/// An id that no other event of this process has.
pub(crate) fn fresh_id() -> EventId {
    static USED: AtomicU64 = AtomicU64::new(0);
    let number = USED.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut chance = [0; 10];
    // The first four bytes carry the version and the variant of the UUID.
    chance[4..].copy_from_slice(&number[2..]);
    EventId::from_parts(Timestamp::UNIX_EPOCH, chance)
}

/// An event with this payload and an id of its own.
pub(crate) fn event(payload: impl Into<Bytes>) -> NewEvent {
    NewEvent::new(fresh_id(), event_type("Noted"), payload)
}

/// So many events, each with an id and a payload of its own.
pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    (1..=count)
        .map(|n| event(format!("{{\"note\":{n}}}")))
        .collect()
}

pub(crate) fn event_type(name: &str) -> EventType {
    EventType::new(name).expect("an event type of a law is well formed")
}

pub(crate) fn stream(name: impl AsRef<str>) -> StreamId {
    StreamId::new(name).expect("a stream id of a law is well formed")
}

pub(crate) fn category(name: &str) -> Category {
    Category::new(name).expect("a category of a law is well formed")
}

pub(crate) fn version(number: u64) -> StreamVersion {
    StreamVersion::new(number).expect("a version of a law is in range")
}

pub(crate) fn position(number: u64) -> GlobalPosition {
    GlobalPosition::new(number).expect("a position of a law is in range")
}

pub(crate) fn exactly(number: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(version(number))
}
