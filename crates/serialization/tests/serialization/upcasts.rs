//! Law 34: events of older schemas, and events that cannot be decoded.

use std::error::Error;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serialization::{JsonErrorKind, JsonEventCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::{DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec};
use shared_kernel::event::EventTypeInfo;
use shared_kernel::text::TextProblem;

use crate::parcel::{self, ParcelEvent};
use crate::recorded::{decoded, malformation, recorded, type_name, version};

fn decode(
    event_type: &str,
    schema_version: u32,
    payload: &str,
) -> Result<DecodedEvents<ParcelEvent>, DecodeError> {
    parcel::codec().decode(&recorded(event_type, schema_version, payload))
}

/// A domain whose events have older schemas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
enum NoteEvent {
    #[event(schema = 4)]
    NoteWritten(String),
    #[event(schema = 2)]
    PageTurned(i64, f64),
    #[event(schema = 2)]
    NoteLost,
}

#[test]
fn upcasters_run_in_the_order_of_the_schemas() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let step = |name: &'static str| {
        let seen = Arc::clone(&seen);
        move |payload: Value| {
            seen.lock().unwrap().push((name, payload.clone()));
            Ok(json!(format!("{}{name}", payload.as_str().unwrap())))
        }
    };
    let codec = JsonEventCodec::<NoteEvent>::builder()
        .upcast("NoteWritten", 3, step("d"))
        .upcast_renamed(("NoteTaken", 5), ("NoteWritten", 2), step("b"))
        .upcast("NoteWritten", 2, step("c"))
        .upcast("NoteTaken", 4, step("a"))
        .build()
        .unwrap();

    let note = |text: &str| NoteEvent::NoteWritten(text.to_owned());
    let decode = |name, schema| decoded(&codec, &recorded(name, schema, "\"-\""));
    assert_eq!(decode("NoteTaken", 4), note("-abcd"));
    let seen_now = std::mem::take(&mut *seen.lock().unwrap());
    let expected = [("a", "-"), ("b", "-a"), ("c", "-ab"), ("d", "-abc")];
    assert_eq!(
        seen_now,
        expected.map(|(name, payload)| (name, json!(payload)))
    );

    assert_eq!(decode("NoteTaken", 5), note("-bcd"));
    assert_eq!(decode("NoteWritten", 2), note("-cd"));
    assert_eq!(decode("NoteWritten", 3), note("-d"));
    seen.lock().unwrap().clear();
    assert_eq!(decode("NoteWritten", 4), note("-"));
    assert_eq!(
        *seen.lock().unwrap(),
        [],
        "a current payload is not upgraded"
    );
}

#[test]
fn a_type_may_change_its_name_in_the_middle_of_its_schemas() {
    let codec = JsonEventCodec::<NoteEvent>::builder()
        // A loss with a reason is a note in the current schema.
        .upcast_renamed(("NoteLost", 1), ("NoteWritten", 4), |payload| {
            Ok(payload["reason"].clone())
        })
        .build()
        .unwrap();
    let old = recorded("NoteLost", 1, r#"{"reason":"fire"}"#);
    let note = NoteEvent::NoteWritten("fire".to_owned());
    assert_eq!(decoded(&codec, &old), note);
    assert_eq!(
        decoded(&codec, &recorded("NoteLost", 2, "{}")),
        NoteEvent::NoteLost
    );
}

#[test]
fn an_upcaster_keeps_integers_of_64_bits() {
    let codec = JsonEventCodec::<NoteEvent>::builder()
        .upcast("PageTurned", 1, Ok)
        .build()
        .unwrap();
    let event = recorded("PageTurned", 1, "[-9223372036854775807,0.1]");
    assert_eq!(
        decoded(&codec, &event),
        NoteEvent::PageTurned(i64::MIN + 1, 0.1)
    );
}

#[test]
fn a_type_that_was_never_registered_is_unknown() {
    for name in ["ParcelBurnt", "parcelLost", "ParcelLost "] {
        let error = decode(name, 1, "{}").unwrap_err();
        assert!(
            matches!(&error, DecodeError::UnknownEventType { event_type } if *event_type == type_name(name)),
            "{error:?}"
        );
    }
}

#[test]
fn a_schema_past_the_newest_known_is_newer() {
    for (name, found, known) in [
        ("ParcelSent", 4, 3),
        ("ParcelLost", u32::MAX, 1),
        ("PackageSent", 2, 1),
    ] {
        match decode(name, found, "{}").unwrap_err() {
            DecodeError::NewerSchema {
                event_type,
                found: f,
                known: k,
            } => {
                assert_eq!(
                    (event_type, f, k),
                    (type_name(name), version(found), version(known))
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_schema_below_the_oldest_known_misses_its_upcaster() {
    let codec = JsonEventCodec::<NoteEvent>::builder()
        .upcast("NoteWritten", 3, Ok)
        .upcast_renamed(("NoteTaken", 7), ("NoteWritten", 3), Ok)
        .build()
        .unwrap();
    for (name, found, newest) in [
        ("NoteWritten", 2, 4),
        ("NoteTaken", 6, 7),
        ("NoteLost", 1, 2),
    ] {
        match codec.decode(&recorded(name, found, "\"\"")).unwrap_err() {
            DecodeError::MissingUpcaster {
                event_type,
                from,
                known,
            } => {
                let told = (event_type, from, known);
                assert_eq!(told, (type_name(name), version(found), version(newest)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_failure_of_an_upcaster_names_its_own_step() {
    let fails = [
        ("PackageSent", 1, r#"{"to":"x","kg":1}"#, 1),
        ("ParcelSent", 1, r#"{"from":"A","to":"x"}"#, 2),
        ("ParcelSent", 2, "[]", 2),
        ("ParcelSent", 2, r#"{"kg":"heavy"}"#, 2),
    ];
    for (name, schema, payload, step) in fails {
        match decode(name, schema, payload).unwrap_err() {
            DecodeError::Upcast {
                event_type,
                from,
                source,
            } => {
                assert_eq!((event_type, from), (type_name("ParcelSent"), version(step)));
                assert!(!source.to_string().is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_upcaster_fails_with_any_error() {
    let codec = JsonEventCodec::<NoteEvent>::builder()
        .upcast("NoteWritten", 3, |payload| {
            let number: u8 = payload.as_str().ok_or("no text")?.parse()?;
            Ok(json!(number.to_string()))
        })
        .build()
        .unwrap();
    assert!(codec.decode(&recorded("NoteWritten", 3, "\"7\"")).is_ok());
    let error = codec
        .decode(&recorded("NoteWritten", 3, "\"x\""))
        .unwrap_err();
    let source = error.source().unwrap();
    assert!(source.downcast_ref::<std::num::ParseIntError>().is_some());
}

#[test]
fn a_payload_that_does_not_fit_is_malformed_whatever_its_schema() {
    let payloads = [
        ("ParcelSent", 3, r#"{"sender":"A"}"#),
        ("ParcelSent", 3, ""),
        ("ParcelSent", 3, "{"),
        ("ParcelMoved", 1, "[1]"),
        ("ParcelMoved", 1, "[1,2.0,3]"),
        ("ParcelMoved", 1, "[1,2.0] []"),
        ("NoteWritten", 1, "\"a\"b"),
        ("NoteWritten", 1, "\"\\ud800\""),
        // Invalid JSON before the first upcaster, and an invalid event after the last one.
        ("ParcelSent", 1, "{"),
        ("PackageSent", 1, "{} {}"),
        ("ParcelSent", 2, r#"{"kg":1.0}"#),
    ];
    for (name, schema, payload) in payloads {
        let error = decode(name, schema, payload).unwrap_err();
        assert!(
            matches!(malformation(&error), JsonErrorKind::Serde(_)),
            "{payload}"
        );
        match error {
            DecodeError::Malformed {
                event_type,
                schema_version,
                ..
            } => {
                assert_eq!(
                    (event_type, schema_version),
                    (type_name(name), version(schema))
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_are_malformed() {
    let codec = parcel::codec();
    for schema in [1, 3] {
        let record = recorded("ParcelSent", schema, b"{\"from\":\"\xff\"}");
        assert!(matches!(
            codec.decode(&record),
            Err(DecodeError::Malformed { .. })
        ));
    }
}

#[test]
fn a_duplicate_field_is_malformed() {
    let payload = r#"{"place":"p","place":"q","how":"Laser","dimensions":[1,2,3]}"#;
    let error = decode("ParcelScanned", 1, payload).unwrap_err();
    assert!(matches!(malformation(&error), JsonErrorKind::Serde(_)));
}

#[test]
fn white_space_around_the_payload_is_ignored() {
    assert!(decode("ParcelMoved", 1, " \n[ 1 , 2.0 ]\t\r\n").is_ok());
}

/// An event whose hand-written implementation contradicts its declaration.
#[derive(Serialize, Deserialize)]
struct Anything {
    #[serde(skip, default = "known")]
    name: &'static str,
    #[serde(skip)]
    schema: u32,
}

fn known() -> &'static str {
    "Known"
}

impl DomainEvent for Anything {
    const TYPES: &'static [EventTypeInfo] = &[EventTypeInfo::new("Known", 3)];

    fn type_info(&self) -> EventTypeInfo {
        EventTypeInfo::new(self.name, self.schema)
    }
}

fn encode(name: &'static str, schema: u32) -> Result<EncodedEvent, EncodeError> {
    let codec = JsonEventCodec::builder().upcast_renamed(("Old", 1), ("Known", 3), Ok);
    codec.build().unwrap().encode(&Anything { name, schema })
}

#[test]
fn an_event_that_is_not_declared_is_not_written() {
    assert!(encode("Known", 3).is_ok());
    // A name that is only read cannot be written.
    for name in ["Unknown", "Old"] {
        let error = encode(name, 1).unwrap_err();
        assert!(matches!(error, EncodeError::Unregistered { event_type }
            if event_type.as_str() == name));
    }
}

#[test]
fn an_event_of_another_schema_than_the_declared_is_not_written() {
    for other in [2, 4] {
        match encode("Known", other).unwrap_err() {
            EncodeError::SchemaMismatch {
                event_type,
                found,
                registered,
            } => {
                let told = (event_type, found, registered);
                assert_eq!(told, (type_name("Known"), version(other), version(3)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_event_whose_name_or_schema_cannot_be_stored_is_not_written() {
    let error = encode("", 1).unwrap_err();
    assert!(matches!(error, EncodeError::EventType(e) if e.problem == TextProblem::Empty));
    let error = encode("Known", 0).unwrap_err();
    assert!(matches!(error, EncodeError::SchemaVersion(_)));
}
