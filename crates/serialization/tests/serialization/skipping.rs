//! Events of unknown types are skipped only by choice, and each one is reported (law 54).

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serialization::{JsonEventCodec, JsonEventCodecBuilder};
use shared_kernel::DomainEvent;
use shared_kernel::codec::{DecodeError, DecodedEvents, EventCodec};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::recorded::{decoded, recorded};

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
enum LampEvent {
    LampDimmed { percent: u8 },
}

fn builder() -> JsonEventCodecBuilder<LampEvent> {
    JsonEventCodec::builder().drop_event("LampDusted", 1)
}

/// Collects the warnings, each with its fields.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        *self.0 += &format!("{field}={value:?} ");
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        self.0.lock().unwrap().push(text);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn an_unknown_event_is_skipped_by_choice_and_reported() {
    let unknown = recorded("LampPainted", 3, "{}");
    let refused = builder().build().unwrap().decode(&unknown).unwrap_err();
    assert!(
        matches!(refused, DecodeError::UnknownEventType { .. }),
        "{refused:?}"
    );

    let warnings = Warnings::default();
    let codec = builder().skip_unknown_events().build().unwrap();
    let read = tracing::subscriber::with_default(warnings.clone(), || {
        assert_eq!(
            codec.decode(&recorded("LampDusted", 1, "{}")).unwrap(),
            DecodedEvents::None
        );
        codec.decode(&unknown).unwrap()
    });
    assert_eq!(read, DecodedEvents::Skipped);
    let warnings = warnings.0.lock().unwrap();
    let [warning] = &warnings[..] else {
        panic!("one warning, not {warnings:?}")
    };
    let (stream, id) = (&unknown.stream, &unknown.id);
    for part in [
        "skipped an event of an unknown type",
        "event_type=LampPainted",
        &format!("stream={stream}"),
        "version=1",
        &format!("event_id={id}"),
    ] {
        assert!(warning.contains(part), "{warning}");
    }
}

#[test]
fn known_events_are_read_as_ever() {
    let codec = builder().skip_unknown_events().build().unwrap();
    let dimmed = recorded("LampDimmed", 1, r#"{"percent":40}"#);
    assert_eq!(
        decoded(&codec, &dimmed),
        LampEvent::LampDimmed { percent: 40 }
    );
    let newer = codec.decode(&recorded("LampDimmed", 2, "{}")).unwrap_err();
    assert!(
        matches!(newer, DecodeError::NewerSchema { .. }),
        "{newer:?}"
    );
    let malformed = codec.decode(&recorded("LampDimmed", 1, "{}")).unwrap_err();
    assert!(
        matches!(malformed, DecodeError::Malformed { .. }),
        "{malformed:?}"
    );
}
