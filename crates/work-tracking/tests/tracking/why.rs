//! The explanation of an item's status.

use std::time::Duration;

use shared_kernel::DomainEvent;
use shared_kernel::event::CausationId;
use work_item::{Bearing, GateFailure, Status, Transition, WorkItemEvent};
use work_tracking::{CommandContext, FailureKind, TrackingError, Why};

use crate::fixture::{
    STORY, TASK, ada, anonymous, block, enough, fixture, item, minutes_after_ten, name, reason,
    snowflake, started, title,
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
    let why = tracker.why(story).await.unwrap();
    assert!(why.hindrances.unwrap().is_empty());
}

#[tokio::test]
async fn a_done_item_has_its_evidence_and_no_hindrances() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = started(tracker, TASK, None).await;
    tracker
        .approve(id, name("grace"), &anonymous())
        .await
        .unwrap();
    tracker
        .complete(id, Some(reason("works")), &anonymous())
        .await
        .unwrap();
    let why = tracker.why(id).await.unwrap();
    assert_eq!(why.hindrances, None);
    assert_eq!(
        links(&why),
        [
            (1, "WorkItemCreated", Bearing::Status),
            (2, "StatusChanged", Bearing::Status),
            (3, "TestSuiteExecuted", Bearing::Evidence),
            (4, "CompletionApproved", Bearing::Evidence),
            (5, "StatusChanged", Bearing::Status),
            (6, "WorkItemCompleted", Bearing::Status),
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
