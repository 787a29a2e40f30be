//! Law 31: `execute` decides again after a conflict until the events are saved or the time limit
//! has passed. It never decides again if the caller named a version. After an unknown outcome it
//! saves the same events again.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::aggregate::StageError;
use shared_kernel::random::{Randomness, RandomnessUnavailable, SystemRandomness};
use shared_kernel::repository::{CommandError, RetryPolicy};
use shared_kernel::store::AppendOutcome;
use shared_kernel::time::SystemTimer;
use shared_kernel::{AppendError, EventStoreExt, ExpectedVersion, RepositoryError};
use thiserror::Error;

use crate::doubles::{Drained, Fate, broken, busy};
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{Tally, TallyEvent, opened, stream};

#[derive(Debug, PartialEq, Eq, Error)]
#[error("refused")]
struct Refused;

/// Adds one to the last count of the tally.
fn add_next(tally: &Tally) -> TallyEvent {
    TallyEvent::Added(tally.added.last().copied().unwrap_or(0) + 1)
}

fn conflicts(count: i64) -> impl Iterator<Item = Fate> {
    (0..count).map(|number| Fate::After(by_another("tally-1", 100 + number)))
}

/// A random source that always gives the largest number, so that a pause is its ceiling.
struct Largest;

impl Randomness for Largest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        bytes.fill(0xff);
        Ok(())
    }
}

/// Pauses of 2, 4, 8 ms and so on, up to 20 ms in all.
fn twenty_milliseconds() -> RetryPolicy {
    RetryPolicy::default().with_time_limit(Duration::from_millis(20))
}

#[tokio::test]
async fn a_command_loads_decides_and_saves() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let done = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    assert_eq!((done.attempts, done.recorded()), (1, 1));
    assert!(format!("{done:?}").contains("attempts: 1"));
    assert_eq!(done.state().added, [4, 5]);
    assert_eq!(done.root.version(), version(3));
    assert_eq!(done.saved.append.unwrap().outcome, AppendOutcome::Written);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 5]);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn after_a_conflict_the_command_is_decided_again_on_fresh_state() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events.then(conflicts(2));
    let mut seen = Vec::new();
    let done = f
        .repository
        .execute(&stream("tally-1"), |tally| {
            seen.push(tally.added.clone());
            add_next(tally)
        })
        .await
        .unwrap();
    assert_eq!(seen, [vec![4], vec![4, 100], vec![4, 100, 101]]);
    assert_eq!(done.attempts, 3);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 100, 101, 102]);
}

#[tokio::test]
async fn the_last_attempt_begins_at_the_time_limit() {
    let five = RetryPolicy::default().with_time_limit(Duration::from_millis(5));
    for (count, lands) in [(3, true), (4, false)] {
        let f = Fixture::new();
        f.tally_of("tally-1", &[]).await;
        f.events.then(conflicts(count));
        let repository = f.repository.clone().with_retry(five);
        let repository = repository.with_randomness(Largest);
        let done = repository.execute(&stream("tally-1"), add_next).await;
        assert_eq!(f.pauses.noted()[..3], [2, 2, 1].map(Duration::from_millis));
        let refused = match done {
            Ok(done) => {
                assert!(lands && done.attempts == 4, "{done:?}");
                continue;
            }
            Err(refused) => refused,
        };
        let RepositoryError::Conflict { attempts, source } = refused else {
            panic!("{refused:?}");
        };
        assert!(!lands && attempts == 4);
        assert_eq!(source.stream, stream("tally-1"));
        assert_eq!(source.expected, ExpectedVersion::Exact(version(4)));
        assert_eq!(source.actual, version(5));
        let others: Vec<i64> = (100..104).collect();
        assert_eq!(f.stored("tally-1").await.unwrap().added, others);
    }
}

#[tokio::test]
async fn the_time_of_the_attempts_themselves_counts() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(9));
    f.events
        .slow_down(Arc::clone(&f.clock), Duration::from_millis(7));
    let repository = f.repository.clone().with_retry(twenty_milliseconds());
    let repository = repository.with_randomness(Largest);
    let refused = repository.execute(&stream("tally-1"), add_next).await;
    // Three times 7 ms and two pauses of 2 ms.
    assert!(matches!(
        refused,
        Err(RepositoryError::Conflict { attempts: 3, .. })
    ));
}

#[tokio::test]
async fn a_clock_that_is_set_back_gives_no_more_time() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(20));
    let repository = f.repository.clone().with_retry(twenty_milliseconds());
    let repository = repository.with_randomness(Largest);
    let id = stream("tally-1");
    let refused = repository.execute(&id, |tally| {
        f.clock.set(jiff::Timestamp::MIN);
        add_next(tally)
    });
    assert!(matches!(
        refused.await,
        Err(RepositoryError::Conflict { attempts: 11, .. })
    ));
}

#[tokio::test]
async fn a_policy_of_no_retries_allows_one_attempt() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(1));
    let repository = f.repository.clone().with_retry(RetryPolicy::NEVER);
    let refused = repository.execute(&stream("tally-1"), add_next).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Conflict { attempts: 1, .. })
    ));
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn the_pauses_are_drawn_at_random() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(9));
    let repository = f.repository.clone().with_randomness(SystemRandomness);
    let done = repository.execute(&stream("tally-1"), add_next).await;
    assert_eq!(done.unwrap().attempts, 10);
    let ceiling = RetryPolicy::default().ceiling(1);
    let drawn = f.pauses.noted();
    assert!(drawn.iter().all(|pause| *pause <= ceiling), "{drawn:?}");
    assert!(drawn.iter().any(|pause| *pause < ceiling), "{drawn:?}");
}

#[tokio::test]
async fn a_missing_aggregate_is_a_typed_error_and_nothing_is_decided() {
    let f = Fixture::new();
    let mut asked = 0;
    let refused = f
        .repository
        .execute(&stream("tally-1"), |_| asked += 1)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        RepositoryError::NotFound { stream: of } if of == stream("tally-1")
    ));
    assert_eq!(asked, 0);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_domain_is_returned_at_once_and_writes_nothing() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let before = f.events.appends().len();
    let refused = f
        .repository
        .execute(&stream("tally-1"), |_| {
            Err::<TallyEvent, _>(CommandError::Rejected(Refused))
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, CommandError::Rejected(Refused)));
    assert_eq!(f.events.appends().len(), before);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_refusal_after_a_conflict_is_returned() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(1));
    let refused = f
        .repository
        .execute(&stream("tally-1"), |tally| match tally.total() {
            0 => Ok(add_next(tally)),
            _ => Err(CommandError::Rejected(Refused)),
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, CommandError::Rejected(Refused)));
}

#[tokio::test]
async fn a_decision_without_an_event_succeeds_without_an_append() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let before = f.events.appends().len();
    let done = f
        .repository
        .execute(&stream("tally-1"), |_| None::<TallyEvent>)
        .await
        .unwrap();
    assert_eq!(done.recorded(), 0);
    assert_eq!(done.saved.append, None);
    assert_eq!(f.events.appends().len(), before);
}

#[tokio::test]
async fn a_busy_store_after_an_unknown_outcome_leaves_it_unknown() {
    for lost in [Fate::LandsUnheard, Fate::LostOnTheWay] {
        let f = Fixture::new();
        f.tally_of("tally-1", &[4]).await;
        f.events.then([lost]);
        f.events.then((0..9).map(|_| Fate::Refused(busy().into())));
        let repository = f.repository.clone().with_retry(twenty_milliseconds());
        let repository = repository.with_randomness(Largest);
        let failed = repository
            .execute(&stream("tally-1"), add_next)
            .await
            .unwrap_err();
        assert!(matches!(
            failed,
            RepositoryError::Append { attempts: 5, .. }
        ));
        assert!(failed.is_outcome_unknown(), "{failed:?}");
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_same_events_are_saved_again_and_recorded_once() {
    for fate in [
        Fate::LandsUnheard,
        Fate::LostOnTheWay,
        Fate::Refused(busy().into()),
    ] {
        let f = Fixture::new();
        f.tally_of("tally-1", &[4]).await;
        f.events.then([fate]);
        let mut asked = 0;
        let done = f
            .repository
            .execute(&stream("tally-1"), |tally| {
                asked += 1;
                add_next(tally)
            })
            .await
            .unwrap();
        assert_eq!((asked, done.attempts), (1, 2));
        assert_eq!(f.pauses.noted().len(), 1);
        assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 5]);
        let appends = f.events.appends();
        let [.., first, second] = &appends[..] else {
            panic!("two appends were made");
        };
        assert_eq!(first, second);
    }
}

#[tokio::test]
async fn a_conflict_after_a_lost_answer_is_decided_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events
        .then([Fate::LostOnTheWay, Fate::After(by_another("tally-1", 50))]);
    let done = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    assert_eq!(done.attempts, 3);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 50, 51]);
}

#[tokio::test]
async fn all_attempts_of_a_command_share_its_command_id() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(1));
    f.repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    let appends = f.events.appends();
    let commands: Vec<_> = appends[1..]
        .iter()
        .flat_map(|append| append.events().map(|(_, event)| event))
        .collect();
    assert_eq!(commands.len(), 2);
    assert_eq!(commands[0].metadata, commands[1].metadata);
    assert_ne!(
        commands[0].id, commands[1].id,
        "a new decision makes a new event"
    );
}

#[tokio::test]
async fn a_store_that_stays_busy_ends_in_its_last_failure() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then((0..9).map(|_| Fate::Refused(busy().into())));
    let repository = f.repository.clone().with_retry(twenty_milliseconds());
    let repository = repository.with_randomness(Largest);
    let refused = repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        RepositoryError::Append {
            attempts: 5,
            source: AppendError::Store(_),
        }
    ));
    assert!(refused.source().is_some());
    let doubled_up_to_the_limit = [2, 4, 8, 6].map(Duration::from_millis);
    assert_eq!(f.pauses.noted(), doubled_up_to_the_limit);
}

#[tokio::test]
async fn a_broken_store_is_not_tried_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then([Fate::Refused(broken().into())]);
    let refused = f.repository.execute(&stream("tally-1"), add_next).await;
    assert!(matches!(
        refused,
        Err(RepositoryError::Append { attempts: 1, .. })
    ));

    f.events.fail_next_read(broken());
    let refused = f.repository.execute(&stream("tally-1"), add_next).await;
    assert!(matches!(refused, Err(RepositoryError::Read(_))));
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_load_from_a_busy_store_is_tried_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events.fail_next_read(busy());
    let done = f.repository.execute(&stream("tally-1"), add_next).await;
    assert_eq!(done.unwrap().attempts, 2);
    f.events.fail_next_read(busy());
    let root = f.repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(root.state().added, [4, 5]);

    let repository = f.repository.clone().with_retry(twenty_milliseconds());
    let repository = repository.with_randomness(Largest);
    (0..10).for_each(|_| f.events.fail_next_read(busy()));
    let refused = repository.execute(&stream("tally-1"), add_next).await;
    assert!(matches!(refused, Err(RepositoryError::Read(_))));
    let refused = repository.load(&stream("tally-1")).await;
    assert!(matches!(refused, Err(RepositoryError::Read(_))));
}

#[tokio::test]
async fn without_randomness_no_command_begins() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let repository = f.repository.clone().with_randomness(Drained);
    let refused = repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        RepositoryError::Stage(StageError::Randomness(_))
    ));
}

#[tokio::test]
async fn a_command_at_the_version_that_the_caller_saw_is_executed() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let id = stream("tally-1");
    let done = f
        .repository
        .execute_at(&id, version(2), add_next)
        .await
        .unwrap();
    assert_eq!(
        (done.state().added.as_slice(), done.attempts),
        (&[4, 5][..], 1)
    );
}

#[tokio::test]
async fn a_command_at_another_version_is_refused_before_it_is_decided() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    for seen in [1, 3] {
        let mut asked = 0;
        let refused = f
            .repository
            .execute_at(&stream("tally-1"), version(seen), |tally| {
                asked += 1;
                add_next(tally)
            })
            .await
            .unwrap_err();
        let RepositoryError::Conflict {
            attempts: 1,
            source: conflict,
        } = refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!(conflict.expected, ExpectedVersion::Exact(version(seen)));
        assert_eq!(conflict.actual, version(2));
        assert_eq!(asked, 0);
    }
}

#[tokio::test]
async fn a_command_at_a_version_is_never_decided_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events.then(conflicts(1));
    let mut asked = 0;
    let refused = f
        .repository
        .execute_at(&stream("tally-1"), version(2), |tally| {
            asked += 1;
            add_next(tally)
        })
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        RepositoryError::Conflict { attempts: 1, .. }
    ));
    assert_eq!(asked, 1);
    assert!(f.pauses.noted().is_empty());
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 100]);
}

#[tokio::test]
async fn a_command_at_a_version_survives_a_lost_answer() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events.then([Fate::LandsUnheard]);
    let id = stream("tally-1");
    let done = f
        .repository
        .execute_at(&id, version(2), add_next)
        .await
        .unwrap();
    assert_eq!(done.attempts, 2);
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 5]);
}

#[tokio::test]
async fn a_command_at_a_version_of_a_missing_aggregate_is_not_found() {
    let f = Fixture::new();
    for seen in [0, 3] {
        let refused = f
            .repository
            .execute_at(&stream("tally-1"), version(seen), add_next)
            .await;
        assert!(matches!(refused, Err(RepositoryError::NotFound { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_tasks_with_twenty_commands_each_on_one_aggregate_lose_none() {
    let f = Fixture::new();
    f.repository.save(&mut opened("tally-1")).await.unwrap();
    let repository = f.repository.clone().with_randomness(SystemRandomness);
    let repository = repository
        .with_timer(SystemTimer)
        .with_clock(shared_kernel::time::SystemClock);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let repository = repository.clone();
            tokio::spawn(async move {
                let id = stream("tally-1");
                for _ in 0..20 {
                    repository.execute(&id, add_next).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let expected: Vec<i64> = (1..=1000).collect();
    assert_eq!(f.stored("tally-1").await.unwrap().added, expected);
    let events = f.events.inner.read_whole_stream(stream("tally-1")).await;
    assert_eq!(events.unwrap().len(), 1001);
}
