//! Owns the scenarios of why an item stands where it does.

use std::time::Duration;

use jiff::SignedDuration;
use shared_kernel::DomainEvent;
use shared_kernel::event::CausationId;
use shared_kernel::snowflake::Snowflake;
use work_item::{Bearing, GateFailure, Status, Transition, WorkItemEvent, WorkItemType};
use work_tracking::{CommandContext, FailureKind, TrackingError, Why};

use crate::given::{
    ada, bench, block, enough, item, name, nobody, reason, started, task, ten, title,
};

const STORY: WorkItemType = WorkItemType::Story;
const TASK: WorkItemType = WorkItemType::Task;

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
async fn each_step_is_told_with_who_took_it_when_and_what_for() {
    let bench = bench();
    let tracker = &bench.tracker;
    let id = tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    tracker.retitle(id, title("y"), &nobody()).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    tracker.start(id, &nobody()).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
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
    assert_eq!(last.recorded_at, ten() + SignedDuration::from_secs(120));
    assert!(matches!(
        &last.event,
        WorkItemEvent::StatusChanged { by: Transition::Block, reason: Some(why), .. }
            if why.as_str() == "no disk"
    ));
}

#[tokio::test]
async fn what_holds_an_item_up_is_told_all_at_once() {
    let bench = bench();
    let tracker = &bench.tracker;
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
        .cancel(child, reason("no use"), &nobody())
        .await
        .unwrap();
    tracker.complete(blocker, None, &nobody()).await.unwrap();
    tracker
        .record_test_run(story, enough(), &nobody())
        .await
        .unwrap();
    let why = tracker.why(story).await.unwrap();
    assert!(why.hindrances.unwrap().is_empty());
}

#[tokio::test]
async fn a_done_item_is_told_with_its_evidence_and_nothing_holds_it_up() {
    let bench = bench();
    let tracker = &bench.tracker;
    let id = started(tracker, TASK, None).await;
    tracker.approve(id, name("grace"), &nobody()).await.unwrap();
    tracker
        .complete(id, Some(reason("works")), &nobody())
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
        .reopen(id, reason("broke"), &nobody())
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
async fn an_item_that_is_not_there_has_no_reasons() {
    let bench = bench();
    item(&bench.tracker, TASK, None).await;
    let unknown = bench
        .tracker
        .why(Snowflake::new(7).unwrap())
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), FailureKind::NotFound);
    assert!(matches!(unknown, TrackingError::NotFound { .. }));
}
