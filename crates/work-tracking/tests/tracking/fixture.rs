//! The fixture of all tests: a tracker on a store in memory, items in each status, and the values
//! that commands take.

mod rendezvous_store;
mod scripted_store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::Delegating;
use jiff::{SignedDuration, Timestamp};
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::event::{ActorKind, EventType};
use shared_kernel::repository::RetryPolicy;
use shared_kernel::snowflake::{Snowflake, SnowflakeGenerator, WorkerId};
use shared_kernel::store::Conflict;
use shared_kernel::time::{Clock, ManualClock, Timer};
use shared_kernel::{
    Actor, Append, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, StreamId,
};
use work_item::{
    DependencyKind, EvidenceFile, FileCounts, Hindrances, NewWorkItem, Note, Participant, Reason,
    Sha256, TestPatterns, TestRun, Title, WorkItemError, WorkItemEvent, WorkItemId, WorkItemType,
    WorkNumber,
};
use work_tracking::{
    Codecs, CommandContext, ItemFilter, ItemRef, RegisterEvent, TrackedItem, TrackingError,
    WorkTracker,
};

pub(crate) use rendezvous_store::RendezvousStore;
pub(crate) use scripted_store::{AppendScript, LogScript, ScriptedStore};

pub(crate) const EPIC: WorkItemType = WorkItemType::Epic;
pub(crate) const STORY: WorkItemType = WorkItemType::Story;
pub(crate) const TASK: WorkItemType = WorkItemType::Task;
pub(crate) const SUBTASK: WorkItemType = WorkItemType::Subtask;

pub(crate) const BLOCKS: DependencyKind = DependencyKind::Blocks;
pub(crate) const RELATES: DependencyKind = DependencyKind::Relates;

/// A tracker with its store and clock.
pub(crate) struct Fixture {
    pub(crate) tracker: WorkTracker,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) clock: Arc<ManualClock>,
}

/// A tracker on a new store, at ten o'clock. The pause after a conflict advances the clock by a
/// second.
pub(crate) fn fixture() -> Fixture {
    let clock = Arc::new(ManualClock::at(ten()));
    fixture_on(Arc::new(MemoryEventStore::with_clock(clock.clone())), clock)
}

/// The same, on a [`ScriptedStore`].
pub(crate) fn scripted() -> (Fixture, Arc<Delegating<ScriptedStore>>) {
    let clock = Arc::new(ManualClock::at(ten()));
    let inner = MemoryEventStore::with_clock(clock.clone());
    let store = Arc::new(Delegating::new(ScriptedStore::new(inner)));
    (fixture_on(store.clone(), clock), store)
}

fn fixture_on(store: Arc<dyn EventStore>, clock: Arc<ManualClock>) -> Fixture {
    let tracker = tracker(store.clone(), clock.clone(), 0);
    Fixture {
        tracker: tracker.with_timer(AdvancingTimer(clock.clone())),
        store,
        clock,
    }
}

/// A tracker with its own worker, as a second process has it. It does not pause after a conflict.
pub(crate) fn tracker(
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    worker: u16,
) -> WorkTracker {
    let worker = WorkerId::new(worker).unwrap();
    let ids = Arc::new(SnowflakeGenerator::new(clock.clone(), worker));
    WorkTracker::new(store, codecs(), ids)
        .with_clock(clock)
        .with_timer(NoPause)
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

/// A timer that skips every pause.
struct NoPause;

#[async_trait]
impl Timer for NoPause {
    async fn sleep(&self, _: Duration) {}
}

/// A timer that skips every pause and advances the clock by a second.
struct AdvancingTimer(Arc<ManualClock>);

#[async_trait]
impl Timer for AdvancingTimer {
    async fn sleep(&self, _: Duration) {
        self.0.advance(Duration::from_secs(1));
    }
}

/// The time limit for this number of attempts of a [`fixture`]'s tracker: 3 attempts have two
/// pauses of a second.
pub(crate) fn attempts(number: u64) -> RetryPolicy {
    RetryPolicy::default().with_time_limit(Duration::from_secs(number - 1))
}

/// Ten o'clock, the time of a new [`fixture`].
pub(crate) fn ten() -> Timestamp {
    "2026-01-09T10:00:00Z".parse().unwrap()
}

/// The time this many minutes after [`ten`].
pub(crate) fn minutes_after_ten(minutes: i64) -> Timestamp {
    ten() + SignedDuration::from_mins(minutes)
}

pub(crate) fn task(title: &str) -> NewWorkItem {
    NewWorkItem::new(self::title(title))
}

/// A pending item.
pub(crate) async fn item(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let new = task("x").with_type(kind);
    let created = tracker.create(new, parent.map(ItemRef::from), ada()).await;
    created.unwrap().item.id()
}

/// Pending tasks.
pub(crate) async fn tasks<const N: usize>(tracker: &WorkTracker) -> [WorkItemId; N] {
    let mut tasks = Vec::new();
    for _ in 0..N {
        tasks.push(item(tracker, TASK, None).await);
    }
    tasks.try_into().unwrap()
}

/// An item in progress that has passed its tests.
pub(crate) async fn started(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let id = item(tracker, kind, parent).await;
    start(tracker, id).await;
    id
}

/// A done item.
pub(crate) async fn done(
    tracker: &WorkTracker,
    kind: WorkItemType,
    parent: Option<WorkItemId>,
) -> WorkItemId {
    let id = started(tracker, kind, parent).await;
    tracker.complete(id, None, &anonymous()).await.unwrap();
    id
}

/// Starts an item and records a test run that passes every gate.
pub(crate) async fn start(tracker: &WorkTracker, id: WorkItemId) {
    tracker.start(id, &anonymous()).await.unwrap();
    tracker
        .record_test_run(id, enough(), &anonymous())
        .await
        .unwrap();
}

/// Lets an item wait for a blocker.
pub(crate) async fn block(tracker: &WorkTracker, id: WorkItemId, by: WorkItemId) {
    let added = tracker.add_dependency(id, by, BLOCKS, &anonymous()).await;
    added.unwrap();
}

/// All items.
pub(crate) async fn list_all(tracker: &WorkTracker) -> Result<Vec<TrackedItem>, TrackingError> {
    tracker.list(&ItemFilter::new(), |_| {}).await
}

pub(crate) fn number(number: u64) -> WorkNumber {
    WorkNumber::new(number).unwrap()
}

pub(crate) fn snowflake(id: i64) -> Snowflake {
    Snowflake::new(id).unwrap()
}

/// A number and an id that no item has.
pub(crate) fn missing() -> [ItemRef; 2] {
    [ItemRef::from(number(99)), ItemRef::from(snowflake(99))]
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

pub(crate) fn who(text: &str) -> Participant {
    text.parse().unwrap()
}

/// A test run that passes every gate.
pub(crate) fn enough() -> TestRun {
    let lines = FileCounts::Lines {
        covered: 7,
        total: 7,
    };
    let tests = FileCounts::Tests {
        positive: 6,
        negative: 3,
        edge_case: 1,
        skipped: 0,
        patterns: TestPatterns::default(),
    };
    let file = |name: &str, counts| EvidenceFile {
        name: name.parse().unwrap(),
        size: 99,
        sha256: Sha256::from_bytes([15; 32]),
        counts,
    };
    let run = TestRun::new().with_file(file("lines.info", lines)).unwrap();
    run.with_file(file("tests.xml", tests)).unwrap()
}

/// The context of a command of an actor.
pub(crate) fn by(text: &str) -> CommandContext {
    let actor = who(text).into_actor();
    Metadata::new().with_actor(actor).into()
}

pub(crate) fn anonymous() -> CommandContext {
    CommandContext::new()
}

pub(crate) fn ada() -> Metadata {
    Metadata::new().with_actor(Actor::new(ActorKind::Person, "ada").unwrap())
}

/// The stream of the register of numbers.
pub(crate) fn register() -> StreamId {
    StreamId::new("work_item_numbers-register").unwrap()
}

/// An event that another program writes. Its id consists of `seed`.
pub(crate) fn foreign_event(seed: u8, event_type: &str, payload: impl Into<String>) -> NewEvent {
    let id = EventId::from_parts(ten(), [seed; 10]);
    NewEvent::new(id, EventType::new(event_type).unwrap(), payload.into())
}

/// An append of foreign events, at any version of the stream.
pub(crate) fn foreign(stream: StreamId, events: Vec<NewEvent>) -> Append {
    Append::new().write(stream, ExpectedVersion::Any, events)
}

/// An append of another program that gives an item this title.
pub(crate) fn retitled(seed: u8, item: WorkItemId, title: &str) -> Append {
    let payload = format!(r#"{{"title":"{title}"}}"#);
    let event = foreign_event(seed, "WorkItemRetitled", payload);
    foreign(item.stream_id(), vec![event])
}

/// The item, the attempts and the cause of a conflict.
#[track_caller]
pub(crate) fn conflict(refused: TrackingError) -> (Option<ItemRef>, u32, Conflict) {
    match refused {
        TrackingError::Conflict {
            item,
            attempts,
            source,
        } => (item, attempts, source),
        other => panic!("expected a conflict: {other:?}"),
    }
}

/// The hindrances of a refused completion.
#[track_caller]
pub(crate) fn hindrances(refused: TrackingError) -> Hindrances {
    match refused {
        TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) => hindrances,
        other => panic!("expected hindrances: {other:?}"),
    }
}
