//! Laws 14 and 30: one append for each save. Events stay pending until a store has acknowledged
//! them, however the append fails.

use std::error::Error;

use futures_util::FutureExt;
use shared_kernel::aggregate::StageError;
use shared_kernel::event::CorrelationId;
use shared_kernel::repository::{Draft, SnapshotOutcome};
use shared_kernel::store::{AppendOutcome, InvalidAppend};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, Metadata,
    RecordedEvent, RepositoryError,
};

use crate::doubles::{Drained, Fate, broken, busy};
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{SCHEMA, TallyEvent, opened, stream};

async fn recorded(f: &Fixture, name: &str) -> Vec<RecordedEvent> {
    f.events
        .inner
        .read_whole_stream(stream(name))
        .await
        .unwrap()
}

fn sent(f: &Fixture) -> Vec<Vec<EventId>> {
    let appends = f.events.appends();
    appends
        .iter()
        .map(|append| append.events().map(|(_, event)| event.id).collect())
        .collect()
}

#[tokio::test]
async fn pending_events_are_saved_in_one_append_at_the_loaded_version() {
    let f = Fixture::new();
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(1)).unwrap();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert_eq!(root.version(), version(2));
    assert_eq!(root.current_version(), version(2));
    assert!(!root.has_pending() && !root.has_staged());
    let receipt = saved.append.unwrap();
    assert_eq!(receipt.outcome, AppendOutcome::Written);
    assert_eq!(receipt.version_of(&stream("tally-1")), Some(version(2)));
    assert_eq!(saved.snapshots.len(), 1);
    assert_eq!(saved.snapshots[0].0, stream("tally-1"));

    let mut root = f.repository.get(&stream("tally-1")).await.unwrap();
    root.raise(TallyEvent::Added(2)).unwrap();
    f.repository.save(&mut root).await.unwrap();
    let appends = f.events.appends();
    assert_eq!(appends.len(), 2);
    assert_eq!(appends[0].writes()[0].expected, ExpectedVersion::NoStream);
    assert_eq!(
        appends[1].writes()[0].expected,
        ExpectedVersion::Exact(version(2))
    );
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2]);
}

#[tokio::test]
async fn without_pending_events_nothing_happens() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[1]).await;
    root.request_snapshot();
    let before = f.events.appends().len();
    let saved = f.repository.save(&mut root).await.unwrap();
    assert_eq!(saved.append, None);
    assert!(saved.snapshots.is_empty());
    assert_eq!(f.events.appends().len(), before);
    let repository = f.repository.clone().with_randomness(Drained);
    assert!(repository.save(&mut root).await.is_ok());
}

#[tokio::test]
async fn a_conflict_leaves_the_pending_events_in_place() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[1]).await;
    f.events
        .inner
        .append(by_another("tally-1", 50))
        .await
        .unwrap();
    root.raise(TallyEvent::Added(2)).unwrap();
    let refused = f.repository.save(&mut root).await.unwrap_err();
    let conflict = refused.conflict().unwrap();
    assert_eq!(conflict.stream, stream("tally-1"));
    assert_eq!(conflict.expected, ExpectedVersion::Exact(version(2)));
    assert_eq!(conflict.actual, version(3));
    assert!(!refused.is_transient());

    assert_eq!(root.version(), version(2));
    assert_eq!(root.state().added, [1, 2]);
    assert_eq!(root.pending().collect::<Vec<_>>(), [&TallyEvent::Added(2)]);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 50]);
}

#[tokio::test]
async fn a_second_creation_of_the_same_stream_is_refused() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    let refused = f.repository.save(&mut opened("tally-1")).await.unwrap_err();
    assert_eq!(
        refused.conflict().unwrap().expected,
        ExpectedVersion::NoStream
    );
}

#[tokio::test]
async fn a_save_repeated_after_a_lost_answer_is_recorded_once() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events.then([Fate::LandsUnheard]);
    let lost = f.repository.save(&mut root).await.unwrap_err();
    assert!(matches!(
        lost,
        RepositoryError::Append {
            source: AppendError::OutcomeUnknown { .. },
            ..
        }
    ));
    assert!(lost.is_transient() && lost.conflict().is_none());
    assert!(root.has_pending());
    assert_eq!(root.version(), version(1));

    let saved = f.repository.save(&mut root).await.unwrap();
    assert_eq!(saved.append.unwrap().outcome, AppendOutcome::Repeated);
    assert_eq!(root.version(), version(2));
    assert!(!root.has_pending());
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1]);
}

#[tokio::test]
async fn a_save_repeated_after_its_future_was_dropped_is_recorded_once() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events.then([Fate::LandsAndHangs]);
    assert!(f.repository.save(&mut root).now_or_never().is_none());
    assert!(root.has_pending() && root.has_staged());

    let saved = f.repository.save(&mut root).await.unwrap();
    assert_eq!(saved.append.unwrap().outcome, AppendOutcome::Repeated);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1]);
}

#[tokio::test]
async fn a_repeated_save_is_recorded_once_also_after_other_writes() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events.then([Fate::LandsUnheard]);
    f.repository.save(&mut root).await.unwrap_err();
    f.events
        .inner
        .append(by_another("tally-1", 50))
        .await
        .unwrap();
    f.repository.save(&mut root).await.unwrap();
    assert_eq!(
        root.version(),
        version(2),
        "the root has not loaded the events of other writers"
    );
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 50]);
}

#[tokio::test]
async fn events_raised_after_a_lost_answer_follow_in_an_append_of_their_own() {
    let f = Fixture::new();
    for (name, fate) in [
        ("tally-1", Fate::LandsUnheard),
        ("tally-2", Fate::LostOnTheWay),
    ] {
        let mut root = f.tally_of(name, &[]).await;
        root.raise(TallyEvent::Added(1)).unwrap();
        f.events.then([fate]);
        f.repository.save(&mut root).await.unwrap_err();
        root.raise(TallyEvent::Added(2)).unwrap();
        let saved = f.repository.save(&mut root).await.unwrap();
        assert_eq!(root.version(), version(3));
        assert!(!root.has_pending());
        assert_eq!(
            saved.append.unwrap().version_of(root.stream()),
            Some(version(3))
        );
        // The policy gets the whole span from 1 to 3.
        assert!(matches!(saved.snapshots[0].1, SnapshotOutcome::Taken(_)));
        assert_eq!(f.snapshots.versions(root.stream(), SCHEMA).await, [3]);
        assert_eq!(f.stored(name).await.unwrap().added, [1, 2]);
    }
}

#[tokio::test]
async fn a_conflict_after_a_lost_answer_proves_that_nothing_was_recorded() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events
        .then([Fate::LostOnTheWay, Fate::After(by_another("tally-1", 50))]);
    f.repository.save(&mut root).await.unwrap_err();
    assert!(root.has_staged());
    let refused = f.repository.save(&mut root).await.unwrap_err();
    assert!(refused.conflict().is_some());
    assert!(root.has_pending() && !root.has_staged());
    assert_eq!(f.stored("tally-1").await.unwrap().added, [50]);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_proves_nothing() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events
        .then([Fate::LandsUnheard, Fate::Refused(busy().into())]);
    f.repository.save(&mut root).await.unwrap_err();
    let refused = f.repository.save(&mut root).await.unwrap_err();
    assert!(refused.is_transient());
    assert!(root.has_staged(), "the first append may have landed");
    root.raise(TallyEvent::Added(2)).unwrap();
    f.repository.save(&mut root).await.unwrap();
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2]);
}

#[tokio::test]
async fn events_raised_after_a_refusal_go_in_the_same_append() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    root.raise(TallyEvent::Added(1)).unwrap();
    f.events.then([Fate::Refused(broken().into())]);
    let refused = f.repository.save(&mut root).await.unwrap_err();
    assert!(!refused.is_transient());
    assert!(!root.has_staged());
    root.raise(TallyEvent::Added(2)).unwrap();
    f.repository.save(&mut root).await.unwrap();
    let sent = sent(&f);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[2].len(), 2);
    assert_eq!(sent[1][0], sent[2][0], "an event keeps its id");
}

#[tokio::test]
async fn further_writes_and_checks_are_in_the_same_append() {
    let f = Fixture::new();
    f.tally_of("bank-1", &[]).await;
    let mut root = opened("tally-1");
    let also = by_another("register-1", 1).check(stream("bank-1"), ExpectedVersion::StreamExists);
    let saved = f.repository.save_with(&mut root, also).await.unwrap();
    let receipt = saved.append.unwrap();
    assert_eq!(receipt.versions.len(), 2);
    assert_eq!(receipt.versions[0].0, stream("tally-1"));
    assert_eq!(recorded(&f, "register-1").await.len(), 1);
    assert_eq!(saved.snapshots.len(), 1);
}

#[tokio::test]
async fn a_wrong_check_refuses_the_whole_append() {
    let f = Fixture::new();
    let mut root = opened("tally-1");
    let also = by_another("register-1", 1).check(stream("bank-1"), ExpectedVersion::StreamExists);
    let refused = f.repository.save_with(&mut root, also).await.unwrap_err();
    assert_eq!(refused.conflict().unwrap().stream, stream("bank-1"));
    assert!(root.has_pending());
    assert!(recorded(&f, "tally-1").await.is_empty());
    assert!(recorded(&f, "register-1").await.is_empty());
}

#[tokio::test]
async fn further_writes_and_checks_are_appended_without_pending_events_too() {
    let f = Fixture::new();
    let mut root = f.tally_of("tally-1", &[]).await;
    let written = f
        .repository
        .save_with(&mut root, by_another("register-1", 1))
        .await
        .unwrap();
    assert!(written.append.is_some() && written.snapshots.is_empty());
    assert_eq!(recorded(&f, "register-1").await.len(), 1);
    let check = Append::new().check(stream("tally-1"), ExpectedVersion::NoStream);
    let refused = f.repository.save_with(&mut root, check).await.unwrap_err();
    assert!(refused.conflict().is_some());
}

#[tokio::test]
async fn several_aggregates_are_saved_in_one_append_with_one_command_id() {
    let f = Fixture::new();
    let mut idle = f.tally_of("tally-0", &[]).await;
    let (mut one, mut two) = (opened("tally-1"), opened("tally-2"));
    two.raise_all([TallyEvent::Added(1), TallyEvent::Added(2)])
        .unwrap();
    let before = f.events.appends().len();
    let saved = f
        .repository
        .save_all(&mut [&mut one, &mut idle, &mut two], Append::new())
        .await
        .unwrap();
    assert_eq!(f.events.appends().len(), before + 1);
    let streams: Vec<_> = saved.append.unwrap().versions;
    assert_eq!(
        streams,
        [
            (stream("tally-1"), version(1)),
            (stream("tally-2"), version(3))
        ]
    );
    let outcomes: Vec<_> = saved
        .snapshots
        .iter()
        .map(|(stream, outcome)| {
            (
                stream.as_str(),
                matches!(outcome, SnapshotOutcome::Taken(_)),
            )
        })
        .collect();
    assert_eq!(outcomes, [("tally-1", false), ("tally-2", true)]);
    assert!(!one.has_pending() && !two.has_pending());

    let first = &recorded(&f, "tally-1").await[0].metadata;
    assert!(first.correlation.is_some());
    assert!(
        recorded(&f, "tally-2")
            .await
            .iter()
            .all(|event| event.metadata == *first)
    );
}

#[tokio::test]
async fn a_conflict_of_one_aggregate_saves_none() {
    let f = Fixture::new();
    let mut one = opened("tally-1");
    let mut two = f.tally_of("tally-2", &[]).await;
    two.raise(TallyEvent::Added(1)).unwrap();
    f.events
        .inner
        .append(by_another("tally-2", 50))
        .await
        .unwrap();
    let refused = f
        .repository
        .save_all(&mut [&mut one, &mut two], Append::new())
        .await;
    assert_eq!(
        refused.unwrap_err().conflict().unwrap().stream,
        stream("tally-2")
    );
    assert!(one.has_pending() && two.has_pending());
    assert!(!one.has_staged() && !two.has_staged());
    assert!(f.stored("tally-1").await.is_none());
}

#[tokio::test]
async fn several_aggregates_are_saved_again_as_they_were_after_a_lost_answer() {
    let f = Fixture::new();
    let (mut one, mut two) = (opened("tally-1"), opened("tally-2"));
    f.events.then([Fate::LandsUnheard]);
    let also = || by_another("register-1", 1);
    let lost = f
        .repository
        .save_all(&mut [&mut one, &mut two], also())
        .await;
    assert!(lost.unwrap_err().is_transient());
    let saved = f
        .repository
        .save_all(&mut [&mut one, &mut two], also())
        .await
        .unwrap();
    assert_eq!(saved.append.unwrap().outcome, AppendOutcome::Repeated);
    assert_eq!((one.version(), two.version()), (version(1), version(1)));
    assert_eq!(recorded(&f, "register-1").await.len(), 1);
}

#[tokio::test]
async fn an_aggregate_with_an_unknown_outcome_and_newer_events_joins_no_other_append() {
    let f = Fixture::new();
    let (mut one, mut two) = (opened("tally-1"), opened("tally-2"));
    f.events.then([Fate::LandsUnheard]);
    f.repository.save(&mut one).await.unwrap_err();
    one.raise(TallyEvent::Added(1)).unwrap();
    let before = f.events.appends().len();

    let refused = f
        .repository
        .save_all(&mut [&mut two, &mut one], Append::new())
        .await;
    let refused = refused.unwrap_err();
    assert!(!refused.is_transient());
    assert!(
        matches!(refused, RepositoryError::EarlierOutcomeUnknown { stream: of } if of == stream("tally-1"))
    );
    let refused = f
        .repository
        .save_with(&mut one, by_another("register-1", 1))
        .await;
    assert!(matches!(
        refused,
        Err(RepositoryError::EarlierOutcomeUnknown { .. })
    ));
    let check = Append::new().check(stream("register-1"), ExpectedVersion::Any);
    let refused = f.repository.save_with(&mut one, check).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::EarlierOutcomeUnknown { .. })
    ));
    assert_eq!(
        f.events.appends().len(),
        before,
        "the store was not touched"
    );

    f.repository.save(&mut one).await.unwrap();
    f.repository
        .save_all(&mut [&mut two, &mut one], Append::new())
        .await
        .unwrap();
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1]);
    assert!(f.stored("tally-2").await.is_some());
}

#[tokio::test]
async fn a_refused_append_unstages_only_the_events_that_it_staged_first() {
    let f = Fixture::new();
    let (mut one, mut two) = (opened("tally-1"), opened("tally-2"));
    f.events
        .then([Fate::LandsUnheard, Fate::Refused(busy().into())]);
    f.repository.save(&mut one).await.unwrap_err();
    let refused = f
        .repository
        .save_all(&mut [&mut one, &mut two], Append::new())
        .await;
    assert!(refused.unwrap_err().is_transient());
    assert!(one.has_staged() && !two.has_staged());
}

#[tokio::test]
async fn the_same_stream_twice_is_refused() {
    let f = Fixture::new();
    let (mut one, mut same) = (opened("tally-1"), opened("tally-1"));
    let refused = f
        .repository
        .save_all(&mut [&mut one, &mut same], Append::new())
        .await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Append {
            source: AppendError::Invalid(InvalidAppend::StreamRepeated { .. }),
            ..
        })
    ));
    assert!(one.has_pending() && same.has_pending());
}

#[tokio::test]
async fn an_event_that_cannot_be_encoded_causes_no_append() {
    let f = Fixture::new();
    let (mut one, mut two) = (opened("tally-1"), opened("tally-2"));
    two.raise(TallyEvent::Added(-13)).unwrap();
    let refused = f
        .repository
        .save_all(&mut [&mut one, &mut two], Append::new())
        .await;
    let refused = refused.unwrap_err();
    assert!(!refused.is_transient() && refused.conflict().is_none());
    assert!(matches!(
        &refused,
        RepositoryError::Stage(StageError::Encode { stream: of, version: place, .. })
            if *of == stream("tally-2") && *place == version(2)
    ));
    assert!(f.events.appends().is_empty());
    assert!(!one.has_staged() && one.has_pending() && two.has_pending());
}

#[tokio::test]
async fn without_randomness_nothing_is_appended() {
    let f = Fixture::new();
    let repository = f.repository.clone().with_randomness(Drained);
    let refused = repository.save(&mut opened("tally-1")).await.unwrap_err();
    assert!(matches!(
        refused,
        RepositoryError::Stage(StageError::Randomness(_))
    ));
    assert!(refused.source().is_some());
    assert!(f.events.appends().is_empty());
}

#[tokio::test]
async fn a_repository_for_one_request_writes_its_metadata() {
    let f = Fixture::new();
    let correlation = CorrelationId::new("request-1").unwrap();
    let request = Metadata::new().with_correlation(correlation.clone());
    let repository = f.repository.clone().with_metadata(request);
    let mut root = opened("tally-1");
    repository.save(&mut root).await.unwrap();
    root.raise(TallyEvent::Added(1)).unwrap();
    repository.save(&mut root).await.unwrap();
    let events = recorded(&f, "tally-1").await;
    assert!(
        events
            .iter()
            .all(|event| event.metadata.correlation == Some(correlation.clone()))
    );
    let causes: Vec<_> = events
        .iter()
        .map(|event| event.metadata.causation.clone())
        .collect();
    assert!(causes[0].is_some() && causes[1].is_some());
    assert_ne!(causes[0], causes[1], "two saves are two commands");
}

#[tokio::test]
async fn ids_come_from_the_clock_and_the_random_source_of_the_repository() {
    let f = Fixture::new();
    f.repository.save(&mut opened("tally-1")).await.unwrap();
    let id = recorded(&f, "tally-1").await[0].id;
    let now = crate::fixture::at(0).as_millisecond();
    assert_eq!(i64::try_from(id.unix_milliseconds()), Ok(now));
}

#[tokio::test]
async fn saving_works_across_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let f = Fixture::new();
    let mut root = opened("tally-1");
    is_send(f.repository.save(&mut root)).await.unwrap();
    is_send(f.repository.take_snapshot(&mut root))
        .await
        .unwrap();
    let id = stream("tally-1");
    is_send(f.repository.load(&id)).await.unwrap();
    let execute = f.repository.execute(&id, |_| TallyEvent::Added(1));
    is_send(execute).await.unwrap();
    let across = f.repository.execute_across(|_| async {
        let root = f.repository.get(&id).await?;
        Ok::<_, RepositoryError>(Draft::from(root))
    });
    is_send(across).await.unwrap();
}
