//! Commands that are decided again: after conflicts, unknown outcomes and a busy store.

use shared_kernel::{RepositoryError, StreamVersion};
use work_item::{Status, WorkItemId};
use work_tracking::{FailureKind, TrackingError, WorkTracker};

use crate::fixture::{
    AppendScript, STORY, ScriptedStore, TASK, anonymous, attempts, block, conflict, done, item,
    note, start, started, title, who,
};
use crate::overtaken::two_trackers;

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
