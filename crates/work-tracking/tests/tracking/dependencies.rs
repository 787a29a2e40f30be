//! Dependencies between items.

use shared_kernel::StreamVersion;
use work_item::{Dependency, DependencyKind, OpenItem, Status, WorkItemError, WorkItemId};
use work_tracking::{FailureKind, ItemRef, TrackingError, WorkTracker};

use crate::fixture::{
    BLOCKS, RELATES, STORY, TASK, anonymous, block, done, enough, fixture, hindrances, missing,
    reason, start, started, tasks,
};

/// The circle in the refusal of a dependency.
async fn circle(tracker: &WorkTracker, id: WorkItemId, on: WorkItemId) -> Vec<WorkItemId> {
    let refused = tracker
        .add_dependency(id, on, BLOCKS, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    match refused {
        TrackingError::Refused(WorkItemError::DependencyCycle { path }) => path,
        other => panic!("expected a circle: {other:?}"),
    }
}

#[tokio::test]
async fn a_dependency_is_recorded_only_in_the_dependent_item() {
    let fixture = fixture();
    let [a, b, c] = tasks(&fixture.tracker).await;
    let outcome = fixture
        .tracker
        .add_dependency(a, b.number(), BLOCKS, &anonymous())
        .await
        .unwrap();
    assert_eq!(
        (outcome.events.len(), outcome.version),
        (1, StreamVersion::from(2))
    );
    let outcome = fixture
        .tracker
        .add_dependency(a.number(), c.snowflake(), RELATES, &anonymous())
        .await
        .unwrap();
    let on = |on, kind| Dependency { on, kind };
    assert_eq!(outcome.item.dependencies(), [on(b, BLOCKS), on(c, RELATES)]);
    assert_eq!(outcome.item.dependencies()[1].on.number(), c.number());
    for other in [b, c] {
        let shown = fixture.tracker.show(other).await.unwrap();
        assert_eq!(shown.version, StreamVersion::FIRST);
    }
}

#[tokio::test]
async fn a_dependency_is_removed_by_number_and_by_id() {
    let fixture = fixture();
    let [a, b, c] = tasks(&fixture.tracker).await;
    block(&fixture.tracker, a, b).await;
    block(&fixture.tracker, a, c).await;
    for on in [ItemRef::from(b.number()), ItemRef::from(c)] {
        let outcome = fixture
            .tracker
            .remove_dependency(a, on, &anonymous())
            .await
            .unwrap();
        assert_eq!(outcome.events.len(), 1);
    }
    assert_eq!(
        fixture.tracker.show(a).await.unwrap().item.dependencies(),
        []
    );
    let refused = fixture
        .tracker
        .remove_dependency(a, b, &anonymous())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::NoSuchDependency { on }) if on == b
    ));
}

#[tokio::test]
async fn both_items_of_a_dependency_must_exist() {
    let fixture = fixture();
    let [a] = tasks(&fixture.tracker).await;
    let head = fixture.store.head().await.unwrap();
    let tracker = &fixture.tracker;
    for missing in missing() {
        for &kind in DependencyKind::ALL {
            let refused = tracker
                .add_dependency(a, missing, kind, &anonymous())
                .await
                .unwrap_err();
            assert_eq!(refused.kind(), FailureKind::NotFound);
            assert!(matches!(refused, TrackingError::DependencyNotFound { on } if on == missing));
            let refused = tracker
                .add_dependency(missing, a, kind, &anonymous())
                .await
                .unwrap_err();
            assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
        }
        let refused = tracker
            .remove_dependency(a, missing, &anonymous())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::DependencyNotFound { on } if on == missing));
        let refused = tracker
            .complete(missing, None, &anonymous())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
        let refused = tracker
            .reopen(missing, reason("r"), &anonymous())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
    }
    assert_eq!(fixture.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_circle_of_any_length_is_refused() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [a, b, c, d] = tasks(tracker).await;
    block(tracker, a, b).await;
    block(tracker, b, c).await;
    block(tracker, c, d).await;
    assert_eq!(circle(tracker, b, a).await, [b, a, b]);
    assert_eq!(circle(tracker, d, a).await, [d, a, b, c, d]);
    // A done or cancelled item still belongs to the circle, because it may be reopened.
    tracker
        .cancel(c, reason("no use"), &anonymous())
        .await
        .unwrap();
    assert_eq!(circle(tracker, d, b).await, [d, b, c, d]);
    // The kind `relates` closes no circle.
    tracker
        .add_dependency(d, a, RELATES, &anonymous())
        .await
        .unwrap();
    // Without the link from a to b there is no circle.
    let [e] = tasks(tracker).await;
    block(tracker, e, a).await;
    tracker.remove_dependency(a, b, &anonymous()).await.unwrap();
    block(tracker, b, e).await;
    assert_eq!(circle(tracker, a, b).await, [a, b, e, a]);
}

#[tokio::test]
async fn a_circle_over_a_chain_of_500_items_is_found() {
    const LENGTH: usize = 500;
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let chain: [WorkItemId; LENGTH] = tasks(tracker).await;
    for pair in chain.windows(2) {
        block(tracker, pair[0], pair[1]).await;
    }
    let (first, last) = (chain[0], chain[LENGTH - 1]);
    let path = circle(tracker, last, first).await;
    assert_eq!(path.len(), LENGTH + 1);
    assert_eq!((path[0], &path[1..]), (last, &chain[..]));
    // A link in the direction of the chain is allowed. It is the shorter path of the next circle.
    block(tracker, first, last).await;
    assert_eq!(circle(tracker, last, first).await, [last, first, last]);
}

#[tokio::test]
async fn two_paths_to_one_item_are_not_a_circle() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [a, b, c, d] = tasks(tracker).await;
    block(tracker, b, d).await;
    block(tracker, c, d).await;
    block(tracker, a, b).await;
    block(tracker, a, c).await;
    block(tracker, a, d).await;
    assert_eq!(circle(tracker, d, a).await, [d, a, d]);
}

#[tokio::test]
async fn an_item_does_not_depend_on_itself_or_twice_on_another() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [a, b] = tasks(tracker).await;
    for &kind in DependencyKind::ALL {
        let refused = tracker
            .add_dependency(a, a.number(), kind, &anonymous())
            .await;
        assert!(matches!(
            refused,
            Err(TrackingError::Refused(WorkItemError::DependsOnItself))
        ));
    }
    tracker
        .add_dependency(a, b, RELATES, &anonymous())
        .await
        .unwrap();
    let refused = tracker.add_dependency(a, b, BLOCKS, &anonymous()).await;
    assert!(matches!(
        refused,
        Err(TrackingError::Refused(WorkItemError::DuplicateDependency { on, kind: RELATES }))
            if on == b
    ));
}

#[tokio::test]
async fn an_item_is_completed_after_its_blockers() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let a = started(tracker, TASK, None).await;
    let [b, c] = tasks(tracker).await;
    let closed = done(tracker, TASK, None).await;
    for other in [b, c, closed] {
        block(tracker, a, other).await;
    }
    let refused = tracker.complete(a, None, &anonymous()).await.unwrap_err();
    let hindrances = hindrances(refused);
    let open = |id| OpenItem {
        id,
        status: Status::Pending,
    };
    assert_eq!(hindrances.open_blockers, [open(b), open(c)]);
    assert_eq!(hindrances.open_children, []);

    start(tracker, b).await;
    tracker.complete(b, None, &anonymous()).await.unwrap();
    tracker
        .cancel(c, reason("no use"), &anonymous())
        .await
        .unwrap();
    tracker.complete(a, None, &anonymous()).await.unwrap();

    // A done item stays done when its blocker is reopened.
    tracker
        .reopen(b, reason("broke"), &anonymous())
        .await
        .unwrap();
    assert_eq!(tracker.show(a).await.unwrap().item.status(), Status::Done);
    // After its own reopening it waits for the blocker again.
    tracker
        .reopen(a, reason("broke"), &anonymous())
        .await
        .unwrap();
    tracker
        .record_test_run(a, enough(), &anonymous())
        .await
        .unwrap();
    let refused = tracker.complete(a, None, &anonymous()).await;
    assert!(matches!(
        refused,
        Err(TrackingError::Refused(
            WorkItemError::CompletionHindered { .. }
        ))
    ));
}

#[tokio::test]
async fn one_item_may_be_child_and_blocker_at_once() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    let child = started(tracker, TASK, Some(story)).await;
    block(tracker, story, child).await;
    let refused = tracker
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    let hindrances = hindrances(refused);
    assert_eq!(hindrances.open_children, hindrances.open_blockers);
    tracker.complete(child, None, &anonymous()).await.unwrap();
    tracker.complete(story, None, &anonymous()).await.unwrap();
}
