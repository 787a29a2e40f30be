//! Loads from a combined store: one request, with the result of two separate stores.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use conformance::double::Delegating;
use persistence_memory::MemoryStore;
use shared_kernel::repository::{AsOf, RetryPolicy, SnapshotRetention};
use shared_kernel::snapshot::policy::Never;
use shared_kernel::snapshot::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore, StateSchema};
use shared_kernel::{EventSourcedRepository, RepositoryError, StreamVersion};

use crate::doubles::{broken, busy};
use crate::fixture::{Fixture, at, every, record, version};
use crate::joined::Joined;
use crate::tally::{EventsInJson, SCHEMA, StateInJson, Tally, TallyEvent, opened, stream};
use crate::warnings::Warnings;

/// A repository on a combined store over the two stores of a fixture.
struct AtOnce {
    f: Fixture,
    store: Arc<Delegating<Joined>>,
    repository: EventSourcedRepository<Tally>,
}

fn at_once() -> AtOnce {
    let f = Fixture::new();
    let store = Joined::over(&f.events, &f.snapshots);
    let repository = EventSourcedRepository::snapshotted(
        Arc::clone(&store),
        Arc::new(EventsInJson::default()),
        Arc::clone(&f.states),
    )
    .with_policy(every(3))
    .with_clock(Arc::clone(&f.clock));
    AtOnce {
        f,
        store,
        repository,
    }
}

impl AtOnce {
    /// The state at a moment. It must be the same as from two separate stores.
    async fn added(&self, as_of: AsOf) -> Option<Vec<i64>> {
        let id = stream("tally-1");
        let root = self.repository.load_as_of(&id, as_of).await.unwrap();
        let by_two = self.f.repository.load_as_of(&id, as_of).await.unwrap();
        let versions = |root: &Option<_>| root.as_ref().map(shared_kernel::AggregateRoot::version);
        assert_eq!(versions(&root), versions(&by_two), "{as_of:?}");
        let added = root.map(|root| root.into_state().added);
        assert_eq!(added, by_two.map(|root| root.into_state().added));
        added
    }
}

#[tokio::test]
async fn a_snapshot_and_its_tail_are_one_request() {
    let a = at_once();
    a.f.tally_of("tally-1", &[1, 2, 3, 4]).await;
    a.f.events.take_read_pages();
    let root = a.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3, 4]);
    assert_eq!(
        root.newest_snapshot().map(|info| info.version),
        Some(version(3))
    );
    assert_eq!(a.f.states.decoded.load(Ordering::Relaxed), 1);
    let reads = a.store.take_reads();
    let asked = SnapshotQuery::new(stream("tally-1"), StateSchema::new(SCHEMA).unwrap());
    assert_eq!(reads, [asked]);
    assert!(a.f.events.take_read_pages().is_empty());
    assert!(a.f.snapshots.take_loads().is_empty());
}

#[tokio::test]
async fn a_stream_without_snapshots_is_one_request_too() {
    let a = at_once();
    a.f.tally_of("tally-1", &[1]).await;
    a.f.events.take_read_pages();
    let root = a.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1]);
    assert_eq!(root.newest_snapshot(), None);
    assert!(a.repository.load(&stream("never")).await.unwrap().is_none());
    assert_eq!(a.store.take_reads().len(), 2);
    assert!(a.f.events.take_read_pages().is_empty());
}

#[tokio::test]
async fn the_events_after_the_first_page_are_read_from_the_event_store() {
    let a = at_once();
    let repository = a
        .repository
        .clone()
        .with_policy(Never)
        .with_page_size(NonZeroUsize::new(3).unwrap());
    let mut root = opened("tally-1");
    root.raise_all((1..=7).map(TallyEvent::Added)).unwrap();
    repository.save(&mut root).await.unwrap();
    let root = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3, 4, 5, 6, 7]);
    let pages = a.f.events.take_read_pages();
    let begins: Vec<_> = pages.iter().map(|page| page.range.from.get()).collect();
    assert_eq!(begins, [4, 7]);
    assert!(pages.iter().all(|page| page.range.page_size.get() == 3));
}

#[tokio::test]
async fn a_snapshot_is_saved_in_the_combined_store() {
    let a = at_once();
    let mut root = opened("tally-1");
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    a.repository.save(&mut root).await.unwrap();
    let kept = a.f.snapshots_of("tally-1").await;
    assert_eq!(kept, [3]);
    assert_eq!(a.f.stored("tally-1").await.unwrap().added, [1, 2]);
}

#[tokio::test]
async fn an_earlier_state_is_loaded_also_if_newer_snapshots_exist() {
    let a = at_once();
    let repository = a
        .repository
        .clone()
        .with_policy(every(1))
        .with_retention(SnapshotRetention::All);
    let mut root = opened("tally-1");
    for number in 1..=6 {
        a.f.clock.set(at(10 * number));
        if number > 1 {
            root.raise(TallyEvent::Added(number)).unwrap();
        }
        repository.save(&mut root).await.unwrap();
    }
    for number in 0..=7_u32 {
        let expected = (number > 0).then(|| (2..=i64::from(number.min(6))).collect());
        assert_eq!(a.added(AsOf::Version(version(number))).await, expected);
        assert_eq!(a.added(AsOf::Position(number.into())).await, expected);
        let time = at(10 * i64::from(number) + 5);
        assert_eq!(a.added(AsOf::Time(time)).await, expected);
    }
    // The newest snapshot is too new twice, the third fits: three requests and nothing else.
    a.store.take_reads();
    a.f.events.take_read_pages();
    let then = AsOf::Time(at(40));
    let root = repository.load_as_of(&stream("tally-1"), then).await;
    assert_eq!(root.unwrap().unwrap().version(), version(4));
    let asked: Vec<_> = a.store.take_reads().iter().map(|q| q.at_most).collect();
    assert_eq!(asked, [StreamVersion::MAX, version(5), version(4)]);
    assert!(a.f.events.take_read_pages().is_empty());
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_ignored_and_reported() {
    let closed = r#"{"added":[99],"closed":true}"#;
    let mut foreign_schema = record("tally-1", 2, closed);
    foreign_schema.schema = StateSchema::new("tally/4").unwrap();
    for wrong in [
        record("tally-1", 9, closed),
        record("tally-1", 0, closed),
        record("tally-1", 2, "{"),
        record("tally-2", 2, closed),
        foreign_schema,
    ] {
        let a = at_once();
        a.f.tally_of("tally-1", &[1]).await;
        a.f.snapshots.faults.lock().unwrap().always = Some(wrong);
        let warnings = Warnings::of_this_thread();
        let root = a.repository.get(&stream("tally-1")).await.unwrap();
        assert_eq!(root.state().added, [1]);
        assert_eq!(root.newest_snapshot(), None);
        assert_eq!(warnings.count(), 1);
    }
}

#[tokio::test]
async fn a_snapshot_above_the_requested_version_is_ignored() {
    let a = at_once();
    a.f.tally_of("tally-1", &[1, 2]).await;
    let wrong = record("tally-1", 3, r#"{"added":[99],"closed":true}"#);
    a.f.snapshots.faults.lock().unwrap().always = Some(wrong);
    let as_of = AsOf::Version(version(2));
    let then = a.repository.load_as_of(&stream("tally-1"), as_of).await;
    assert_eq!(then.unwrap().unwrap().state().added, [1]);
}

#[tokio::test]
async fn after_a_failed_request_the_events_are_replayed() {
    let a = at_once();
    a.f.tally_of("tally-1", &[1, 2, 3]).await;
    a.store.fail_next_read(broken());
    let warnings = Warnings::of_this_thread();
    let root = a.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3]);
    assert_eq!(root.newest_snapshot(), None);
    assert_eq!(warnings.count(), 1);
}

#[tokio::test]
async fn a_store_that_fails_all_reads_is_a_typed_error_transient_if_busy() {
    let a = at_once();
    a.f.tally_of("tally-1", &[1, 2, 3]).await;
    for transient in [true, false] {
        let error = || if transient { busy() } else { broken() };
        a.store.fail_next_read(error());
        a.f.events.fail_next_read(error());
        let impatient = a.repository.clone().with_retry(RetryPolicy::NEVER);
        let refused = impatient.load(&stream("tally-1")).await.unwrap_err();
        assert!(matches!(refused, RepositoryError::Read(_)));
        assert_eq!(refused.is_transient(), transient);
    }
}

#[tokio::test]
async fn a_shared_store_is_the_store_itself() {
    let store: Arc<MemoryStore> = Arc::default();
    let repository = EventSourcedRepository::<Tally>::snapshotted(
        Arc::clone(&store),
        Arc::new(EventsInJson::default()),
        Arc::new(StateInJson::default()),
    )
    .with_policy(every(2));
    let mut root = opened("tally-1");
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    repository.save(&mut root).await.unwrap();
    let query = SnapshotQuery::new(stream("tally-1"), StateSchema::new(SCHEMA).unwrap());
    let read = SnapshottedEventStore::read_from_snapshot(&store, &query);
    let SnapshotAndTail { snapshot, tail } = read.await.unwrap();
    assert_eq!(snapshot.unwrap().version, version(3));
    assert_eq!((tail.items.len(), tail.next), (1, None));
}
