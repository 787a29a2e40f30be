//! Commands over several aggregates: one append, with the retries of a command on one aggregate.

use shared_kernel::aggregate::DecideError;
use shared_kernel::event::EventType;
use shared_kernel::repository::{Draft, RetryPolicy};
use shared_kernel::{
    AggregateRoot, Append, EventId, ExpectedVersion, Metadata, NewEvent, RepositoryError,
};
use thiserror::Error;

use crate::doubles::Fate;
use crate::fixture::{Fixture, at, by_another, version};
use crate::tally::{Tally, TallyEvent, stream};

#[derive(Debug, Error)]
enum Transfer {
    #[error("too little")]
    TooLittle,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Moves a count from one tally to another.
async fn drafted(f: &Fixture, count: i64) -> Result<Draft<Tally>, Transfer> {
    let mut from = f.repository.get(&stream("tally-1")).await?;
    let mut to = f.repository.get(&stream("tally-2")).await?;
    let taken = from.decide(|tally| match tally.total() < count {
        true => Err(Transfer::TooLittle),
        false => Ok(TallyEvent::Added(-count)),
    });
    taken.map_err(DecideError::into_error)?;
    let given = to.decide(|_| TallyEvent::Added(count));
    given.map_err(DecideError::into_error)?;
    Ok(Draft::of([from, to]))
}

async fn two_tallies() -> Fixture {
    let f = Fixture::new();
    f.tally_of("tally-1", &[10]).await;
    f.tally_of("tally-2", &[]).await;
    f
}

async fn totals(f: &Fixture) -> [i64; 2] {
    [
        f.stored("tally-1").await.unwrap().total(),
        f.stored("tally-2").await.unwrap().total(),
    ]
}

#[tokio::test]
async fn several_aggregates_are_saved_in_one_append() {
    let f = two_tallies().await;
    let landed = f.repository.execute_across(|_| async {
        let draft = drafted(&f, 4).await?;
        Ok::<_, Transfer>(draft.with_value("moved"))
    });
    let landed = landed.await.unwrap();
    assert_eq!((landed.value, landed.attempts), ("moved", 1));
    assert!(landed.roots.iter().all(|root| !root.has_pending()));
    assert_eq!(landed.saved.append.unwrap().versions.len(), 2);
    assert_eq!(totals(&f).await, [6, 4]);
}

#[tokio::test]
async fn after_a_conflict_on_any_stream_the_draft_is_made_again() {
    for overtaken in ["tally-1", "tally-2"] {
        let f = two_tallies().await;
        f.events.then([Fate::After(by_another(overtaken, 1))]);
        let mut commands = Vec::new();
        let landed = f.repository.execute_across(|metadata: Metadata| {
            commands.push(metadata);
            drafted(&f, 4)
        });
        assert_eq!(landed.await.unwrap().attempts, 2);
        let [first, second] = &commands[..] else {
            panic!("{commands:?}");
        };
        assert!(first == second && first.causation.is_some());
        assert_eq!(totals(&f).await.iter().sum::<i64>(), 11);
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_same_append_is_repeated_without_a_new_draft() {
    let f = two_tallies().await;
    f.events.then([Fate::LandsUnheard, Fate::LostOnTheWay]);
    let mut drafts = 0;
    let landed = f.repository.execute_across(|_| {
        drafts += 1;
        drafted(&f, 4)
    });
    assert_eq!(landed.await.unwrap().attempts, 3);
    assert_eq!(drafts, 1);
    assert_eq!(totals(&f).await, [6, 4]);
    let appends = f.events.appends();
    let [.., first, second, third] = &appends[..] else {
        panic!("three appends were made");
    };
    assert!(first == second && second == third);
}

#[tokio::test]
async fn a_check_in_the_draft_binds_other_streams() {
    let f = two_tallies().await;
    let other = NewEvent::new(
        EventId::from_parts(at(0), [0xaa; 10]),
        EventType::new("Noted").unwrap(),
        "{}",
    );
    let also = |seen: u32| {
        Append::new()
            .write(stream("note-1"), ExpectedVersion::Any, vec![other.clone()])
            .check(stream("tally-2"), version(seen))
    };
    let repository = f.repository.clone().with_retry(RetryPolicy::NEVER);
    let root = async || repository.get(&stream("tally-1")).await;
    let refused = repository.execute_across(|_| async {
        let mut root: AggregateRoot<Tally> = root().await?;
        root.decide(|_| TallyEvent::Added(1))
            .map_err(DecideError::into_error)?;
        Ok::<_, RepositoryError>(Draft::from(root).and(also(9)))
    });
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.conflict().unwrap().stream, stream("tally-2"));
    assert_eq!(totals(&f).await, [10, 0]);

    let landed = repository.execute_across(|_| async {
        let mut root: AggregateRoot<Tally> = root().await?;
        root.decide(|_| TallyEvent::Added(1))
            .map_err(DecideError::into_error)?;
        Ok::<_, RepositoryError>(Draft::from(root).and(also(1)))
    });
    let landed = landed.await.unwrap();
    assert_eq!(landed.saved.append.unwrap().positions.len(), 2);
    assert_eq!(totals(&f).await, [11, 0]);
}

#[tokio::test]
async fn an_error_of_the_draft_is_returned_at_once() {
    let f = two_tallies().await;
    let before = f.events.appends().len();
    let refused = f.repository.execute_across(|_| drafted(&f, 11));
    assert!(matches!(refused.await, Err(Transfer::TooLittle)));
    assert_eq!(f.events.appends().len(), before);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn an_empty_draft_succeeds_without_an_append() {
    let f = two_tallies().await;
    let before = f.events.appends().len();
    let landed = f
        .repository
        .execute_across(|_| async { Ok::<_, Transfer>(Draft::of([])) });
    assert_eq!(landed.await.unwrap().saved.append, None);
    assert_eq!(f.events.appends().len(), before);
}

#[tokio::test]
async fn get_at_loads_the_version_of_the_caller_or_is_a_conflict() {
    let f = two_tallies().await;
    let id = stream("tally-1");
    let root = f.repository.get_at(&id, version(2)).await.unwrap();
    assert_eq!(root.state().added, [10]);
    let refused = f.repository.get_at(&id, version(1)).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Conflict { attempts: 1, source }) if source.actual == version(2)
    ));
    let missing = f.repository.get_at(&stream("none"), version(1)).await;
    assert!(matches!(missing, Err(RepositoryError::NotFound { .. })));
}
