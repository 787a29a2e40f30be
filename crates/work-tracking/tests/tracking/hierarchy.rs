//! Parents and children.

use futures_util::TryStreamExt;
use shared_kernel::{DomainEvent, EventStoreExt, StreamVersion};
use work_item::{
    GateFailure, GateLevel, Hindrances, OpenItem, Status, WorkItemError, WorkItemEvent,
};
use work_tracking::{FailureKind, TrackingError};

use crate::fixture::{
    EPIC, STORY, TASK, ada, anonymous, conflict, done, fixture, hindrances, item, reason, start,
    started, task, who,
};

#[tokio::test]
async fn a_child_its_number_and_the_entry_in_its_parent_are_one_append() {
    let fixture = fixture();
    let story = item(&fixture.tracker, STORY, None).await;
    let created = fixture
        .tracker
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap();
    let child = created.item.id();
    assert_eq!(
        (created.events.len(), created.version),
        (1, StreamVersion::FIRST)
    );

    let parent = fixture
        .store
        .read_whole_stream(story.stream_id())
        .await
        .unwrap();
    let own = fixture
        .store
        .read_whole_stream(child.stream_id())
        .await
        .unwrap();
    assert_eq!(parent[1].event_type.as_str(), "ChildAdded");
    assert_eq!(own[0].position.next(), Some(parent[1].position));
    assert_eq!(own[0].metadata, parent[1].metadata);
    let head = fixture.store.head().await.unwrap().unwrap();
    assert_eq!(parent[1].position.next(), Some(head));

    let shown = fixture.tracker.show(story).await.unwrap();
    assert_eq!(shown.item.children(), [child]);
    assert_eq!(shown.version, StreamVersion::from(2));
}

#[tokio::test]
async fn a_done_or_cancelled_parent_accepts_no_children() {
    let fixture = fixture();
    let cancelled = item(&fixture.tracker, STORY, None).await;
    fixture
        .tracker
        .cancel(cancelled, reason("no use"), &anonymous())
        .await
        .unwrap();
    let finished = done(&fixture.tracker, STORY, None).await;
    let head = fixture.store.head().await.unwrap();
    for (story, expected) in [(cancelled, Status::Cancelled), (finished, Status::Done)] {
        let refused = fixture
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
    assert_eq!(fixture.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_parent_is_completed_after_its_children() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    let first = item(tracker, TASK, Some(story)).await;
    let second = started(tracker, TASK, Some(story)).await;

    let refused = tracker
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    let hindrances = hindrances(refused);
    let open = |id, status| OpenItem { id, status };
    let expected = Hindrances {
        not_in_progress: None,
        open_children: vec![
            open(first, Status::Pending),
            open(second, Status::InProgress),
        ],
        open_blockers: vec![],
        unreadable: vec![],
        level: GateLevel::L0,
        gate_failures: vec![],
    };
    assert_eq!(hindrances, expected);

    tracker
        .cancel(first, reason("no use"), &anonymous())
        .await
        .unwrap();
    tracker.complete(second, None, &anonymous()).await.unwrap();
    let outcome = tracker.complete(story, None, &anonymous()).await.unwrap();
    assert_eq!(
        (outcome.item.status(), outcome.events.len()),
        (Status::Done, 2)
    );
}

#[tokio::test]
async fn a_refusal_lists_open_children_and_missing_evidence_at_once() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    tracker.start(story, &anonymous()).await.unwrap();
    let refused = tracker
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    let hindrances = hindrances(refused);
    assert_eq!(hindrances.open_children[0].id, child);
    assert_eq!(
        hindrances.gate_failures,
        [GateFailure::NoTestRun, GateFailure::NoPositiveTests]
    );
}

#[tokio::test]
async fn a_done_child_is_reopened_after_its_parent() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    let child = done(tracker, TASK, Some(story)).await;
    tracker.complete(story, None, &anonymous()).await.unwrap();

    let refused = tracker
        .reopen(child, reason("broke"), &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::ParentClosed { parent, status: Status::Done })
            if parent == story
    ));
    tracker
        .reopen(story, reason("broke"), &anonymous())
        .await
        .unwrap();
    let reopened = tracker
        .reopen(child, reason("broke"), &anonymous())
        .await
        .unwrap();
    assert_eq!(reopened.item.status(), Status::InProgress);
}

#[tokio::test]
async fn cancelling_a_parent_keeps_its_children_open() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    tracker
        .cancel(story, reason("no use"), &anonymous())
        .await
        .unwrap();
    start(tracker, child).await;
    let finished = tracker.complete(child, None, &anonymous()).await.unwrap();
    assert_eq!(finished.item.status(), Status::Done);
    // A child of a cancelled parent cannot be reopened.
    let refused = tracker
        .reopen(child, reason("broke"), &anonymous())
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
async fn grandchildren_hinder_only_their_own_parents() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let epic = started(tracker, EPIC, None).await;
    let story = started(tracker, STORY, Some(epic)).await;
    let leaf = started(tracker, TASK, Some(story)).await;
    let open_children = |refused: TrackingError| {
        let open = hindrances(refused).open_children;
        open.iter().map(|open| open.id).collect::<Vec<_>>()
    };
    let refused = tracker
        .complete(epic, None, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(open_children(refused), [story]);
    let refused = tracker
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(open_children(refused), [leaf]);
    for id in [leaf, story, epic] {
        tracker.complete(id, None, &anonymous()).await.unwrap();
    }
}

#[tokio::test]
async fn the_events_of_a_completion_share_their_metadata() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    done(tracker, TASK, Some(story)).await;
    tracker.complete(story, None, &ada().into()).await.unwrap();
    let history = tracker.history(story).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    let [.., step, completed] = history.as_slice() else {
        panic!("expected two events: {history:?}");
    };
    assert_eq!(completed.event.event_type(), "WorkItemCompleted");
    assert!(matches!(step.event, WorkItemEvent::StatusChanged { .. }));
    assert_eq!(step.metadata, completed.metadata);
    assert_eq!(step.metadata.actor, ada().actor);
    assert!(step.metadata.correlation.is_some());
}

#[tokio::test]
async fn a_completion_at_an_old_version_is_a_conflict() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    done(tracker, TASK, Some(story)).await;
    let seen = anonymous().at_version(StreamVersion::from(4));
    tracker
        .assign(story, who("ada"), &anonymous())
        .await
        .unwrap();
    let refused = tracker.complete(story, None, &seen).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let (item, attempts, source) = conflict(refused);
    assert_eq!(item, Some(story.into()));
    assert_eq!((attempts, source.actual), (1, StreamVersion::from(5)));
    assert_eq!(source.stream, story.stream_id());
    let seen = anonymous().at_version(source.actual);
    tracker.complete(story, None, &seen).await.unwrap();
}
