//! Random and hostile events for the tests of event tables.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use shared_kernel::event::{
    ActorKind, CausationId, CorrelationId, EventType, MetadataKey, SchemaVersion,
};
use shared_kernel::{
    Actor, EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion,
};

/// An event of a lamp without metadata; `n` is its position and its version.
pub(crate) fn lamp(n: u32, event_type: &str, payload: impl Into<String>) -> RecordedEvent {
    let recorded_at = Timestamp::from_microsecond(1_700_000_000_123_456 + i64::from(n) * 1_500_000);
    let recorded_at = recorded_at.unwrap();
    RecordedEvent {
        stream: StreamId::new("lamp-7001001").unwrap(),
        version: StreamVersion::from(n),
        position: GlobalPosition::from(n),
        recorded_at,
        id: EventId::from_parts(recorded_at, [n as u8; 10]),
        event_type: EventType::new(event_type).unwrap(),
        schema_version: SchemaVersion::FIRST,
        payload: payload.into().into(),
        metadata: Metadata::new(),
    }
}

/// Many events of two types, which fit tables well.
pub(crate) fn lamps(count: u32) -> Vec<RecordedEvent> {
    let events = (1..=count).map(|n| {
        let mut event = if n % 3 == 0 {
            lamp(
                n,
                "LampMoved",
                format!(r#"{{"to":"room {n}","tags":["a","b{n}"]}}"#),
            )
        } else {
            lamp(
                n,
                "LampDimmed",
                format!(r#"{{"percent":{n},"unit":"percent"}}"#),
            )
        };
        let name = ["ada", "grace"][n as usize % 2];
        event.metadata.actor = Some(Actor::new(ActorKind::Person, name).unwrap());
        event
    });
    events.collect()
}

/// A strategy for at least one event, in the order of the log.
pub(crate) fn events(max: usize) -> impl Strategy<Value = Vec<RecordedEvent>> {
    let parts = (event(), 1u64..50, 0i64..100_000_000);
    prop::collection::vec(parts, 1..max).prop_map(|parts| {
        let (mut position, mut micros) = (0, 1_700_000_000_000_001);
        let mut ids: Vec<EventId> = Vec::new();
        let events = parts.into_iter().map(|(draft, gap, later)| {
            position += gap;
            micros += later;
            let (mut event, age, refers) = draft;
            event.position = GlobalPosition::new(position).unwrap();
            event.recorded_at += jiff::SignedDuration::from_micros(micros);
            let made_at = event.recorded_at - jiff::SignedDuration::from_millis(age);
            let mut chance = [0; 10];
            chance.copy_from_slice(&event.id.as_bytes()[6..]);
            if age != 0 {
                event.id = EventId::from_parts(made_at, chance);
            }
            if refers && let Some(id) = ids.get(position as usize % (ids.len() + 1)) {
                event.metadata.causation = Some((*id).into());
            }
            ids.push(event.id);
            event
        });
        events.collect()
    })
}

type Draft = (RecordedEvent, i64, bool);

fn event() -> impl Strategy<Value = Draft> {
    let place = (
        stream(),
        1u64..5,
        prop_oneof![9 => Just(0i64), 1 => any::<i32>().prop_map(i64::from)],
    );
    let identity = (
        any::<[u8; 10]>(),
        -5i64..50,
        any::<bool>(),
        select(vec!["A", "B", "a b: {}", "é"]),
    );
    (place, identity, payload(), metadata(), 1u32..3).prop_map(
        |((stream, version, nanos), (chance, age, refers, kind), payload, metadata, schema)| {
            let event = RecordedEvent {
                stream,
                version: StreamVersion::new(version).unwrap(),
                position: GlobalPosition::START,
                recorded_at: Timestamp::from_nanosecond(nanos.into()).unwrap(),
                id: EventId::from_parts(Timestamp::MAX, chance),
                event_type: EventType::new(kind).unwrap(),
                schema_version: SchemaVersion::new(schema).unwrap(),
                payload: payload.into(),
                metadata,
            };
            (event, age, refers)
        },
    )
}

fn stream() -> impl Strategy<Value = StreamId> {
    let names = select(vec![
        "item-7001001",
        "item-7001002",
        "a",
        "-1",
        "x-",
        "7",
        "null",
        "öl-ß-123456",
    ]);
    prop_oneof![3 => names.prop_map(str::to_owned), 1 => "[ -~]{1,12}"]
        .prop_map(|name| StreamId::new(name).unwrap())
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let kind = select(vec![ActorKind::Person, ActorKind::Agent, ActorKind::System]);
    let actor = (kind, select(vec!["ada", "b 2", "person ada", "~", "12"]));
    let actor = actor.prop_map(|(kind, name)| Actor::new(kind, name).unwrap());
    let key = select(vec!["seq", "payload", "branch", "a.b", "~"]);
    let pairs = prop::collection::btree_map(key, text(), 0..3).prop_map(|pairs| {
        let pairs = pairs.into_iter();
        pairs
            .map(|(key, value)| (MetadataKey::new(key).unwrap(), value))
            .collect::<BTreeMap<_, _>>()
    });
    let pairs = prop_oneof![3 => Just(BTreeMap::new()), 1 => pairs];
    let (correlation, causation) = (prop::option::of(name()), prop::option::of(name()));
    (correlation, causation, prop::option::of(actor), pairs).prop_map(
        |(correlation, causation, actor, pairs)| Metadata {
            correlation: correlation.map(|text| CorrelationId::new(text).unwrap()),
            causation: causation.map(|text| CausationId::new(text).unwrap()),
            actor,
            pairs,
        },
    )
}

fn name() -> impl Strategy<Value = String> {
    let known = select(vec![
        "=",
        "@1",
        "^3",
        "null",
        "17",
        "request-17-of-the-importer",
        "018bcfe5-687b-7fff-bfff-ffffffffffff",
        "018BCFE5-687B-7FFF-BFFF-FFFFFFFFFFFF",
        "3AAAAAAAAAAAAA",
        "-3zzzAAAAAAAAAA",
    ]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => "[ -~]{1,20}"]
}

fn text() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        "~",
        "=1",
        "@1",
        "$1",
        "*a|b",
        "true",
        "1e3",
        "-",
        "#",
        "a,b",
        "x: y",
        "7001001",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000001Z",
        "2023-11-14T22:13:20.10Z",
        "-009999-01-01T00:00:00Z",
        "line\nbreak",
        "\u{1f9ea} ünïcode \u{0}\u{feff}",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let hostile = select(vec![
        "",
        " {}",
        "null",
        "[1,2]",
        "\"text\"",
        "7",
        "no json",
        "event_log: view",
        r#"{"a": 1}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":1.50,"b":1e3}"#,
        r#"{"a":123456789012345678901234567890}"#,
        "{\"a\":\n1}",
    ]);
    prop_oneof![
        8 => json_object().prop_map(String::into_bytes),
        1 => hostile.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

fn json_object() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<u64>().prop_map(|value| value.to_string()),
        (-1000i32..1000).prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| serde_json::to_string(&value).unwrap()),
        text().prop_map(|value| serde_json::to_string(&value).unwrap()),
    ];
    let json = scalar.prop_recursive(3, 12, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            object(inner),
        ]
    });
    object(json)
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key = select(vec![
        "a", "b", "seq", "stream", "payload", "to.be", "", "~", "no",
    ]);
    prop::collection::vec((key, value), 0..5).prop_map(|entries| {
        let mut met: Vec<&str> = Vec::new();
        let entries: Vec<String> = entries
            .into_iter()
            .filter(|(key, _)| {
                !met.contains(key) && {
                    met.push(key);
                    true
                }
            })
            .map(|(key, value)| format!("{}:{value}", serde_json::to_string(key).unwrap()))
            .collect();
        format!("{{{}}}", entries.join(","))
    })
}
