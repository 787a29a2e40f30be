//! Events of older schemas, and what cannot be read.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serialization::{JsonError, JsonEventCodec};
use shared_kernel::{DecodeError, DomainEvent, EncodeError, EventCodec, TextProblem};

use crate::parcel::{self, Address, ParcelEvent};
use crate::recorded::{malformation, recorded, type_name, version};

fn decode(
    event_type: &str,
    schema_version: u32,
    payload: &str,
) -> Result<ParcelEvent, DecodeError> {
    parcel::codec().decode(&recorded(event_type, schema_version, payload))
}

#[test]
fn upcasters_run_in_the_order_of_the_schemas_and_each_sees_what_the_one_before_made() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let step = |name: &'static str| {
        let seen = Arc::clone(&seen);
        move |payload: Value| {
            seen.lock().unwrap().push((name, payload.clone()));
            Ok(json!(format!("{}{name}", payload.as_str().unwrap())))
        }
    };
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .upcast("NoteWritten", 3, step("d"))
        .upcast_renamed(("NoteTaken", 5), ("NoteWritten", 2), step("b"))
        .event("NoteWritten", 4)
        .upcast("NoteWritten", 2, step("c"))
        .upcast("NoteTaken", 4, step("a"))
        .build()
        .unwrap();

    let note = |text: &str| ParcelEvent::NoteWritten(text.to_owned());
    let decode = |name, schema| codec.decode(&recorded(name, schema, "\"-\"")).unwrap();
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
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .event("NoteWritten", 1)
        .event("ParcelLost", 2)
        // What was once a loss with a reason is a note today.
        .upcast_renamed(("ParcelLost", 1), ("NoteWritten", 1), |payload| {
            Ok(payload["reason"].clone())
        })
        .build()
        .unwrap();
    let old = codec
        .decode(&recorded("ParcelLost", 1, r#"{"reason":"fire"}"#))
        .unwrap();
    assert_eq!(old, ParcelEvent::NoteWritten("fire".to_owned()));
    let new = codec.decode(&recorded("ParcelLost", 2, "{}")).unwrap();
    assert_eq!(new, ParcelEvent::ParcelLost);
}

#[test]
fn an_upcaster_keeps_integers_of_64_bits() {
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .event("ParcelMoved", 2)
        .upcast("ParcelMoved", 1, Ok)
        .build()
        .unwrap();
    let event = codec
        .decode(&recorded("ParcelMoved", 1, "[-9223372036854775807,0.1]"))
        .unwrap();
    assert_eq!(event, ParcelEvent::ParcelMoved(i64::MIN + 1, 0.1));
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
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .event("NoteWritten", 4)
        .upcast("NoteWritten", 3, Ok)
        .upcast_renamed(("NoteTaken", 7), ("NoteWritten", 3), Ok)
        .event("ParcelLost", 2)
        .build()
        .unwrap();
    for (name, found, newest) in [
        ("NoteWritten", 2, 4),
        ("NoteTaken", 6, 7),
        ("ParcelLost", 1, 2),
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
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .event("NoteWritten", 2)
        .upcast("NoteWritten", 1, |payload| {
            let number: u8 = payload.as_str().ok_or("no text")?.parse()?;
            Ok(json!(number.to_string()))
        })
        .build()
        .unwrap();
    assert!(codec.decode(&recorded("NoteWritten", 1, "\"7\"")).is_ok());
    let error = codec
        .decode(&recorded("NoteWritten", 1, "\"x\""))
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
        // Not JSON before any upcaster, and no event after them.
        ("ParcelSent", 1, "{"),
        ("PackageSent", 1, "{} {}"),
        ("ParcelSent", 2, r#"{"kg":1.0}"#),
    ];
    for (name, schema, payload) in payloads {
        let error = decode(name, schema, payload).unwrap_err();
        assert!(
            matches!(malformation(&error), JsonError::Serde(_)),
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
fn bytes_that_are_no_text_are_malformed() {
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
fn a_field_twice_is_malformed_as_the_derive_of_serde_has_it() {
    let payload = r#"{"place":"p","place":"q","how":"Laser","dimensions":[1,2,3]}"#;
    let error = decode("ParcelScanned", 1, payload).unwrap_err();
    assert!(matches!(malformation(&error), JsonError::Serde(_)));
}

#[test]
fn space_around_the_payload_is_no_matter() {
    assert!(decode("ParcelMoved", 1, " \n[ 1 , 2.0 ]\t\r\n").is_ok());
}

#[test]
fn an_event_that_is_not_registered_is_not_written() {
    let codec = JsonEventCodec::<ParcelEvent>::builder()
        .event("NoteWritten", 1)
        // A name that is only read is not one to write.
        .upcast_renamed(("ParcelLost", 1), ("NoteWritten", 1), Ok)
        .build()
        .unwrap();
    for event in [ParcelEvent::ParcelLost, ParcelEvent::ParcelMoved(1, 1.0)] {
        let error = codec.encode(&event).unwrap_err();
        assert!(matches!(error, EncodeError::Unregistered { event_type }
            if event_type.as_str() == event.event_type()));
    }
}

#[test]
fn an_event_of_another_schema_than_the_registered_is_not_written() {
    let sent = ParcelEvent::ParcelSent {
        sender: String::new(),
        address: Address {
            line: String::new(),
            country: None,
        },
        weight_grams: 0,
        labels: BTreeMap::new(),
        insured: None,
    };
    for other in [2, 4] {
        let codec = JsonEventCodec::<ParcelEvent>::builder()
            .event("ParcelSent", other)
            .build()
            .unwrap();
        match codec.encode(&sent).unwrap_err() {
            EncodeError::SchemaMismatch {
                event_type,
                found,
                registered,
            } => {
                let told = (event_type, found, registered);
                assert_eq!(told, (type_name("ParcelSent"), version(3), version(other)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_event_whose_name_or_schema_cannot_be_stored_is_not_written() {
    let codec = JsonEventCodec::<Anything>::builder()
        .event("Known", 1)
        .build()
        .unwrap();
    let refused = |name, schema| codec.encode(&Anything { name, schema }).unwrap_err();
    assert!(matches!(
        refused("", 1),
        EncodeError::EventType(error) if error.problem == TextProblem::Empty
    ));
    assert!(matches!(refused("Known", 0), EncodeError::SchemaVersion(_)));
    assert!(
        codec
            .encode(&Anything {
                name: "Known",
                schema: 1
            })
            .is_ok()
    );
}

/// An event that calls itself anything, in any schema.
#[derive(Serialize, Deserialize)]
struct Anything {
    #[serde(skip)]
    name: &'static str,
    #[serde(skip)]
    schema: u32,
}

impl DomainEvent for Anything {
    fn event_type(&self) -> &'static str {
        self.name
    }

    fn schema_version(&self) -> u32 {
        self.schema
    }
}
