//! The batches that events become, and the texts of them.

use jiff::Timestamp;
use shared_kernel::event::{CorrelationId, EventType};
use shared_kernel::{EventId, ExpectedVersion, Metadata, StreamId};

use super::*;

fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

/// The batches of events of one stream.
fn batches(events: &[NewEvent]) -> Vec<EncodedBatch> {
    let any = ExpectedVersion::Any;
    encode(&Append::new().write(stream("lamp-1"), any, events.to_vec())).unwrap()
}

fn event(payload: impl Into<Bytes>) -> NewEvent {
    let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [7; 10]);
    NewEvent::new(id, EventType::new("a \"T\"").unwrap(), payload)
}

fn counts(batches: &[EncodedBatch]) -> Vec<usize> {
    batches.iter().map(|batch| batch.count).collect()
}

#[test]
fn json_is_text_and_everything_else_is_bytes() {
    for json in [
        &b"{}"[..],
        b" {\"a\": [1, 2.50, \"\\u00e9\"]} \n",
        b"null",
        b"1e400",
        b"\"x\"",
    ] {
        assert!(as_json(json).is_some(), "{json:?}");
    }
    for other in [
        &b""[..],
        b"hello",
        b"{",
        b"{} {}",
        b"\"\xff\"",
        b"\0",
        b"{\"a\":\"\x00\"}",
    ] {
        assert!(as_json(other).is_none(), "{other:?}");
    }
}

#[test]
fn json_that_is_too_deep_for_sqlite_is_stored_as_bytes() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(as_json(nested(MAX_JSON_DEPTH).as_bytes()).is_some());
    assert!(as_json(nested(MAX_JSON_DEPTH + 1).as_bytes()).is_none());
    let objects = |depth: usize| ["{\"a\":".repeat(depth), "1".into(), "}".repeat(depth)].concat();
    assert!(as_json(objects(MAX_JSON_DEPTH).as_bytes()).is_some());
    assert!(as_json(objects(MAX_JSON_DEPTH + 1).as_bytes()).is_none());
    // Many brackets side by side, or within strings, are not deep.
    let wide = format!("[{}\"[[\\\"[\"]", "[],{},".repeat(MAX_JSON_DEPTH));
    assert!(as_json(wide.as_bytes()).is_some());
    let text = format!("\"{}\"", "[".repeat(2 * MAX_JSON_DEPTH));
    assert!(as_json(text.as_bytes()).is_some());
    let deep = format!("[\"\\\\\",{}]", nested(MAX_JSON_DEPTH));
    assert!(as_json(deep.as_bytes()).is_none());
}

#[test]
fn json_events_share_a_batch() {
    let metadata = Metadata::new().with_correlation(CorrelationId::new("c").unwrap());
    let batches = batches(&[event("{}"), event(" [1] ").with_metadata(metadata)]);
    assert_eq!(counts(&batches), [2]);
    assert_eq!(batches[0].event_ids, [*event("").id.as_bytes(); 2].concat());
    let id = event("").id.as_uuid().as_simple().to_string();
    let text = batches[0].events(7, 3, -5);
    let first = format!(r#"["{id}",2,"a \"T\"",1,[],{{}}]"#);
    let second = format!(r#"["{id}",5,"a \"T\"",1,["c"], [1] ]"#);
    assert_eq!(text, format!(r#"[7,"lamp-1",3,-5,{first},{second}]"#));
}

#[test]
fn the_text_of_a_batch_is_json_for_every_name_and_number() {
    for name in ["a", "\"a\\b\"", "é;[1]", "\u{2028}\u{1f980}"] {
        let events = vec![event("{\"a\":[null]}")];
        let append = Append::new().write(stream(name), ExpectedVersion::Any, events);
        let (position, version) = (i64::MAX, i64::MAX - 1);
        let text = encode(&append).unwrap()[0].events(position, version, i64::MIN);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[0], position);
        assert_eq!(value[1], name);
        assert_eq!(value[2], version);
        assert_eq!(value[3], i64::MIN);
        assert_eq!(value[4][5]["a"][0], serde_json::Value::Null);
    }
}

#[test]
fn a_payload_that_is_not_json_or_is_large_has_a_batch_of_its_own() {
    let large = format!("\"{}\"", "x".repeat(MAX_INLINE_PAYLOAD - 1));
    let batches = batches(&[
        event("1"),
        event("no"),
        event(large.clone()),
        event("2"),
        event("3"),
    ]);
    assert_eq!(counts(&batches), [1, 1, 1, 2]);
    let text = batches[1].events(1, 1, 0);
    assert!(text.ends_with(r#",null,"a \"T\"",1,[]]]"#), "{text}");
    assert!(matches!(&batches[1].payload, Some(Payload::Blob(bytes)) if bytes == "no"));
    assert!(matches!(&batches[2].payload, Some(Payload::Json(text)) if **text == *large));
    assert!(batches[0].payload.is_none() && batches[3].payload.is_none());
}

#[test]
fn a_batch_has_a_most_of_events_and_of_bytes() {
    let many: Vec<_> = (0..=MAX_EVENTS).map(|_| event("1")).collect();
    assert_eq!(counts(&batches(&many)), [MAX_EVENTS, 1]);
    let payload = format!("\"{}\"", "x".repeat(MAX_INLINE_PAYLOAD - 2));
    let wide: Vec<_> = (0..17).map(|_| event(payload.clone())).collect();
    assert_eq!(counts(&batches(&wide)), [8, 8, 1]);
    assert!(batches(&[]).is_empty());
}

#[test]
fn metadata_counts_as_bytes_of_a_batch() {
    let pair = |event: NewEvent| {
        let key = shared_kernel::event::MetadataKey::new("k").unwrap();
        event.with_metadata(Metadata::new().with_pair(key, "x".repeat(MAX_BYTES / 2)))
    };
    let wide: Vec<_> = (0..3).map(|_| pair(event("1"))).collect();
    assert_eq!(counts(&batches(&wide)), [1, 1, 1]);
    // One event may have more than the most of several.
    let key = shared_kernel::event::MetadataKey::new("k").unwrap();
    let metadata = Metadata::new().with_pair(key, "x".repeat(2 * MAX_BYTES));
    let wide = [event("1"), event("2").with_metadata(metadata), event("3")];
    assert_eq!(counts(&batches(&wide)), [1, 1, 1]);
}

#[test]
fn writes_share_no_batch() {
    let write =
        |append: Append, name, events| append.write(stream(name), ExpectedVersion::Any, events);
    let append = write(Append::new(), "lamp-1", vec![event("1"), event("2")]);
    let append = write(write(append, "lamp-2", vec![]), "lamp-3", vec![event("3")]);
    let batches = encode(&append).unwrap();
    let found: Vec<_> = batches
        .iter()
        .map(|batch| (batch.write, batch.count))
        .collect();
    assert_eq!(found, [(0, 2), (2, 1)]);
}
