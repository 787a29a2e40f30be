//! The commands on one item: each changes the item, is recorded, and can be refused.

use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::SignedDuration;
use shared_kernel::StreamVersion;
use work_item::{GateLevel, Priority, RiskTier, Status, WorkItemError};
use work_tracking::{CommandContext, FailureKind, ItemRef, TrackingError};

use crate::fixture::{
    TASK, ada, anonymous, by, conflict, enough, fixture, item, minutes_after_ten, missing, reason,
    task, ten, title, who,
};

#[tokio::test]
async fn an_item_passes_through_all_commands() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let new = task("x").with_risk_tier(RiskTier::T3);
    let item = tracker.create(new, None, ada()).await.unwrap().item.id();

    let assigned = tracker
        .assign(item, who("ada"), &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(assigned.assignee(), Some(&who("ada")));
    let unassigned = tracker.unassign(item, &anonymous()).await.unwrap().item;
    assert_eq!(unassigned.assignee(), None);
    let urgent = tracker
        .change_priority(item, Priority::High, &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(urgent.priority(), Priority::High);
    let retitled = tracker
        .retitle(item, title("y"), &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(retitled.title(), &title("y"));
    let description = Some("about".parse().unwrap());
    let described = tracker
        .describe(item, description, &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(described.description().unwrap().as_str(), "about");

    fixture.clock.advance(Duration::from_secs(60));
    let started = tracker.start(item, &anonymous()).await.unwrap().item;
    assert_eq!(started.status(), Status::InProgress);
    assert_eq!(started.started_at(), Some(minutes_after_ten(1)));
    let blocked = tracker
        .block(item, reason("waits"), &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(blocked.status_reason(), Some(&reason("waits")));
    let unblocked = tracker.unblock(item, &anonymous()).await.unwrap().item;
    assert_eq!(unblocked.status(), Status::InProgress);
    let tested = tracker
        .record_test_run(item, enough(), &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(tested.latest_test_run(), Some(&enough()));
    let approved = tracker.approve(item, &by("grace")).await.unwrap().item;
    assert_eq!(
        approved.approvers().collect::<Vec<_>>(),
        [&who("person:grace")]
    );

    fixture.clock.advance(Duration::from_secs(90));
    let done = tracker
        .complete(item, Some(reason("works")), &anonymous())
        .await
        .unwrap();
    assert_eq!((done.item.status(), done.events.len()), (Status::Done, 2));
    assert_eq!(done.item.cycle_time(), Some(SignedDuration::from_secs(90)));
    assert_eq!(done.item.resolution(), Some(&reason("works")));
    let reopened = tracker
        .reopen(item, reason("broke"), &anonymous())
        .await
        .unwrap()
        .item;
    assert_eq!(reopened.status(), Status::InProgress);
    let cancelled = tracker
        .cancel(item, reason("no use"), &anonymous())
        .await
        .unwrap();
    assert_eq!(cancelled.item.status(), Status::Cancelled);
    assert_eq!(cancelled.version, StreamVersion::from(15));

    let shown = tracker.show(item).await.unwrap();
    assert_eq!(
        (shown.item, shown.version),
        (cancelled.item, cancelled.version)
    );
}

#[tokio::test]
async fn a_command_reaches_an_item_by_its_number_and_by_its_id() {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    let started = fixture
        .tracker
        .start(id.number(), &anonymous())
        .await
        .unwrap();
    assert_eq!(started.item.id(), id);
    let blocked = fixture
        .tracker
        .block(id.snowflake(), reason("waits"), &anonymous())
        .await;
    assert_eq!(blocked.unwrap().item.status(), Status::Blocked);
}

#[tokio::test]
async fn the_actor_of_a_command_is_recorded() {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    fixture
        .tracker
        .start(id, &CommandContext::from(ada()))
        .await
        .unwrap();
    let history = fixture.tracker.history(id).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    assert_eq!(history[1].metadata.actor, ada().actor);
    assert!(history[1].metadata.correlation.is_some());
    assert_ne!(
        history[0].metadata.correlation,
        history[1].metadata.correlation
    );
}

#[tokio::test]
async fn times_have_the_microsecond_precision_of_the_stores() {
    let fixture = fixture();
    fixture.clock.advance(Duration::from_nanos(1_999));
    let item = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    assert_eq!(item.created_at(), ten() + SignedDuration::from_micros(1));
}

#[tokio::test]
async fn a_command_without_effect_records_nothing() {
    let fixture = fixture();
    let item = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    let head = fixture.store.head().await.unwrap();
    let again = fixture
        .tracker
        .retitle(item.id(), title("x"), &anonymous())
        .await
        .unwrap();
    assert_eq!(
        (again.events.len(), again.version),
        (0, StreamVersion::FIRST)
    );
    assert_eq!(again.item, item);
    assert_eq!(fixture.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_refusal_is_returned_and_not_recorded() {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    let refused = fixture.tracker.unblock(id, &anonymous()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::InvalidTransition {
            from: Status::Pending,
            to: Status::InProgress,
            ..
        })
    ));
    fixture.tracker.start(id, &anonymous()).await.unwrap();
    let refused = fixture
        .tracker
        .complete(id, None, &anonymous())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::QualityGateNotMet { level: GateLevel::L0, failures })
            if !failures.is_empty()
    ));
    let shown = fixture.tracker.show(id).await.unwrap();
    assert_eq!(shown.version, StreamVersion::from(2));
}

#[tokio::test]
async fn a_command_on_a_missing_item_is_not_found() {
    let fixture = fixture();
    fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap();
    for missing in missing() {
        let refused = fixture
            .tracker
            .start(missing, &anonymous())
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotFound { item } if item == missing));
    }
}

#[tokio::test]
async fn a_command_at_an_old_version_is_a_conflict() {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    let seen = anonymous().at_version(StreamVersion::FIRST);
    fixture.tracker.start(id, &seen).await.unwrap();
    let number = id.number();
    let refused = fixture
        .tracker
        .retitle(number, title("y"), &seen)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    assert_eq!(
        refused.to_string(),
        "gave up on WORK-001 after 1 attempt(s)"
    );
    let (item, _, source) = conflict(refused);
    // The error names the item as the caller did.
    assert_eq!(item, Some(ItemRef::from(number)));
    assert_eq!(source.actual, StreamVersion::from(2));
}
