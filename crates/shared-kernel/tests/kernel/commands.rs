//! Law 31: a command is decided again on fresh state after a conflict, a bounded number of times,
//! and never where the caller named a version; the same events are never decided twice.

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::{
    AggregateRoot, AppendError, AppendOutcome, EventStoreExt, ExecuteError, ExpectedVersion,
    LoadError, Randomness, RandomnessUnavailable, RetryPolicy, SaveError, StageError,
};
use thiserror::Error;

use crate::doubles::{Drained, Fate, broken, busy};
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{Tally, TallyEvent, opened, stream};

#[derive(Debug, PartialEq, Eq, Error)]
#[error("refused")]
struct Refused;

/// Adds one to what the tally holds by now.
fn add_next(root: &mut AggregateRoot<Tally>) -> Result<i64, Refused> {
    let next = root.state().added.last().copied().unwrap_or(0) + 1;
    root.raise(TallyEvent::Added(next)).map_err(|_| Refused)?;
    Ok(next)
}

fn conflicts(count: i64) -> impl Iterator<Item = Fate> {
    (0..count).map(|number| Fate::After(by_another("tally-1", 100 + number)))
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
    assert_eq!(done.value, 5);
    assert_eq!(done.attempts, 1);
    assert!(format!("{done:?}").contains("value: 5"));
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
        .execute(&stream("tally-1"), |root| {
            seen.push(root.state().added.clone());
            add_next(root)
        })
        .await
        .unwrap();
    assert_eq!(seen, [vec![4], vec![4, 100], vec![4, 100, 101]]);
    assert_eq!((done.value, done.attempts), (102, 3));
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 100, 101, 102]);
}

#[tokio::test]
async fn the_last_attempt_may_be_the_one_that_succeeds() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(4));
    let done = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    assert_eq!(done.attempts, 5);
    assert_eq!(f.pauses.noted().len(), 4);
}

#[tokio::test]
async fn after_five_conflicts_the_command_is_given_up() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(9));
    let refused = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    let ExecuteError::Conflict {
        attempts: 5,
        source: conflict,
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(conflict.stream, stream("tally-1"));
    assert_eq!(conflict.expected, ExpectedVersion::Exact(version(5)));
    assert_eq!(conflict.actual, version(6));
    assert_eq!(f.pauses.noted().len(), 4, "no pause after the last attempt");
    assert_eq!(
        f.stored("tally-1").await.unwrap().added,
        [100, 101, 102, 103, 104]
    );
}

#[tokio::test]
async fn the_number_of_attempts_is_configured() {
    let twice = RetryPolicy::default().with_max_attempts(NonZeroU32::new(2).unwrap());
    for (retry, expected) in [(twice, 2), (RetryPolicy::NEVER, 1)] {
        let f = Fixture::new();
        f.tally_of("tally-1", &[]).await;
        f.events.then(conflicts(expected));
        let repository = f.repository.clone().with_retry(retry);
        let refused = repository
            .execute(&stream("tally-1"), add_next)
            .await
            .unwrap_err();
        assert!(matches!(
            refused,
            ExecuteError::Conflict { attempts, .. } if i64::from(attempts) == expected
        ));
    }
}

/// Chance that always gives the largest number.
struct Largest;

impl Randomness for Largest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        bytes.fill(0xff);
        Ok(())
    }
}

#[tokio::test]
async fn the_pauses_grow_and_are_drawn_at_random() {
    let ms = Duration::from_millis;
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    // Drawn from the system, a pause is anything up to the ceiling.
    f.events.then(conflicts(4));
    let repository = f
        .repository
        .clone()
        .with_randomness(Arc::new(shared_kernel::SystemRandomness));
    repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    let ceilings = [10, 20, 40, 80].map(ms);
    let drawn = f.pauses.noted();
    assert_eq!(drawn.len(), 4);
    assert!(
        drawn
            .iter()
            .zip(ceilings)
            .all(|(pause, ceiling)| *pause <= ceiling)
    );
    assert_ne!(
        drawn, ceilings,
        "a pause is shorter than its ceiling but once in four billion"
    );

    // The largest chance gives the ceilings themselves. It would also give every event the same id,
    // so the command here is one that the store keeps refusing for the time being.
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then((0..5).map(|_| Fate::Refused(busy().into())));
    let repository = f.repository.clone().with_randomness(Arc::new(Largest));
    repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert_eq!(f.pauses.noted(), ceilings);
}

#[tokio::test]
async fn a_missing_aggregate_is_a_typed_error_and_nothing_is_decided() {
    let f = Fixture::new();
    let mut asked = 0;
    let refused = f
        .repository
        .execute(&stream("tally-1"), |_| {
            asked += 1;
            Ok::<_, Refused>(())
        })
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Load(LoadError::NotFound { stream: of }) if of == stream("tally-1")
    ));
    assert_eq!(asked, 0);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_domain_is_given_back_at_once_and_writes_nothing() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let before = f.events.appends().len();
    let refused = f
        .repository
        .execute(&stream("tally-1"), |root| {
            root.raise(TallyEvent::Added(5)).unwrap();
            Err::<(), _>(Refused)
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Rejected(Refused)));
    assert_eq!(f.events.appends().len(), before);
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_refusal_after_a_conflict_is_the_answer() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then(conflicts(1));
    let refused = f
        .repository
        .execute(&stream("tally-1"), |root| match root.state().total() {
            0 => add_next(root),
            _ => Err(Refused),
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Rejected(Refused)));
}

#[tokio::test]
async fn a_decision_that_raises_nothing_succeeds_without_an_append() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let before = f.events.appends().len();
    let done = f
        .repository
        .execute(&stream("tally-1"), |root| {
            Ok::<_, Refused>(root.state().total())
        })
        .await
        .unwrap();
    assert_eq!(done.value, 4);
    assert_eq!(done.saved.append, None);
    assert_eq!(f.events.appends().len(), before);
}

#[tokio::test]
async fn what_was_unknown_once_is_not_made_known_by_a_busy_store() {
    for lost in [Fate::LandsUnheard, Fate::LostOnTheWay] {
        let f = Fixture::new();
        f.tally_of("tally-1", &[4]).await;
        f.events.then([lost]);
        f.events.then((0..4).map(|_| Fate::Refused(busy().into())));
        let failed = f
            .repository
            .execute(&stream("tally-1"), add_next)
            .await
            .unwrap_err();
        let ExecuteError::Save { attempts, source } = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(attempts, 5);
        assert!(source.is_outcome_unknown(), "{source:?}");
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_same_events_are_saved_again_and_land_once() {
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
            .execute(&stream("tally-1"), |root| {
                asked += 1;
                add_next(root)
            })
            .await
            .unwrap();
        assert_eq!((asked, done.attempts, done.value), (1, 2, 5));
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
    assert_eq!((done.value, done.attempts), (51, 3));
    assert_eq!(f.stored("tally-1").await.unwrap().added, [4, 50, 51]);
}

#[tokio::test]
async fn all_attempts_of_a_command_are_one_command() {
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
        "what is decided anew is a new event"
    );
}

#[tokio::test]
async fn a_store_that_stays_busy_is_given_up_with_the_last_failure() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then((0..9).map(|_| Fate::Refused(busy().into())));
    let refused = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Save {
            attempts: 5,
            source: SaveError::Append(AppendError::Store(_)),
        }
    ));
    assert!(refused.source().is_some());
    assert_eq!(f.pauses.noted().len(), 4);
}

#[tokio::test]
async fn a_store_that_is_broken_is_not_asked_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[]).await;
    f.events.then([Fate::Refused(broken().into())]);
    let refused = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Save { attempts: 1, .. }));

    f.events.fail_next_read(broken());
    let refused = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Load(LoadError::Store(_))));
    assert!(f.pauses.noted().is_empty());
}

#[tokio::test]
async fn a_load_from_a_busy_store_is_tried_again() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    f.events.fail_next_read(busy());
    let done = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap();
    assert_eq!((done.value, done.attempts), (5, 2));

    (0..5).for_each(|_| f.events.fail_next_read(busy()));
    let refused = f
        .repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Load(LoadError::Store(_))));
}

#[tokio::test]
async fn without_chance_no_command_is_begun() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    let repository = f.repository.clone().with_randomness(Arc::new(Drained));
    let refused = repository
        .execute(&stream("tally-1"), add_next)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Save {
            attempts: 1,
            source: SaveError::Stage(StageError::Randomness(_)),
        }
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
    assert_eq!((done.value, done.attempts), (5, 1));
}

#[tokio::test]
async fn a_command_at_another_version_is_refused_before_it_is_decided() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[4]).await;
    for seen in [1, 3] {
        let mut asked = 0;
        let refused = f
            .repository
            .execute_at(&stream("tally-1"), version(seen), |root| {
                asked += 1;
                add_next(root)
            })
            .await
            .unwrap_err();
        let ExecuteError::Conflict {
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
        .execute_at(&stream("tally-1"), version(2), |root| {
            asked += 1;
            add_next(root)
        })
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Conflict { attempts: 1, .. }
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
async fn a_command_at_a_version_of_a_missing_aggregate_finds_none() {
    let f = Fixture::new();
    for seen in [0, 3] {
        let refused = f
            .repository
            .execute_at(&stream("tally-1"), version(seen), add_next)
            .await;
        assert!(matches!(
            refused,
            Err(ExecuteError::Load(LoadError::NotFound { .. }))
        ));
    }
}

#[tokio::test]
async fn racing_commands_all_take_effect_once() {
    let f = Fixture::new();
    f.repository.save(&mut opened("tally-1")).await.unwrap();
    let patient = RetryPolicy::default().with_max_attempts(NonZeroU32::new(1000).unwrap());
    let repository = f
        .repository
        .clone()
        .with_retry(patient)
        .with_randomness(Arc::new(shared_kernel::SystemRandomness));
    let start = Arc::new(std::sync::Barrier::new(4));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (repository, start) = (repository.clone(), Arc::clone(&start));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                start.wait();
                for _ in 0..25 {
                    let id = stream("tally-1");
                    let added = repository.execute(&id, add_next);
                    runtime.block_on(added).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let expected: Vec<i64> = (1..=100).collect();
    assert_eq!(f.stored("tally-1").await.unwrap().added, expected);
    let events = f
        .events
        .inner
        .read_whole_stream(stream("tally-1"))
        .await
        .unwrap();
    assert_eq!(events.len(), 101);
}
