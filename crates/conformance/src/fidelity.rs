//! Laws on fidelity: events come back exactly as they were written.

use bytes::Bytes;
use shared_kernel::event::{ActorKind, CausationId, CorrelationId, MetadataKey, SchemaVersion};
use shared_kernel::{Actor, Append, ExpectedVersion, Metadata, NewEvent};

use crate::EventStoreHarness;
use crate::specimen::{event, event_type, fresh_id, store_of, stream};
use crate::walk::{land, whole_log, whole_stream};

/// [Law 18](shared_kernel::laws#law-18). Payloads come back byte for byte: no text, no JSON is made
/// of them on the way.
pub async fn payloads_come_back_byte_for_byte(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let payloads = odd_payloads();
    let written = payloads.iter().cloned().map(event).collect();
    land(
        &store,
        Append::new().write(stream("a-1"), ExpectedVersion::Any, written),
    )
    .await;
    let log = whole_log(&store).await;
    let read: Vec<_> = log.into_iter().map(|event| event.payload).collect();
    assert_eq!(read, payloads);
}

/// [Law 18](shared_kernel::laws#law-18). Metadata comes back as it was written, whatever its texts.
pub async fn metadata_comes_back_as_it_was_written(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let written: Vec<_> = odd_metadata()
        .into_iter()
        .map(|metadata| event("{}").with_metadata(metadata))
        .collect();
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, written.clone());
    land(&store, append).await;
    let log = whole_log(&store).await;
    let read: Vec<_> = log.into_iter().map(|event| event.metadata).collect();
    let written: Vec<_> = written.into_iter().map(|event| event.metadata).collect();
    assert_eq!(read, written);
}

/// [Law 18](shared_kernel::laws#law-18). Id, event type and schema version come back as they were
/// written.
pub async fn ids_types_and_schema_versions_come_back_as_they_were_written(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let longest = "t".repeat(255);
    let types = [
        "Noted",
        "noted",
        " Noted ",
        "a/b",
        "Gelöscht",
        "🦀",
        "null",
        "1",
        "'",
        &longest,
    ];
    let schemas = [1, 2, 255, 65_536, i32::MAX.cast_unsigned() + 1, u32::MAX];
    let written: Vec<_> = types
        .iter()
        .flat_map(|name| schemas.map(|schema| (*name, schema)))
        .map(|(name, schema)| {
            NewEvent::new(fresh_id(), event_type(name), "{}")
                .with_schema_version(SchemaVersion::new(schema).unwrap())
        })
        .collect();
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, written.clone());
    land(&store, append).await;
    let log = whole_log(&store).await;
    assert_eq!(log.len(), written.len());
    for (read, written) in log.iter().zip(&written) {
        assert_eq!(read.id, written.id);
        assert_eq!(read.event_type, written.event_type);
        assert_eq!(read.schema_version, written.schema_version);
    }
}

/// [Law 18](shared_kernel::laws#law-18). A stream and the log give the very same records.
pub async fn a_stream_and_the_log_give_the_very_same_records(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let key = MetadataKey::new("k").unwrap();
    for name in ["a-1", "b-1", "a-1"] {
        let rich = event(Bytes::from_static(b"\x00\xff"))
            .with_schema_version(SchemaVersion::new(7).unwrap())
            .with_metadata(Metadata::new().with_pair(key.clone(), name));
        let append = Append::new().write(stream(name), ExpectedVersion::Any, vec![rich]);
        land(&store, append).await;
    }
    let log = whole_log(&store).await;
    for name in ["a-1", "b-1"].map(stream) {
        let of_name = log.iter().filter(|event| event.stream == name);
        let expected: Vec<_> = of_name.cloned().collect();
        assert_eq!(whole_stream(&store, &name).await, expected);
    }
}

/// Payloads that careless stores change.
pub(crate) fn odd_payloads() -> Vec<Bytes> {
    let texts = [
        "",
        " ",
        "null",
        "{}",
        "{ }",
        "  {\"b\" : 1,\n\t\"a\":2 }\r\n",
        "{\"twice\":1,\"twice\":2}",
        "123456789012345678901234567890.1234567890123456789012345678901234567890e400",
        "-0",
        "1.0",
        "1E5",
        "\"\\u00e9\\ud83d\\ude00\\/\"",
        "\"caf\u{e9}\" \"cafe\u{301}\"",
        "\u{feff}{}",
        "{",
        "'); DELETE FROM events; --",
        "a\0b",
    ];
    let all_bytes: Vec<u8> = (0..=255).collect();
    let bytes: [&'static [u8]; 5] = [
        b"\0",
        b"\0\0",
        b"\xff\xfe",
        b"\xc3\x28",
        b"{\"a\":\"\xed\xa0\x80\"}",
    ];
    let texts = texts.map(|text| Bytes::from_static(text.as_bytes()));
    texts
        .into_iter()
        .chain(bytes.map(Bytes::from_static))
        .chain([Bytes::from(all_bytes), Bytes::from(vec![0; 70_000])])
        .collect()
}

/// Metadata with each part alone, with all together, and with texts that careless stores change.
pub(crate) fn odd_metadata() -> Vec<Metadata> {
    let texts = [
        "",
        " ",
        "null",
        "\0",
        "\n\r\t",
        "\"",
        "\\",
        "'",
        "{\"a\":1}",
        "\u{e9}",
        "e\u{301}",
        "🦀",
        "\u{2028}",
        "1",
        "true",
    ];
    let key = |name: &str| MetadataKey::new(name).unwrap();
    let correlated = Metadata::new().with_correlation(CorrelationId::new(" c/1 ").unwrap());
    let caused = Metadata::new().with_causation(CausationId::new("\"é\"").unwrap());
    let actors = [ActorKind::Person, ActorKind::Agent, ActorKind::System]
        .map(|kind| Metadata::new().with_actor(Actor::new(kind, "Ada 🦀").unwrap()));
    let pairs = texts
        .iter()
        .enumerate()
        .fold(Metadata::new(), |metadata, (n, text)| {
            metadata.with_pair(key(&format!("k{n}")), *text)
        });
    let keys = ["a", "A", "a.b", "$.a", "a b", "\"", "correlation", "ä"];
    let keys = keys.iter().fold(Metadata::new(), |metadata, name| {
        metadata.with_pair(key(name), *name)
    });
    let all = pairs
        .clone()
        .with_correlation(CorrelationId::new("c").unwrap())
        .with_causation(CausationId::new("d").unwrap())
        .with_actor(Actor::new(ActorKind::Agent, "e").unwrap());
    let [person, agent, system] = actors;
    vec![
        Metadata::new(),
        correlated,
        caused,
        person,
        agent,
        system,
        pairs,
        keys,
        all,
    ]
}
