//! The tables as other programs see them.

use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent};

use crate::fixture::{Place, log, stream};

#[tokio::test]
async fn payloads_that_no_json_type_keeps_come_back_as_they_were() {
    let place = Place::new();
    let store = place.store().await;
    let payloads: [&'static [u8]; 6] = [
        br#"{"b":1,"a":2}"#,
        br#"{"a":1,"a":2}"#,
        br#"{"a":"\u0000"}"#,
        b"[1e400, 1.10, -0]",
        b"\xff\xfe\x00",
        b"",
    ];
    let events = payloads
        .map(|payload| {
            NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), payload).unwrap()
        })
        .to_vec();
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events)
        .await
        .unwrap();
    let read: Vec<_> = log(&store)
        .await
        .into_iter()
        .map(|event| event.payload)
        .collect();
    assert_eq!(read, payloads);
}

#[tokio::test]
async fn large_payloads_are_read_whole_in_pages_of_their_own() {
    let place = Place::new();
    let store = place.store().await;
    for number in 0..3_u8 {
        let payload = vec![b'0' + number; 5 * 1024 * 1024];
        let event = NewEvent::with_fresh_id(EventType::new("Big").unwrap(), payload).unwrap();
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![event])
            .await
            .unwrap();
    }
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    let sizes: Vec<_> = read
        .iter()
        .map(|event| (event.payload[0], event.payload.len()))
        .collect();
    assert_eq!(
        sizes,
        [0, 1, 2].map(|number| (b'0' + number, 5 * 1024 * 1024))
    );
    assert_eq!(log(&store).await, read);
}

#[tokio::test]
async fn a_person_reads_payloads_in_sql() {
    let place = Place::new();
    let store = place.store().await;
    let event = |payload: &'static str| {
        NewEvent::with_fresh_id(EventType::new("Titled").unwrap(), payload).unwrap()
    };
    let events = vec![event(r#"{"title":"Write the report"}"#), event("no json")];
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events)
        .await
        .unwrap();
    let titles = place.sql("SELECT payload ->> 'title' FROM annals.history ORDER BY position");
    assert_eq!(titles.unwrap(), "Write the report");
}

/// Compiling the plans of the function would take 50 ms for each append. PostgreSQL does it if it
/// thinks that they are dear, and without sequential scans it thinks so.
#[tokio::test]
async fn an_append_is_never_compiled() {
    let place = Place::new();
    drop(place.store().await);
    let settings = "SELECT unnest(proconfig) FROM pg_proc WHERE proname = 'append_1'";
    let settings = place.sql(settings).unwrap();
    assert!(
        settings.lines().any(|setting| setting == "jit=off"),
        "{settings}"
    );
}
