//! Projections of decoded events.

use async_trait::async_trait;
use persistence_memory::{MemoryEventStore, MemoryReadModels};
use read_side::{ApplyError, ProjectionError, Projector, Rows, Typed, TypedProjection};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serialization::JsonEventCodec;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{DomainEvent, EventEnvelope, EventStoreExt, ExpectedVersion, NewEvent};

use crate::fixture::{options, stream};

#[derive(Serialize, Deserialize, DomainEvent)]
enum LampEvent {
    LampInstalled {
        room: String,
    },
    #[event(schema = 2)]
    LampDimmed {
        percent: u8,
    },
}

/// The events of each lamp, with their versions.
struct Story;

#[async_trait]
impl<Tx: Rows> TypedProjection<Tx> for Story {
    type Event = LampEvent;
    const NAME: &'static str = "story";
    const VERSION: u32 = 1;

    async fn apply(&self, lamp: &EventEnvelope<LampEvent>, tx: &mut Tx) -> Result<(), ApplyError> {
        let news = match &lamp.event {
            LampEvent::LampInstalled { room } => format!("{}: in the {room}", lamp.version),
            LampEvent::LampDimmed { percent } => format!("{}: {percent} %", lamp.version),
        };
        let story = match tx.get("story", lamp.stream.as_str()).await? {
            Some(story) => format!("{}, {news}", std::str::from_utf8(&story)?),
            None => news,
        };
        tx.put("story", lamp.stream.as_str(), story.into());
        Ok(())
    }
}

/// An old `LampArranged` is an installation and a dimming today, and `LampCleaned` is dropped.
fn codec() -> JsonEventCodec<LampEvent> {
    let targets = &[("LampInstalled", 1), ("LampDimmed", 2)];
    JsonEventCodec::builder()
        .upcast_split(("LampArranged", 1), targets, |_| {
            Ok(vec![
                ("LampInstalled", json!({"room": "hall"})),
                ("LampDimmed", json!({"percent": 30})),
            ])
        })
        .drop_event("LampCleaned", 1)
        .build()
        .unwrap()
}

async fn append(log: &MemoryEventStore, event_type: &str, schema: u32, payload: &str) {
    let event_type = EventType::new(event_type).unwrap();
    let event = NewEvent::with_fresh_id(event_type, payload.to_owned()).unwrap();
    let event = event.with_schema_version(SchemaVersion::new(schema).unwrap());
    log.append_to(stream("lamp-1"), ExpectedVersion::Any, vec![event])
        .await
        .unwrap();
}

#[tokio::test]
async fn each_event_of_a_record_is_applied_in_order_with_its_envelope() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    append(&log, "LampArranged", 1, "{}").await;
    append(&log, "LampCleaned", 1, "{}").await;
    append(&log, "LampDimmed", 2, r#"{"percent":20}"#).await;
    let story = Projector::new(Typed::new(Story, codec()), log, models.clone()).unwrap();
    assert_eq!(story.catch_up().await.unwrap(), 3.into());
    let live = story.live().await.unwrap();
    let row = models.get(&live, "story", "lamp-1").unwrap().unwrap();
    assert_eq!(row, "1: in the hall, 1: 30 %, 3: 20 %");
}

#[tokio::test]
async fn an_event_of_another_type_cannot_be_applied() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    append(&log, "LampStolen", 1, "{}").await;
    let story = Projector::with_options(Typed::new(Story, codec()), log, models, options());
    let Err(ProjectionError::Stopped(failure)) = story.unwrap().catch_up().await else {
        panic!("it went on");
    };
    assert!(
        failure.reason.contains("`LampStolen`"),
        "{}",
        failure.reason
    );
}

#[tokio::test]
async fn the_schemas_of_the_events_are_a_part_of_the_definition() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    let story = Projector::new(Typed::new(Story, codec()), log, models).unwrap();
    story.catch_up().await.unwrap();
    let live = story.live().await.unwrap();
    let fingerprint = live.record.fingerprint;
    assert!(fingerprint.contains("LampInstalled 1") && fingerprint.contains("LampDimmed 2"));
}
