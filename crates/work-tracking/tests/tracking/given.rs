//! The fixture of the tests: a tracker on stores in memory, and the values that tests give it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::Delegating;
use jiff::Timestamp;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::event::{ActorKind, ActorName};
use shared_kernel::repository::RetryPolicy;
use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
use shared_kernel::time::{Clock, ManualClock, Timer};
use shared_kernel::{Actor, EventStore, Metadata};
use work_item::{
    Coverage, DependencyKind, NewWorkItem, Note, Reason, TestRatio, TestRun, Title, WorkItemEvent,
    WorkItemId, WorkItemType,
};
use work_tracking::{Codecs, CommandContext, ItemRef, RegisterEvent, WorkTracker};

use crate::meddling_store::MeddlingStore;

/// A tracker, and what lies under it.
pub(crate) struct Bench {
    pub(crate) tracker: WorkTracker,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) clock: Arc<ManualClock>,
}

/// A tracker on a new store, at ten in the morning.
pub(crate) fn bench() -> Bench {
    let clock = Arc::new(ManualClock::at(ten()));
    bench_on(Arc::new(MemoryEventStore::with_clock(clock.clone())), clock)
}

fn bench_on(store: Arc<dyn EventStore>, clock: Arc<ManualClock>) -> Bench {
    let tracker = tracker(store.clone(), clock.clone(), 0);
    Bench {
        tracker: tracker.with_timer(Ticking(clock.clone())),
        store,
        clock,
    }
}

/// A tracker on a new store that can be made to meddle.
pub(crate) fn meddled() -> (Bench, Arc<Delegating<MeddlingStore>>) {
    let clock = Arc::new(ManualClock::at(ten()));
    let store = Arc::new(Delegating::new(MeddlingStore::new(
        MemoryEventStore::with_clock(clock.clone()),
    )));
    (bench_on(store.clone(), clock), store)
}

/// A tracker as another process would have it: a worker of its own, no waiting.
pub(crate) fn tracker(
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    worker: u16,
) -> WorkTracker {
    let worker = WorkerId::new(worker).unwrap();
    let ids = Arc::new(SnowflakeGenerator::new(clock.clone(), worker));
    WorkTracker::new(store, codecs(), ids)
        .with_clock(clock)
        .with_timer(NoWaiting)
}

pub(crate) fn with_snapshots(tracker: WorkTracker) -> WorkTracker {
    let codec = Arc::new(JsonStateCodec::new());
    tracker.with_snapshots(Arc::new(MemorySnapshotStore::new()), codec)
}

pub(crate) fn codecs() -> Codecs {
    let items = WorkItemEvent::UPCASTERS.iter().fold(
        JsonEventCodec::<WorkItemEvent>::builder(),
        |codec, step| {
            codec.upcast(step.event_type, step.from, |payload| {
                Ok(serde_json::to_value(step.upgrade(payload)?)?)
            })
        },
    );
    let register = JsonEventCodec::<RegisterEvent>::new();
    Codecs {
        items: Arc::new(items.build().unwrap()),
        register: Arc::new(register.unwrap()),
    }
}

/// Passes over every pause.
struct NoWaiting;

#[async_trait]
impl Timer for NoWaiting {
    async fn sleep(&self, _: Duration) {}
}

/// Passes over every pause and turns the clock forward by a second instead.
struct Ticking(Arc<ManualClock>);

#[async_trait]
impl Timer for Ticking {
    async fn sleep(&self, _: Duration) {
        self.0.advance(Duration::from_secs(1));
    }
}

/// The time limit that allows this number of attempts on a [`bench`].
pub(crate) fn attempts(number: u64) -> RetryPolicy {
    RetryPolicy::default().with_time_limit(Duration::from_secs(number - 1))
}

pub(crate) fn ten() -> Timestamp {
    "2026-01-09T10:00:00Z".parse().unwrap()
}

pub(crate) fn task(title: &str) -> NewWorkItem {
    NewWorkItem::new(self::title(title))
}

/// An item of a kind, in another one where there is a parent.
pub(crate) async fn item(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let new = task("x").with_type(kind);
    let created = tracker.create(new, parent.map(ItemRef::from), ada()).await;
    created.unwrap().item.id()
}

/// The same, started and tested.
pub(crate) async fn started(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let id = item(tracker, kind, parent).await;
    start(tracker, id).await;
    id
}

/// The same, and done.
pub(crate) async fn done(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let id = started(tracker, kind, parent).await;
    tracker.complete(id, None, &nobody()).await.unwrap();
    id
}

/// Starts an item and shows that it works.
pub(crate) async fn start(tracker: &WorkTracker, id: WorkItemId) {
    tracker.start(id, &nobody()).await.unwrap();
    tracker
        .record_test_run(id, enough(), &nobody())
        .await
        .unwrap();
}

/// Makes an item wait for another one.
pub(crate) async fn block(tracker: &WorkTracker, id: WorkItemId, by: WorkItemId) {
    let blocks = DependencyKind::Blocks;
    let added = tracker.add_dependency(id, by, blocks, &nobody()).await;
    added.unwrap();
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    text.parse().unwrap()
}

pub(crate) fn reason(text: &str) -> Reason {
    text.parse().unwrap()
}

pub(crate) fn name(text: &str) -> ActorName {
    text.parse().unwrap()
}

/// A run that passes every gate.
pub(crate) fn enough() -> TestRun {
    TestRun::new()
        .with_coverage(Coverage::ALL)
        .with_ratio(TestRatio::new(6, 3, 1).unwrap())
}

pub(crate) fn nobody() -> CommandContext {
    CommandContext::new()
}

pub(crate) fn ada() -> Metadata {
    Metadata::new().with_actor(Actor::new(ActorKind::Person, "ada").unwrap())
}
