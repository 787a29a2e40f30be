//! Random events: each is written to the same bytes every time and read back, and the decoder never
//! panics.

use std::collections::{BTreeMap, HashMap};

use proptest::collection::{btree_map, hash_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::{EventCodec, StateCodec};

use crate::parcel;
use crate::recorded::{decoded, record_of, recorded};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
enum Event {
    #[event(schema = 2)]
    Unit,
    #[event(schema = 2)]
    Newtype(Inner),
    #[event(schema = 17)]
    Text(String),
    #[event(schema = 2)]
    Tuple(i64, u64, char),
    #[event(schema = 2)]
    Struct {
        float: f64,
        single: f32,
        bytes: Vec<u8>,
        maybe: Option<Box<Inner>>,
        map: BTreeMap<String, Inner>,
        hashed: HashMap<i16, Option<bool>>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Inner {
    Unit,
    Newtype(Option<i64>),
    Tuple(String, f64),
    Struct { list: Vec<Inner>, unit: () },
}

/// The older schemas are equal, but their events pass through a generic JSON value.
fn codec() -> JsonEventCodec<Event> {
    let steps = Event::TYPES
        .iter()
        .flat_map(|info| (1..info.schema_version).map(|from| (info.name, from)));
    steps
        .fold(JsonEventCodec::builder(), |builder, (name, from)| {
            builder.upcast(name, from, Ok)
        })
        .build()
        .unwrap()
}

/// Any float except NaN and the infinities.
fn float() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("finite", |float| float.is_finite())
}

fn single() -> impl Strategy<Value = f32> {
    any::<u32>()
        .prop_map(f32::from_bits)
        .prop_filter("finite", |float| float.is_finite())
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)]
}

fn unsigned() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), Just(u64::MAX), (1_u64 << 53)..(1 << 54)]
}

fn inner() -> impl Strategy<Value = Inner> {
    let leaf = prop_oneof![
        Just(Inner::Unit),
        proptest::option::of(integer()).prop_map(Inner::Newtype),
        (text(), float()).prop_map(|(text, float)| Inner::Tuple(text, float)),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        vec(inner, 0..3).prop_map(|list| Inner::Struct { list, unit: () })
    })
}

fn event() -> impl Strategy<Value = Event> {
    let fields = (
        float(),
        single(),
        vec(any::<u8>(), 0..20),
        proptest::option::of(inner().prop_map(Box::new)),
        btree_map(text(), inner(), 0..4),
        hash_map(any::<i16>(), any::<Option<bool>>(), 0..6),
    );
    prop_oneof![
        Just(Event::Unit),
        inner().prop_map(Event::Newtype),
        text().prop_map(Event::Text),
        (integer(), unsigned(), any::<char>()).prop_map(|(a, b, c)| Event::Tuple(a, b, c)),
        fields.prop_map(|(float, single, bytes, maybe, map, hashed)| Event::Struct {
            float,
            single,
            bytes,
            maybe,
            map,
            hashed,
        }),
    ]
}

/// `-0.0 == 0.0`, so the test compares the texts of the values.
fn same_bits(a: &Event, b: &Event) -> bool {
    match (a, b) {
        (
            Event::Struct {
                float: a,
                single: c,
                ..
            },
            Event::Struct {
                float: b,
                single: d,
                ..
            },
        ) => a.to_bits() == b.to_bits() && c.to_bits() == d.to_bits(),
        _ => true,
    }
}

proptest! {
    #[test]
    fn written_events_are_read_back(event in event()) {
        let codec = codec();
        let stored = codec.encode(&event).unwrap();
        let read = decoded(&codec, &record_of(&stored));
        prop_assert_eq!(&read, &event);
        prop_assert!(same_bits(&read, &event));
        // The copy has another order in its hash map.
        prop_assert_eq!(codec.encode(&read).unwrap(), stored);
    }

    #[test]
    fn events_of_older_schemas_are_read_too(event in event()) {
        let codec = codec();
        let stored = codec.encode(&event).unwrap();
        let older = recorded(event.event_type(), 1, &stored.payload);
        let read = decoded(&codec, &older);
        prop_assert_eq!(&read, &event);
        prop_assert!(same_bits(&read, &event));
    }

    #[test]
    fn a_state_is_read_back(event in event()) {
        let codec = JsonStateCodec::<Event>::new();
        let stored = codec.encode(&event).unwrap();
        prop_assert_eq!(codec.decode(&stored).unwrap(), event);
    }

    #[test]
    fn a_chain_runs_from_any_schema_to_the_last_in_order(
        lowest in 1_u32..17,
        written in 1_u32..20,
    ) {
        let current = 17;
        let step = |from: u32| move |payload: serde_json::Value| {
            Ok(json!(format!("{} {from}", payload.as_str().ok_or("no text")?)))
        };
        let codec = (lowest..current)
            .fold(JsonEventCodec::<Event>::builder(), |builder, from| {
                builder.upcast("Text", from, step(from))
            })
            .build()
            .unwrap();
        let read = codec.decode(&recorded("Text", written, "\"0\""));
        if written < lowest || written > current {
            prop_assert!(read.is_err());
        } else {
            let steps: String = (written..current).map(|from| format!(" {from}")).collect();
            let expected = Event::Text(format!("0{steps}"));
            prop_assert_eq!(read.unwrap().into_single(), Some(expected));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(
        name in prop_oneof![Just("ParcelSent"), Just("ParcelLost"), Just("ParcelMoved"), Just("PackageSent")],
        schema_version in 1_u32..5,
        payload in prop_oneof![
            vec(any::<u8>(), 0..40),
            "[\\[\\]{}\",:0-9a-e. ]{0,40}".prop_map(String::into_bytes),
        ],
    ) {
        let _ = parcel::codec().decode(&recorded(name, schema_version, payload));
    }
}
