//! Owns the scenarios of what older programs have written: events in older schemas, snapshots of
//! older states. The bytes in here are never changed.

use std::sync::Arc;

use futures_util::TryStreamExt;
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use serialization::JsonStateCodec;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::ManualClock;
use shared_kernel::{
    Append, EventId, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RepositoryError,
    SnapshotStore, StreamVersion,
};
use work_item::{Status, Transition, WorkItemEvent, WorkItemId, WorkNumber};
use work_tracking::{ItemFilter, TrackingError, WorkTracker};

use crate::given::{nobody, ten, tracker};

/// An item as the first program wrote it, event by event.
const FIRST_PROGRAM: &[(&str, &str)] = &[
    (
        "WorkItemCreated",
        r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","at":"2026-01-09T10:00:00Z"}"#,
    ),
    (
        "StatusChanged",
        r#"{"from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        "TestSuiteExecuted",
        r#"{"coverage":95.5,"positive":6,"negative":3,"edge_case":1}"#,
    ),
    (
        "StatusChanged",
        r#"{"from":"in_progress","to":"done","at":"2026-01-09T10:02:00Z"}"#,
    ),
    ("WorkItemCompleted", r#"{"cycle_time":"PT1M"}"#),
    (
        "StatusChanged",
        r#"{"from":"done","to":"in_progress","reason":"broke","at":"2026-01-09T10:03:00Z"}"#,
    ),
];

/// A snapshot that the first program took of it after its fourth event. The title differs from that
/// in the events, so that it shows whether anybody has read it.
const FIRST_SNAPSHOT: &str = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Never to be seen","item_type":"task","priority":"medium","risk_tier":"T1","status":"done","created_at":"2026-01-09T10:00:00Z","started_at":"2026-01-09T10:01:00Z","latest_test_run":{"coverage":95.5,"ratio":{"positive":6,"negative":3,"edge_case":1}}}"#;

/// A snapshot of today after the same event, with another title for the same reason.
const SECOND_SNAPSHOT: &str = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Seen","item_type":"task","priority":"medium","risk_tier":"T1","status":"done","created_at":"2026-01-09T10:00:00Z","started_at":"2026-01-09T10:01:00Z","latest_test_run":{"coverage":95.5,"ratio":{"positive":6,"negative":3,"edge_case":1}},"children":[],"dependencies":[],"notes":0}"#;

fn item() -> WorkItemId {
    let snowflake = shared_kernel::snowflake::Snowflake::new(7001).unwrap();
    WorkItemId::new(snowflake, WorkNumber::FIRST)
}

async fn write(store: &dyn EventStore, event_type: &str, schema: u32, payload: &str) {
    let version = store.stream_version(&item().stream_id()).await.unwrap();
    let id = EventId::from_parts(ten(), [u8::try_from(version.get()).unwrap(); 10]);
    let event = NewEvent::new(id, EventType::new(event_type).unwrap(), payload.to_owned())
        .with_schema_version(SchemaVersion::new(schema).unwrap());
    let append = Append::new().write(item().stream_id(), ExpectedVersion::Any, vec![event]);
    store.append(append).await.unwrap();
}

/// A store that the first program has left behind.
async fn left_behind() -> (WorkTracker, Arc<dyn EventStore>) {
    let clock = Arc::new(ManualClock::at(ten()));
    let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::with_clock(clock.clone()));
    for (event_type, payload) in FIRST_PROGRAM {
        write(&*store, event_type, 1, payload).await;
    }
    (tracker(store.clone(), clock, 0), store)
}

fn snapshot(schema: &str, payload: &'static str) -> SnapshotRecord {
    SnapshotRecord {
        stream: item().stream_id(),
        version: StreamVersion::from(4),
        schema: StateSchema::new(schema).unwrap(),
        taken_at: ten(),
        payload: payload.into(),
    }
}

#[tokio::test]
async fn events_of_an_older_schema_are_read_as_those_of_today() {
    let (tracker, _) = left_behind().await;
    let history = tracker.history(item()).await.unwrap();
    let history: Vec<_> = history.try_collect().await.unwrap();
    let steps: Vec<_> = history
        .iter()
        .filter_map(|envelope| match envelope.event {
            WorkItemEvent::StatusChanged { by, .. } => Some(by),
            _ => None,
        })
        .collect();
    assert_eq!(
        steps,
        [Transition::Start, Transition::Complete, Transition::Reopen]
    );

    let shown = tracker.show(item()).await.unwrap();
    assert_eq!(shown.item.status(), Status::InProgress);
    assert_eq!(shown.item.status_reason().unwrap().as_str(), "broke");
    // That it was reopened is known from its step: the evidence from before counts no more.
    assert_eq!(shown.item.latest_test_run(), None);
    assert_eq!(shown.item.cycle_time(), None);
    let listed = tracker.list(&ItemFilter::new(), |_| {}).await.unwrap();
    assert_eq!(listed[0].item, shown.item);
    assert_eq!(tracker.why(item()).await.unwrap().chain.len(), 5);
}

#[tokio::test]
async fn a_history_of_several_schemas_goes_on_in_that_of_today() {
    let (tracker, store) = left_behind().await;
    tracker
        .block(item(), "waits".parse().unwrap(), &nobody())
        .await
        .unwrap();
    let stored = store.read_whole_stream(item().stream_id()).await.unwrap();
    let schemas: Vec<_> = stored
        .iter()
        .map(|event| event.schema_version.get())
        .collect();
    assert_eq!(schemas, [1, 1, 1, 1, 1, 1, 2]);
    assert_eq!(
        stored[6].payload,
        r#"{"by":"block","from":"in_progress","to":"blocked","reason":"waits","at":"2026-01-09T10:00:00Z"}"#
    );
    // What was written before is as it was.
    assert_eq!(stored[5].payload, FIRST_PROGRAM[5].1);
    let shown = tracker.show(item()).await.unwrap();
    assert_eq!(shown.item.status(), Status::Blocked);
}

#[tokio::test]
async fn a_step_that_there_never_was_is_an_error_that_names_the_event() {
    let (tracker, store) = left_behind().await;
    let never = r#"{"from":"pending","to":"done","at":"2026-01-09T10:03:00Z"}"#;
    write(&*store, "StatusChanged", 1, never).await;
    let refused = tracker.show(item()).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::History(HistoryError::Undecodable {
            version,
            source: DecodeError::Upcast { from, .. },
            ..
        })) if version == StreamVersion::from(7) && from == SchemaVersion::FIRST
    ));
}

#[tokio::test]
async fn an_event_of_a_schema_that_is_yet_to_come_is_an_error() {
    let (tracker, store) = left_behind().await;
    write(&*store, "StatusChanged", 3, "{}").await;
    assert!(matches!(
        tracker.show(item()).await.unwrap_err(),
        TrackingError::Repository(RepositoryError::History(HistoryError::Undecodable {
            source: DecodeError::NewerSchema { known, .. },
            ..
        })) if known.get() == 2
    ));
}

#[tokio::test]
async fn a_snapshot_of_an_older_state_is_passed_over_and_one_of_today_is_not() {
    let (plain, _) = left_behind().await;
    let replayed = plain.show(item()).await.unwrap();
    for (schema, payload, title) in [
        ("work_item/1", FIRST_SNAPSHOT, "Keep the log"),
        // Under the name of today, the old bytes cannot be read and are passed over as well.
        ("work_item/2", FIRST_SNAPSHOT, "Keep the log"),
        ("work_item/2", SECOND_SNAPSHOT, "Seen"),
        ("work_item/3", SECOND_SNAPSHOT, "Keep the log"),
    ] {
        let snapshots = Arc::new(MemorySnapshotStore::new());
        snapshots.save(snapshot(schema, payload)).await.unwrap();
        let codec = Arc::new(JsonStateCodec::new());
        let through = plain.clone().with_snapshots(snapshots, codec);
        let shown = through.show(item()).await.unwrap();
        assert_eq!(shown.item.title().as_str(), title, "{schema}");
        assert_eq!(shown.version, replayed.version);
        assert_eq!(shown == replayed, title == "Keep the log", "{schema}");
    }
}
