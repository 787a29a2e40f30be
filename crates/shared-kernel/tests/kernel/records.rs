//! Laws 26 and 34: one record may hold one event, several events, or no event.

use std::sync::Arc;

use conformance::double::Delegating;
use proptest::collection::vec;
use proptest::prelude::*;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::{
    DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec, StateCodec,
};
use shared_kernel::event::EventType;
use shared_kernel::repository::{AsOf, Draft, SnapshotError, SnapshotOutcome};
use shared_kernel::{
    AggregateRoot, Append, EventEnvelope, EventId, EventSourcedRepository, EventStore,
    ExpectedVersion, NewEvent, RecordedEvent, RepositoryError,
};

use crate::doubles::{Events, Snapshots};
use crate::fixture::{at, every, version};
use crate::tally::{EventsInJson, SCHEMA, StateInJson, Tally, TallyEvent, opened, stream};

/// Reads the payload of `Split` as a list of events; an empty list is a dropped record. `Foreign`
/// is an event that it does not know and skips.
struct Splitting(EventsInJson);

impl EventCodec<TallyEvent> for Splitting {
    fn encode(&self, event: &TallyEvent) -> Result<EncodedEvent, EncodeError> {
        self.0.encode(event)
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<TallyEvent>, DecodeError> {
        match recorded.event_type.as_str() {
            "Split" => {}
            "Foreign" => return Ok(DecodedEvents::Skipped),
            _ => return self.0.decode(recorded),
        }
        let events: Vec<TallyEvent> = serde_json::from_slice(&recorded.payload).unwrap();
        Ok(events.into_iter().collect())
    }
}

struct Fixture {
    events: Arc<Delegating<Events>>,
    snapshots: Arc<Snapshots>,
    /// Takes a snapshot at every save.
    repository: EventSourcedRepository<Tally>,
}

impl Fixture {
    /// A tally that is stored in these records.
    async fn with(records: &[Vec<TallyEvent>]) -> Self {
        let events = Events::new();
        let snapshots = Snapshots::new();
        let repository = plain(&events)
            .with_snapshots(snapshots.clone(), Arc::new(StateInJson::default()))
            .with_policy(every(1));
        let new = (1..).zip(records).map(|(number, events)| {
            let payload = serde_json::to_vec(events).unwrap();
            NewEvent::new(id(number), EventType::new("Split").unwrap(), payload)
        });
        let append = Append::new().write(stream("tally-1"), ExpectedVersion::Any, new.collect());
        events.inner.append(append).await.unwrap();
        Self {
            events,
            snapshots,
            repository,
        }
    }

    /// Appends a record of an event that the codec does not know.
    async fn append_foreign(&self) {
        let foreign = NewEvent::new(id(99), EventType::new("Foreign").unwrap(), "{}");
        let append = Append::new().write(stream("tally-1"), ExpectedVersion::Any, vec![foreign]);
        self.events.inner.append(append).await.unwrap();
    }

    async fn load(&self) -> Option<AggregateRoot<Tally>> {
        self.repository.load(&stream("tally-1")).await.unwrap()
    }

    async fn added_as_of(&self, number: u32) -> Option<(Vec<i64>, u64)> {
        let as_of = AsOf::Version(version(number));
        let loaded = self.repository.load_as_of(&stream("tally-1"), as_of).await;
        let root = loaded.unwrap()?;
        Some((root.state().added.clone(), root.version().get()))
    }
}

/// A repository without snapshots.
fn plain(events: &Arc<Delegating<Events>>) -> EventSourcedRepository<Tally> {
    let codec = Splitting(EventsInJson::default());
    EventSourcedRepository::new(events.clone(), Arc::new(codec))
}

fn id(number: i64) -> EventId {
    EventId::from_parts(at(number), [7; 10])
}

/// The record that opens the tally and nothing else.
fn opening() -> Vec<TallyEvent> {
    vec![TallyEvent::TallyOpened]
}

/// A record with these counts.
fn added(counts: &[i64]) -> Vec<TallyEvent> {
    counts.iter().copied().map(TallyEvent::Added).collect()
}

#[tokio::test]
async fn all_events_of_a_record_are_applied_in_order_and_the_version_moves_once() {
    let f = Fixture::with(&[opening(), added(&[1, 2, 3]), added(&[4])]).await;
    let root = f.load().await.unwrap();
    assert_eq!(root.state().added, [1, 2, 3, 4]);
    assert_eq!(root.version(), version(3));
    assert_eq!(root.current_version(), version(3));
}

#[tokio::test]
async fn a_record_without_events_moves_the_version_and_nothing_else() {
    let f = Fixture::with(&[opening(), vec![], added(&[1]), vec![], vec![]]).await;
    let mut root = f.load().await.unwrap();
    assert_eq!(root.state().added, [1]);
    assert_eq!(root.version(), version(5));
    root.raise(TallyEvent::Added(2)).unwrap();
    f.repository.save(&mut root).await.unwrap();
    assert_eq!(root.version(), version(6));
}

#[tokio::test]
async fn an_aggregate_begins_with_the_first_event_of_any_record() {
    let begun = [vec![TallyEvent::TallyOpened, TallyEvent::Added(1)]];
    let f = Fixture::with(&begun).await;
    assert_eq!(f.load().await.unwrap().state().added, [1]);

    let late = [vec![], vec![], opening(), added(&[1])];
    let f = Fixture::with(&late).await;
    let root = f.load().await.unwrap();
    assert_eq!(
        (root.version(), &*root.state().added),
        (version(4), &[1][..])
    );
}

#[tokio::test]
async fn a_stream_without_any_event_holds_no_aggregate() {
    let f = Fixture::with(&[vec![], vec![]]).await;
    assert!(f.load().await.is_none());
    let missing = f.repository.get(&stream("tally-1")).await;
    assert!(matches!(missing, Err(RepositoryError::NotFound { .. })));
    // The stream is still not empty, so no aggregate can be created in it.
    let saved = f.repository.save(&mut opened("tally-1")).await;
    let error = saved.unwrap_err();
    assert!(error.conflict().is_some(), "{error:?}");
}

#[tokio::test]
async fn an_aggregate_is_created_after_records_without_events() {
    let f = Fixture::with(&[vec![], vec![]]).await;
    let tally = stream("tally-1");
    let opened = |state: Option<&Tally>| {
        assert!(state.is_none());
        vec![TallyEvent::TallyOpened, TallyEvent::Added(1)]
    };
    let done = f.repository.execute_or_create(&tally, opened).await;
    let done = done.unwrap();
    assert_eq!(done.attempts, 1);
    assert_eq!(done.root.version(), version(4));
    let root = f.load().await.unwrap();
    assert_eq!(
        (root.version(), &*root.state().added),
        (version(4), &[1][..])
    );
    // The snapshot of that save equals a replay.
    assert_eq!(f.snapshots.versions(&tally, SCHEMA).await, [4]);
    let whole = plain(&f.events).load(&tally).await.unwrap().unwrap();
    assert_eq!(whole.state(), root.state());
}

#[tokio::test]
async fn create_says_why_a_stream_of_records_without_events_is_taken() {
    let f = Fixture::with(&[vec![], vec![]]).await;
    let tally = stream("tally-1");
    let created = f.repository.create(&tally, TallyEvent::TallyOpened).await;
    let error = created.unwrap_err();
    let RepositoryError::OnlyEmptyRecords { source } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((&source.stream, source.actual), (&tally, version(2)));
    assert_eq!(error.conflict(), Some(source));
    let told = error.to_string();
    for part in ["`tally-1`", "2 record(s)", "`execute_or_create`"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(
        f.events.inner.stream_version(&tally).await.unwrap(),
        version(2)
    );

    // An aggregate that exists is a plain conflict, and skipped records are not empty ones.
    let created = |event| f.repository.create(&tally, event);
    let open_or_keep = |state: Option<&Tally>| state.is_none().then_some(TallyEvent::TallyOpened);
    let opened = f.repository.execute_or_create(&tally, open_or_keep).await;
    assert_eq!(opened.unwrap().root.version(), version(3));
    let exists = created(TallyEvent::TallyOpened).await.unwrap_err();
    assert!(
        matches!(&exists, RepositoryError::Conflict { attempts: 1, source } if source.actual == version(3)),
        "{exists:?}"
    );
    let f = Fixture::with(&[vec![]]).await;
    f.append_foreign().await;
    let skipped = f.repository.create(&tally, TallyEvent::TallyOpened).await;
    assert!(
        matches!(skipped, Err(RepositoryError::SkippedBeginning { .. })),
        "{skipped:?}"
    );
}

#[tokio::test]
async fn a_draft_creates_an_aggregate_after_records_without_events() {
    let f = Fixture::with(&[vec![]]).await;
    let tally = stream("tally-1");
    for expected in [vec![1], vec![1, 1]] {
        let draft = f.repository.execute_across(|_| async {
            let first = || TallyEvent::TallyOpened;
            let mut root = f.repository.load_or_create(&tally, first).await?;
            root.raise(TallyEvent::Added(1)).unwrap();
            Ok::<_, RepositoryError>(Draft::from(root))
        });
        assert_eq!(draft.await.unwrap().attempts, 1);
        assert_eq!(f.load().await.unwrap().state().added, expected);
    }
    let nothing = f.repository.load_or_create(&stream("tally-2"), || ()).await;
    assert!(matches!(
        nothing,
        Err(RepositoryError::NothingCreated { .. })
    ));
}

#[tokio::test]
async fn a_state_without_a_skipped_event_is_no_snapshot() {
    let f = Fixture::with(&[opening(), added(&[1])]).await;
    f.append_foreign().await;
    let mut root = f.load().await.unwrap();
    assert!(root.has_skipped_events());
    assert_eq!(
        (root.version(), &*root.state().added),
        (version(3), &[1][..])
    );
    assert!(root.to_snapshot().is_none());
    let refused = f.repository.take_snapshot(&mut root).await.unwrap_err();
    assert!(
        matches!(refused, SnapshotError::SkippedEvents { .. }),
        "{refused:?}"
    );

    // The command succeeds, and reports the snapshot as failed.
    let more = |_: &Tally| TallyEvent::Added(2);
    let done = f
        .repository
        .execute(&stream("tally-1"), more)
        .await
        .unwrap();
    let (_, outcome) = &done.saved.snapshots[0];
    let SnapshotOutcome::Failed(SnapshotError::SkippedEvents { .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(f.snapshots.versions(root.stream(), SCHEMA).await, [0; 0]);
}

/// A defective codec: it reads an event that it does not know as a record without events.
struct HidesSkips(Splitting);

impl EventCodec<TallyEvent> for HidesSkips {
    fn encode(&self, event: &TallyEvent) -> Result<EncodedEvent, EncodeError> {
        self.0.encode(event)
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<TallyEvent>, DecodeError> {
        let decoded = self.0.decode(recorded)?;
        Ok(decoded.into_iter().collect())
    }
}

/// Law 54 can fail: only the answer `Skipped` of the codec keeps the state from being a snapshot,
/// and the aggregate from being created.
#[tokio::test]
async fn a_codec_that_hides_skipped_events_breaks_law_54() {
    async fn outcome(codec: impl EventCodec<TallyEvent> + 'static) -> (bool, bool) {
        let codec = Arc::new(codec);
        let f = Fixture::with(&[opening()]).await;
        f.append_foreign().await;
        let tally = stream("tally-1");
        let repository = EventSourcedRepository::<Tally>::new(f.events.clone(), codec.clone());
        let root = repository.get(&tally).await.unwrap();

        let f = Fixture::with(&[]).await;
        f.append_foreign().await;
        let repository = EventSourcedRepository::<Tally>::new(f.events.clone(), codec);
        let open = |_: Option<&Tally>| TallyEvent::TallyOpened;
        let created = repository.execute_or_create(&tally, open).await;
        (root.to_snapshot().is_none(), created.is_err())
    }
    let sound = Splitting(EventsInJson::default());
    assert_eq!(outcome(sound).await, (true, true));
    let defective = HidesSkips(Splitting(EventsInJson::default()));
    assert_eq!(outcome(defective).await, (false, false));
}

#[tokio::test]
async fn an_event_skipped_after_a_snapshot_counts_too() {
    let f = Fixture::with(&[opening(), added(&[1])]).await;
    let mut root = f.load().await.unwrap();
    assert!(!root.has_skipped_events());
    f.repository.take_snapshot(&mut root).await.unwrap();
    f.append_foreign().await;
    let root = f.load().await.unwrap();
    assert_eq!(root.newest_snapshot().unwrap().version, version(2));
    assert!(root.has_skipped_events());
}

#[tokio::test]
async fn no_aggregate_is_created_over_skipped_events() {
    let f = Fixture::with(&[vec![]]).await;
    f.append_foreign().await;
    let tally = stream("tally-1");
    assert!(f.load().await.is_none());
    let created = f
        .repository
        .execute_or_create(&tally, |_| TallyEvent::TallyOpened);
    let refused = created.await.unwrap_err();
    assert!(
        matches!(refused, RepositoryError::SkippedBeginning { .. }),
        "{refused:?}"
    );
    let loaded = f
        .repository
        .load_or_create(&tally, || TallyEvent::TallyOpened);
    let refused = loaded.await.unwrap_err();
    assert!(
        matches!(refused, RepositoryError::SkippedBeginning { .. }),
        "{refused:?}"
    );
    assert_eq!(
        f.events.inner.stream_version(&tally).await.unwrap(),
        version(2)
    );
}

#[tokio::test]
async fn an_earlier_state_consists_of_whole_records() {
    let records = [vec![], opening(), added(&[1, 2]), vec![], added(&[3])];
    let f = Fixture::with(&records).await;
    assert_eq!(f.added_as_of(1).await, None);
    assert_eq!(f.added_as_of(2).await, Some((vec![], 2)));
    assert_eq!(f.added_as_of(3).await, Some((vec![1, 2], 3)));
    assert_eq!(f.added_as_of(4).await, Some((vec![1, 2], 4)));
    assert_eq!(f.added_as_of(5).await, Some((vec![1, 2, 3], 5)));
}

#[tokio::test]
async fn the_error_of_an_event_names_its_record() {
    let twice = vec![TallyEvent::Added(1), TallyEvent::TallyOpened];
    let f = Fixture::with(&[opening(), twice]).await;
    let error = f.repository.load(&stream("tally-1")).await.unwrap_err();
    let RepositoryError::History(HistoryError::Inapplicable {
        version: place,
        event_id,
        ..
    }) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((place, event_id), (version(2), id(2)));
}

#[tokio::test]
async fn a_snapshot_after_a_split_record_equals_a_full_replay() {
    let f = Fixture::with(&[opening(), added(&[1, 2])]).await;
    let mut root = f.load().await.unwrap();
    root.request_snapshot();
    root.raise(TallyEvent::Added(3)).unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert!(matches!(saved.snapshots[0].1, SnapshotOutcome::Taken(_)));
    assert_eq!(f.snapshots.versions(root.stream(), SCHEMA).await, [3]);
    assert_eq!(f.load().await.unwrap().state().added, [1, 2, 3]);
}

#[test]
fn a_history_in_memory_may_hold_any_number_of_events_in_a_record() {
    let record = |number: u32, events: Vec<TallyEvent>| {
        let events: DecodedEvents<TallyEvent> = events.into_iter().collect();
        EventEnvelope::new(recorded(number), events)
    };
    let history = [
        record(1, vec![]),
        record(2, opening()),
        record(3, added(&[1, 2])),
        record(4, vec![]),
    ];
    let root = AggregateRoot::<Tally>::load_from_history(stream("tally-1"), history.clone());
    let root = root.unwrap().unwrap();
    assert_eq!(root.state().added, [1, 2]);
    assert_eq!(root.version(), version(4));

    let snapshot = opened("tally-1");
    let snapshot = shared_kernel::snapshot::Snapshot {
        stream: snapshot.stream().clone(),
        version: version(2),
        state: snapshot.into_state(),
    };
    let tail = history[2..].to_vec();
    let skipped = EventEnvelope::new(recorded(5), DecodedEvents::Skipped);
    let with_skipped = tail.iter().cloned().chain([skipped]);
    let with_skipped = AggregateRoot::load_from_snapshot(snapshot.clone(), with_skipped).unwrap();
    assert!(with_skipped.has_skipped_events());
    let through_snapshot = AggregateRoot::load_from_snapshot(snapshot, tail).unwrap();
    assert!(!through_snapshot.has_skipped_events());
    assert_eq!(through_snapshot.state(), root.state());
    assert_eq!(through_snapshot.version(), root.version());
}

#[test]
fn the_events_of_a_record_share_its_version_and_position() {
    for count in 0..3 {
        let events: DecodedEvents<i32> = (0..count).collect();
        let envelopes = events.into_envelopes(recorded(7));
        assert_eq!(envelopes.len(), usize::try_from(count).unwrap());
        for (event, envelope) in (0..).zip(envelopes) {
            assert_eq!(envelope, EventEnvelope::new(recorded(7), event));
        }
    }
}

#[test]
fn an_arc_of_a_codec_is_a_codec() {
    fn added_by(codec: impl EventCodec<TallyEvent>) -> TallyEvent {
        let encoded = codec.encode(&TallyEvent::Added(7)).unwrap();
        let record = RecordedEvent {
            event_type: encoded.event_type,
            payload: encoded.payload,
            ..recorded(1)
        };
        codec.decode(&record).unwrap().into_single().unwrap()
    }
    fn read_by(codec: impl StateCodec<Tally>) -> Tally {
        let state = opened("tally-1").into_state();
        codec.decode(&codec.encode(&state).unwrap()).unwrap()
    }
    let dynamic: Arc<dyn EventCodec<TallyEvent>> = Arc::new(EventsInJson::default());
    assert_eq!(added_by(dynamic), TallyEvent::Added(7));
    assert_eq!(
        added_by(Arc::new(EventsInJson::default())),
        TallyEvent::Added(7)
    );
    let dynamic: Arc<dyn StateCodec<Tally>> = Arc::new(StateInJson::default());
    assert!(!read_by(dynamic).closed);
}

fn recorded(number: u32) -> RecordedEvent {
    RecordedEvent {
        stream: stream("tally-1"),
        version: version(number),
        position: number.into(),
        recorded_at: at(0),
        id: id(i64::from(number)),
        event_type: EventType::new("Split").unwrap(),
        schema_version: shared_kernel::event::SchemaVersion::FIRST,
        payload: bytes::Bytes::new(),
        metadata: shared_kernel::Metadata::new(),
    }
}

proptest! {
    /// Law 26 with records of any number of events: a snapshot at any version, and the events after
    /// it.
    #[test]
    fn a_snapshot_and_the_events_after_it_equal_a_full_replay(
        records in vec(vec(-9_i64..9, 0..4), 1..8),
        taken_after in 0_usize..8,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut stored = vec![opening()];
            stored.extend(records.iter().map(|counts| added(counts)));
            let (before, after) = stored.split_at(stored.len().min(taken_after + 1));
            let f = Fixture::with(before).await;
            let mut root = f.load().await.unwrap();
            root.raise(TallyEvent::Added(100)).unwrap();
            f.repository.save(&mut root).await.unwrap();
            let new = (100..).zip(after).map(|(number, events)| NewEvent::new(
                id(number),
                EventType::new("Split").unwrap(),
                serde_json::to_vec(events).unwrap(),
            ));
            let append = Append::new().write(
                stream("tally-1"),
                ExpectedVersion::StreamExists,
                new.collect(),
            );
            f.events.inner.append(append).await.unwrap();

            let through_snapshot = f.load().await.unwrap();
            let whole = plain(&f.events).load(&stream("tally-1")).await.unwrap().unwrap();
            assert!(through_snapshot.newest_snapshot().is_some());
            assert_eq!(through_snapshot.state(), whole.state());
            assert_eq!(through_snapshot.version(), whole.version());
        });
    }
}
