//! Law 31: after a conflict on a stream, the commands on it take turns.

use std::future::pending;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use shared_kernel::aggregate::DecideError;
use shared_kernel::repository::{Draft, Executed, RetryPolicy};
use shared_kernel::time::Timer;
use shared_kernel::{AggregateRoot, Append, EventSourcedRepository, RepositoryError};

use crate::doubles::Fate;
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{Tally, TallyEvent, stream};

type Running<'a> = BoxFuture<'a, Result<Executed<Tally>, RepositoryError>>;

/// A timer whose pauses never end.
struct Stuck;

#[async_trait]
impl Timer for Stuck {
    async fn sleep(&self, _: Duration) {
        pending().await
    }
}

fn add_one(repository: &EventSourcedRepository<Tally>) -> Running<'_> {
    Box::pin(async {
        let id = stream("tally-1");
        repository.execute(&id, |_| TallyEvent::Added(1)).await
    })
}

/// A tally, and a repository whose pauses never end.
async fn tally() -> (Fixture, EventSourcedRepository<Tally>) {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    let patient = f.repository.clone().with_timer(Stuck);
    (f, patient)
}

/// A command that has conflicted once, has its turn, and hangs after its events were recorded.
fn holder(f: &Fixture) -> Running<'_> {
    let other = Fate::After(by_another("tally-1", 100));
    f.events.then([other, Fate::LandsAndHangs]);
    let mut holder = add_one(&f.repository);
    assert!((&mut holder).now_or_never().is_none());
    holder
}

#[tokio::test]
async fn a_new_command_waits_behind_those_that_conflicted() {
    let (f, patient) = tally().await;
    let holder = holder(&f);
    let before = f.events.appends().len();
    let mut new = add_one(&patient);
    assert!((&mut new).now_or_never().is_none());
    assert_eq!(f.events.appends().len(), before);
    drop(holder);
    assert_eq!(new.await.unwrap().attempts, 1);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [100, 1, 1]);
}

#[tokio::test]
async fn a_new_command_over_several_aggregates_waits_and_drafts_again() {
    let (f, patient) = tally().await;
    let holder = holder(&f);
    let before = f.events.appends().len();
    let mut seen = Vec::new();
    let mut new = Box::pin(patient.execute_across(|_| {
        seen.push(f.events.appends().len());
        async {
            let mut root: AggregateRoot<Tally> = f.repository.get(&stream("tally-1")).await?;
            root.decide(|_| TallyEvent::Added(2))
                .map_err(DecideError::into_error)?;
            Ok::<_, RepositoryError>(Draft::from(root))
        }
    }));
    assert!((&mut new).now_or_never().is_none());
    assert_eq!(f.events.appends().len(), before);
    drop(holder);
    assert_eq!(new.await.unwrap().attempts, 1);
    assert_eq!(seen, [before, before]);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [100, 1, 2]);
}

#[tokio::test]
async fn a_command_that_keeps_its_turn_for_too_long_loses_it() {
    let (f, _) = tally().await;
    let _unpolled = holder(&f);
    let noted = f.pauses.noted().len();
    assert_eq!(add_one(&f.repository).await.unwrap().attempts, 1);
    assert_eq!(f.pauses.noted()[noted..], [Duration::from_secs(2)]);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [100, 1, 1]);
}

#[tokio::test]
async fn a_command_with_its_time_limit_passed_in_the_queue_makes_one_attempt() {
    let (f, patient) = tally().await;
    let _unpolled = holder(&f);
    let mut waiting: Vec<_> = (0..9).map(|_| add_one(&patient)).collect();
    assert!(waiting.iter_mut().all(|new| new.now_or_never().is_none()));
    let noted = f.pauses.noted().len();
    f.events.then([Fate::After(by_another("tally-1", 200))]);
    let refused = add_one(&f.repository).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Conflict { attempts: 1, .. })
    ));
    assert_eq!(f.pauses.noted()[noted..], [Duration::from_secs(2); 5]);
}

#[tokio::test]
async fn a_command_with_a_single_attempt_waits_for_no_turn() {
    let (f, patient) = tally().await;
    let _holder = holder(&f);
    let once = patient.clone().with_retry(RetryPolicy::NEVER);
    let done = add_one(&once).now_or_never().unwrap();
    assert_eq!(done.unwrap().attempts, 1);
    let id = stream("tally-1");
    let at = patient.execute_at(&id, version(4), |_| TallyEvent::Added(1));
    assert_eq!(at.now_or_never().unwrap().unwrap().attempts, 1);
}

#[tokio::test]
async fn a_command_on_another_stream_waits_for_no_turn() {
    let (f, patient) = tally().await;
    f.tally_of("tally-2", &[]).await;
    let _holder = holder(&f);
    let id = stream("tally-2");
    let done = patient.execute(&id, |_| TallyEvent::Added(1));
    assert_eq!(done.now_or_never().unwrap().unwrap().attempts, 1);
}

#[tokio::test]
async fn a_draft_waits_for_the_streams_that_it_checks_and_not_for_those_it_only_read() {
    let (f, patient) = tally().await;
    let _holder = holder(&f);
    let id = stream("tally-1");
    let read = patient.execute_across(|_| async {
        let root = f.repository.get(&stream("tally-1")).await?;
        Ok::<_, RepositoryError>(Draft::from(root))
    });
    assert_eq!(read.now_or_never().unwrap().unwrap().attempts, 1);
    let checked = patient.execute_across(|_| async {
        let check = Append::new().check(id.clone(), version(3));
        Ok::<_, RepositoryError>(Draft::of([]).and(check))
    });
    assert!(checked.now_or_never().is_none());
}
