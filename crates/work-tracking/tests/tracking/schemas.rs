//! Data of older programs: events in older schemas, and snapshots of older states. The stored bytes
//! in this file must not change.

use std::sync::Arc;

use futures_util::TryStreamExt;
use persistence_memory::MemorySnapshotStore;
use serialization::JsonStateCodec;
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::SchemaVersion;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{EventStore, EventStoreExt, RepositoryError, SnapshotStore, StreamVersion};
use work_item::{GateFailure, Status, Transition, Work, WorkItemEvent, WorkItemId, WorkNumber};
use work_tracking::{ItemFilter, TrackingError, WorkTracker};

use crate::fixture::{
    Fixture, anonymous, by, enough, fixture, foreign, foreign_event, list_all, snowflake, ten, who,
};

/// The events of an item, as the first version of the program wrote them.
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

/// A snapshot of the item at version 4, as the first version of the program wrote it. Its title
/// differs from the title in the events, so a test sees whether the snapshot was used.
const FIRST_SNAPSHOT: &str = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Never to be seen","item_type":"task","priority":"medium","risk_tier":"T1","status":"done","created_at":"2026-01-09T10:00:00Z","started_at":"2026-01-09T10:01:00Z","latest_test_run":{"coverage":95.5,"ratio":{"positive":6,"negative":3,"edge_case":1}}}"#;

/// A snapshot in the current schema at the same version, with a title of its own.
const SECOND_SNAPSHOT: &str = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Seen","item_type":"task","priority":"medium","risk_tier":"T1","status":"done","created_at":"2026-01-09T10:00:00Z","started_at":"2026-01-09T10:01:00Z","latest_test_run":{"coverage":95.5,"ratio":{"positive":6,"negative":3,"edge_case":1}},"children":[],"dependencies":[],"notes":0}"#;

fn item() -> WorkItemId {
    WorkItemId::new(snowflake(7001), WorkNumber::FIRST)
}

async fn write(store: &dyn EventStore, event_type: &str, schema: u32, payload: &str) {
    let version = store.stream_version(&item().stream_id()).await.unwrap();
    let seed = u8::try_from(version.get()).unwrap();
    let event = foreign_event(seed, event_type, payload)
        .with_schema_version(SchemaVersion::new(schema).unwrap());
    let append = foreign(item().stream_id(), vec![event]);
    store.append(append).await.unwrap();
}

/// A tracker and its store with the events of the first version of the program.
async fn old_store() -> (WorkTracker, Arc<dyn EventStore>) {
    let Fixture { tracker, store, .. } = fixture();
    for (event_type, payload) in FIRST_PROGRAM {
        write(&*store, event_type, 1, payload).await;
    }
    (tracker, store)
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
async fn events_of_an_older_schema_are_upgraded() {
    let (tracker, _) = old_store().await;
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
    // The upgraded events show the reopening, so the evidence before it no longer counts.
    assert_eq!(shown.item.latest_test_run(), None);
    assert_eq!(shown.item.cycle_time(), None);
    let listed = list_all(&tracker).await.unwrap();
    assert_eq!(listed[0].item, shown.item);
    assert_eq!(tracker.why(item()).await.unwrap().chain.len(), 5);
}

/// The events of a critical item, as programs wrote them before events had kinds and files, each
/// with the actor in its metadata.
const SECOND_PROGRAM: &[(&str, u32, &str, &str)] = &[
    (
        "WorkItemCreated",
        1,
        r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T4","at":"2026-01-09T10:00:00Z"}"#,
        "ada",
    ),
    ("WorkItemAssigned", 1, r#"{"assignee":"builder"}"#, "ada"),
    (
        "StatusChanged",
        2,
        r#"{"by":"start","from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}"#,
        "ada",
    ),
    (
        "TestSuiteExecuted",
        1,
        r#"{"coverage":95.5,"positive":6,"negative":3,"edge_case":1}"#,
        "ada",
    ),
    ("CompletionApproved", 1, r#"{"approver":"ada"}"#, "ada"),
];

#[tokio::test]
async fn old_approvals_and_evidence_are_judged_by_the_present_rules() {
    let Fixture { tracker, store, .. } = fixture();
    for (place, (event_type, schema, payload, actor)) in SECOND_PROGRAM.iter().enumerate() {
        let event = foreign_event(place as u8 + 1, event_type, *payload)
            .with_schema_version(SchemaVersion::new(*schema).unwrap())
            .with_metadata(by(actor).metadata);
        let append = foreign(item().stream_id(), vec![event]);
        store.append(append).await.unwrap();
    }
    let shown = tracker.show(item()).await.unwrap().item;
    assert_eq!(shown.assignee(), Some(&who("builder")));
    assert_eq!(shown.approvers().collect::<Vec<_>>(), [&who("ada")]);
    let found = tracker.why(item()).await.unwrap().hindrances.unwrap();
    let expected = [
        GateFailure::TestsClaimed,
        GateFailure::CoverageClaimed,
        GateFailure::NoApproval,
        GateFailure::ApprovalByWorker {
            approver: who("ada"),
            work: Work::Moved(Transition::Start),
            version: StreamVersion::from(3),
        },
    ];
    assert_eq!(found.gate_failures, expected);
    // The kind of the old assignee is unknown, so every kind matches.
    for wanted in ["builder", "agent:builder", "person:builder"] {
        let filter = ItemFilter::new().assignee(who(wanted));
        assert!(filter.accepts(&shown, shown.created_at()), "{wanted}");
    }

    let tested = tracker.record_test_run(item(), enough(), &by("ada")).await;
    tested.unwrap();
    let approved = tracker.approve(item(), &by("ben")).await;
    approved.unwrap();
    tracker.complete(item(), None, &by("ada")).await.unwrap();
}

#[tokio::test]
async fn new_events_have_the_current_schema() {
    let (tracker, store) = old_store().await;
    tracker
        .block(item(), "waits".parse().unwrap(), &anonymous())
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
    // The old events are unchanged.
    assert_eq!(stored[5].payload, FIRST_PROGRAM[5].1);
    let shown = tracker.show(item()).await.unwrap();
    assert_eq!(shown.item.status(), Status::Blocked);
}

#[tokio::test]
async fn an_impossible_old_transition_is_reported() {
    let (tracker, store) = old_store().await;
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
async fn an_event_of_a_newer_schema_is_an_error() {
    let (tracker, store) = old_store().await;
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
async fn only_a_snapshot_of_the_current_schema_is_used() {
    let (plain, _) = old_store().await;
    let replayed = plain.show(item()).await.unwrap();
    for (schema, payload, title) in [
        ("work_item/1", FIRST_SNAPSHOT, "Keep the log"),
        // The old bytes under the current schema cannot be decoded and are ignored, too.
        ("work_item/5", FIRST_SNAPSHOT, "Keep the log"),
        ("work_item/2", SECOND_SNAPSHOT, "Keep the log"),
        ("work_item/5", SECOND_SNAPSHOT, "Seen"),
        ("work_item/6", SECOND_SNAPSHOT, "Keep the log"),
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
