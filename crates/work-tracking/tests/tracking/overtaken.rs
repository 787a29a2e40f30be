//! Owns the scenarios of decisions that somebody undermines between the look and the append: one
//! for each pair of commands that could slip past each other.

use std::sync::Arc;

use conformance::double::Delegating;
use shared_kernel::{RepositoryError, StreamVersion};
use work_item::{DependencyKind, Status, WorkItemError, WorkItemId, WorkItemType, WorkNumber};
use work_tracking::{CommandOutcome, FailureKind, TrackingError, WorkTracker};

use crate::given::{
    ada, attempts, block, done, item, meddled, name, nobody, note, reason, start, started, task,
    title, tracker,
};
use crate::meddling_store::{Meddling, MeddlingStore};

const STORY: WorkItemType = WorkItemType::Story;
const TASK: WorkItemType = WorkItemType::Task;
const BLOCKS: DependencyKind = DependencyKind::Blocks;

type Answer = Result<CommandOutcome, TrackingError>;

/// A tracker, and one of another process that gets in its way.
fn two() -> (WorkTracker, WorkTracker, Arc<Delegating<MeddlingStore>>) {
    let (bench, store) = meddled();
    (bench.tracker, tracker(bench.store, bench.clock, 1), store)
}

fn open_children(answer: Answer) -> Vec<WorkItemId> {
    let Err(TrackingError::Refused(WorkItemError::CompletionHindered { hindrances })) = answer
    else {
        panic!("it waits for others: {answer:?}");
    };
    let open = hindrances.open_children.iter();
    open.map(|open| open.id).collect()
}

fn open_blockers(answer: Answer) -> Vec<WorkItemId> {
    let Err(TrackingError::Refused(WorkItemError::CompletionHindered { hindrances })) = answer
    else {
        panic!("it waits for others: {answer:?}");
    };
    let open = hindrances.open_blockers.iter();
    open.map(|open| open.id).collect()
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
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    store.meanwhile(async move {
        item(&other, TASK, Some(story)).await;
    });
    let answer = tracker.complete(story, None, &nobody()).await;
    let children = tracker.show(story).await.unwrap().item.children().to_vec();
    assert_eq!(open_children(answer), children);
    assert_eq!(children.len(), 1);
}

#[tokio::test]
async fn a_child_is_created_while_its_parent_is_completed_or_cancelled() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let meanwhile = other.clone();
    store.meanwhile(async move {
        meanwhile.complete(story, None, &nobody()).await.unwrap();
    });
    let answer = tracker.create(task("x"), Some(story.into()), ada()).await;
    assert!(is_parent_closed(&answer, Status::Done), "{answer:?}");

    let story = item(&tracker, STORY, None).await;
    store.meanwhile(async move {
        other
            .cancel(story, reason("no use"), &nobody())
            .await
            .unwrap();
    });
    let answer = tracker.create(task("x"), Some(story.into()), ada()).await;
    assert!(is_parent_closed(&answer, Status::Cancelled), "{answer:?}");
    assert_eq!(tracker.show(story).await.unwrap().item.children(), []);
    // No number was lost on the way.
    let next = item(&tracker, TASK, None).await;
    assert_eq!(next.number(), WorkNumber::new(3).unwrap());
}

#[tokio::test]
async fn a_parent_is_completed_while_a_child_is_reopened() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    store.meanwhile(async move {
        other
            .reopen(child, reason("broke"), &nobody())
            .await
            .unwrap();
    });
    let answer = tracker.complete(story, None, &nobody()).await;
    assert_eq!(open_children(answer), [child]);
}

#[tokio::test]
async fn a_child_is_reopened_while_its_parent_is_completed() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    store.meanwhile(async move {
        other.complete(story, None, &nobody()).await.unwrap();
    });
    let answer = tracker.reopen(child, reason("broke"), &nobody()).await;
    assert!(is_parent_closed(&answer, Status::Done), "{answer:?}");
    assert_eq!(
        tracker.show(child).await.unwrap().item.status(),
        Status::Done
    );
}

#[tokio::test]
async fn an_item_is_completed_while_it_comes_to_depend_on_another() {
    let (tracker, other, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move { block(&other, a, b).await });
    let answer = tracker.complete(a, None, &nobody()).await;
    assert_eq!(open_blockers(answer), [b]);
}

#[tokio::test]
async fn an_item_comes_to_depend_on_another_while_it_is_completed() {
    let (tracker, other, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move {
        other.complete(a, None, &nobody()).await.unwrap();
    });
    let answer = tracker.add_dependency(a, b, BLOCKS, &nobody()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::Closed {
            status: Status::Done
        }))
    ));
}

#[tokio::test]
async fn an_item_is_completed_while_its_blocker_is_reopened() {
    let (tracker, other, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = done(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other.reopen(b, reason("broke"), &nobody()).await.unwrap();
    });
    let answer = tracker.complete(a, None, &nobody()).await;
    assert_eq!(open_blockers(answer), [b]);
}

#[tokio::test]
async fn a_refused_completion_is_looked_at_again_when_what_it_waits_for_is_done_meanwhile() {
    let (tracker, other, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = started(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other.complete(b, None, &nobody()).await.unwrap();
    });
    let outcome = tracker.complete(a, None, &nobody()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
}

#[tokio::test]
async fn a_refusal_rests_on_the_item_itself_as_well() {
    let (tracker, other, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    store.meanwhile(async move {
        other.remove_dependency(a, b, &nobody()).await.unwrap();
    });
    let outcome = tracker.complete(a, None, &nobody()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
}

#[tokio::test]
async fn a_refusal_for_what_the_item_knows_itself_asks_nothing_of_the_store() {
    let (tracker, _, store) = two();
    let a = item(&tracker, TASK, None).await;
    store.meddle([Meddling::Closed]);
    let refused = tracker.complete(a, None, &nobody()).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::InvalidTransition { .. })
    ));
    let refused = tracker
        .add_dependency(a, a, BLOCKS, &nobody())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::DependsOnItself)
    ));
}

#[tokio::test]
async fn two_items_come_to_depend_on_each_other() {
    let (tracker, other, store) = two();
    let a = item(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meanwhile(async move { block(&other, b, a).await });
    let answer = tracker.add_dependency(a, b, BLOCKS, &nobody()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::DependencyCycle { path: way })) if way == [a, b, a]
    ));
    assert_eq!(tracker.show(a).await.unwrap().version, StreamVersion::FIRST);
}

#[tokio::test]
async fn a_circle_is_not_closed_far_from_where_the_look_began() {
    // b waits for c, and c for d; a is to wait for b, while d comes to wait for a.
    let (tracker, other, store) = two();
    let mut items = Vec::new();
    for _ in 0..4 {
        items.push(item(&tracker, TASK, None).await);
    }
    let [a, b, c, d] = items[..] else {
        panic!("four items");
    };
    block(&tracker, b, c).await;
    block(&tracker, c, d).await;
    store.meanwhile(async move { block(&other, d, a).await });
    let answer = tracker.add_dependency(a, b, BLOCKS, &nobody()).await;
    assert!(matches!(
        answer,
        Err(TrackingError::Refused(WorkItemError::DependencyCycle { path: way }))
            if way == [a, b, c, d, a]
    ));
}

#[tokio::test]
async fn a_circle_that_is_cut_meanwhile_refuses_nothing() {
    let (tracker, other, store) = two();
    let a = item(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    block(&tracker, b, a).await;
    store.meanwhile(async move {
        other.remove_dependency(b, a, &nobody()).await.unwrap();
    });
    let outcome = tracker
        .add_dependency(a, b, BLOCKS, &nobody())
        .await
        .unwrap();
    assert_eq!(outcome.item.blockers().collect::<Vec<_>>(), [b]);
}

#[tokio::test]
async fn what_does_not_touch_the_decision_only_delays_it() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    for n in 0..3 {
        let other = other.clone();
        store.meanwhile(async move {
            let text = note(&format!("n{n}"));
            other.note(child, text, &nobody()).await.unwrap();
        });
        // The note's own append passes.
        store.meanwhile(async {});
    }
    let outcome = tracker.complete(story, None, &nobody()).await.unwrap();
    assert_eq!(outcome.item.status(), Status::Done);
    assert_eq!(tracker.show(child).await.unwrap().item.notes(), 3);
}

#[tokio::test]
async fn whoever_named_a_version_is_not_held_up_by_others_but_by_the_item_itself() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    let seen = nobody().at_version(tracker.show(story).await.unwrap().version);
    let meanwhile = other.clone();
    store.meanwhile(async move {
        meanwhile
            .assign(story, name("ada"), &nobody())
            .await
            .unwrap();
    });
    let refused = tracker.complete(story, None, &seen).await.unwrap_err();
    let TrackingError::Conflict { item, source, .. } = refused else {
        panic!("another version was named: {refused:?}");
    };
    assert_eq!(item, Some(story.into()));
    assert_eq!(source.stream, story.stream_id());

    let seen = nobody().at_version(source.actual);
    store.meanwhile(async move {
        other.note(child, note("n"), &nobody()).await.unwrap();
    });
    tracker.complete(story, None, &seen).await.unwrap();
}

#[tokio::test]
async fn whoever_is_always_overtaken_gives_up_after_the_attempts_it_has() {
    let (tracker, other, store) = two();
    let story = started(&tracker, STORY, None).await;
    let child = done(&tracker, TASK, Some(story)).await;
    for _ in 0..3 {
        let other = other.clone();
        store.meanwhile(async move {
            other.note(child, note("n"), &nobody()).await.unwrap();
        });
        store.meanwhile(async {});
    }
    let impatient = tracker.clone().with_retry(attempts(3));
    let refused = impatient
        .complete(story, None, &nobody())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let TrackingError::Conflict {
        item,
        attempts,
        source,
    } = refused
    else {
        panic!("a conflict: {refused:?}");
    };
    // The command was for the story, and the child stood in its way.
    assert_eq!(item, Some(story.into()));
    assert_eq!((attempts, source.stream), (3, child.stream_id()));
    tracker.complete(story, None, &nobody()).await.unwrap();
}

/// Has somebody note something on an item right before each of the next so many appends.
fn note_each_time(store: &MeddlingStore, other: &WorkTracker, id: WorkItemId, times: u32) {
    for _ in 0..times {
        let other = other.clone();
        store.meanwhile(async move {
            other.note(id, note("n"), &nobody()).await.unwrap();
        });
        // The note itself passes.
        store.meanwhile(async {});
    }
}

#[tokio::test]
async fn a_command_on_one_item_is_decided_anew_as_long_as_others_get_on() {
    let (tracker, other, store) = two();
    let id = started(&tracker, TASK, None).await;
    note_each_time(&store, &other, id, 30);
    let patient = tracker.with_retry(attempts(31));
    let outcome = patient.retitle(id, title("new"), &nobody()).await.unwrap();
    assert_eq!((outcome.recorded, outcome.item.notes()), (1, 30));
}

#[tokio::test]
async fn a_command_on_one_item_gives_up_after_the_attempts_it_has() {
    let (tracker, other, store) = two();
    let id = started(&tracker, TASK, None).await;
    note_each_time(&store, &other, id, 3);
    let impatient = tracker.with_retry(attempts(3));
    let refused = impatient.retitle(id, title("new"), &nobody()).await;
    assert_eq!(refused.unwrap_err().kind(), FailureKind::Conflict);
    assert_eq!(other.show(id).await.unwrap().item.notes(), 3);
}

#[tokio::test]
async fn an_unknown_outcome_never_completes_twice_or_not_at_all() {
    for meddling in [Meddling::UnknownAndLanded, Meddling::UnknownAndLost] {
        let (tracker, _, store) = two();
        let story = started(&tracker, STORY, None).await;
        done(&tracker, TASK, Some(story)).await;
        store.meddle([meddling]);
        let outcome = tracker.complete(story, None, &nobody()).await.unwrap();
        assert_eq!(outcome.version, StreamVersion::from(6));
        assert_eq!(tracker.show(story).await.unwrap().item, outcome.item);
    }
}

#[tokio::test]
async fn an_unknown_outcome_leaves_parent_and_child_agreed() {
    for meddling in [Meddling::UnknownAndLanded, Meddling::UnknownAndLost] {
        let (tracker, _, store) = two();
        let story = item(&tracker, STORY, None).await;
        store.meddle([meddling]);
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
async fn a_busy_store_is_asked_again_and_a_closed_one_is_not() {
    let (tracker, _, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = item(&tracker, TASK, None).await;
    store.meddle([Meddling::Busy, Meddling::Busy]);
    block(&tracker, a, b).await;
    start(&tracker, b).await;
    store.meddle([Meddling::Closed]);
    let refused = tracker.complete(b, None, &nobody()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 1, .. })
    ));
}

#[tokio::test]
async fn a_store_that_is_busy_while_the_others_are_looked_at_is_asked_again() {
    let (tracker, _, store) = two();
    let a = started(&tracker, TASK, None).await;
    let b = done(&tracker, TASK, None).await;
    block(&tracker, a, b).await;
    let impatient = tracker.with_retry(attempts(2));
    store.be_busy_loading(2);
    let refused = impatient.complete(a, None, &nobody()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(refused, TrackingError::Repository(error) if error.is_transient()));
    store.be_busy_loading(1);
    impatient.complete(a, None, &nobody()).await.unwrap();
}
