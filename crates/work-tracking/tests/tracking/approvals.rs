//! Approvals by actors who did not work on the item. The workers come from the metadata.

use shared_kernel::StreamVersion;
use work_item::{RiskTier, Transition, Work, WorkItemError, WorkItemEvent, WorkItemId};
use work_tracking::{TrackingError, WorkTracker};

use crate::fixture::{ada, anonymous, by, enough, fixture, reason, task, who};

/// An item of tier T4 that ada has created, started and tested.
async fn critical(tracker: &WorkTracker) -> WorkItemId {
    let new = task("x").with_risk_tier(RiskTier::T4);
    let id = tracker.create(new, None, ada()).await.unwrap().item.id();
    tracker.start(id, &by("ada")).await.unwrap();
    let tested = tracker.record_test_run(id, enough(), &by("ada")).await;
    tested.unwrap();
    id
}

fn refused(error: TrackingError) -> WorkItemError {
    let TrackingError::Refused(error) = error else {
        panic!("{error:?}")
    };
    error
}

#[tokio::test]
async fn one_actor_alone_cannot_complete_a_critical_item() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = critical(tracker).await;
    let approved = tracker.approve(id, &by("Ada")).await;
    refused(approved.unwrap_err());
    let nobody = tracker.approve(id, &anonymous()).await;
    assert!(matches!(nobody, Err(TrackingError::NoActor)));
    let approved = tracker.approve(id, &by("ada")).await;
    let expected = WorkItemError::ApproverWorkedOnIt {
        approver: who("person:ada"),
        work: Work::Moved(Transition::Start),
        version: StreamVersion::from(2),
    };
    assert_eq!(refused(approved.unwrap_err()), expected);
    let completed = tracker.complete(id, None, &by("ada")).await;
    assert!(matches!(
        refused(completed.unwrap_err()),
        WorkItemError::QualityGateNotMet { failures, .. } if failures.len() == 1
    ));

    tracker.approve(id, &by("ben")).await.unwrap();
    assert!(
        tracker
            .why(id)
            .await
            .unwrap()
            .hindrances
            .unwrap()
            .is_empty()
    );
    tracker.complete(id, None, &by("ada")).await.unwrap();
}

#[tokio::test]
async fn an_approval_counts_no_longer_after_work_of_the_approver() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = critical(tracker).await;
    tracker.approve(id, &by("ben")).await.unwrap();
    let tested = tracker
        .record_test_run(id, enough(), &by("agent:ben"))
        .await;
    tested.unwrap();
    let completed = tracker.complete(id, None, &by("ada")).await;
    refused(completed.unwrap_err());
    let why = tracker.why(id).await.unwrap();
    assert_eq!(why.hindrances.unwrap().gate_failures.len(), 2);
    // The approval is no evidence any more.
    let mut events = why.chain.iter().map(|link| &link.event.event);
    let is_approval =
        |event: &WorkItemEvent| matches!(event, WorkItemEvent::CompletionApproved { .. });
    assert!(!events.any(is_approval));
}

#[tokio::test]
async fn after_a_reopening_an_earlier_worker_may_approve() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let id = critical(tracker).await;
    tracker.approve(id, &by("ben")).await.unwrap();
    tracker.complete(id, None, &by("ada")).await.unwrap();
    tracker
        .reopen(id, reason("broke"), &by("ben"))
        .await
        .unwrap();
    let tested = tracker.record_test_run(id, enough(), &by("ben")).await;
    tested.unwrap();
    let approved = tracker.approve(id, &by("ben")).await;
    refused(approved.unwrap_err());
    tracker.approve(id, &by("ada")).await.unwrap();
    tracker.complete(id, None, &by("ben")).await.unwrap();
}

#[tokio::test]
async fn a_start_assigns_the_actor_of_the_metadata() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let create = async || {
        let created = tracker.create(task("x"), None, ada()).await;
        created.unwrap().item.id()
    };
    let free = create().await;
    let started = tracker.start(free, &by("agent:builder")).await.unwrap();
    assert_eq!(started.item.assignee(), Some(&who("agent:builder")));
    assert_eq!(started.events.len(), 2);

    let taken = create().await;
    tracker.assign(taken, who("ben"), &by("ada")).await.unwrap();
    // An agent would claim it, and it is ben's.
    let refused = tracker.start(taken, &by("agent:builder")).await;
    let Err(TrackingError::Refused(WorkItemError::Assigned { assignee })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(assignee, who("ben"));
    let started = tracker.start(taken, &by("ada")).await.unwrap();
    assert_eq!(started.item.assignee(), Some(&who("ben")));
}
