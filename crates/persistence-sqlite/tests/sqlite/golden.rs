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
