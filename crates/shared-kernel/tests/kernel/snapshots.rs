//! Laws 25 and 28: a snapshot is a cache. A load ignores one that does not fit, and a snapshot that
//! cannot be saved never fails a save.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use shared_kernel::codec::{
    DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec,
};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::repository::{SaveReceipt, SnapshotError, SnapshotOutcome, SnapshotRetention};
use shared_kernel::snapshot::StateSchema;
use shared_kernel::snapshot::policy::{
    Never, OlderThan, OnRequest, ReplayLongerThan, SnapshotInfo, SnapshotPolicy, StateLargerThan,
};
use shared_kernel::store::AppendOutcome;
use shared_kernel::time::Clock;
use shared_kernel::{
    Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, RecordedEvent, SnapshotStore,
    StoreError,
};

use crate::doubles::{Events, Snapshots};
use crate::fixture::{Fixture, at, every, record, version};
use crate::tally::{EventsInJson, SCHEMA, StateInJson, TallyEvent, opened, stream};
use crate::warnings::Warnings;

fn outcome(saved: &SaveReceipt) -> &SnapshotOutcome {
    &saved.snapshots[0].1
}

#[tokio::test]
async fn a_snapshot_is_taken_when_the_span_of_a_save_passes_a_boundary() {
    let f = Fixture::new();
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(1)).unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::NotDue));
    assert_eq!(root.newest_snapshot(), None);

    f.clock.set(at(5));
    root.raise_all((2..=6).map(TallyEvent::Added)).unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    let taken = SnapshotInfo {
        version: version(7),
        taken_at: at(5),
    };
    assert!(matches!(outcome(&saved), SnapshotOutcome::Taken(info) if *info == taken));
    assert_eq!(root.newest_snapshot(), Some(taken));
    assert_eq!(f.snapshots_of("tally-1").await, [7]);
}

#[tokio::test]
async fn a_load_reads_only_the_events_after_the_snapshot() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2, 3, 4]).await;
    f.events.take_read_pages();
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3, 4]);
    assert_eq!(root.version(), version(5));
    assert_eq!(
        root.newest_snapshot().map(|info| info.version),
        Some(version(3))
    );
    let pages = f.events.take_read_pages();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].range.from, version(3));
    assert_eq!(f.states.decoded.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_snapshot_at_the_end_of_the_stream_needs_no_replay() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2]).await;
    let mut root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2]);
    assert_eq!(root.version(), version(3));
    root.raise(TallyEvent::Added(3)).unwrap();
    f.repository.save(&mut root).await.unwrap();
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2, 3]);
}

#[tokio::test]
async fn a_snapshot_ahead_of_its_stream_is_ignored_and_reported() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1]).await;
    f.plant("tally-1", 3, r#"{"added":[99],"closed":true}"#)
        .await;
    let warnings = Warnings::of_this_thread();
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1]);
    assert_eq!(root.version(), version(2));
    assert_eq!(root.newest_snapshot(), None);
    assert_eq!(warnings.count(), 1);
}

#[tokio::test]
async fn a_snapshot_without_a_stream_makes_no_aggregate() {
    let f = Fixture::new();
    f.plant("tally-1", 3, r#"{"added":[99],"closed":true}"#)
        .await;
    assert!(
        f.repository
            .load(&stream("tally-1"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_decoded_is_ignored_and_reported() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2, 3]).await;
    f.plant("tally-1", 4, "{").await;
    let warnings = Warnings::of_this_thread();
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3]);
    assert_eq!(warnings.count(), 1);
}

#[tokio::test]
async fn a_snapshot_of_another_schema_is_not_decoded() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1]).await;
    let mut older = record("tally-1", 2, r#"{"added":[99],"closed":true}"#);
    older.schema = StateSchema::new("tally/2").unwrap();
    f.snapshots.inner.save(older).await.unwrap();
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1]);
}

#[tokio::test]
async fn a_snapshot_store_that_fails_reads_costs_only_a_longer_replay() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2, 3]).await;
    f.snapshots.faults.lock().unwrap().load = true;
    let warnings = Warnings::of_this_thread();
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3]);
    assert_eq!(warnings.count(), 1);
}

#[tokio::test]
async fn a_snapshot_other_than_the_requested_one_is_ignored() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2]).await;
    f.tally_of("tally-2", &[1, 2]).await;
    let state = r#"{"added":[99],"closed":true}"#;
    let mut other_schema = record("tally-1", 2, state);
    other_schema.schema = StateSchema::new("tally/4").unwrap();
    for other in [record("tally-2", 2, state), other_schema] {
        f.snapshots.faults.lock().unwrap().always = Some(other);
        let warnings = Warnings::of_this_thread();
        let root = f.repository.get(&stream("tally-1")).await.unwrap();
        assert_eq!(root.state().added, [1, 2]);
        assert_eq!(warnings.count(), 1);
    }
    f.snapshots.faults.lock().unwrap().always = Some(record("tally-1", 3, state));
    let as_of = shared_kernel::repository::AsOf::Version(version(2));
    let then = f
        .repository
        .load_as_of(&stream("tally-1"), as_of)
        .await
        .unwrap();
    assert_eq!(
        then.unwrap().state().added,
        [1],
        "the snapshot is above the requested version"
    );
}

#[tokio::test]
async fn a_snapshot_at_version_zero_is_ignored() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1]).await;
    f.plant("tally-1", 0, r#"{"added":[99],"closed":true}"#)
        .await;
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [1]);
}

#[tokio::test]
async fn a_good_load_reports_nothing() {
    let f = Fixture::new();
    let warnings = Warnings::of_this_thread();
    f.tally_of("tally-1", &[1, 2, 3]).await;
    f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(warnings.count(), 0);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_stored_does_not_fail_the_save() {
    let f = Fixture::new();
    f.snapshots.faults.lock().unwrap().save = true;
    let warnings = Warnings::of_this_thread();
    let mut root = opened("tally-1");
    root.raise_all([TallyEvent::Added(1), TallyEvent::Added(2)])
        .unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert!(matches!(
        outcome(&saved),
        SnapshotOutcome::Failed(SnapshotError::Save(StoreError::Backend { .. }))
    ));
    assert_eq!(warnings.count(), 1);
    assert_eq!(root.version(), version(3));
    assert!(!root.has_pending());
    assert_eq!(root.newest_snapshot(), None);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2]);
}

#[tokio::test]
async fn a_state_that_cannot_be_encoded_does_not_fail_the_save() {
    let f = Fixture::new();
    let warnings = Warnings::of_this_thread();
    let mut root = opened("tally-1");
    root.raise_all([TallyEvent::Added(1), TallyEvent::Added(-17)])
        .unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert!(matches!(
        outcome(&saved),
        SnapshotOutcome::Failed(SnapshotError::Encode(EncodeError::Format(_)))
    ));
    assert_eq!(warnings.count(), 1);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, -17]);
}

#[tokio::test]
async fn old_snapshots_that_cannot_be_removed_do_not_fail_the_save() {
    let f = Fixture::new();
    f.snapshots.faults.lock().unwrap().prune = true;
    let mut root = opened("tally-1");
    root.raise_all([TallyEvent::Added(1), TallyEvent::Added(2)])
        .unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert!(matches!(
        outcome(&saved),
        SnapshotOutcome::Failed(SnapshotError::Prune(StoreError::Backend { .. }))
    ));
    assert_eq!(
        root.newest_snapshot().map(|info| info.version),
        Some(version(3))
    );
}

#[tokio::test]
async fn the_newest_ten_are_kept_by_default() {
    let f = Fixture::new();
    let counts: Vec<i64> = (1..=12).collect();
    for (retention, kept) in [
        (None, 10),
        (Some(SnapshotRetention::All), 13),
        (Some(SnapshotRetention::Newest(NonZeroU32::MIN)), 1),
    ] {
        let name = format!("tally-{kept}");
        let every_time = f.repository.clone().with_policy(every(1));
        let repository = match retention {
            Some(retention) => every_time.with_retention(retention),
            None => every_time,
        };
        let mut root = opened(&name);
        repository.save(&mut root).await.unwrap();
        for count in &counts {
            root.raise(TallyEvent::Added(*count)).unwrap();
            repository.save(&mut root).await.unwrap();
        }
        let versions = f.snapshots_of(&name).await;
        assert_eq!(versions.len(), kept);
        assert_eq!(versions[0], 13);
    }
}

#[tokio::test]
async fn take_snapshot_is_independent_of_the_policy() {
    let f = Fixture::new();
    let repository = f.repository.clone().with_policy(Never);
    let mut root = f.tally_of("tally-1", &[1]).await;
    root.request_snapshot();
    f.clock.set(at(9));
    let taken = repository.take_snapshot(&mut root).await.unwrap();
    let expected = SnapshotInfo {
        version: version(2),
        taken_at: at(9),
    };
    assert_eq!(taken, expected);
    assert_eq!(root.newest_snapshot(), Some(expected));
    assert!(!root.is_snapshot_requested());
    assert_eq!(f.snapshots_of("tally-1").await, [2]);
}

#[tokio::test]
async fn take_snapshot_is_refused_while_events_are_pending() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    let refused = f.repository.take_snapshot(&mut root).await;
    assert!(
        matches!(refused, Err(SnapshotError::Unsaved { stream: of }) if of == stream("tally-1"))
    );
    assert!(root.has_pending());
}

#[tokio::test]
async fn take_snapshot_returns_its_failure() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[-17]).await;
    root.request_snapshot();
    let without = crate::fixture::without_snapshots(&f.events);
    let refused = without.take_snapshot(&mut root).await;
    assert!(matches!(refused, Err(SnapshotError::NoStore)));
    let refused = f.repository.take_snapshot(&mut root).await;
    assert!(matches!(refused, Err(SnapshotError::Encode(_))));
    assert!(root.is_snapshot_requested(), "it was not taken");

    let mut root = f.tally_of("tally-2", &[]).await;
    f.snapshots.faults.lock().unwrap().save = true;
    let refused = f.repository.take_snapshot(&mut root).await;
    assert!(matches!(refused, Err(SnapshotError::Save(_))));
}

#[tokio::test]
async fn a_requested_snapshot_is_taken_once_at_the_next_save() {
    let f = Fixture::new();
    let repository = f.repository.clone().with_policy(OnRequest);
    let mut root = f.tally_of("tally-1", &[]).await;
    root.request_snapshot();
    for expected in [vec![2], vec![2]] {
        root.raise(TallyEvent::Added(1)).unwrap();
        repository.save(&mut root).await.unwrap();
        assert_eq!(f.snapshots_of("tally-1").await, expected);
    }
}

#[tokio::test]
async fn a_slow_replay_is_measured_by_the_clock_and_leads_to_one_snapshot() {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(ReplayLongerThan::default());
    f.tally_of("tally-1", &[1]).await;
    f.events
        .slow_down(Arc::clone(&f.clock), Duration::from_millis(101));
    let mut root = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.replay_duration(), Duration::from_millis(101));
    let mut taken = Vec::new();
    for _ in 0..2 {
        root.raise(TallyEvent::Added(1)).unwrap();
        let saved = repository.save(&mut root).await.unwrap();
        taken.push(matches!(outcome(&saved), SnapshotOutcome::Taken(_)));
    }
    assert_eq!(taken, [true, false]);
    assert_eq!(root.replay_duration(), Duration::ZERO);

    let through = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(through.replay_duration(), Duration::from_millis(101));
}

#[tokio::test]
async fn a_clock_that_steps_back_during_a_load_gives_a_duration_of_zero() {
    let f = Fixture::new();
    struct Backward(std::sync::Mutex<i64>);
    impl Clock for Backward {
        fn now(&self) -> jiff::Timestamp {
            let mut second = self.0.lock().unwrap();
            *second -= 1;
            at(*second)
        }
    }
    f.tally_of("tally-1", &[1]).await;
    let repository = f
        .repository
        .clone()
        .with_clock(Arc::new(Backward(0.into())));
    let root = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.replay_duration(), Duration::ZERO);
}

#[tokio::test]
async fn the_age_of_the_newest_snapshot_counts_after_a_load_too() {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(OlderThan(Duration::from_secs(60)));
    let mut root = opened("tally-1");
    repository.save(&mut root).await.unwrap();
    for (second, versions) in [(60, vec![1]), (61, vec![3, 1])] {
        f.clock.set(at(second));
        let mut root = repository.get(&stream("tally-1")).await.unwrap();
        root.raise(TallyEvent::Added(1)).unwrap();
        repository.save(&mut root).await.unwrap();
        assert_eq!(f.snapshots_of("tally-1").await, versions);
    }
}

#[tokio::test]
async fn a_state_that_a_policy_has_encoded_is_not_encoded_again() {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(StateLargerThan(0).and(every(1)));
    let mut root = opened("tally-1");
    repository.save(&mut root).await.unwrap();
    assert_eq!(f.states.encoded.load(Ordering::Relaxed), 1);
    assert_eq!(f.snapshots_of("tally-1").await, [1]);
}

#[tokio::test]
async fn without_a_snapshot_store_no_policy_is_called() {
    let f = Fixture::new();
    let repository = crate::fixture::without_snapshots(&f.events).with_policy(every(1));
    let mut root = opened("tally-1");
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::NotDue));
    assert_eq!(saved.append.unwrap().outcome, AppendOutcome::Written);
}

#[tokio::test]
async fn a_shared_snapshot_store_is_the_store_itself() {
    let store = Snapshots::new();
    let schema = StateSchema::new(SCHEMA).unwrap();
    for number in 1..=3 {
        let saved = SnapshotStore::save(&store, record("tally-1", number, "{}"));
        saved.await.unwrap();
    }
    let id = stream("tally-1");
    let found = SnapshotStore::load(&store, &id, &schema, version(2))
        .await
        .unwrap();
    assert_eq!(found.unwrap().version, version(2));
    let removed = SnapshotStore::prune(&store, &id, &schema, NonZeroU32::MIN)
        .await
        .unwrap();
    assert_eq!(removed, 2);
    assert_eq!(store.versions(&id, SCHEMA).await, [3]);
}

/// An aggregate with a type that makes no valid schema name.
struct Nameless;

#[derive(DomainEvent)]
struct Happened;

impl Aggregate for Nameless {
    type Event = Happened;
    const TYPE: &'static str = "two\nlines";

    fn create(_: &Happened) -> Result<Self, Inapplicable> {
        Ok(Self)
    }

    fn apply(&mut self, _: &Happened) -> Result<(), Inapplicable> {
        Ok(())
    }
}

struct Blank;

impl EventCodec<Happened> for Blank {
    fn encode(&self, event: &Happened) -> Result<EncodedEvent, EncodeError> {
        Ok(EncodedEvent {
            event_type: EventType::new(event.event_type())?,
            schema_version: SchemaVersion::FIRST,
            payload: bytes::Bytes::new(),
        })
    }

    fn decode(&self, _: &RecordedEvent) -> Result<DecodedEvents<Happened>, DecodeError> {
        Ok(Happened.into())
    }
}

impl StateCodec<Nameless> for Blank {
    fn encode(&self, _: &Nameless) -> Result<bytes::Bytes, EncodeError> {
        Ok(bytes::Bytes::new())
    }

    fn decode(&self, _: &[u8]) -> Result<Nameless, FormatError> {
        Ok(Nameless)
    }
}

#[tokio::test]
async fn an_aggregate_without_a_valid_schema_name_loads_and_saves_without_snapshots() {
    let repository = EventSourcedRepository::<Nameless>::new(Events::new(), Arc::new(Blank))
        .with_snapshots(Snapshots::new(), Arc::new(Blank))
        .with_policy(every(1));
    let warnings = Warnings::of_this_thread();
    let mut root = shared_kernel::AggregateRoot::create(stream("n-1"), Happened).unwrap();
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(
        outcome(&saved),
        SnapshotOutcome::Failed(SnapshotError::Schema(_))
    ));
    assert_eq!(
        repository.get(&stream("n-1")).await.unwrap().version(),
        version(1)
    );
    assert_eq!(warnings.count(), 2);
}

#[test]
fn the_debug_output_of_a_repository_has_its_settings() {
    let repository = EventSourcedRepository::<crate::tally::Tally>::new(
        Events::new(),
        Arc::new(EventsInJson::default()),
    )
    .with_snapshots(Snapshots::new(), Arc::new(StateInJson::default()));
    assert!(format!("{repository:?}").contains("tally"));
}
