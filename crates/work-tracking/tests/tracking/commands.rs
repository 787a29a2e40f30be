//! Owns the scenarios of the commands: each reaches the item, is recorded, and can be refused.

use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::SignedDuration;
use shared_kernel::StreamVersion;
use shared_kernel::snowflake::Snowflake;
use work_item::{GateLevel, Priority, RiskTier, Status, WorkItemError, WorkNumber};
use work_tracking::{CommandContext, FailureKind, ItemRef, TrackingError};

use crate::given::{ada, bench, enough, name, nobody, reason, task, title};

#[tokio::test]
async fn an_item_goes_all_the_way() {
    let bench = bench();
    let tracker = &bench.tracker;
    let new = task("x").with_risk_tier(RiskTier::T4);
    let item = tracker.create(new, None, ada()).await.unwrap().item.id();

    let assigned = tracker
        .assign(item, name("ada"), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(assigned.assignee(), Some(&name("ada")));
    let unassigned = tracker.unassign(item, &nobody()).await.unwrap().item;
    assert_eq!(unassigned.assignee(), None);
    let urgent = tracker
        .change_priority(item, Priority::High, &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(urgent.priority(), Priority::High);
    let retitled = tracker
        .retitle(item, title("y"), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(retitled.title(), &title("y"));
    let description = Some("about".parse().unwrap());
    let described = tracker
        .describe(item, description, &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(described.description().unwrap().as_str(), "about");

    bench.clock.advance(Duration::from_secs(60));
    let started = tracker.start(item, &nobody()).await.unwrap().item;
    assert_eq!(started.status(), Status::InProgress);
    assert_eq!(started.started_at(), Some(bench_time(60)));
    let blocked = tracker
        .block(item, reason("waits"), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(blocked.status_reason(), Some(&reason("waits")));
    let unblocked = tracker.unblock(item, &nobody()).await.unwrap().item;
    assert_eq!(unblocked.status(), Status::InProgress);
    let tested = tracker
        .record_test_run(item, enough(), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(tested.latest_test_run(), Some(&enough()));
    let approved = tracker
        .approve(item, name("grace"), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(approved.approvers().collect::<Vec<_>>(), [&name("grace")]);

    bench.clock.advance(Duration::from_secs(90));
    let done = tracker
        .complete(item, Some(reason("works")), &nobody())
        .await
        .unwrap();
    assert_eq!((done.item.status(), done.recorded), (Status::Done, 2));
    assert_eq!(done.item.cycle_time(), Some(SignedDuration::from_secs(90)));
    assert_eq!(done.item.resolution(), Some(&reason("works")));
    let reopened = tracker
        .reopen(item, reason("broke"), &nobody())
        .await
        .unwrap()
        .item;
    assert_eq!(reopened.status(), Status::InProgress);
    let cancelled = tracker
        .cancel(item, reason("no use"), &nobody())
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

fn bench_time(seconds: i64) -> jiff::Timestamp {
    crate::given::ten() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_command_reaches_an_item_by_its_number_and_by_its_id() {
    let bench = bench();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    let started = bench.tracker.start(id.number(), &nobody()).await.unwrap();
    assert_eq!(started.item.id(), id);
    let blocked = bench
        .tracker
        .block(id.snowflake(), reason("waits"), &nobody())
        .await;
    assert_eq!(blocked.unwrap().item.status(), Status::Blocked);
}

#[tokio::test]
async fn who_gave_a_command_is_recorded_beside_it() {
    let bench = bench();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    bench
        .tracker
        .start(id, &CommandContext::from(ada()))
        .await
        .unwrap();
    let history = bench.tracker.history(id).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    assert_eq!(history[1].metadata.actor, ada().actor);
    assert!(history[1].metadata.correlation.is_some());
    assert_ne!(
        history[0].metadata.correlation,
        history[1].metadata.correlation
    );
}

#[tokio::test]
async fn times_are_kept_to_the_microsecond_as_stores_keep_them() {
    let bench = bench();
    bench.clock.advance(Duration::from_nanos(1_999));
    let item = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    assert_eq!(
        item.created_at(),
        crate::given::ten() + SignedDuration::from_micros(1)
    );
}

#[tokio::test]
async fn what_is_already_so_records_nothing() {
    let bench = bench();
    let item = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    let head = bench.store.head().await.unwrap();
    let again = bench
        .tracker
        .retitle(item.id(), title("x"), &nobody())
        .await
        .unwrap();
    assert_eq!((again.recorded, again.version), (0, StreamVersion::FIRST));
    assert_eq!(again.item, item);
    assert_eq!(bench.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn what_the_item_refuses_is_told_and_not_recorded() {
    let bench = bench();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    let refused = bench.tracker.unblock(id, &nobody()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::InvalidTransition {
            from: Status::Pending,
            to: Status::InProgress,
            ..
        })
    ));
    bench.tracker.start(id, &nobody()).await.unwrap();
    let refused = bench
        .tracker
        .complete(id, None, &nobody())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::QualityGateNotMet { level: GateLevel::L0, failures })
            if !failures.is_empty()
    ));
    let shown = bench.tracker.show(id).await.unwrap();
    assert_eq!(shown.version, StreamVersion::from(2));
}

#[tokio::test]
async fn an_item_that_is_not_there_takes_no_command() {
    let bench = bench();
    bench.tracker.create(task("x"), None, ada()).await.unwrap();
    let unknown = [
        ItemRef::from(WorkNumber::new(2).unwrap()),
        ItemRef::from(Snowflake::new(2).unwrap()),
    ];
    for unknown in unknown {
        let refused = bench.tracker.start(unknown, &nobody()).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::NotFound { item } if item == unknown));
    }
}

#[tokio::test]
async fn a_command_on_a_version_that_is_no_longer_the_last_is_a_conflict() {
    let bench = bench();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    let seen = nobody().at_version(StreamVersion::FIRST);
    bench.tracker.start(id, &seen).await.unwrap();
    let number = id.number();
    let refused = bench
        .tracker
        .retitle(number, title("y"), &seen)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let told = refused.to_string();
    let TrackingError::Conflict { item, source, .. } = refused else {
        panic!("a conflict: {refused:?}");
    };
    // It is called as the caller called it.
    assert_eq!(item, Some(ItemRef::from(number)));
    assert_eq!(told, "gave up on WORK-001 after 1 attempt(s)");
    assert_eq!(source.actual, StreamVersion::from(2));
}
