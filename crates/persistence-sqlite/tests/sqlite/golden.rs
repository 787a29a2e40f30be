//! Law 38, and bytes on disk: files of every released layout open as they did, and end up as a new
//! file would be. The golden files are committed once and never written again.

use std::path::Path;

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::{Append, EventStore, EventStoreExt, ExpectedVersion, LogQuery, RecordedEvent};
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

/// A store in a copy of a golden file.
async fn golden(place: &Place, name: &str) -> SqliteStore {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    std::fs::copy(golden.join(name), place.store_path()).unwrap();
    place.store().await
}

async fn log(store: &SqliteStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}

/// Whether the file of the store, which is closed, has the layout that a new one has.
async fn is_as_new(place: &Place) {
    let fresh = place.path("fresh.annals");
    SqliteStore::open(&fresh).await.unwrap().close().await;
    assert_eq!(layout(&place.store_path()).await, layout(&fresh).await);
}

/// Stream, version, type and bytes of the payload of an event.
type Told = (String, u64, String, usize);

fn told(event: &RecordedEvent) -> Told {
    let event_type = event.event_type.to_string();
    let version = event.version.get();
    let length = event.payload.len();
    (event.stream.to_string(), version, event_type, length)
}

fn event(stream: &str, version: u64, event_type: &str, length: usize) -> Told {
    (stream.to_owned(), version, event_type.to_owned(), length)
}

#[tokio::test]
async fn a_file_of_layout_1_opens_with_its_history_and_equals_a_new_one() {
    let place = Place::new();
    let store = golden(&place, "layout-1.annals").await;
    let events = log(&store).await;
    let seen: Vec<_> = events
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
        seen,
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
    is_as_new(&place).await;
}

/// What the golden files of the second and the third layout have in common.
fn holds_what_layout_2_does(events: &[RecordedEvent]) {
    let first: Vec<_> = events.iter().take(4).map(told).collect();
    assert_eq!(
        first,
        [
            event("lamp-1", 1, "Noted", 2),
            event("lamp-1", 2, "Noted \"so\"", 13),
            event("lamp-2", 1, "Sent", 2),
            event("lamp-2", 2, "Grown", 9_002),
        ]
    );
    assert_eq!(events[1].payload, &b" {\"a\" : 1.0} "[..]);
    assert_eq!(events[1].metadata.pair("k"), Some("v \"w\""));
    assert_eq!(events[0].metadata, shared_kernel::Metadata::new());
    assert_eq!(events[2].payload, &b"\0\xff"[..]);
}

#[tokio::test]
async fn a_file_of_layout_2_opens_with_its_history_and_equals_a_new_one() {
    let place = Place::new();
    let store = golden(&place, "layout-2.annals").await;
    let events = log(&store).await;
    assert_eq!(events.len(), 49);
    holds_what_layout_2_does(&events);
    assert_eq!(told(&events[4]), event("lamp-1", 3, "Dimmed", 14));
    let lamp = crate::fixture::stream("lamp-1");
    let read = store.read_whole_stream(lamp.clone()).await.unwrap();
    assert!(read.iter().map(|event| event.version.get()).eq(1..=47));

    // It goes on, now with rows that are shared.
    let append = ["lamp-1", "lamp-2", "lamp-3"]
        .iter()
        .fold(Append::new(), |append, name| {
            let stream = crate::fixture::stream(name);
            append.write(stream, ExpectedVersion::Any, crate::fixture::events(1))
        });
    store.append(append).await.unwrap();
    let read = store.read_whole_stream(lamp).await.unwrap();
    assert!(read.iter().map(|event| event.version.get()).eq(1..=48));
    assert_eq!(log(&store).await[..49], events);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    let seen = "SELECT count(DISTINCT event_id), max(position) FROM events";
    let seen: (i64, i64) = sqlx::query_as(seen)
        .fetch_one(&mut place.shell().await)
        .await
        .unwrap();
    assert_eq!(seen, (52, 52));
    store.close().await;
    is_as_new(&place).await;
}

#[tokio::test]
async fn a_file_of_layout_3_opens_with_its_history_and_equals_a_new_one() {
    let place = Place::new();
    let store = golden(&place, "layout-3.annals").await;
    let events = log(&store).await;
    assert_eq!(events.len(), 53);
    holds_what_layout_2_does(&events);
    let shared: Vec<_> = events[4..].iter().take(5).map(told).collect();
    assert_eq!(
        shared,
        [
            event("lamp-3", 1, "Noted", 14),
            event("lamp-3", 2, "Noted \"so\"", 5),
            event("lamp-1", 3, "Dimmed", 14),
            event("lamp-4", 1, "Noted", 1),
            event("lamp-1", 4, "Dimmed", 14),
        ]
    );
    assert_eq!(events[4].payload, "{\"share\":\"é\"}".as_bytes());
    let lamp = crate::fixture::stream("lamp-1");
    let lamp = store.read_whole_stream(lamp).await.unwrap();
    assert!(lamp.iter().map(|event| event.version.get()).eq(1..=48));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    store.close().await;
    is_as_new(&place).await;
}

#[tokio::test]
async fn a_file_of_layout_4_opens_with_the_events_that_its_index_does_not_lead_to() {
    let place = Place::new();
    let store = golden(&place, "layout-4.annals").await;
    let through = sqlx::query_scalar("SELECT through FROM indexed");
    let through: i64 = through.fetch_one(&mut place.shell().await).await.unwrap();
    assert_eq!(through, 42);
    let events = log(&store).await;
    let last: Vec<_> = events[39..].iter().map(told).collect();
    assert_eq!(
        last,
        [
            event("lamp-1", 40, "Dimmed", 14),
            event("lamp-2", 1, "Noted", 2),
            event("lamp-2", 2, "Sent", 2),
            event("lamp-1", 41, "Dimmed", 14),
            event("lamp-3", 1, "Noted", 1),
            event("lamp-3", 2, "Noted", 1),
            event("lamp-2", 3, "Sent", 7),
        ]
    );
    for (name, last) in [("lamp-1", 41), ("lamp-2", 3), ("lamp-3", 2)] {
        let lamp = crate::fixture::stream(name);
        let read = store.read_whole_stream(lamp).await.unwrap();
        assert!(read.iter().map(|event| event.version.get()).eq(1..=last));
    }
    for event in &events {
        let found = store.find_event(event.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(event));
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    store.close().await;
    is_as_new(&place).await;
}
