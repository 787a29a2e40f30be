//! Owns the scenarios of stores that hold what does not fit.

use futures_util::TryStreamExt;
use shared_kernel::{
    Append, DecodeError, EventId, EventStore, EventType, ExpectedVersion, HistoryError, NewEvent,
    RepositoryError, SchemaVersion, StreamId, StreamVersion,
};
use work_item::{WorkItemId, WorkNumber};
use work_tracking::{FailureKind, ItemFilter, RegisterError, TrackingError};

use crate::given::{Bench, ada, bench, nobody, task, ten};

async fn write(bench: &Bench, stream: StreamId, event_type: &str, schema: u32, payload: &str) {
    let head = bench
        .store
        .head()
        .await
        .unwrap()
        .map_or(0, |head| head.get());
    let mut chance = [0; 10];
    chance[..8].copy_from_slice(&head.to_le_bytes());
    let id = EventId::from_parts(ten(), chance);
    let event_type = EventType::new(event_type).unwrap();
    let event = NewEvent::new(id, event_type, payload.to_owned())
        .with_schema_version(SchemaVersion::new(schema).unwrap());
    let append = Append::new().write(stream, ExpectedVersion::Any, vec![event]);
    bench.store.append(append).await.unwrap();
}

async fn damaged_item(event_type: &str, schema: u32, payload: &str) -> (Bench, WorkItemId) {
    let bench = bench();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    write(&bench, id.stream_id(), event_type, schema, payload).await;
    (bench, id)
}

fn register() -> StreamId {
    StreamId::new("work_item_numbers-register").unwrap()
}

/// What every way to an item says.
async fn every_answer(bench: &Bench, id: WorkItemId) -> Vec<TrackingError> {
    let tracker = &bench.tracker;
    vec![
        tracker.show(id).await.unwrap_err(),
        tracker.start(id, &nobody()).await.unwrap_err(),
        tracker
            .create(task("y"), Some(id.into()), ada())
            .await
            .unwrap_err(),
        tracker.list(&ItemFilter::new(), |_| {}).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_by_stream_version_and_id() {
    for (event_type, schema, payload) in [
        ("WorkItemBurnt", 1, "{}"),
        ("WorkItemRetitled", 2, r#"{"title":"x"}"#),
        ("WorkItemRetitled", 1, r#"{"title":""}"#),
        ("WorkItemRetitled", 1, "not JSON"),
    ] {
        let (bench, id) = damaged_item(event_type, schema, payload).await;
        let history = bench.tracker.history(id).await.unwrap();
        let mut answers = every_answer(&bench, id).await;
        answers.push(history.try_collect::<Vec<_>>().await.unwrap_err());
        for answer in answers {
            assert_eq!(answer.kind(), FailureKind::Storage);
            let TrackingError::Repository(RepositoryError::History(HistoryError::Undecodable {
                stream,
                version,
                event_id,
                ..
            })) = answer
            else {
                panic!("an event that cannot be read: {answer:?}");
            };
            assert_eq!((stream, version), (id.stream_id(), StreamVersion::from(2)));
            let found = bench.store.find_event(event_id).await.unwrap();
            assert_eq!(found.unwrap().event_type.as_str(), event_type);
        }
    }
}

#[tokio::test]
async fn an_event_that_the_state_cannot_take_is_named() {
    let created = r#"{"id":{"snowflake":"1","number":"WORK-001"},"title":"x","item_type":"task","priority":"low","risk_tier":"T1","at":"2026-01-09T10:00:00Z"}"#;
    let (bench, id) = damaged_item("WorkItemCreated", 1, created).await;
    for answer in every_answer(&bench, id).await {
        assert!(matches!(
            answer,
            TrackingError::Repository(RepositoryError::History(HistoryError::Inapplicable { version, .. }))
                if version == StreamVersion::from(2)
        ));
    }
}

#[tokio::test]
async fn a_history_that_does_not_begin_with_a_creation_is_refused() {
    let bench = bench();
    let stream = StreamId::new("work_item-5").unwrap();
    write(&bench, stream, "WorkItemRetitled", 1, r#"{"title":"x"}"#).await;
    let refused = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::History(HistoryError::Inapplicable { version, .. }))
            if version == StreamVersion::FIRST
    ));
}

#[tokio::test]
async fn an_entry_of_the_register_that_cannot_be_read_is_named() {
    let bench = bench();
    write(&bench, register(), "NumberAssigned", 1, "{}").await;
    let refused = bench.tracker.show(WorkNumber::FIRST).await.unwrap_err();
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
async fn an_entry_of_the_register_out_of_its_place_is_named() {
    let bench = bench();
    let entry = r#"{"number":"WORK-002","item":"7"}"#;
    write(&bench, register(), "NumberAssigned", 1, entry).await;
    let refused = bench.tracker.find(WorkNumber::FIRST).await.unwrap_err();
    let TrackingError::Register(RegisterError::WrongNumber { version, found }) = refused else {
        panic!("a wrong number: {refused:?}");
    };
    assert_eq!((version.get(), found.get()), (1, 2));
}
