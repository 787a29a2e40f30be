//! Decisions: the types of an answer, all of its events or none, and errors in the caller's own
//! type.

use std::error::Error;

use shared_kernel::aggregate::DecideError;
use shared_kernel::repository::RetryPolicy;
use shared_kernel::store::Conflict;
use shared_kernel::{EventStoreExt, RepositoryError};
use thiserror::Error;

use crate::doubles::Fate;
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{Tally, TallyEvent, opened, stream};

/// The domain error of an application that also uses the repository.
#[derive(Debug, Error)]
enum AppError {
    #[error("the tally is full")]
    Full,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

fn add(tally: &Tally, count: i64) -> Result<TallyEvent, AppError> {
    if tally.total() + count > 10 {
        return Err(AppError::Full);
    }
    Ok(TallyEvent::Added(count))
}

/// A command that returns an event which its own state refuses.
fn confused(_: &Tally) -> [TallyEvent; 3] {
    [
        TallyEvent::Added(1),
        TallyEvent::TallyClosed,
        TallyEvent::Added(2),
    ]
}

#[test]
fn a_command_returns_one_event_several_or_no_event() {
    let mut root = opened("tally-1");
    assert_eq!(root.decide(|_| TallyEvent::Added(1)), Ok(1));
    assert_eq!(root.decide(|_| Some(TallyEvent::Added(2))), Ok(1));
    assert_eq!(root.decide(|_| None::<TallyEvent>), Ok(0));
    assert_eq!(root.decide(|_| vec![TallyEvent::Added(3)]), Ok(1));
    let two = [TallyEvent::Added(4), TallyEvent::Added(5)];
    assert_eq!(root.decide(|_| two), Ok(2));
    assert_eq!(root.decide(|_| ()), Ok(0));
    let event = Ok::<_, &str>(TallyEvent::Added(6));
    assert_eq!(root.decide(|_| event), Ok(1));
    assert_eq!(root.decide(|_| Ok::<_, &str>(())), Ok(0));
    let refused = root.decide(|_| Err::<TallyEvent, _>("no"));
    assert_eq!(refused, Err(DecideError::Rejected("no")));
    assert_eq!(root.state().added, [1, 2, 3, 4, 5, 6]);
    assert_eq!(root.pending().len(), 7);
}

#[test]
fn a_decision_raises_all_of_its_events_or_none() {
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(9)).unwrap();
    let before = (root.state().clone(), root.current_version());
    let Err(DecideError::Inapplicable { stream: of, .. }) = root.decide(confused) else {
        panic!("the state takes no event once it is closed");
    };
    assert_eq!(of, stream("tally-1"));
    assert_eq!((root.state().clone(), root.current_version()), before);
    assert_eq!(root.pending().len(), 2);
    root.decide(|_| TallyEvent::Added(1)).unwrap();
    assert_eq!(root.current_version(), version(3));
}

#[tokio::test]
async fn an_event_that_the_state_refuses_is_an_error_of_the_repository_and_writes_nothing() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    let before = f.events.appends().len();
    let refused = f.repository.execute(&stream("tally-1"), confused).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Inapplicable { stream: of, .. }) if of == stream("tally-1")
    ));
    let id = stream("tally-2");
    let refused = f.repository.create(&id, TallyEvent::Added(1));
    assert!(matches!(
        refused.await,
        Err(RepositoryError::Inapplicable { .. })
    ));
    assert_eq!(f.events.appends().len(), before);
}

#[tokio::test]
async fn an_aggregate_is_created_once() {
    let f = Fixture::new();
    let id = stream("tally-1");
    let events = [TallyEvent::TallyOpened, TallyEvent::Added(4)];
    let created = f.repository.create(&id, events).await.unwrap();
    assert_eq!(
        (created.recorded(), created.root.version()),
        (2, version(2))
    );
    let again = f.repository.create(&id, TallyEvent::TallyOpened).await;
    let Err(RepositoryError::Conflict { attempts, source }) = again else {
        panic!("{again:?}");
    };
    assert_eq!((attempts, source.actual), (1, version(2)));
    let none = f.repository.create(&stream("tally-2"), ()).await;
    assert!(
        matches!(none, Err(RepositoryError::NothingCreated { stream: of }) if of == stream("tally-2"))
    );
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4]);
}

#[tokio::test]
async fn a_creation_with_a_lost_answer_is_recorded_once() {
    let f = Fixture::new();
    f.events.then([Fate::LandsUnheard]);
    let id = stream("tally-1");
    let created = f.repository.create(&id, TallyEvent::TallyOpened);
    assert_eq!(created.await.unwrap().attempts, 2);
    let events = f.events.inner.read_whole_stream(stream("tally-1")).await;
    assert_eq!(events.unwrap().len(), 1);
}

#[tokio::test]
async fn execute_or_create_creates_a_missing_aggregate_and_changes_an_existing_one() {
    let f = Fixture::new();
    let id = stream("tally-1");
    let open_or_add = |tally: Option<&Tally>| match tally {
        None => vec![TallyEvent::TallyOpened, TallyEvent::Added(1)],
        Some(tally) => vec![TallyEvent::Added(tally.total() + 1)],
    };
    for expected in [vec![1], vec![1, 2], vec![1, 2, 4]] {
        let done = f.repository.execute_or_create(&id, open_or_add).await;
        assert_eq!(done.unwrap().state().added, expected);
    }
    let none = f
        .repository
        .execute_or_create(&stream("tally-2"), |_| ())
        .await;
    assert!(matches!(none, Err(RepositoryError::NothingCreated { .. })));
}

#[tokio::test]
async fn execute_or_create_changes_an_aggregate_that_another_writer_created_first() {
    let f = Fixture::new();
    let theirs = f.repository.clone();
    let mut seen = Vec::new();
    f.events.then([Fate::After(opening_by_another())]);
    let id = stream("tally-1");
    let done = theirs.execute_or_create(&id, |tally| {
        seen.push(tally.is_some());
        match tally {
            None => TallyEvent::TallyOpened,
            Some(_) => TallyEvent::Added(7),
        }
    });
    assert_eq!(done.await.unwrap().attempts, 2);
    assert_eq!(seen, [false, true]);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [7]);
}

fn opening_by_another() -> shared_kernel::Append {
    let mut write = by_another("tally-1", 0).writes()[0].clone();
    write.events[0].event_type = shared_kernel::event::EventType::new("TallyOpened").unwrap();
    write.events[0].payload = serde_json::to_vec(&TallyEvent::TallyOpened).unwrap().into();
    shared_kernel::Append::new().with_write(write)
}

#[tokio::test]
async fn an_execution_has_the_error_type_of_its_decision() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let id = stream("tally-1");
    let done = f.repository.execute(&id, |tally| add(tally, 6)).await;
    assert_eq!(done.unwrap().state().total(), 10);
    let refused = f.repository.execute(&id, |tally| add(tally, 1)).await;
    assert!(matches!(refused, Err(AppError::Full)));
    let none = stream("none");
    let missing = f.repository.execute(&none, |tally| add(tally, 1));
    assert!(matches!(
        missing.await,
        Err(AppError::Repository(RepositoryError::NotFound { .. }))
    ));
}

#[tokio::test]
async fn the_question_mark_keeps_the_sources_in_anyhow_and_in_a_boxed_error() {
    async fn in_anyhow(f: &Fixture) -> anyhow::Result<()> {
        let id = stream("tally-1");
        f.repository.execute(&id, |_| TallyEvent::Added(1)).await?;
        f.repository
            .execute(&id, |tally| Ok::<_, anyhow::Error>(add(tally, 1)?))
            .await?;
        Ok(())
    }
    async fn in_a_box(f: &Fixture) -> Result<(), Box<dyn Error>> {
        let id = stream("tally-1");
        f.repository
            .execute(&id, |tally| Ok::<_, Box<dyn Error>>(add(tally, 1)?))
            .await?;
        Ok(())
    }
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    in_anyhow(&f).await.unwrap();
    in_a_box(&f).await.unwrap();

    let mut f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.repository = f.repository.with_retry(RetryPolicy::NEVER);
    f.events.then([Fate::After(by_another("tally-1", 5))]);
    let error = in_anyhow(&f).await.unwrap_err();
    let repository = error.downcast_ref::<RepositoryError>();
    assert!(matches!(repository, Some(RepositoryError::Conflict { .. })));
    assert!(error.chain().any(|source| source.is::<Conflict>()));

    f.events.then([Fate::After(by_another("tally-1", 4))]);
    let error = in_a_box(&f).await.unwrap_err();
    assert!(error.source().is_some_and(|source| source.is::<Conflict>()));

    // The refusal of the domain is returned unchanged.
    let error = in_anyhow(&f)
        .await
        .and(in_a_box(&f).await.map_err(|e| anyhow::anyhow!("{e}")));
    assert_eq!(error.unwrap_err().to_string(), "the tally is full");
}
