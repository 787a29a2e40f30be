//! The creation of items: their numbers, parents and records.

use std::sync::Arc;

use shared_kernel::event::{CausationId, CorrelationId};
use shared_kernel::random::{Randomness, RandomnessUnavailable};
use shared_kernel::{EventStoreExt, RepositoryError, StreamVersion};
use work_item::{RiskTier, Status, WorkItemError};
use work_tracking::{FailureKind, ItemRef, RegisterError, TrackingError};

use crate::fixture::{
    STORY, TASK, ada, fixture, item, missing, number, register, task, ten, tracker,
};

#[tokio::test]
async fn items_are_numbered_from_one_without_gaps() {
    let fixture = fixture();
    for n in 1..=3 {
        let created = fixture
            .tracker
            .create(task("x"), None, ada())
            .await
            .unwrap();
        assert_eq!(created.item.id().number(), number(n));
        assert_eq!(
            (created.version, created.events.len()),
            (StreamVersion::FIRST, 1)
        );
        assert_eq!(created.item.status(), Status::Pending);
        assert_eq!(created.item.created_at(), ten());
    }
    // Another process continues with the next number.
    let other = tracker(fixture.store.clone(), fixture.clock.clone(), 1);
    let created = other.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), number(4));
    let version = fixture.store.stream_version(&register()).await.unwrap();
    assert_eq!(version, StreamVersion::from(4));
}

#[tokio::test]
async fn the_outcome_has_the_parent_with_the_child() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = item(tracker, STORY, None).await;
    let created = tracker.create(task("x"), Some(story.into()), ada()).await;
    let created = created.unwrap();
    let parent = created.changed_parent.unwrap();
    assert_eq!(parent, tracker.show(story).await.unwrap());
    assert_eq!(parent.version, StreamVersion::from(2));
    assert_eq!(parent.item.children(), [created.item.id()]);
    let alone = tracker.create(task("y"), None, ada()).await.unwrap();
    assert_eq!(alone.changed_parent, None);
}

#[tokio::test]
async fn the_item_and_its_number_are_written_in_one_append() {
    let fixture = fixture();
    let new = task("x").with_risk_tier(RiskTier::T2);
    let created = fixture.tracker.create(new, None, ada()).await.unwrap();

    let item = fixture
        .store
        .read_whole_stream(created.item.id().stream_id());
    let item = item.await.unwrap().remove(0);
    let entry = fixture
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
async fn a_given_correlation_is_kept() {
    let fixture = fixture();
    let metadata = ada().with_correlation(CorrelationId::new("r-17").unwrap());
    let created = fixture
        .tracker
        .create(task("x"), None, metadata)
        .await
        .unwrap();
    let events = fixture
        .store
        .read_whole_stream(created.item.id().stream_id());
    let metadata = events.await.unwrap().remove(0).metadata;
    assert_eq!(metadata.correlation.unwrap().as_str(), "r-17");
    assert!(metadata.causation.is_some());
}

#[tokio::test]
async fn an_item_is_created_in_a_parent_named_by_number_or_by_id() {
    let fixture = fixture();
    let story = task("story").with_type(STORY);
    let story = fixture
        .tracker
        .create(story, None, ada())
        .await
        .unwrap()
        .item;
    for parent in [
        ItemRef::from(story.id().number()),
        ItemRef::from(story.id()),
    ] {
        let child = fixture
            .tracker
            .create(task("x"), Some(parent), ada())
            .await
            .unwrap();
        assert_eq!(child.item.parent(), Some(story.id()));
        assert_eq!(child.item.parent().unwrap().number(), story.id().number());
    }
}

#[tokio::test]
async fn a_missing_parent_is_refused_and_uses_no_number() {
    let fixture = fixture();
    let [by_number, by_id] = missing();
    for parent in [by_number, by_id, ItemRef::from(number(u64::MAX))] {
        let refused = fixture.tracker.create(task("x"), Some(parent), ada()).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::NotFound);
        assert!(matches!(refused, TrackingError::ParentNotFound { parent: p } if p == parent));
    }
    assert_eq!(fixture.store.head().await.unwrap(), None);
}

#[tokio::test]
async fn a_parent_of_the_wrong_kind_is_refused_and_uses_no_number() {
    let fixture = fixture();
    let parent = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    let head = fixture.store.head().await.unwrap();
    let refused = fixture
        .tracker
        .create(task("y"), Some(parent.id().into()), ada())
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Refused);
    assert!(matches!(
        refused,
        TrackingError::Refused(WorkItemError::ParentKindInvalid {
            child: TASK,
            parent: TASK,
        })
    ));
    assert_eq!(fixture.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_clock_outside_the_range_of_ids_is_an_error() {
    let fixture = fixture();
    fixture.clock.set(jiff::Timestamp::UNIX_EPOCH);
    let refused = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(refused, TrackingError::Id(_)));
    assert_eq!(fixture.store.head().await.unwrap(), None);
}

/// A random source that fails.
struct NoRandomness;

impl Randomness for NoRandomness {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        Err(RandomnessUnavailable {
            source: "no entropy".into(),
        })
    }
}

#[tokio::test]
async fn a_failing_random_source_is_an_error() {
    let fixture = fixture();
    let tracker = fixture.tracker.with_randomness(Arc::new(NoRandomness));
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
    assert_eq!(fixture.store.head().await.unwrap(), None);
}
