//! What somebody with an SQL shell finds: JSON can be looked into, anything else is kept as it is.

use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Row;

use crate::fixture::{Place, event, stream};

#[tokio::test]
async fn a_json_payload_can_be_queried() {
    let place = Place::new();
    let store = place.store().await;
    let written = vec![
        event(r#"{"title":"Tea","tags":["a","b"]}"#),
        event(r#" { "title" : "\u00e9t\u00e9" } "#),
    ];
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, written)
        .await
        .unwrap();

    let titles: Vec<String> =
        sqlx::query_scalar("SELECT payload ->> '$.title' FROM events ORDER BY position")
            .fetch_all(&mut place.shell().await)
            .await
            .unwrap();
    assert_eq!(titles, ["Tea", "été"]);
}

#[tokio::test]
async fn the_history_view_names_things_and_passes_over_what_is_no_json() {
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
    let told = rows[0].get::<String, _>(5);
    assert_eq!(told[..19], millisecond[..19], "the second of {told}");
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
