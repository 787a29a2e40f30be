//! Owns the scenarios of creating items: numbers, parents, what is recorded.

use std::sync::Arc;

use shared_kernel::event::{CausationId, CorrelationId};
use shared_kernel::random::{Randomness, RandomnessUnavailable};
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{EventStoreExt, RepositoryError, StreamId, StreamVersion};
use work_item::{RiskTier, Status, WorkItemError, WorkItemType, WorkNumber};
use work_tracking::{FailureKind, ItemRef, RegisterError, TrackingError};

use crate::given::{ada, bench, task, tracker};

fn register() -> StreamId {
    StreamId::new("work_item_numbers-register").unwrap()
}

fn number(number: u64) -> WorkNumber {
    WorkNumber::new(number).unwrap()
}

#[tokio::test]
async fn items_are_numbered_from_one_without_gaps() {
    let bench = bench();
    for n in 1..=3 {
        let created = bench.tracker.create(task("x"), None, ada()).await.unwrap();
        assert_eq!(created.item.id().number(), number(n));
        assert_eq!(
            (created.version, created.recorded),
            (StreamVersion::FIRST, 1)
        );
        assert_eq!(created.item.status(), Status::Pending);
        assert_eq!(created.item.created_at(), crate::given::ten());
    }
    // Another process goes on where this one was.
    let other = tracker(bench.store.clone(), bench.clock.clone(), 1);
    let created = other.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), number(4));
    let version = bench.store.stream_version(&register()).await.unwrap();
    assert_eq!(version, StreamVersion::from(4));
}

#[tokio::test]
async fn the_item_and_its_number_land_side_by_side_as_one_command() {
    let bench = bench();
    let new = task("x").with_risk_tier(RiskTier::T2);
    let created = bench.tracker.create(new, None, ada()).await.unwrap();

    let item = bench.store.read_whole_stream(created.item.id().stream_id());
    let item = item.await.unwrap().remove(0);
    let entry = bench
        .store
        .read_whole_stream(register())
        .await
        .unwrap()
        .remove(0);
    assert_eq!(item.event_type.as_str(), "WorkItemCreated");
    assert_eq!(entry.event_type.as_str(), "NumberAssigned");
    assert_eq!(item.position.next(), Some(entry.position));
    assert_eq!(
        entry.payload,
        format!(
            r#"{{"number":"WORK-001","item":"{}"}}"#,
            created.item.id().snowflake()
        )
    );
    assert_eq!(item.metadata, entry.metadata);
    assert_eq!(item.metadata.actor, ada().actor);
    assert!(item.metadata.correlation.is_some() && item.metadata.causation.is_some());
}

#[tokio::test]
async fn a_correlation_that_was_given_is_kept() {
    let bench = bench();
    let metadata = ada().with_correlation(CorrelationId::new("r-17").unwrap());
    let created = bench
        .tracker
        .create(task("x"), None, metadata)
        .await
        .unwrap();
    let events = bench.store.read_whole_stream(created.item.id().stream_id());
    let metadata = events.await.unwrap().remove(0).metadata;
    assert_eq!(metadata.correlation.unwrap().as_str(), "r-17");
    assert!(metadata.causation.is_some());
}

#[tokio::test]
async fn an_item_is_created_in_a_parent_named_by_number_or_by_id() {
    let bench = bench();
    let story = task("story").with_type(WorkItemType::Story);
    let story = bench.tracker.create(story, None, ada()).await.unwrap().item;
    for parent in [
        ItemRef::from(story.id().number()),
        ItemRef::from(story.id()),
    ] {
        let child = bench
            .tracker
            .create(task("x"), Some(parent), ada())
            .await
            .unwrap();
        assert_eq!(child.item.parent(), Some(story.id()));
        assert_eq!(child.item.parent().unwrap().number(), story.id().number());
    }
}

#[tokio::test]
async fn a_parent_that_does_not_exist_is_refused_and_takes_no_number() {
    let bench = bench();
    let unknown = [
        ItemRef::from(number(7)),
        ItemRef::from(Snowflake::new(7).unwrap()),
        ItemRef::from(number(u64::MAX)),
    ];
    for parent in unknown {
        let refused = bench.tracker.create(task("x"), Some(parent), ada()).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::ParentNotFound { parent: p } if p == parent));
    }
    assert_eq!(bench.store.head().await.unwrap(), None);
}

#[tokio::test]
async fn a_parent_of_the_wrong_kind_is_refused_and_takes_no_number() {
    let bench = bench();
    let parent = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    let head = bench.store.head().await.unwrap();
    let refused = bench
        .tracker
        .create(task("y"), Some(parent.id().into()), ada())
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::ParentKindInvalid {
            child: WorkItemType::Task,
            parent: WorkItemType::Task,
        })
    ));
    assert_eq!(bench.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn without_a_time_that_an_id_can_hold_there_is_no_item() {
    let bench = bench();
    bench.clock.set(jiff::Timestamp::UNIX_EPOCH);
    let refused = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(refused, TrackingError::Id(_)));
    assert_eq!(bench.store.head().await.unwrap(), None);
}

/// Has no chance to give.
struct Drained;

impl Randomness for Drained {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        Err(RandomnessUnavailable {
            source: "drained".into(),
        })
    }
}

#[tokio::test]
async fn without_chance_there_is_no_item() {
    let bench = bench();
    let tracker = bench.tracker.with_randomness(Arc::new(Drained));
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Stage(_))
    ));

    let named = ada()
        .with_correlation(CorrelationId::new("r-17").unwrap())
        .with_causation(CausationId::new("r-17").unwrap());
    let refused = tracker.create(task("x"), None, named).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Register(RegisterError::Randomness(_))
    ));
    assert_eq!(bench.store.head().await.unwrap(), None);
}
