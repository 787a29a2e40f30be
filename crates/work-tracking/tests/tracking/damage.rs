//! Damaged stores: events that cannot be decoded or applied.

use futures_util::TryStreamExt;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::SchemaVersion;
use shared_kernel::{EventStore, RepositoryError, StreamId, StreamVersion};
use work_item::{WorkItemId, WorkNumber};
use work_tracking::{FailureKind, RegisterError, TrackingError};

use crate::fixture::{
    Fixture, STORY, TASK, ada, anonymous, block, enough, fixture, foreign, foreign_event, item,
    list_all, reason, register, started, task, tasks,
};

/// Writes an event past the tracker.
async fn write(fixture: &Fixture, stream: StreamId, event_type: &str, schema: u32, payload: &str) {
    let event = foreign_event(1, event_type, payload)
        .with_schema_version(SchemaVersion::new(schema).unwrap());
    let append = foreign(stream, vec![event]);
    fixture.store.append(append).await.unwrap();
}

async fn damaged_item(event_type: &str, schema: u32, payload: &str) -> (Fixture, WorkItemId) {
    let fixture = fixture();
    let id = item(&fixture.tracker, TASK, None).await;
    write(&fixture, id.stream_id(), event_type, schema, payload).await;
    (fixture, id)
}

/// The error of each use case that loads the item.
async fn every_error(fixture: &Fixture, id: WorkItemId) -> Vec<TrackingError> {
    let tracker = &fixture.tracker;
    vec![
        tracker.show(id).await.unwrap_err(),
        tracker.start(id, &anonymous()).await.unwrap_err(),
        tracker
            .create(task("y"), Some(id.into()), ada())
            .await
            .unwrap_err(),
        list_all(tracker).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn an_undecodable_event_is_reported_with_stream_version_and_id() {
    for (event_type, schema, payload) in [
        ("WorkItemBurnt", 1, "{}"),
        ("WorkItemRetitled", 2, r#"{"title":"x"}"#),
        ("WorkItemRetitled", 1, r#"{"title":""}"#),
        ("WorkItemRetitled", 1, "not JSON"),
    ] {
        let (fixture, id) = damaged_item(event_type, schema, payload).await;
        let history = fixture.tracker.history(id).await.unwrap();
        let mut errors = every_error(&fixture, id).await;
        errors.push(history.try_collect::<Vec<_>>().await.unwrap_err());
        for error in errors {
            assert_eq!(error.kind(), FailureKind::Storage);
            let TrackingError::Repository(RepositoryError::History(HistoryError::Undecodable {
                stream,
                version,
                event_id,
                ..
            })) = error
            else {
                panic!("expected an undecodable event: {error:?}");
            };
            assert_eq!((stream, version), (id.stream_id(), StreamVersion::from(2)));
            let found = fixture.store.find_event(event_id).await.unwrap();
            assert_eq!(found.unwrap().event_type.as_str(), event_type);
        }
    }
}

#[tokio::test]
async fn an_explanation_names_the_unreadable_streams_of_other_items() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let [blocker, waiting, dependent, other] = tasks(tracker).await;
    block(tracker, waiting, blocker).await;
    block(tracker, dependent, blocker).await;
    let (event, payload) = ("DependencyAdded", r#"{"on":"nothing"}"#);
    write(&fixture, other.stream_id(), event, 1, payload).await;
    // Its dependency is readable, but its state is not.
    let burnt = foreign_event(2, "WorkItemBurnt", "{}");
    let append = foreign(dependent.stream_id(), vec![burnt]);
    fixture.store.append(append).await.unwrap();

    let why = tracker.why(blocker).await.unwrap();
    let found: Vec<_> = why
        .dependents
        .iter()
        .map(|one| one.tracked.item.id())
        .collect();
    assert_eq!(found, [waiting]);
    let mut damaged = [dependent, other].map(WorkItemId::stream_id);
    damaged.sort();
    assert_eq!(why.unreadable, damaged);
    for id in [dependent, other] {
        let refused = tracker.why(id).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Storage);
    }
}

#[tokio::test]
async fn an_explanation_names_an_unreadable_child_and_blocker() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = item(tracker, STORY, None).await;
    let child = item(tracker, TASK, Some(story)).await;
    let open = item(tracker, TASK, Some(story)).await;
    let blocker = item(tracker, TASK, None).await;
    block(tracker, story, blocker).await;
    let burnt = |seed| vec![foreign_event(seed, "WorkItemBurnt", "{}")];
    for (seed, id) in [(1, child), (2, blocker)] {
        let append = foreign(id.stream_id(), burnt(seed));
        fixture.store.append(append).await.unwrap();
    }

    let why = tracker.why(story).await.unwrap();
    let mut damaged = [child, blocker].map(WorkItemId::stream_id);
    damaged.sort();
    assert_eq!(why.unreadable, damaged);
    let hindrances = why.hindrances.unwrap();
    assert_eq!(hindrances.unreadable, [child, blocker]);
    let children = hindrances.open_children.iter().map(|open| open.id);
    assert_eq!(children.collect::<Vec<_>>(), [open]);
    let told = hindrances.to_string();
    let says = format!("child {open} is pending; {child} cannot be read; {blocker} cannot be read");
    assert!(told.contains(&says), "{told}");
    let refused = tracker
        .complete(story, None, &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
}

#[tokio::test]
async fn nothing_but_an_unreadable_child_hinders_the_completion() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    let run = enough();
    tracker
        .record_test_run(story, run, &anonymous())
        .await
        .unwrap();
    let child = item(tracker, TASK, Some(story)).await;
    let cancelled = tracker.cancel(child, reason("r"), &anonymous()).await;
    cancelled.unwrap();
    assert!(
        tracker
            .why(story)
            .await
            .unwrap()
            .hindrances
            .unwrap()
            .is_empty()
    );
    write(&fixture, child.stream_id(), "WorkItemBurnt", 1, "{}").await;
    let hindrances = tracker.why(story).await.unwrap().hindrances.unwrap();
    assert!(!hindrances.is_empty());
    assert_eq!(hindrances.unreadable, [child]);
}

#[tokio::test]
async fn an_inapplicable_event_is_reported() {
    let created = r#"{"id":{"snowflake":"1","number":"WORK-001"},"title":"x","item_type":"task","priority":"low","risk_tier":"T1","at":"2026-01-09T10:00:00Z"}"#;
    let (fixture, id) = damaged_item("WorkItemCreated", 1, created).await;
    for error in every_error(&fixture, id).await {
        assert!(matches!(
            error,
            TrackingError::Repository(RepositoryError::History(HistoryError::Inapplicable { version, .. }))
                if version == StreamVersion::from(2)
        ));
    }
}

#[tokio::test]
async fn a_history_that_does_not_begin_with_a_creation_is_refused() {
    let fixture = fixture();
    let stream = StreamId::new("work_item-5").unwrap();
    write(&fixture, stream, "WorkItemRetitled", 1, r#"{"title":"x"}"#).await;
    let refused = list_all(&fixture.tracker).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::History(HistoryError::Inapplicable { version, .. }))
            if version == StreamVersion::FIRST
    ));
}

#[tokio::test]
async fn an_undecodable_register_entry_is_reported() {
    let fixture = fixture();
    write(&fixture, register(), "NumberAssigned", 1, "{}").await;
    let refused = fixture.tracker.show(WorkNumber::FIRST).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Register(RegisterError::Undecodable {
            version: StreamVersion::FIRST,
            source: DecodeError::Malformed { .. },
        })
    ));
}

#[tokio::test]
async fn a_register_entry_with_a_wrong_number_is_reported() {
    let fixture = fixture();
    let entry = r#"{"number":"WORK-002","item":"7"}"#;
    write(&fixture, register(), "NumberAssigned", 1, entry).await;
    let refused = fixture.tracker.find(WorkNumber::FIRST).await.unwrap_err();
    let TrackingError::Register(RegisterError::WrongNumber { version, found }) = refused else {
        panic!("a wrong number: {refused:?}");
    };
    assert_eq!((version.get(), found.get()), (1, 2));
}
