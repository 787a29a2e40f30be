//! Steps: creating items and changing their status.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use shared_kernel::StreamVersion;
use tokio::sync::Barrier;
use work_item::{
    NewWorkItem, Reason, RiskTier, Status, TextProblem, Title, Transition, WorkItemError,
    WorkItemType,
};
use work_tracking::{CommandOutcome, ItemFilter, ItemRef, TrackingError};

use super::quality::{enough, record};
use super::{by_ada, metadata_of};
use crate::steps::words::{Clock, rows};
use crate::world::AnnalsWorld;

async fn create(world: &mut AnnalsWorld, who: &str, new: NewWorkItem, parent: Option<ItemRef>) {
    let tracker = world.tracker();
    let created = tracker.create(new, parent, metadata_of(who)).await;
    world.work.note(created);
}

fn new(title: &str) -> NewWorkItem {
    NewWorkItem::new(title.parse().unwrap())
}

#[given(expr = "{word} creates {string}")]
#[when(expr = "{word} creates {string}")]
async fn creates(world: &mut AnnalsWorld, who: String, title: String) {
    create(world, &who, new(&title), None).await;
}

#[given(expr = "{word} creates the {word} {string}")]
async fn creates_kind(world: &mut AnnalsWorld, who: String, kind: String, title: String) {
    let new = new(&title).with_type(kind.parse().unwrap());
    create(world, &who, new, None).await;
}

#[given(expr = "{word} creates the {word} {string} in {word}")]
#[when(expr = "{word} creates the {word} {string} in {word}")]
async fn creates_in(
    world: &mut AnnalsWorld,
    who: String,
    kind: String,
    title: String,
    parent: String,
) {
    let new = new(&title).with_type(kind.parse().unwrap());
    create(world, &who, new, Some(parent.parse().unwrap())).await;
}

#[when(expr = "{word} creates an item with a title of {int} characters")]
async fn creates_with_long_title(world: &mut AnnalsWorld, who: String, characters: usize) {
    create_with_title(world, &who, &"ü".repeat(characters)).await;
}

#[when(expr = "{word} creates an item with a title of spaces")]
async fn creates_with_blank_title(world: &mut AnnalsWorld, who: String) {
    create_with_title(world, &who, "   ").await;
}

#[when(expr = "{word} creates an item with a title of two lines")]
async fn creates_with_two_lines(world: &mut AnnalsWorld, who: String) {
    create_with_title(world, &who, "one\ntwo").await;
}

async fn create_with_title(world: &mut AnnalsWorld, who: &str, title: &str) {
    match Title::new(title) {
        Ok(title) => create(world, who, NewWorkItem::new(title), None).await,
        Err(refusal) => world.work.title = Some(refusal),
    }
}

#[when(expr = "{int} creators at once each create {int} items")]
async fn create_at_once(world: &mut AnnalsWorld, creators: u16, items: u64) {
    let start = Arc::new(Barrier::new(creators.into()));
    let tasks: Vec<_> = (1..=creators)
        .map(|worker| {
            let (tracker, start) = (world.tracker_of_worker(worker), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                for _ in 0..items {
                    let created = tracker.create(new("One of many"), None, metadata_of("ada"));
                    created.await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[then(expr = "the items have the numbers 1 to {int}, each once")]
async fn are_numbered(world: &mut AnnalsWorld, last: u64) {
    let items = world.tracker().list(&ItemFilter::new(), |_| ()).await;
    let numbers = items
        .unwrap()
        .into_iter()
        .map(|one| one.item.id().number().get());
    assert_eq!(numbers.collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
}

#[given(expr = "an item that is {word}")]
async fn is_given(world: &mut AnnalsWorld, status: String) {
    ready(world, status.parse().unwrap()).await;
}

/// A plain item with this status that may take every transition.
async fn ready(world: &mut AnnalsWorld, status: Status) {
    bring(world, new("Write the report"), status).await;
    if status == Status::InProgress {
        // Other scenarios test the gates.
        record(world, enough()).await;
    }
}

#[given(expr = "an item of tier {word} that is in_progress")]
async fn of_tier_is_given(world: &mut AnnalsWorld, tier: String) {
    let tier: RiskTier = tier.parse().unwrap();
    let new = new("Write the report").with_risk_tier(tier);
    bring(world, new, Status::InProgress).await;
}

#[given(expr = "a spike that is in_progress")]
async fn spike_is_given(world: &mut AnnalsWorld) {
    let new = new("Try the new pump").with_type(WorkItemType::Spike);
    bring(world, new, Status::InProgress).await;
}

/// Creates an item and brings it to a status on the shortest path.
async fn bring(world: &mut AnnalsWorld, new: NewWorkItem, status: Status) {
    create(world, "ada", new, None).await;
    let steps: &[Transition] = match status {
        Status::Pending => &[],
        Status::InProgress => &[Transition::Start],
        Status::Blocked => &[Transition::Start, Transition::Block],
        Status::Done => &[Transition::Start, Transition::Complete],
        Status::Cancelled => &[Transition::Cancel],
    };
    for step in steps {
        if *step == Transition::Complete {
            record(world, enough()).await;
        }
        take(world, *step).await.unwrap();
    }
    assert_eq!(world.item().await.item.status(), status);
}

/// Applies one transition to the current item.
pub(super) async fn take(
    world: &mut AnnalsWorld,
    step: Transition,
) -> Result<CommandOutcome, TrackingError> {
    let (tracker, it, ada) = (world.tracker(), world.work.it(), by_ada());
    let reason: Reason = "so it was decided".parse().unwrap();
    match step {
        Transition::Start => tracker.start(it, &ada).await,
        Transition::Block => tracker.block(it, reason, &ada).await,
        Transition::Unblock => tracker.unblock(it, &ada).await,
        Transition::Complete => tracker.complete(it, None, &ada).await,
        Transition::Cancel => tracker.cancel(it, reason, &ada).await,
        Transition::Reopen => tracker.reopen(it, reason, &ada).await,
        Transition::Release => tracker.release(it, &ada).await,
        Transition::CloseElsewhere => panic!("only an import closes an item elsewhere"),
    }
}

#[given(expr = "it is told to {word}")]
#[when(expr = "it is told to {word}")]
async fn is_told(world: &mut AnnalsWorld, what: String) {
    let outcome = take(world, what.parse().unwrap()).await;
    world.work.note(outcome);
}

#[given(expr = "it is {word} at {clock}")]
#[when(expr = "it is {word} at {clock}")]
async fn is_done_at(world: &mut AnnalsWorld, what: String, at: Clock) {
    world.clock().set(at.0);
    let step = match what.as_str() {
        "started" => Transition::Start,
        "blocked" => Transition::Block,
        "unblocked" => Transition::Unblock,
        "completed" => Transition::Complete,
        _ => panic!("no such step: {what}"),
    };
    let outcome = take(world, step).await;
    outcome.as_ref().unwrap();
    world.work.note(outcome);
}

#[then("an item takes these steps:")]
async fn takes_these_steps(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [from, by, to] = row else {
            panic!("from, step and to, not {row:?}")
        };
        ready(world, from.parse().unwrap()).await;
        take(world, by.parse().unwrap()).await.unwrap();
        let found = world.item().await.item.status();
        assert_eq!(found, to.parse().unwrap(), "{row:?}");
    }
}

#[then("an item refuses these steps, and stays as it is:")]
async fn refuses_these_steps(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let from: Status = row[0].parse().unwrap();
        ready(world, from).await;
        let before = world.item().await;
        for by in row[1].split(", ") {
            let by: Transition = by.parse().unwrap();
            let refusal = take(world, by).await.unwrap_err();
            let TrackingError::Refused(refusal) = refusal else {
                panic!("{refusal:?}")
            };
            match refusal {
                WorkItemError::CompletionHindered { hindrances } => {
                    assert_eq!(hindrances.not_in_progress, Some(from));
                }
                refusal => {
                    let to = by.target();
                    assert_eq!(refusal, WorkItemError::InvalidTransition { by, from, to });
                }
            }
        }
        assert_eq!(world.item().await, before);
    }
}

#[given(expr = "it is assigned to {word}")]
#[when(expr = "it is assigned to {word}")]
async fn is_assigned(world: &mut AnnalsWorld, who: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let outcome = tracker.assign(it, who.parse().unwrap(), &by_ada()).await;
    world.work.note(outcome);
}

#[when(expr = "{word} starts it")]
async fn starts_it(world: &mut AnnalsWorld, who: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let started = tracker.start(it, &metadata_of(&who).into()).await;
    world.work.note(started);
}

#[when(expr = "{word} reopens it")]
async fn reopens_it(world: &mut AnnalsWorld, who: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let reason = "it broke".parse().unwrap();
    let reopened = tracker.reopen(it, reason, &metadata_of(&who).into()).await;
    world.work.note(reopened);
}

#[when("it is taken from whoever has it")]
async fn is_unassigned(world: &mut AnnalsWorld) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let outcome = tracker.unassign(it, &by_ada()).await;
    world.work.note(outcome);
}

#[when(expr = "its priority becomes {word}")]
async fn priority_becomes(world: &mut AnnalsWorld, priority: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let priority = priority.parse().unwrap();
    let outcome = tracker.change_priority(it, priority, &by_ada()).await;
    world.work.note(outcome);
}

#[when(expr = "it is called {string}")]
async fn is_renamed(world: &mut AnnalsWorld, title: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let title = title.parse().unwrap();
    let outcome = tracker.retitle(it, title, &by_ada()).await;
    world.work.note(outcome);
}

#[when(expr = "it is described as {string}")]
async fn is_described(world: &mut AnnalsWorld, text: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let description = Some(text.parse().unwrap());
    let outcome = tracker.describe(it, description, &by_ada()).await;
    world.work.note(outcome);
}

#[then("nothing was recorded")]
async fn nothing_was_recorded(world: &mut AnnalsWorld) {
    let outcome = world.work.outcome.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(outcome.events, []);
    // Two events: created and assigned.
    assert_eq!(outcome.version, StreamVersion::from(2));
}

#[then(expr = "it is refused because the item is {word}")]
fn is_closed(world: &mut AnnalsWorld, status: String) {
    let status = status.parse().unwrap();
    assert_eq!(*world.work.refusal(), WorkItemError::Closed { status });
}

#[then(expr = "it is refused because a {word} does not lie in an {word}")]
fn does_not_lie(world: &mut AnnalsWorld, child: String, parent: String) {
    let expected = WorkItemError::ParentKindInvalid {
        child: child.parse().unwrap(),
        parent: parent.parse().unwrap(),
    };
    assert_eq!(*world.work.refusal(), expected);
}

#[then(expr = "it is refused because there is no parent {word}")]
fn has_no_parent(world: &mut AnnalsWorld, expected: String) {
    let TrackingError::ParentNotFound { parent } = world.work.error() else {
        panic!("{:?}", world.work.error())
    };
    assert_eq!(*parent, expected.parse().unwrap());
}

#[then("the title is refused because it is too long")]
fn title_is_too_long(world: &mut AnnalsWorld) {
    let problem = world.work.title.unwrap().problem;
    let (characters, max) = (201, 200);
    assert_eq!(problem, TextProblem::TooLong { characters, max });
}

#[then("the title is refused because it is empty")]
fn title_is_empty(world: &mut AnnalsWorld) {
    assert_eq!(world.work.title.unwrap().problem, TextProblem::Empty);
}

#[then("the title is refused because it is not one line")]
fn title_is_not_one_line(world: &mut AnnalsWorld) {
    let problem = world.work.title.unwrap().problem;
    let (found, at) = ('\n', 3);
    assert_eq!(problem, TextProblem::NotOneLine { found, at });
}
