//! Owns the scenarios of items that lie in others, over the store.

use futures_util::TryStreamExt;
use shared_kernel::{DomainEvent, EventStoreExt, StreamVersion};
use work_item::{
    GateFailure, GateLevel, Hindrances, OpenItem, Status, WorkItemError, WorkItemEvent,
    WorkItemType,
};
use work_tracking::{FailureKind, TrackingError};

use crate::given::{ada, bench, done, item, name, nobody, reason, start, started, task};

const EPIC: WorkItemType = WorkItemType::Epic;
const STORY: WorkItemType = WorkItemType::Story;
const TASK: WorkItemType = WorkItemType::Task;

#[tokio::test]
async fn a_child_its_number_and_the_note_of_its_parent_land_side_by_side() {
    let bench = bench();
    let story = item(&bench.tracker, STORY, None).await;
    let created = bench
        .tracker
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap();
    let child = created.item.id();
    assert_eq!(
        (created.recorded, created.version),
        (1, StreamVersion::FIRST)
    );

    let parent = bench
        .store
        .read_whole_stream(story.stream_id())
        .await
        .unwrap();
    let own = bench
        .store
        .read_whole_stream(child.stream_id())
        .await
        .unwrap();
    assert_eq!(parent[1].event_type.as_str(), "ChildAdded");
    assert_eq!(own[0].position.next(), Some(parent[1].position));
    assert_eq!(own[0].metadata, parent[1].metadata);
    let head = bench.store.head().await.unwrap().unwrap();
    assert_eq!(parent[1].position.next(), Some(head));

    let shown = bench.tracker.show(story).await.unwrap();
    assert_eq!(shown.item.children(), [child]);
    assert_eq!(shown.version, StreamVersion::from(2));
}

#[tokio::test]
async fn nothing_is_created_in_what_is_done_or_cancelled() {
    let bench = bench();
    let cancelled = item(&bench.tracker, STORY, None).await;
    bench
        .tracker
        .cancel(cancelled, reason("no use"), &nobody())
        .await
        .unwrap();
    let finished = done(&bench.tracker, STORY, None).await;
    let head = bench.store.head().await.unwrap();
    for (story, expected) in [(cancelled, Status::Cancelled), (finished, Status::Done)] {
        let refused = bench
            .tracker
            .create(task("x"), Some(story.into()), ada())
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Refused);
        assert!(matches!(
            refused,
            TrackingError::Refused(WorkItemError::ParentClosed { parent, status })
                if parent == story && status == expected
        ));
    }
    assert_eq!(bench.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_parent_is_completed_after_its_children() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, STORY, None).await;
    let first = item(tracker, TASK, Some(story)).await;
    let second = started(tracker, TASK, Some(story)).await;

    let refused = tracker.complete(story, None, &nobody()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    let TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) = refused else {
        panic!("its children are open: {refused:?}");
    };
    let open = |id, status| OpenItem { id, status };
    let expected = Hindrances {
        open_children: vec![
            open(first, Status::Pending),
            open(second, Status::InProgress),
        ],
        open_blockers: vec![],
        level: GateLevel::L0,
        gate_failures: vec![],
    };
    assert_eq!(hindrances, expected);

    tracker
        .cancel(first, reason("no use"), &nobody())
        .await
        .unwrap();
    tracker.complete(second, None, &nobody()).await.unwrap();
    let outcome = tracker.complete(story, None, &nobody()).await.unwrap();
    assert_eq!((outcome.item.status(), outcome.recorded), (Status::Done, 2));
}

#[tokio::test]
async fn a_refusal_tells_open_children_and_missing_evidence_at_once() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    tracker.start(story, &nobody()).await.unwrap();
    let refused = tracker.complete(story, None, &nobody()).await.unwrap_err();
    let TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) = refused else {
        panic!("a child is open: {refused:?}");
    };
    assert_eq!(hindrances.open_children[0].id, child);
    assert_eq!(
        hindrances.gate_failures,
        [GateFailure::NoTestRun, GateFailure::NoPositiveTests]
    );
}

#[tokio::test]
async fn a_done_child_is_reopened_after_its_parent() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, STORY, None).await;
    let child = done(tracker, TASK, Some(story)).await;
    tracker.complete(story, None, &nobody()).await.unwrap();

    let refused = tracker
        .reopen(child, reason("broke"), &nobody())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::ParentClosed { parent, status: Status::Done })
            if parent == story
    ));
    tracker
        .reopen(story, reason("broke"), &nobody())
        .await
        .unwrap();
    let reopened = tracker
        .reopen(child, reason("broke"), &nobody())
        .await
        .unwrap();
    assert_eq!(reopened.item.status(), Status::InProgress);
}

#[tokio::test]
async fn cancelling_a_parent_leaves_its_children_to_themselves() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    tracker
        .cancel(story, reason("no use"), &nobody())
        .await
        .unwrap();
    start(tracker, child).await;
    let finished = tracker.complete(child, None, &nobody()).await.unwrap();
    assert_eq!(finished.item.status(), Status::Done);
    // But nothing is begun anew in what was given up.
    let refused = tracker
        .reopen(child, reason("broke"), &nobody())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::ParentClosed {
            status: Status::Cancelled,
            ..
        })
    ));
}

#[tokio::test]
async fn grandchildren_hold_up_their_own_parents_only() {
    let bench = bench();
    let tracker = &bench.tracker;
    let epic = started(tracker, EPIC, None).await;
    let story = started(tracker, STORY, Some(epic)).await;
    let leaf = started(tracker, TASK, Some(story)).await;
    let hindered = |refused: TrackingError| match refused {
        TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) => {
            let open = hindrances.open_children.iter();
            open.map(|open| open.id).collect::<Vec<_>>()
        }
        other => panic!("it waits for its children: {other:?}"),
    };
    let refused = tracker.complete(epic, None, &nobody()).await.unwrap_err();
    assert_eq!(hindered(refused), [story]);
    let refused = tracker.complete(story, None, &nobody()).await.unwrap_err();
    assert_eq!(hindered(refused), [leaf]);
    for id in [leaf, story, epic] {
        tracker.complete(id, None, &nobody()).await.unwrap();
    }
}

#[tokio::test]
async fn a_command_over_several_items_keeps_who_gave_it_and_is_one_command() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, STORY, None).await;
    done(tracker, TASK, Some(story)).await;
    tracker.complete(story, None, &ada().into()).await.unwrap();
    let history = tracker.history(story).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    let [.., step, completed] = history.as_slice() else {
        panic!("a step and a completion");
    };
    assert_eq!(completed.event.event_type(), "WorkItemCompleted");
    assert!(matches!(step.event, WorkItemEvent::StatusChanged { .. }));
    assert_eq!(step.metadata, completed.metadata);
    assert_eq!(step.metadata.actor, ada().actor);
    assert!(step.metadata.correlation.is_some());
}

#[tokio::test]
async fn a_decision_on_a_version_of_an_item_holds_for_that_version_only() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, STORY, None).await;
    done(tracker, TASK, Some(story)).await;
    let seen = nobody().at_version(StreamVersion::from(4));
    tracker.assign(story, name("ada"), &nobody()).await.unwrap();
    let refused = tracker.complete(story, None, &seen).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let TrackingError::Conflict {
        item,
        attempts,
        source,
    } = refused
    else {
        panic!("the version was named: {refused:?}");
    };
    assert_eq!(item, Some(story.into()));
    assert_eq!((attempts, source.actual), (1, StreamVersion::from(5)));
    assert_eq!(source.stream, story.stream_id());
    let seen = nobody().at_version(source.actual);
    tracker.complete(story, None, &seen).await.unwrap();
}
