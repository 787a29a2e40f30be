//! Steps: many writers append at the same time.

use std::sync::Arc;

use cucumber::{then, when};
use shared_kernel::{Append, AppendError, EventStore as _, RecordedEvent};
use tokio::sync::Barrier;

use super::{Attempt, whole_log};
use crate::steps::words::{Expectation, deposits, stream, version};
use crate::world::AnnalsWorld;

#[when(expr = "{int} writers at once append {int} events each to {string} expecting {expectation}")]
async fn append_at_once(
    world: &mut AnnalsWorld,
    writers: usize,
    count: usize,
    name: String,
    expected: Expectation,
) {
    world.log.before = whole_log(&*world.events()).await;
    let start = Arc::new(Barrier::new(writers));
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let store = world.events();
            let start = Arc::clone(&start);
            let append = Append::new().write(stream(&name), expected.0, deposits(count));
            tokio::spawn(async move {
                start.wait().await;
                let answer = store.append(append.clone()).await;
                Attempt { append, answer }
            })
        })
        .collect();
    for task in tasks {
        world.log.race.push(task.await.unwrap());
    }
}

#[then("exactly one of the writers is accepted")]
fn one_is_accepted(world: &mut AnnalsWorld) {
    let accepted = world.log.race.iter().filter(|one| one.answer.is_ok());
    assert_eq!(accepted.count(), 1);
}

#[then("all of the writers are accepted")]
fn all_are_accepted(world: &mut AnnalsWorld) {
    assert!(!world.log.race.is_empty());
    for attempt in &world.log.race {
        attempt.receipt();
    }
}

#[then(expr = "all other writers are refused because {string} is at version {int}")]
fn others_are_refused(world: &mut AnnalsWorld, name: String, actual: u64) {
    for attempt in world.log.race.iter().filter(|one| one.answer.is_err()) {
        let AppendError::Conflict(conflict) = attempt.error() else {
            panic!("not a conflict: {:?}", attempt.answer)
        };
        let found = (&conflict.stream, conflict.actual);
        assert_eq!(found, (&stream(&name), version(actual)));
    }
}

#[then("the events of each writer lie side by side in the writer's own order")]
async fn lie_side_by_side(world: &mut AnnalsWorld) {
    let log = whole_log(&*world.events()).await;
    for attempt in &world.log.race {
        let events = attempt.events();
        let first = log.iter().position(|found| found.id == events[0].id);
        let found = &log[first.unwrap()..][..events.len()];
        let same = |(found, event): (&RecordedEvent, _)| found.is_record_of(event);
        assert!(found.iter().zip(&events).all(same), "{found:?}");
    }
}
