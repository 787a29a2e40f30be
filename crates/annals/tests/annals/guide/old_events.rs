//! The chapter "Old events": upgrades of stored events while they are read.

// ANCHOR: uses
use annals::codec::{DecodeError, DecodedEvents, EventCodec};
use annals::event::EventType;
use annals::{
    DomainEvent, EventStoreExt, ExpectedVersion, JsonEventCodec, MemoryStore, NewEvent,
    RecordedEvent, StreamId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
// ANCHOR_END: uses

use annals::event::SchemaVersion;

// ANCHOR: events
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
// ANCHOR_END: events

// ANCHOR: upgrades
fn codec() -> anyhow::Result<JsonEventCodec<LampEvent>> {
    let codec = JsonEventCodec::<LampEvent>::builder()
        // In schema 1 the brightness was a fraction: {"brightness":0.4}.
        .upcast("LampDimmed", 1, |old| {
            let fraction = old["brightness"].as_f64().ok_or("no brightness")?;
            Ok(json!({ "percent": (fraction * 100.0).round() as u8 }))
        })
        // The event had another name, and the same content as LampDimmed 1.
        .upcast_renamed(("DimmerTurned", 1), ("LampDimmed", 1), Ok)
        // One event is two events today.
        .upcast_split(
            ("LampArranged", 1),
            &[("LampMoved", 1), ("LampDimmed", 2)],
            |old| {
                Ok(vec![
                    ("LampMoved", json!({ "to": old["room"] })),
                    ("LampDimmed", json!({ "percent": old["percent"] })),
                ])
            },
        )
        // No rule needs this event any more.
        .drop_event("LampDusted", 1)
        .build()?;
    Ok(codec)
}
// ANCHOR_END: upgrades

// ANCHOR: read_today
/// An event in schema 1, as an older program recorded it.
async fn recorded(name: &str, payload: &str) -> anyhow::Result<RecordedEvent> {
    let (store, lamp) = (MemoryStore::new(), StreamId::new("lamp-7")?);
    let old = NewEvent::with_fresh_id(EventType::new(name)?, payload.to_owned())?;
    store
        .append_to(lamp.clone(), ExpectedVersion::Any, vec![old])
        .await?;
    let mut events = store.read_whole_stream(lamp).await?;
    Ok(events.remove(0))
}

/// Reads such an event with the codec of today.
async fn read_today(name: &str, payload: &str) -> anyhow::Result<Vec<LampEvent>> {
    let recorded = recorded(name, payload).await?;
    Ok(codec()?.decode(&recorded)?.into_iter().collect())
}
// ANCHOR_END: read_today

#[tokio::test]
async fn old_events_are_upgraded_when_they_are_read() -> anyhow::Result<()> {
    // ANCHOR: read
    let dimmed = read_today("LampDimmed", r#"{"brightness":0.4}"#).await?;
    assert_eq!(dimmed, [LampEvent::LampDimmed { percent: 40 }]);

    let renamed = read_today("DimmerTurned", r#"{"brightness":0.4}"#).await?;
    assert_eq!(renamed, dimmed);

    let arranged = read_today("LampArranged", r#"{"room":"hall","percent":9}"#).await?;
    assert_eq!(arranged.len(), 2);

    let dusted = read_today("LampDusted", "{}").await?;
    assert_eq!(dusted, []);
    // ANCHOR_END: read
    Ok(())
}

#[tokio::test]
async fn an_event_of_a_newer_program_is_an_error() -> anyhow::Result<()> {
    let (store, lamp) = (MemoryStore::new(), StreamId::new("lamp-7")?);
    let newer = NewEvent::with_fresh_id(EventType::new("LampDimmed")?, "{}")?
        .with_schema_version(SchemaVersion::new(3)?);
    store
        .append_to(lamp.clone(), ExpectedVersion::Any, vec![newer])
        .await?;
    let recorded = store.read_whole_stream(lamp).await?;
    let refused = codec()?.decode(&recorded[0]);
    assert!(matches!(refused, Err(DecodeError::NewerSchema { .. })));
    Ok(())
}

#[tokio::test]
async fn an_event_of_a_newer_program_is_skipped_by_choice() -> anyhow::Result<()> {
    // ANCHOR: skip
    let codec = JsonEventCodec::<LampEvent>::builder()
        .skip_unknown_events()
        .build()?;
    let painted = recorded("LampPainted", r#"{"colour":"red"}"#).await?;
    assert_eq!(codec.decode(&painted)?, DecodedEvents::Skipped);
    // ANCHOR_END: skip
    Ok(())
}

#[test]
fn a_loose_end_is_found_when_the_codec_is_built() {
    // ANCHOR: loose_end
    // The upgrade ends at LampTurned, which is no event of today.
    let loose = JsonEventCodec::<LampEvent>::builder()
        .upcast_renamed(("DimmerTurned", 1), ("LampTurned", 1), Ok)
        .build();
    assert!(loose.is_err());
    // ANCHOR_END: loose_end
}

#[tokio::test]
async fn a_forgotten_upgrade_is_found_when_an_old_event_is_read() -> anyhow::Result<()> {
    // ANCHOR: forgotten
    // LampDimmed is declared in schema 2. No upgrade reads schema 1, and yet the codec is built.
    let forgotten = JsonEventCodec::<LampEvent>::new()?;
    let old = recorded("LampDimmed", r#"{"brightness":0.4}"#).await?;
    let refused = forgotten.decode(&old);
    assert!(matches!(refused, Err(DecodeError::MissingUpcaster { .. })));
    // ANCHOR_END: forgotten
    let unknown = recorded("DimmerTurned", r#"{"brightness":0.4}"#).await?;
    let refused = forgotten.decode(&unknown);
    assert!(matches!(refused, Err(DecodeError::UnknownEventType { .. })));
    Ok(())
}

#[test]
fn an_enum_keeps_a_stored_name_by_serde_and_needs_an_upgrade_for_an_alias() {
    #[derive(Serialize, Deserialize, DomainEvent)]
    enum Kept {
        #[serde(rename = "DimmerTurned")]
        LampDimmed { percent: u8 },
    }
    assert!(JsonEventCodec::<Kept>::new().is_ok());
    assert_eq!(Kept::TYPES[0].name, "DimmerTurned");

    #[derive(Serialize, Deserialize, DomainEvent)]
    enum Named {
        #[event(name = "DimmerTurned")]
        LampDimmed { percent: u8 },
    }
    assert!(JsonEventCodec::<Named>::new().is_err());

    #[derive(Serialize, Deserialize, DomainEvent)]
    enum Aliased {
        #[serde(alias = "DimmerTurned")]
        LampDimmed { percent: u8 },
    }
    assert!(JsonEventCodec::<Aliased>::new().is_err());
}

#[test]
fn a_tag_on_the_enum_is_refused() {
    #[derive(Serialize, Deserialize, DomainEvent)]
    #[serde(tag = "type")]
    enum Tagged {
        LampDimmed { percent: u8 },
        LampMoved { to: String },
    }
    assert!(JsonEventCodec::<Tagged>::new().is_err());
}
