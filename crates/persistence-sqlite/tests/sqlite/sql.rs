//! The views for an SQL shell: JSON can be queried, and everything else is kept as it is.

use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::{Executor, Row};

use crate::fixture::{Place, event, events, stream};

#[tokio::test]
async fn a_json_payload_can_be_queried() {
    let place = Place::new();
    let store = place.store().await;
    let long = Box::leak(format!(r#"{{"title":"{}"}}"#, "x".repeat(9_000)).into_boxed_str());
    let written = vec![
        event(r#"{"title":"Tea","tags":["a","b"]}"#),
        event(r#" { "title" : "\u00e9t\u00e9" } "#),
        event(long),
    ];
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();

    for view in ["events", "history"] {
        let titles = format!("SELECT payload ->> '$.title' FROM {view} ORDER BY position");
        let titles: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(titles))
            .fetch_all(&mut place.shell().await)
            .await
            .unwrap();
        assert_eq!(titles[..2], ["Tea", "été"]);
        assert_eq!(titles[2].len(), 9_000);
    }
}

#[tokio::test]
async fn the_history_view_names_things_and_passes_over_payloads_that_are_not_json() {
    let place = Place::new();
    let store = place.store().await;
    let written = vec![event(r#"{"title":"Tea"}"#), event("not json")];
    store
        .append_to(stream("a-b-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();

    let rows = sqlx::query(
        "SELECT stream, category, version, event_type, payload ->> '$.title', recorded_at \
         FROM history ORDER BY position",
    )
    .fetch_all(&mut place.shell().await)
    .await
    .unwrap();
    let recorded = store.read_whole_stream(stream("a-b-1")).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<String, _>(0), "a-b-1");
    assert_eq!(rows[0].get::<String, _>(1), "a");
    assert_eq!(rows[1].get::<i64, _>(2), 2);
    assert_eq!(rows[1].get::<String, _>(3), "Happened");
    assert_eq!(rows[0].get::<Option<String>, _>(4).as_deref(), Some("Tea"));
    assert_eq!(rows[1].get::<Option<String>, _>(4), None);
    let millisecond = format!("{:.3}", recorded[0].recorded_at);
    let shown = rows[0].get::<String, _>(5);
    assert_eq!(shown[..19], millisecond[..19], "the second of {shown}");
}

#[tokio::test]
async fn a_shell_finds_each_event_of_a_batch_in_a_row_of_its_own() {
    let place = Place::new();
    let store = place.store().await;
    for (name, count) in [("a-1", 3), ("b-1", 1), ("a-1", 130)] {
        let mut written = events(count);
        written[0] = event("no JSON").clone();
        store
            .append_to(stream(name), ExpectedVersion::Any, written)
            .await
            .unwrap();
        let moved = "DELETE FROM recent_batches WHERE last_position = 1";
        place.shell().await.execute(moved).await.unwrap();
    }
    let query = shared_kernel::store::LogQuery::new();
    let all: Vec<_> = futures_util::TryStreamExt::try_collect(store.read_log(query))
        .await
        .unwrap();
    let rows = sqlx::query(
        "SELECT e.position, e.stream, e.version, e.recorded_at, e.schema_version, e.event_id, \
            e.event_type, CAST(e.payload AS BLOB), \
            h.stream = e.stream AND h.version = e.version AND h.event_id = e.event_id \
         FROM events AS e JOIN history AS h USING (position) ORDER BY e.position",
    )
    .fetch_all(&mut place.shell().await)
    .await
    .unwrap();
    assert_eq!((rows.len(), all.len()), (134, 134));
    for (row, event) in rows.iter().zip(&all) {
        assert_eq!(row.get::<i64, _>(0).cast_unsigned(), event.position.get());
        assert_eq!(row.get::<&str, _>(1), event.stream.as_str());
        assert_eq!(row.get::<i64, _>(2).cast_unsigned(), event.version.get());
        assert_eq!(row.get::<i64, _>(3), event.recorded_at.as_microsecond());
        assert_eq!(row.get::<i64, _>(4), 1);
        let id = event.id.as_uuid().simple().to_string();
        assert_eq!(row.get::<&str, _>(5), id);
        assert_eq!(row.get::<&str, _>(6), event.event_type.as_str());
        assert_eq!(row.get::<&[u8], _>(7), event.payload);
        assert!(row.get::<bool, _>(8));
    }
}

/// Whether a statement ends within `most` steps of SQLite's virtual machine.
async fn is_done_in(place: &Place, statement: &str, most: i32) -> bool {
    let mut shell = place.shell().await;
    // The first statement of a connection reads the schema, which takes steps too.
    shell
        .execute("SELECT 1 FROM history LIMIT 0")
        .await
        .unwrap();
    let mut handle = shell.lock_handle().await.unwrap();
    handle.set_progress_handler(most, || false);
    drop(handle);
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    sqlx::query(statement).fetch_all(&mut shell).await.is_ok()
}

/// The work for one stream does not grow with the log: neither a table nor an index is scanned.
#[tokio::test]
async fn the_events_of_one_stream_are_found_by_indexes() {
    let place = Place::new();
    let store = place.store().await;
    for turn in 0..2 {
        for number in 0..300 {
            let name = format!("a-{number}");
            let any = ExpectedVersion::Any;
            store
                .append_to(stream(&name), any, events(1))
                .await
                .unwrap();
        }
        if turn == 0 {
            let moved = "DELETE FROM recent_batches";
            place.shell().await.execute(moved).await.unwrap();
        }
    }
    for columns in ["*", "version, payload ->> '$.title'"] {
        for view in ["events", "history"] {
            let all = format!("SELECT {columns} FROM {view}");
            let one = format!("{all} WHERE stream = 'a-7'");
            assert!(is_done_in(&place, &one, 500).await, "{one}");
            assert!(!is_done_in(&place, &all, 500).await, "{all}");
        }
    }
}

#[tokio::test]
async fn bytes_of_every_kind_come_back_as_they_were() {
    let place = Place::new();
    let store = place.store().await;
    let payloads: [&'static [u8]; 8] = [
        b"",
        b"\0",
        b"{\"a\":1}\n",
        b"{\"a\":1,\"a\":1.0e0}",
        b"\xff\xfe",
        b"{\"a\":\"\xff\"}",
        b"\"\\ud800\"",
        b"\xef\xbb\xbf{}",
    ];
    let written: Vec<_> = payloads
        .iter()
        .map(|bytes| event("").with_payload(bytes))
        .collect();
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert!(read.iter().map(|event| &event.payload[..]).eq(payloads));
}

/// Puts bytes of any kind into an event.
trait WithPayload {
    fn with_payload(self, bytes: &'static [u8]) -> Self;
}

impl WithPayload for shared_kernel::NewEvent {
    fn with_payload(self, bytes: &'static [u8]) -> Self {
        Self {
            payload: bytes::Bytes::from_static(bytes),
            ..self
        }
    }
}
