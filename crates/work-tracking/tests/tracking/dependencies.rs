//! Owns the scenarios of dependencies between items, over the store.

use shared_kernel::StreamVersion;
use shared_kernel::snowflake::Snowflake;
use work_item::{
    Dependency, DependencyKind, OpenItem, Status, WorkItemError, WorkItemId, WorkItemType,
    WorkNumber,
};
use work_tracking::{FailureKind, ItemRef, TrackingError, WorkTracker};

use crate::given::{bench, block, done, item, nobody, reason, start, started};

const TASK: WorkItemType = WorkItemType::Task;
const BLOCKS: DependencyKind = DependencyKind::Blocks;
const RELATES: DependencyKind = DependencyKind::Relates;

async fn tasks<const N: usize>(tracker: &WorkTracker) -> [WorkItemId; N] {
    let mut tasks = Vec::new();
    for _ in 0..N {
        tasks.push(item(tracker, TASK, None).await);
    }
    tasks.try_into().unwrap()
}

/// The circle that an item would have closed.
async fn circle(tracker: &WorkTracker, id: WorkItemId, on: WorkItemId) -> Vec<WorkItemId> {
    let refused = tracker
        .add_dependency(id, on, BLOCKS, &nobody())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    match refused {
        TrackingError::Refused(WorkItemError::DependencyCycle { path: way }) => way,
        other => panic!("a circle: {other:?}"),
    }
}

#[tokio::test]
async fn a_dependency_is_recorded_with_the_item_that_depends_and_nowhere_else() {
    let bench = bench();
    let [a, b, c] = tasks(&bench.tracker).await;
    let outcome = bench
        .tracker
        .add_dependency(a, b.number(), BLOCKS, &nobody())
        .await
        .unwrap();
    assert_eq!(
        (outcome.recorded, outcome.version),
        (1, StreamVersion::from(2))
    );
    let outcome = bench
        .tracker
        .add_dependency(a.number(), c.snowflake(), RELATES, &nobody())
        .await
        .unwrap();
    let on = |on, kind| Dependency { on, kind };
    assert_eq!(outcome.item.dependencies(), [on(b, BLOCKS), on(c, RELATES)]);
    assert_eq!(outcome.item.dependencies()[1].on.number(), c.number());
    for other in [b, c] {
        let shown = bench.tracker.show(other).await.unwrap();
        assert_eq!(shown.version, StreamVersion::FIRST);
    }
}

#[tokio::test]
async fn a_dependency_is_removed_by_number_and_by_id() {
    let bench = bench();
    let [a, b, c] = tasks(&bench.tracker).await;
    block(&bench.tracker, a, b).await;
    block(&bench.tracker, a, c).await;
    for on in [ItemRef::from(b.number()), ItemRef::from(c)] {
        let outcome = bench
            .tracker
            .remove_dependency(a, on, &nobody())
            .await
            .unwrap();
        assert_eq!(outcome.recorded, 1);
    }
    assert_eq!(bench.tracker.show(a).await.unwrap().item.dependencies(), []);
    let refused = bench
        .tracker
        .remove_dependency(a, b, &nobody())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::NoSuchDependency { on }) if on == b
    ));
}

#[tokio::test]
async fn both_items_have_to_be_there() {
    let bench = bench();
    let [a] = tasks(&bench.tracker).await;
    let head = bench.store.head().await.unwrap();
    let unknown = [
        ItemRef::from(WorkNumber::new(7).unwrap()),
        ItemRef::from(Snowflake::new(7).unwrap()),
    ];
    let tracker = &bench.tracker;
    for missing in unknown {
        for &kind in DependencyKind::ALL {
            let refused = tracker
                .add_dependency(a, missing, kind, &nobody())
                .await
                .unwrap_err();
            assert_eq!(refused.kind(), FailureKind::NotFound);
            assert!(matches!(refused, TrackingError::DependencyNotFound { on } if on == missing));
            let refused = tracker
                .add_dependency(missing, a, kind, &nobody())
                .await
                .unwrap_err();
            assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
        }
        let refused = tracker
            .remove_dependency(a, missing, &nobody())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::DependencyNotFound { on } if on == missing));
        let refused = tracker
            .complete(missing, None, &nobody())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
        let refused = tracker
            .reopen(missing, reason("r"), &nobody())
            .await
            .unwrap_err();
        assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
    }
    assert_eq!(bench.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn no_circle_is_closed_over_however_many_items() {
    let bench = bench();
    let tracker = &bench.tracker;
    let [a, b, c, d] = tasks(tracker).await;
    block(tracker, a, b).await;
    block(tracker, b, c).await;
    block(tracker, c, d).await;
    assert_eq!(circle(tracker, b, a).await, [b, a, b]);
    assert_eq!(circle(tracker, d, a).await, [d, a, b, c, d]);
    // One that is done or cancelled is part of the circle all the same: it may be reopened.
    tracker
        .cancel(c, reason("no use"), &nobody())
        .await
        .unwrap();
    assert_eq!(circle(tracker, d, b).await, [d, b, c, d]);
    // What only relates closes none.
    tracker
        .add_dependency(d, a, RELATES, &nobody())
        .await
        .unwrap();
    // Once the chain is cut, it is no circle any more.
    let [e] = tasks(tracker).await;
    block(tracker, e, a).await;
    tracker.remove_dependency(a, b, &nobody()).await.unwrap();
    block(tracker, b, e).await;
    assert_eq!(circle(tracker, a, b).await, [a, b, e, a]);
}

#[tokio::test]
async fn a_long_chain_is_walked_to_its_end() {
    const LENGTH: usize = 500;
    let bench = bench();
    let tracker = &bench.tracker;
    let chain: [WorkItemId; LENGTH] = tasks(tracker).await;
    for pair in chain.windows(2) {
        block(tracker, pair[0], pair[1]).await;
    }
    let (first, last) = (chain[0], chain[LENGTH - 1]);
    let way = circle(tracker, last, first).await;
    assert_eq!(way.len(), LENGTH + 1);
    assert_eq!((way[0], &way[1..]), (last, &chain[..]));
    // The other way round there is nothing but a shortcut.
    block(tracker, first, last).await;
    assert_eq!(circle(tracker, last, first).await, [last, first, last]);
}

#[tokio::test]
async fn what_is_reached_on_two_ways_is_no_circle() {
    let bench = bench();
    let tracker = &bench.tracker;
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
    let bench = bench();
    let tracker = &bench.tracker;
    let [a, b] = tasks(tracker).await;
    for &kind in DependencyKind::ALL {
        let refused = tracker.add_dependency(a, a.number(), kind, &nobody()).await;
        assert!(matches!(
            refused,
            Err(TrackingError::Refused(WorkItemError::DependsOnItself))
        ));
    }
    tracker
        .add_dependency(a, b, RELATES, &nobody())
        .await
        .unwrap();
    let refused = tracker.add_dependency(a, b, BLOCKS, &nobody()).await;
    assert!(matches!(
        refused,
        Err(TrackingError::Refused(WorkItemError::DuplicateDependency { on, kind: RELATES }))
            if on == b
    ));
}

#[tokio::test]
async fn an_item_is_completed_behind_what_blocks_it() {
    let bench = bench();
    let tracker = &bench.tracker;
    let a = started(tracker, TASK, None).await;
    let [b, c] = tasks(tracker).await;
    let closed = done(tracker, TASK, None).await;
    for other in [b, c, closed] {
        block(tracker, a, other).await;
    }
    let refused = tracker.complete(a, None, &nobody()).await.unwrap_err();
    let TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) = refused else {
        panic!("two blockers are open: {refused:?}");
    };
    let open = |id| OpenItem {
        id,
        status: Status::Pending,
    };
    assert_eq!(hindrances.open_blockers, [open(b), open(c)]);
    assert_eq!(hindrances.open_children, []);

    start(tracker, b).await;
    tracker.complete(b, None, &nobody()).await.unwrap();
    tracker
        .cancel(c, reason("no use"), &nobody())
        .await
        .unwrap();
    tracker.complete(a, None, &nobody()).await.unwrap();

    // What was completed stays so when a blocker is taken up again.
    tracker.reopen(b, reason("broke"), &nobody()).await.unwrap();
    assert_eq!(tracker.show(a).await.unwrap().item.status(), Status::Done);
    // Taken up itself, it waits for it once more.
    tracker.reopen(a, reason("broke"), &nobody()).await.unwrap();
    tracker
        .record_test_run(a, crate::given::enough(), &nobody())
        .await
        .unwrap();
    let refused = tracker.complete(a, None, &nobody()).await;
    assert!(matches!(
        refused,
        Err(TrackingError::Refused(
            WorkItemError::CompletionHindered { .. }
        ))
    ));
}

#[tokio::test]
async fn one_item_may_be_child_and_blocker_at_once() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, WorkItemType::Story, None).await;
    let child = started(tracker, TASK, Some(story)).await;
    block(tracker, story, child).await;
    let refused = tracker.complete(story, None, &nobody()).await.unwrap_err();
    let TrackingError::Refused(WorkItemError::CompletionHindered { hindrances }) = refused else {
        panic!("it waits twice: {refused:?}");
    };
    assert_eq!(hindrances.open_children, hindrances.open_blockers);
    tracker.complete(child, None, &nobody()).await.unwrap();
    tracker.complete(story, None, &nobody()).await.unwrap();
}
