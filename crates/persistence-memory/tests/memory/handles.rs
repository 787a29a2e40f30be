//! Handles: clones share their events, and a clock that panics does no damage.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::FutureExt;
use jiff::Timestamp;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use shared_kernel::event::EventType;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::{Clock, SystemClock};
use shared_kernel::{
    EventId, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent, SnapshotStore,
    StreamId, StreamVersion,
};

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    static USED: AtomicU64 = AtomicU64::new(0);
    (0..count)
        .map(|_| {
            let mut chance = [0; 10];
            chance[2..].copy_from_slice(&USED.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            let id = EventId::from_parts(Timestamp::UNIX_EPOCH, chance);
            NewEvent::new(id, EventType::new("Noted").unwrap(), "{}")
        })
        .collect()
}

#[tokio::test]
async fn a_clone_is_another_handle_on_the_same_events() {
    let store = MemoryEventStore::default();
    let other = store.clone();
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(2))
        .await
        .unwrap();
    assert_eq!(other.head().await.unwrap(), Some(GlobalPosition::from(2)));
    drop(store);
    let refused = other
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await;
    assert!(refused.is_err());
    assert_eq!(
        format!("{other:?}"),
        "MemoryEventStore { head: Some(GlobalPosition(2)), .. }"
    );
}

#[tokio::test]
async fn two_stores_share_nothing() {
    let (one, other) = (MemoryEventStore::new(), MemoryEventStore::new());
    one.append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    assert_eq!(other.head().await.unwrap(), None);
}

#[tokio::test]
async fn payloads_are_shared_and_never_copied() {
    let store = MemoryEventStore::new();
    let payload = Bytes::from(vec![7; 1000]);
    let mut batch = events(1);
    batch[0].payload = payload.clone();
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, batch)
        .await
        .unwrap();
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(read[0].payload.as_ptr(), payload.as_ptr());
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test is about the system clock"
)]
async fn a_store_without_a_given_clock_uses_the_system_clock() {
    let store = MemoryEventStore::new();
    let before = Timestamp::now();
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    let microsecond = jiff::SignedDuration::from_micros(1);
    assert!(read[0].recorded_at >= before - microsecond);
    assert!(read[0].recorded_at <= Timestamp::now());
}

/// A clock that panics until it is repaired.
#[derive(Default)]
struct BrokenClock {
    repaired: AtomicBool,
}

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        assert!(self.repaired.load(Ordering::SeqCst), "the clock is broken");
        SystemClock.now()
    }
}

#[test]
fn a_store_works_again_after_a_panic_of_its_clock() {
    let clock = Arc::new(BrokenClock::default());
    let store = MemoryEventStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let append = || {
        let appending = store.append_to(stream("a-1"), ExpectedVersion::NoStream, events(1));
        appending.now_or_never().unwrap()
    };
    assert!(catch_unwind(AssertUnwindSafe(append)).is_err());
    assert_eq!(store.head().now_or_never().unwrap().unwrap(), None);
    clock.repaired.store(true, Ordering::SeqCst);
    assert_eq!(
        append().unwrap().last_position(),
        Some(GlobalPosition::FIRST)
    );
}

#[test]
fn an_append_never_suspends() {
    let store = MemoryEventStore::new();
    let appending = store.append_to(stream("a-1"), ExpectedVersion::Any, events(3));
    assert!(appending.now_or_never().unwrap().is_ok());
}

#[tokio::test]
async fn two_tasks_that_wake_each_other_miss_no_wake_up() {
    const TURNS: u32 = 500;
    let store = MemoryEventStore::new();
    let player = |store: MemoryEventStore, first: u32| async move {
        for turn in (first..TURNS).step_by(2) {
            let reached = store.wait_past(GlobalPosition::from(turn)).await.unwrap();
            assert_eq!(reached, GlobalPosition::from(turn + 1));
            store
                .append_to(stream("ball"), ExpectedVersion::Any, events(1))
                .await
                .unwrap();
        }
    };
    let players = [
        tokio::spawn(player(store.clone(), 0)),
        tokio::spawn(player(store.clone(), 1)),
    ];
    store
        .append_to(stream("ball"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    for player in players {
        player.await.unwrap();
    }
    let version = store.stream_version(&stream("ball")).await.unwrap();
    assert_eq!(version, StreamVersion::from(TURNS + 1));
}

#[tokio::test]
async fn a_clone_is_another_handle_on_the_same_snapshots() {
    let store = MemorySnapshotStore::new();
    let snapshot = SnapshotRecord {
        stream: stream("a-1"),
        version: StreamVersion::FIRST,
        schema: StateSchema::new("state/1").unwrap(),
        taken_at: Timestamp::UNIX_EPOCH,
        payload: Bytes::from_static(b"{}"),
    };
    store.clone().save(snapshot.clone()).await.unwrap();
    let loaded = store
        .load(&snapshot.stream, &snapshot.schema, snapshot.version)
        .await;
    assert_eq!(loaded.unwrap(), Some(snapshot.clone()));
    let other = MemorySnapshotStore::new();
    let loaded = other
        .load(&snapshot.stream, &snapshot.schema, snapshot.version)
        .await;
    assert_eq!(loaded.unwrap(), None);
}
