//! Law 34: stored events that are several events now, or none.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serialization::{JsonEventCodec, JsonEventCodecBuilder, UndeclaredEvent};
use shared_kernel::DomainEvent;
use shared_kernel::codec::{DecodeError, DecodedEvents, EventCodec, FormatError};

use crate::recorded::{malformation, recorded, type_name, version};

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
enum LampEvent {
    LampMoved {
        to: String,
    },
    #[event(schema = 2)]
    LampDimmed {
        percent: u8,
    },
}

fn moved(to: &str) -> LampEvent {
    LampEvent::LampMoved { to: to.to_owned() }
}

fn dimmed(percent: u8) -> LampEvent {
    LampEvent::LampDimmed { percent }
}

/// Lamps whose events were once `LampArranged`, `RoomArranged` and `LampDusted`.
fn builder() -> JsonEventCodecBuilder<LampEvent> {
    JsonEventCodec::builder()
        .upcast("LampDimmed", 1, |payload| {
            Ok(json!({ "percent": payload["per_mille"].as_u64().ok_or("no number")? / 10 }))
        })
        .upcast_split(
            ("LampArranged", 1),
            &[("LampMoved", 1), ("LampDimmed", 1)],
            arranged,
        )
        .upcast_split(
            ("RoomArranged", 1),
            &[("LampArranged", 1), ("LampDusted", 1), ("Opened", 1)],
            |payload| {
                Ok(serde_json::from_value::<Vec<Old>>(payload)?
                    .into_iter()
                    .map(Old::split)
                    .collect())
            },
        )
        .drop_event("LampDusted", 1)
}

/// A move, then a dimming for each number.
fn arranged(payload: Value) -> Result<Vec<(&'static str, Value)>, FormatError> {
    let to = payload["to"]
        .as_str()
        .map(|to| ("LampMoved", json!({ "to": to })));
    let numbers = payload["per_mille"].as_array().ok_or("no list")?;
    let dimmed = numbers
        .iter()
        .map(|number| ("LampDimmed", json!({ "per_mille": number })));
    Ok(to.into_iter().chain(dimmed).collect())
}

/// An element of the payload of `RoomArranged`. It becomes one event of the split.
#[derive(Deserialize)]
enum Old {
    Arranged(Value),
    Dusted,
    Stolen,
}

impl Old {
    fn split(self) -> (&'static str, Value) {
        match self {
            Self::Arranged(payload) => ("LampArranged", payload),
            Self::Dusted => ("LampDusted", Value::Null),
            Self::Stolen => ("LampStolen", Value::Null),
        }
    }
}

fn codec() -> JsonEventCodec<LampEvent> {
    // `Opened` is a declared target that the split never returns.
    builder().drop_event("Opened", 1).build().unwrap()
}

fn decode(event_type: &str, payload: &str) -> Result<DecodedEvents<LampEvent>, DecodeError> {
    codec().decode(&recorded(event_type, 1, payload))
}

#[test]
fn an_event_is_split_into_events_of_several_types_in_their_order() {
    let events = decode("LampArranged", r#"{"to":"hall","per_mille":[400,500]}"#).unwrap();
    assert_eq!(events.as_slice(), [moved("hall"), dimmed(40), dimmed(50)]);
}

#[test]
fn a_split_may_give_one_event_or_none() {
    let one = decode("LampArranged", r#"{"per_mille":[400]}"#).unwrap();
    assert_eq!(one, DecodedEvents::One(dimmed(40)));
    let none = decode("LampArranged", r#"{"per_mille":[]}"#).unwrap();
    assert_eq!(none, DecodedEvents::None);
}

#[test]
fn each_event_of_a_split_is_upgraded_further() {
    let room = r#"[
        {"Arranged":{"to":"hall","per_mille":[400]}},
        "Dusted",
        {"Arranged":{"per_mille":[]}},
        {"Arranged":{"to":"attic","per_mille":[]}}
    ]"#;
    let events = decode("RoomArranged", room).unwrap();
    assert_eq!(
        events.as_slice(),
        [moved("hall"), dimmed(40), moved("attic")]
    );
}

#[test]
fn a_dropped_event_is_read_as_none_whatever_its_payload() {
    for payload in ["{}", "", "no JSON"] {
        assert!(
            decode("LampDusted", payload).unwrap().is_empty(),
            "{payload}"
        );
    }
}

#[test]
fn a_name_that_was_dropped_in_an_old_schema_may_be_used_again() {
    let codec = builder()
        .drop_event("Opened", 1)
        .upcast("Opened", 2, Ok)
        .upcast_renamed(("Opened", 3), ("LampMoved", 1), Ok)
        .build()
        .unwrap();
    let decode = |schema| codec.decode(&recorded("Opened", schema, r#"{"to":"hall"}"#));
    assert_eq!(decode(1).unwrap(), DecodedEvents::None);
    assert_eq!(decode(2).unwrap(), DecodedEvents::One(moved("hall")));
}

#[test]
fn a_dropped_event_of_a_newer_schema_is_refused() {
    let error = codec()
        .decode(&recorded("LampDusted", 2, "{}"))
        .unwrap_err();
    assert!(matches!(
        error,
        DecodeError::NewerSchema { found, known, .. } if (found, known) == (version(2), version(1))
    ));
}

#[test]
fn an_event_of_an_undeclared_type_is_refused() {
    // The first event is valid, but the whole record fails.
    let room = r#"[{"Arranged":{"to":"hall","per_mille":[]}},"Stolen"]"#;
    let DecodeError::Upcast {
        event_type,
        from,
        source,
    } = decode("RoomArranged", room).unwrap_err()
    else {
        panic!("another error")
    };
    assert_eq!((event_type, from), (type_name("RoomArranged"), version(1)));
    let undeclared = source.downcast_ref::<UndeclaredEvent>().unwrap();
    assert_eq!(undeclared.event_type, "LampStolen");
    let declared = ["LampArranged", "LampDusted", "Opened"].map(type_name);
    assert_eq!(undeclared.declared, declared);
}

#[test]
fn a_failure_in_any_event_of_a_split_fails_the_record() {
    let by_the_split = decode("LampArranged", "{}").unwrap_err();
    assert!(matches!(
        by_the_split,
        DecodeError::Upcast { event_type, .. } if event_type == type_name("LampArranged")
    ));
    let by_a_later_step = decode("LampArranged", r#"{"to":"hall","per_mille":["x"]}"#);
    assert!(matches!(
        by_a_later_step.unwrap_err(),
        DecodeError::Upcast { event_type, .. } if event_type == type_name("LampDimmed")
    ));
    let by_the_event = decode("LampArranged", r#"{"to":"hall","per_mille":[2560]}"#).unwrap_err();
    malformation(&by_the_event);
    assert!(matches!(
        by_the_event,
        DecodeError::Malformed { event_type, .. } if event_type == type_name("LampArranged")
    ));
}
