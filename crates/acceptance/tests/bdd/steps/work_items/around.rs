//! Steps: children and dependencies of an item.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use tokio::sync::Barrier;
use work_item::{DependencyKind, OpenItem, Transition, WorkItem, WorkItemError, WorkItemId};
use work_tracking::{ItemRef, TrackingError};

use super::by_ada;
use super::quality::{enough, record};
use super::working::take;
use crate::steps::words::rows;
use crate::world::AnnalsWorld;

/// Makes another item the current one.
fn turn_to(world: &mut AnnalsWorld, item: &str) {
    let ItemRef::Number(number) = item.parse().unwrap() else {
        panic!("a number, not {item}")
    };
    world.work.item = Some(number);
}

async fn state(world: &mut AnnalsWorld, item: &str) -> WorkItem {
    let item: ItemRef = item.parse().unwrap();
    world.tracker().show(item).await.unwrap().item
}

#[given(regex = r"^(WORK-\d+) is under way$")]
async fn is_under_way(world: &mut AnnalsWorld, item: String) {
    turn_to(world, &item);
    take(world, Transition::Start).await.unwrap();
    record(world, enough()).await;
}

#[given(regex = r"^(WORK-\d+) is finished$")]
async fn is_finished(world: &mut AnnalsWorld, item: String) {
    is_under_way(world, item).await;
    take(world, Transition::Complete).await.unwrap();
}

#[given(regex = r"^(WORK-\d+) is given up$")]
async fn is_given_up(world: &mut AnnalsWorld, item: String) {
    turn_to(world, &item);
    take(world, Transition::Cancel).await.unwrap();
}

#[when(regex = r"^(WORK-\d+) is told to (\w+)$")]
async fn that_is_told(world: &mut AnnalsWorld, item: String, what: String) {
    turn_to(world, &item);
    let outcome = take(world, what.parse().unwrap()).await;
    world.work.note(outcome);
}

/// Adds a dependency from the words of a step.
async fn depend(world: &mut AnnalsWorld, item: &str, on: &str, kind: DependencyKind) {
    let (item, on): (ItemRef, ItemRef) = (item.parse().unwrap(), on.parse().unwrap());
    let tracker = world.tracker();
    let outcome = tracker.add_dependency(item, on, kind, &by_ada()).await;
    world.work.note(outcome);
}

#[given(regex = r"^(WORK-\d+) depends on (WORK-\d+)$")]
async fn depends(world: &mut AnnalsWorld, item: String, on: String) {
    depend(world, &item, &on, DependencyKind::Blocks).await;
    assert!(matches!(world.work.outcome, Some(Ok(_))));
}

#[given(regex = r"^(WORK-\d+) is related to (WORK-\d+)$")]
async fn is_related(world: &mut AnnalsWorld, item: String, on: String) {
    depend(world, &item, &on, DependencyKind::Relates).await;
    assert!(matches!(world.work.outcome, Some(Ok(_))));
}

#[when(regex = r"^(WORK-\d+) comes to depend on (WORK-\d+)$")]
async fn comes_to_depend(world: &mut AnnalsWorld, item: String, on: String) {
    depend(world, &item, &on, DependencyKind::Blocks).await;
}

#[when(regex = r"^(WORK-\d+) comes to be related to (WORK-\d+)$")]
async fn comes_to_be_related(world: &mut AnnalsWorld, item: String, on: String) {
    depend(world, &item, &on, DependencyKind::Relates).await;
}

#[when(regex = r"^(WORK-\d+) comes to depend on (WORK-\d+) no more$")]
async fn depends_no_more(world: &mut AnnalsWorld, item: String, on: String) {
    let (item, on): (ItemRef, ItemRef) = (item.parse().unwrap(), on.parse().unwrap());
    let tracker = world.tracker();
    let outcome = tracker.remove_dependency(item, on, &by_ada()).await;
    world.work.note(outcome);
}

#[when(regex = r"^(WORK-\d+) and (WORK-\d+) come to depend on each other at once$")]
async fn depend_at_once(world: &mut AnnalsWorld, one: String, other: String) {
    let (one, other): (ItemRef, ItemRef) = (one.parse().unwrap(), other.parse().unwrap());
    let start = Arc::new(Barrier::new(2));
    let tasks = [(one, other), (other, one)].map(|(item, on)| {
        let (tracker, start) = (world.tracker(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let kind = DependencyKind::Blocks;
            tracker.add_dependency(item, on, kind, &by_ada()).await
        })
    });
    for task in tasks {
        world.work.at_once.push(task.await.unwrap());
    }
}

#[then("one of the two dependencies is refused, and one holds")]
fn one_is_refused(world: &mut AnnalsWorld) {
    let (held, refused): (Vec<_>, Vec<_>) = world.work.at_once.iter().partition(|one| one.is_ok());
    assert_eq!((held.len(), refused.len()), (1, 1));
    let circle = |error: &TrackingError| {
        let refusal = WorkItemError::DependencyCycle { path: Vec::new() };
        let same = |found: &WorkItemError| {
            std::mem::discriminant(found) == std::mem::discriminant(&refusal)
        };
        matches!(error, TrackingError::Refused(found) if same(found))
    };
    assert!(refused[0].as_ref().is_err_and(circle), "{refused:?}");
}

#[then(regex = r"^(WORK-\d+) waits for (nothing|WORK-.+)$")]
async fn waits_for(world: &mut AnnalsWorld, item: String, others: String) {
    let found = state(world, &item).await;
    assert_eq!(numbers(found.blockers()), others);
}

#[then(regex = r"^(WORK-\d+) has to do with (WORK-.+)$")]
async fn has_to_do_with(world: &mut AnnalsWorld, item: String, others: String) {
    let found = state(world, &item).await;
    assert_eq!(numbers(found.related()), others);
}

fn numbers(items: impl Iterator<Item = WorkItemId>) -> String {
    let numbers: Vec<_> = items.map(|id| id.number().to_string()).collect();
    match numbers.is_empty() {
        true => "nothing".to_owned(),
        false => numbers.join(", "),
    }
}

#[then(regex = r"^the open (children|blockers) (WORK-.+) are in the way$")]
fn are_in_the_way(world: &mut AnnalsWorld, which: String, others: String) {
    let WorkItemError::CompletionHindered { hindrances } = world.work.refusal() else {
        panic!("{:?}", world.work.refusal())
    };
    let (children, blockers) = (&hindrances.open_children, &hindrances.open_blockers);
    let (told, rest) = match which.as_str() {
        "children" => (children, blockers),
        _ => (blockers, children),
    };
    let ids = told.iter().map(|open: &OpenItem| open.id);
    assert_eq!(numbers(ids), others);
    assert!(rest.is_empty() && hindrances.gate_failures.is_empty());
}

#[then(regex = r"^it is refused because the parent (WORK-\d+) is (\w+)$")]
fn parent_is(world: &mut AnnalsWorld, expected: String, status: String) {
    let WorkItemError::ParentClosed {
        parent,
        status: found,
    } = world.work.refusal()
    else {
        panic!("{:?}", world.work.refusal())
    };
    assert_eq!(parent.number().to_string(), expected);
    assert_eq!(*found, status.parse().unwrap());
}

#[then(regex = r"^it is refused because of the circle (WORK-.+)$")]
fn is_a_circle(world: &mut AnnalsWorld, expected: String) {
    let WorkItemError::DependencyCycle { path } = world.work.refusal() else {
        panic!("{:?}", world.work.refusal())
    };
    assert_eq!(numbers(path.iter().copied()), expected);
}

#[then("it is refused because it would depend on itself")]
fn depends_on_itself(world: &mut AnnalsWorld) {
    assert_eq!(*world.work.refusal(), WorkItemError::DependsOnItself);
}

#[then(regex = r"^the tree of (WORK-\d+) is:$")]
async fn tree_is(world: &mut AnnalsWorld, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let tree = world.tracker().tree(item).await.unwrap();
    let found = tree.depth_first().map(|(depth, tracked)| {
        let (id, status) = (tracked.item.id(), tracked.item.status());
        [
            depth.to_string(),
            id.number().to_string(),
            status.to_string(),
        ]
    });
    let expected = rows(step).map(|row| [row[0].clone(), row[1].clone(), row[2].clone()]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
