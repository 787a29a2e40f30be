//! Pairs of commands that could break a rule together: the second one is written between the reads
//! and the append of the first.

use std::sync::Arc;

use conformance::double::Delegating;
use shared_kernel::StreamVersion;
use work_item::{Status, WorkItemError, WorkItemId};
use work_tracking::{CommandOutcome, TrackingError, WorkTracker};

use crate::fixture::{
    AppendScript, BLOCKS, STORY, ScriptedStore, TASK, ada, anonymous, block, done, hindrances,
    item, number, reason, scripted, started, task, tasks, tracker,
};

type Answer = Result<CommandOutcome, TrackingError>;

/// Two trackers of one store: the second, of another process, gives the commands in between.
pub(crate) fn two_trackers() -> (WorkTracker, WorkTracker, Arc<Delegating<ScriptedStore>>) {
    let (fixture, store) = scripted();
    let other = tracker(fixture.store, fixture.clock, 1);
    (fixture.tracker, other, store)
}

#[track_caller]
fn open_children(answer: Answer) -> Vec<WorkItemId> {
    let open = hindrances(answer.unwrap_err()).open_children;
    open.iter().map(|open| open.id).collect()
}

#[track_caller]
fn open_blockers(answer: Answer) -> Vec<WorkItemId> {
    let open = hindrances(answer.unwrap_err()).open_blockers;
    open.iter().map(|open| open.id).collect()
}

fn is_parent_closed(answer: &Answer, expected: Status) -> bool {
    matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::ParentClosed { status, .. }))
            if *status == expected
    )
}

#[tokio::test]
async fn a_parent_is_completed_while_a_child_is_created() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    store.meanwhile(async move {
        item(&other, TASK, Some(story)).await;
    });
    let answer = tracker.complete(story, None, &anonymous()).await;
    let children = tracker.show(story).await.unwrap().item.children().to_vec();
    assert_eq!(open_children(answer), children);
    assert_eq!(children.len(), 1);
}

#[tokio::test]
async fn a_child_is_created_while_its_parent_is_completed_or_cancelled() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let meanwhile = other.clone();
    store.meanwhile(async move {
        meanwhile.complete(story, None, &anonymous()).await.unwrap();
    });
    let answer = tracker.create(task("x"), Some(story.into()), ada()).await;
    assert!(is_parent_closed(&answer, Status::Done), "{answer:?}");

    let story = item(&tracker, STORY, None).await;
    store.meanwhile(async move {
        other
            .cancel(story, reason("no use"), &anonymous())
            .await
            .unwrap();
    });
    let answer = tracker.create(task("x"), Some(story.into()), ada()).await;
    assert!(is_parent_closed(&answer, Status::Cancelled), "{answer:?}");
    assert_eq!(tracker.show(story).await.unwrap().item.children(), []);
    // The refused creations used no number.
    let next = item(&tracker, TASK, None).await;
    assert_eq!(next.number(), number(3));
}

#[tokio::test]
async fn a_parent_is_completed_while_a_child_is_reopened() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    store.meanwhile(async move {
        other
            .reopen(child, reason("broke"), &anonymous())
            .await
            .unwrap();
    });
    let answer = tracker.complete(story, None, &anonymous()).await;
    assert_eq!(open_children(answer), [child]);
}

#[tokio::test]
async fn a_child_is_reopened_while_its_parent_is_completed() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    store.meanwhile(async move {
        other.complete(story, None, &anonymous()).await.unwrap();
    });
    let answer = tracker.reopen(child, reason("broke"), &anonymous()).await;
    assert!(is_parent_closed(&answer, Status::Done), "{answer:?}");
    assert_eq!(
        tracker.show(child).await.unwrap().item.status(),
        Status::Done
    );
}

#[tokio::test]
async fn an_item_is_completed_while_a_blocker_is_added() {
    let (tracker, other, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move { block(&other, a, b).await });
    let answer = tracker.complete(a, None, &anonymous()).await;
    assert_eq!(open_blockers(answer), [b]);
}

#[tokio::test]
async fn a_blocker_is_added_while_the_item_is_completed() {
    let (tracker, other, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move {
        other.complete(a, None, &anonymous()).await.unwrap();
    });
    let answer = tracker.add_dependency(a, b, BLOCKS, &anonymous()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::Closed {
            status: Status::Done
        }))
    ));
}

#[tokio::test]
async fn an_item_is_completed_while_its_blocker_is_reopened() {
    let (tracker, other, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = done(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other
            .reopen(b, reason("broke"), &anonymous())
            .await
            .unwrap();
    });
    let answer = tracker.complete(a, None, &anonymous()).await;
    assert_eq!(open_blockers(answer), [b]);
}

#[tokio::test]
async fn a_refused_completion_is_decided_again_when_its_blocker_completes() {
    let (tracker, other, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = started(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other.complete(b, None, &anonymous()).await.unwrap();
    });
    let outcome = tracker.complete(a, None, &anonymous()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
}

#[tokio::test]
async fn a_refused_completion_is_decided_again_when_the_item_changes() {
    let (tracker, other, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other.remove_dependency(a, b, &anonymous()).await.unwrap();
    });
    let outcome = tracker.complete(a, None, &anonymous()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
}

#[tokio::test]
async fn a_refusal_that_needs_only_the_item_appends_nothing() {
    let (tracker, _, store) = two_trackers();
    let a = item(&tracker, TASK, None).await;
    store.script([AppendScript::Closed]);
    let refused = tracker.complete(a, None, &anonymous()).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::CompletionHindered { .. })
    ));
    let refused = tracker
        .add_dependency(a, a, BLOCKS, &anonymous())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::DependsOnItself)
    ));
}

#[tokio::test]
async fn two_items_are_made_to_block_each_other() {
    let (tracker, other, store) = two_trackers();
    let a = item(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move { block(&other, b, a).await });
    let answer = tracker.add_dependency(a, b, BLOCKS, &anonymous()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::DependencyCycle { path })) if path == [a, b, a]
    ));
    assert_eq!(tracker.show(a).await.unwrap().version, StreamVersion::FIRST);
}

#[tokio::test]
async fn a_circle_of_four_items_is_refused() {
    // b waits for c, and c for d. The command adds "a waits for b" while another adds "d waits
    // for a".
    let (tracker, other, store) = two_trackers();
    let [a, b, c, d] = tasks(&tracker).await;
    block(&tracker, b, c).await;
    block(&tracker, c, d).await;
    store.meanwhile(async move { block(&other, d, a).await });
    let answer = tracker.add_dependency(a, b, BLOCKS, &anonymous()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::DependencyCycle { path }))
            if path == [a, b, c, d, a]
    ));
}

#[tokio::test]
async fn a_circle_that_is_cut_in_between_is_not_refused() {
    let (tracker, other, store) = two_trackers();
    let a = item(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    block(&tracker, b, a).await;
    store.meanwhile(async move {
        other.remove_dependency(b, a, &anonymous()).await.unwrap();
    });
    let outcome = tracker
        .add_dependency(a, b, BLOCKS, &anonymous())
        .await
        .unwrap();
    assert_eq!(outcome.item.blockers().collect::<Vec<_>>(), [b]);
}
