//! Pairs of commands that could break a rule together: the second one is written between the reads
//! and the append of the first.

use std::sync::Arc;

use conformance::double::Delegating;
use shared_kernel::{RepositoryError, StreamVersion};
use work_item::{Status, WorkItemError, WorkItemId};
use work_tracking::{CommandOutcome, FailureKind, TrackingError, WorkTracker};

use crate::fixture::{
    AppendScript, BLOCKS, STORY, ScriptedStore, TASK, ada, anonymous, attempts, block, conflict,
    done, hindrances, item, note, number, reason, scripted, start, started, task, tasks, title,
    tracker, who,
};

type Answer = Result<CommandOutcome, TrackingError>;

/// Two trackers of one store: the second, of another process, gives the commands in between.
fn two_trackers() -> (WorkTracker, WorkTracker, Arc<Delegating<ScriptedStore>>) {
    let (fixture, store) = scripted();
    let other = tracker(fixture.store, fixture.clock, 1);
    (fixture.tracker, other, store)
}

/// Lets the other tracker add a note to an item right before each of the next appends.
fn note_before_appends(store: &ScriptedStore, other: &WorkTracker, id: WorkItemId, times: u32) {
    for _ in 0..times {
        let other = other.clone();
        store.meanwhile(async move {
            other.note(id, note("n"), &anonymous()).await.unwrap();
        });
        // The append of the note itself runs normally.
        store.meanwhile(async {});
    }
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

#[tokio::test]
async fn an_irrelevant_change_only_delays_a_completion() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    note_before_appends(&store, &other, child, 3);
    let outcome = tracker.complete(story, None, &anonymous()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
    assert_eq!(tracker.show(child).await.unwrap().item.notes(), 3);
}

#[tokio::test]
async fn a_named_version_is_retried_only_after_changes_of_other_items() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    let seen = anonymous().at_version(tracker.show(story).await.unwrap().version);
    let meanwhile = other.clone();
    store.meanwhile(async move {
        meanwhile
            .assign(story, who("ada"), &anonymous())
            .await
            .unwrap();
    });
    let refused = tracker.complete(story, None, &seen).await.unwrap_err();
    let (item, _, source) = conflict(refused);
    assert_eq!(item, Some(story.into()));
    assert_eq!(source.stream, story.stream_id());

    let seen = anonymous().at_version(source.actual);
    store.meanwhile(async move {
        other.note(child, note("n"), &anonymous()).await.unwrap();
    });
    tracker.complete(story, None, &seen).await.unwrap();
}

#[tokio::test]
async fn a_completion_gives_up_at_the_time_limit() {
    let (tracker, other, store) = two_trackers();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    note_before_appends(&store, &other, child, 3);
    let impatient = tracker.clone().with_retry(attempts(3));
    let refused = impatient
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let (item, attempts, source) = conflict(refused);
    // The error names the story of the command, and the conflict the stream of the child.
    assert_eq!(item, Some(story.into()));
    assert_eq!((attempts, source.stream), (3, child.stream_id()));
    tracker.complete(story, None, &anonymous()).await.unwrap();
}

#[tokio::test]
async fn a_command_is_decided_again_after_30_conflicts() {
    let (tracker, other, store) = two_trackers();
    let id = started(&tracker, TASK, None).await;
    note_before_appends(&store, &other, id, 30);
    let patient = tracker.with_retry(attempts(31));
    let outcome = patient
        .retitle(id, title("new"), &anonymous())
        .await
        .unwrap();
    assert_eq!((outcome.events.len(), outcome.item.notes()), (1, 30));
}

#[tokio::test]
async fn a_command_gives_up_at_the_time_limit() {
    let (tracker, other, store) = two_trackers();
    let id = started(&tracker, TASK, None).await;
    note_before_appends(&store, &other, id, 3);
    let impatient = tracker.with_retry(attempts(3));
    let refused = impatient.retitle(id, title("new"), &anonymous()).await;
    assert_eq!(refused.unwrap_err().kind(), FailureKind::Conflict);
    assert_eq!(other.show(id).await.unwrap().item.notes(), 3);
}

#[tokio::test]
async fn a_completion_with_an_unknown_outcome_happens_once() {
    for script in [
        AppendScript::UnknownButWritten,
        AppendScript::UnknownAndNotWritten,
    ] {
        let (tracker, _, store) = two_trackers();
        let story = started(&tracker, STORY, None).await;
        done(&tracker, TASK, Some(story)).await;
        store.script([script]);
        let outcome = tracker.complete(story, None, &anonymous()).await.unwrap();
        assert_eq!(outcome.version, StreamVersion::from(6));
        assert_eq!(tracker.show(story).await.unwrap().item, outcome.item);
    }
}

#[tokio::test]
async fn an_unknown_outcome_keeps_parent_and_child_consistent() {
    for script in [
        AppendScript::UnknownButWritten,
        AppendScript::UnknownAndNotWritten,
    ] {
        let (tracker, _, store) = two_trackers();
        let story = item(&tracker, STORY, None).await;
        store.script([script]);
        let child = item(&tracker, TASK, Some(story)).await;
        let shown = tracker.show(story).await.unwrap();
        assert_eq!(shown.item.children(), [child]);
        assert_eq!(shown.version, StreamVersion::from(2));
        assert_eq!(
            tracker.show(child).await.unwrap().item.parent(),
            Some(story)
        );
    }
}

#[tokio::test]
async fn a_busy_append_is_retried_and_a_closed_store_is_not() {
    let (tracker, _, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.script([AppendScript::Busy, AppendScript::Busy]);
    block(&tracker, a, b).await;
    start(&tracker, b).await;
    store.script([AppendScript::Closed]);
    let refused = tracker.complete(b, None, &anonymous()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 1, .. })
    ));
}

#[tokio::test]
async fn a_busy_read_of_other_items_is_retried() {
    let (tracker, _, store) = two_trackers();
    let a = started(&tracker, TASK, None).await;
    let b = done(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    let impatient = tracker.with_retry(attempts(2));
    store.fail_stream_reads(2);
    let refused = impatient.complete(a, None, &anonymous()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(refused, TrackingError::Repository(error) if error.is_transient()));
    store.fail_stream_reads(1);
    impatient.complete(a, None, &anonymous()).await.unwrap();
}
