//! The explanation of an item's status.

use std::time::Duration;

use shared_kernel::DomainEvent;
use shared_kernel::event::CausationId;
use work_item::{Bearing, GateFailure, OpenItem, Status, Transition, WorkItemError, WorkItemEvent};
use work_tracking::{CommandContext, FailureKind, TrackingError, Why};

use crate::fixture::{
    BLOCKS, RELATES, STORY, TASK, ada, anonymous, block, by, enough, fixture, item,
    minutes_after_ten, reason, snowflake, started, tasks, title,
};

fn links(why: &Why) -> Vec<(u64, &'static str, Bearing)> {
    why.chain
        .iter()
        .map(|link| {
            let event = &link.event;
            (event.version.get(), event.event.event_type(), link.bearing)
        })
        .collect()
}

#[tokio::test]
async fn the_chain_has_actor_time_and_cause_of_each_step() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = item(tracker, TASK, None).await;
    tracker.retitle(id, title("y"), &anonymous()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    tracker.start(id, &anonymous()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    let cause = CausationId::new("ticket-17").unwrap();
    let context = CommandContext::from(ada().with_causation(cause.clone()));
    tracker
        .block(id, reason("no disk"), &context)
        .await
        .unwrap();

    let why = tracker.why(id.number()).await.unwrap();
    assert_eq!(why.tracked, tracker.show(id).await.unwrap());
    assert_eq!(
        links(&why),
        [
            (1, "WorkItemCreated", Bearing::Status),
            (3, "StatusChanged", Bearing::Status),
            (4, "StatusChanged", Bearing::Status),
        ]
    );
    let last = &why.chain[2].event;
    assert_eq!(last.metadata.actor, ada().actor);
    assert_eq!(last.metadata.causation, Some(cause));
    assert!(last.metadata.correlation.is_some());
    assert_eq!(last.recorded_at, minutes_after_ten(2));
    assert!(matches!(
        &last.event,
        WorkItemEvent::StatusChanged { by: Transition::Block, reason: Some(why), .. }
            if why.as_str() == "no disk"
    ));
}

#[tokio::test]
async fn all_hindrances_are_listed_at_once() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    let blocker = started(tracker, TASK, None).await;
    block(tracker, story, blocker).await;

    let why = tracker.why(story).await.unwrap();
    let hindrances = why.hindrances.unwrap();
    assert_eq!(hindrances.open_children[0].id, child);
    assert_eq!(hindrances.open_blockers[0].id, blocker);
    assert_eq!(hindrances.open_blockers[0].status, Status::InProgress);
    assert_eq!(
        hindrances.gate_failures,
        [GateFailure::NoTestRun, GateFailure::NoPositiveTests]
    );

    tracker
        .cancel(child, reason("no use"), &anonymous())
        .await
        .unwrap();
    tracker.complete(blocker, None, &anonymous()).await.unwrap();
    tracker
        .record_test_run(story, enough(), &anonymous())
        .await
        .unwrap();
    let found = tracker.why(story).await.unwrap().hindrances.unwrap();
    assert_eq!(found.not_in_progress, Some(Status::Pending));
    assert!(!found.wait_for_others() && found.gate_failures.is_empty());
    tracker.start(story, &anonymous()).await.unwrap();
    let why = tracker.why(story).await.unwrap();
    assert!(why.hindrances.unwrap().is_empty());
}

#[tokio::test]
async fn a_done_item_has_its_evidence_and_no_hindrances() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = item(tracker, TASK, None).await;
    tracker.start(id, &by("ada")).await.unwrap();
    let tested = tracker.record_test_run(id, enough(), &by("ada")).await;
    tested.unwrap();
    tracker.approve(id, &by("grace")).await.unwrap();
    tracker
        .complete(id, Some(reason("works")), &by("ada"))
        .await
        .unwrap();
    let why = tracker.why(id).await.unwrap();
    assert_eq!(why.hindrances, None);
    assert_eq!(
        links(&why),
        [
            (1, "WorkItemCreated", Bearing::Status),
            (2, "StatusChanged", Bearing::Status),
            (4, "TestSuiteExecuted", Bearing::Evidence),
            (5, "CompletionApproved", Bearing::Evidence),
            (6, "StatusChanged", Bearing::Status),
            (7, "WorkItemCompleted", Bearing::Status),
        ]
    );
    tracker
        .reopen(id, reason("broke"), &anonymous())
        .await
        .unwrap();
    let why = tracker.why(id).await.unwrap();
    let evidence = why
        .chain
        .iter()
        .filter(|link| link.bearing == Bearing::Evidence);
    assert_eq!(evidence.count(), 0);
    assert!(!why.hindrances.unwrap().is_empty());
}

#[tokio::test]
async fn an_explanation_of_a_missing_item_is_not_found() {
    let fixture = fixture();
    item(&fixture.tracker, TASK, None).await;
    let unknown = fixture.tracker.why(snowflake(7)).await.unwrap_err();
    assert_eq!(unknown.kind(), FailureKind::NotFound);
    assert!(matches!(unknown, TrackingError::NotFound { .. }));
}

#[tokio::test]
async fn the_event_that_added_a_blocker_and_both_directions_are_known() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [blocker, waiting, related, freed] = tasks(tracker).await;
    block(tracker, waiting, blocker).await;
    block(tracker, freed, blocker).await;
    let nobody = anonymous();
    let relate = tracker.add_dependency(related, blocker, RELATES, &nobody);
    relate.await.unwrap();
    let freed = tracker.remove_dependency(freed, blocker, &nobody);
    freed.await.unwrap();

    let why = tracker.why(waiting).await.unwrap();
    let added = (2, "DependencyAdded", Bearing::Dependency);
    assert_eq!(links(&why)[1..], [added]);
    assert_eq!(why.dependents, []);

    let dependents = tracker.why(blocker).await.unwrap().dependents;
    let found: Vec<_> = dependents
        .iter()
        .map(|one| {
            let version = one.tracked.version.get();
            (one.tracked.item.id(), one.kind, one.waits, version)
        })
        .collect();
    let expected = [(waiting, BLOCKS, true, 2), (related, RELATES, false, 2)];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_item_waits_only_while_both_are_open() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let waits = async |blocker| {
        let dependents = tracker.why(blocker).await.unwrap().dependents;
        let waits: Vec<_> = dependents.iter().map(|one| one.waits).collect();
        waits
    };
    for closes_the_blocker in [false, true] {
        let [blocker, waiting] = tasks(tracker).await;
        block(tracker, waiting, blocker).await;
        assert_eq!(waits(blocker).await, [true]);
        let closed = if closes_the_blocker { blocker } else { waiting };
        let nobody = anonymous();
        let cancelled = tracker.cancel(closed, reason("no use"), &nobody);
        cancelled.await.unwrap();
        assert_eq!(waits(blocker).await, [false], "{closes_the_blocker}");
    }
}

#[tokio::test]
async fn work_of_an_unknown_actor_makes_every_approval_no_evidence() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = item(tracker, TASK, None).await;
    tracker.start(id, &by("ada")).await.unwrap();
    tracker.approve(id, &by("grace")).await.unwrap();
    let evidence = async || {
        let chain = tracker.why(id).await.unwrap().chain;
        let evidence = chain.iter();
        evidence
            .filter(|link| link.bearing == Bearing::Evidence)
            .count()
    };
    assert_eq!(evidence().await, 1);
    let blocked = tracker.block(id, reason("waits"), &anonymous()).await;
    blocked.unwrap();
    assert_eq!(evidence().await, 0);
}

#[tokio::test]
async fn the_hindrances_are_those_of_a_refused_completion() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [blocker, waiting] = tasks(tracker).await;
    block(tracker, waiting, blocker).await;
    for status in [Status::Pending, Status::Blocked] {
        let found = tracker.why(waiting).await.unwrap().hindrances.unwrap();
        assert_eq!(found.not_in_progress, Some(status));
        let refused = tracker.complete(waiting, None, &anonymous()).await;
        let expected = WorkItemError::CompletionHindered { hindrances: found };
        assert!(
            matches!(&refused, Err(TrackingError::Refused(error)) if *error == expected),
            "{refused:?}"
        );
        if status == Status::Pending {
            tracker.start(waiting, &anonymous()).await.unwrap();
            let nobody = anonymous();
            let blocked = tracker.block(waiting, reason("waits"), &nobody);
            blocked.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_start_lists_the_open_blockers() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [first, second, waiting] = tasks(tracker).await;
    block(tracker, waiting, first).await;
    block(tracker, waiting, second).await;
    let nobody = anonymous();
    let cancelled = tracker.cancel(first, reason("no use"), &nobody);
    cancelled.await.unwrap();
    let started = tracker.start(waiting, &anonymous()).await.unwrap();
    let (id, status) = (second, Status::Pending);
    assert_eq!(started.open_blockers, [OpenItem { id, status }]);
    let started = tracker.start(second, &anonymous()).await.unwrap();
    assert_eq!(started.open_blockers, []);
}
