//! Law 38, and bytes on disk: files of every released layout open as they did, and end up as a new
//! file would be. The golden files are committed once and never written again.

use std::path::Path;

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::{EventStoreExt, LogQuery, RecordedEvent};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::fixture::Place;

/// Everything that makes up the layout of a file.
async fn layout(path: &Path) -> Vec<(String, String, Option<String>)> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .connect()
        .await
        .unwrap();
    let mut layout: Vec<(String, String, Option<String>)> =
        sqlx::query_as("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    for pragma in [
        "PRAGMA application_id",
        "PRAGMA user_version",
        "PRAGMA encoding",
    ] {
        let value = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(format!(
            "SELECT CAST(value AS TEXT) FROM (SELECT {0} AS value FROM pragma_{0})",
            pragma.trim_start_matches("PRAGMA ")
        )));
        let value = value.fetch_one(&mut connection).await.unwrap();
        layout.push(("pragma".into(), pragma.into(), Some(value)));
    }
    layout
}

#[tokio::test]
async fn a_file_of_layout_1_opens_with_its_history_and_equals_a_new_one() {
    let place = Place::new();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layout-1.annals");
    std::fs::copy(golden, place.store_path()).unwrap();
    let store = place.store().await;
    let events: Vec<RecordedEvent> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let actor = event.metadata.actor.as_ref().unwrap().to_string();
            (
                event.stream.category().to_string(),
                event.version.get(),
                event.event_type.to_string(),
                actor,
            )
        })
        .collect();
    let event = |category: &str, version, event_type: &str, actor: &str| {
        (
            category.to_owned(),
            version,
            event_type.to_owned(),
            actor.to_owned(),
        )
    };
    assert_eq!(
        told,
        [
            event("work_item", 1, "WorkItemCreated", "ada (person)"),
            event("work_item_numbers", 1, "NumberAssigned", "ada (person)"),
            event("work_item", 2, "StatusChanged", "builder (agent)"),
            event("work_item", 1, "WorkItemCreated", "ada (person)"),
            event("work_item_numbers", 2, "NumberAssigned", "ada (person)"),
        ]
    );
    assert!(events[0].payload.starts_with(b"{\"id\":{\"snowflake\":\""));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    store.close().await;

    let fresh = place.path("fresh.annals");
    SqliteStore::open(&fresh).await.unwrap().close().await;
    assert_eq!(layout(&place.store_path()).await, layout(&fresh).await);
}

#[tokio::test]
async fn a_file_of_layout_2_opens_with_its_history() {
    let place = Place::new();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layout-2.annals");
    std::fs::copy(golden, place.store_path()).unwrap();
    let store = place.store().await;
    let events: Vec<RecordedEvent> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    assert_eq!(events.len(), 49);
    let told = |event: &RecordedEvent| {
        (
            event.stream.to_string(),
            event.version.get(),
            event.event_type.to_string(),
            event.payload.len(),
        )
    };
    let event = |stream: &str, version, event_type: &str, length| {
        (stream.to_owned(), version, event_type.to_owned(), length)
    };
    let first: Vec<_> = events.iter().take(5).map(told).collect();
    assert_eq!(
        first,
        [
            event("lamp-1", 1, "Noted", 2),
            event("lamp-1", 2, "Noted \"so\"", 13),
            event("lamp-2", 1, "Sent", 2),
            event("lamp-2", 2, "Grown", 9_002),
            event("lamp-1", 3, "Dimmed", 14),
        ]
    );
    assert_eq!(events[1].payload, &b" {\"a\" : 1.0} "[..]);
    assert_eq!(events[1].metadata.pair("k"), Some("v \"w\""));
    assert_eq!(events[0].metadata, shared_kernel::Metadata::new());
    assert_eq!(events[2].payload, &b"\0\xff"[..]);
    let lamp = crate::fixture::stream("lamp-1");
    let lamp = store.read_whole_stream(lamp).await.unwrap();
    assert!(lamp.iter().map(|event| event.version.get()).eq(1..=47));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}
