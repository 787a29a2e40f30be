//! A repository on test doubles, and the common steps of its tests.

use std::num::NonZeroU64;
use std::sync::Arc;

use conformance::double::Delegating;
use jiff::Timestamp;
use persistence_memory::MemoryEventStore;
use shared_kernel::event::EventType;
use shared_kernel::repository::BackgroundTasks;
use shared_kernel::snapshot::policy::{EveryEvents, SnapshotPolicy};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::{Clock, ManualClock};
use shared_kernel::{
    AggregateRoot, Append, EventId, EventSourcedRepository, ExpectedVersion, NewEvent,
    SnapshotStore, StreamVersion,
};

use crate::doubles::{Counting, Events, Pauses, Snapshots};
use crate::tally::{EventsInJson, SCHEMA, StateInJson, Tally, TallyEvent, stream};

pub(crate) struct Fixture {
    pub(crate) events: Arc<Delegating<Events>>,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) states: Arc<StateInJson>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) pauses: Arc<Pauses>,
    pub(crate) repository: EventSourcedRepository<Tally>,
}

impl Fixture {
    /// A repository with a snapshot every three events.
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(at(0)));
        let store = MemoryEventStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let events = Events::over(store);
        let snapshots = Snapshots::new();
        let states = Arc::new(StateInJson::default());
        let pauses = Arc::new(Pauses::default());
        let repository = without_snapshots(&events)
            .with_snapshots(Arc::clone(&snapshots), Arc::clone(&states))
            .with_policy(every(3))
            .with_clock(Arc::clone(&clock))
            .with_timer(Arc::clone(&pauses));
        Self {
            events,
            snapshots,
            states,
            clock,
            pauses,
            repository,
        }
    }

    /// Opens a tally and adds the counts, in one save each.
    pub(crate) async fn tally_of(&self, name: &str, counts: &[i64]) -> AggregateRoot<Tally> {
        let mut root = crate::tally::opened(name);
        self.repository.save(&mut root).await.unwrap();
        for count in counts {
            root.raise(TallyEvent::Added(*count)).unwrap();
            self.repository.save(&mut root).await.unwrap();
        }
        root
    }

    /// The stored state, replayed without snapshots.
    pub(crate) async fn stored(&self, name: &str) -> Option<Tally> {
        let repository = without_snapshots(&self.events);
        let root = repository.load(&stream(name)).await.unwrap();
        root.map(AggregateRoot::into_state)
    }

    /// The versions of the stored snapshots of a tally, from the newest to the oldest.
    pub(crate) async fn snapshots_of(&self, name: &str) -> Vec<u64> {
        self.snapshots.versions(&stream(name), SCHEMA).await
    }

    /// The repository with another policy, and with snapshots in the background.
    pub(crate) fn in_background(
        &self,
        policy: impl SnapshotPolicy<Tally> + 'static,
        tasks: BackgroundTasks,
    ) -> EventSourcedRepository<Tally> {
        let repository = self.repository.clone().with_policy(policy);
        repository.with_snapshots_in_background(tasks)
    }

    /// Puts a snapshot into the store.
    pub(crate) async fn plant(&self, name: &str, version: u32, payload: &'static str) {
        let planted = self.snapshots.inner.save(record(name, version, payload));
        planted.await.unwrap();
    }
}

pub(crate) fn without_snapshots(events: &Arc<Delegating<Events>>) -> EventSourcedRepository<Tally> {
    EventSourcedRepository::new(Arc::clone(events), Arc::new(EventsInJson::default()))
        .with_randomness(Counting::default())
}

pub(crate) fn every(events: u64) -> EveryEvents {
    EveryEvents::new(NonZeroU64::new(events).unwrap())
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn version(number: u32) -> StreamVersion {
    StreamVersion::from(number)
}

pub(crate) fn record(name: &str, at_version: u32, payload: &'static str) -> SnapshotRecord {
    SnapshotRecord {
        stream: stream(name),
        version: version(at_version),
        schema: StateSchema::new(SCHEMA).unwrap(),
        taken_at: at(0),
        payload: payload.into(),
    }
}

/// An append of another writer to a tally.
pub(crate) fn by_another(name: &str, count: i64) -> Append {
    let mut chance = [0xee; 10];
    chance[3..].copy_from_slice(&count.to_be_bytes()[1..]);
    let event = NewEvent::new(
        EventId::from_parts(at(0), chance),
        EventType::new("Added").unwrap(),
        serde_json::to_vec(&TallyEvent::Added(count)).unwrap(),
    );
    Append::new().write(stream(name), ExpectedVersion::Any, vec![event])
}
