//! The chapter "Time travel": a state as of a version, a position or a time.

// ANCHOR: uses
use std::sync::Arc;
use std::time::Duration;

use annals::codec::EventCodec;
use annals::jiff::Timestamp;
use annals::memory::MemoryReadModels;
use annals::read_side::{Rows, replay};
use annals::repository::AsOf;
use annals::time::ManualClock;
use annals::{
    ApplyError, EventSourcedRepository, EventStore, JsonEventCodec, MemoryStore, Projection,
    RecordedEvent, RepositoryError, StreamId, async_trait,
};
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

#[tokio::test]
async fn a_lamp_is_loaded_as_it_was() -> anyhow::Result<()> {
    // ANCHOR: history
    let monday: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let clock = Arc::new(ManualClock::at(monday));
    let store = MemoryStore::with_clock(clock.clone());
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    let dimmed = |percent| move |_: &Lamp| LampEvent::LampDimmed { percent };
    lamps.create(&hall, installed("hall")).await?;
    for percent in [60, 30] {
        clock.advance(Duration::from_secs(24 * 60 * 60));
        lamps.execute(&hall, dimmed(percent)).await?;
    }
    // ANCHOR_END: history
    // ANCHOR: as_of
    let tuesday_noon: Timestamp = "2026-03-03T12:00:00Z".parse()?;
    let then = lamps.load_as_of(&hall, AsOf::Time(tuesday_noon)).await?;
    assert_eq!(then.unwrap().state().percent, 60);

    let first = lamps.load_as_of(&hall, AsOf::Version(1.into())).await?;
    assert_eq!(first.unwrap().state().percent, 100);

    let at_two = lamps.load_as_of(&hall, AsOf::Position(2.into())).await?;
    assert_eq!(at_two.unwrap().state().percent, 60);

    let sunday: Timestamp = "2026-03-01T00:00:00Z".parse()?;
    assert!(lamps.load_as_of(&hall, AsOf::Time(sunday)).await?.is_none());
    // ANCHOR_END: as_of
    // ANCHOR: rows
    let position = store.position_at(tuesday_noon).await?.unwrap_or_default();
    let (levels, rows) = (Levels(JsonEventCodec::new()?), MemoryReadModels::new());
    let build = replay(levels, &store, rows.clone(), position).await?;
    assert_eq!(rows.get(&build, "levels", "lamp-hall")?.unwrap(), "60");
    // ANCHOR_END: rows
    // ANCHOR: get_at
    let seen = 2.into();
    let changed = lamps.get_at(&hall, seen).await;
    assert!(matches!(changed, Err(RepositoryError::Conflict { .. })));
    // ANCHOR_END: get_at
    Ok(())
}

// ANCHOR: projection
/// The brightness of each lamp.
struct Levels(JsonEventCodec<LampEvent>);

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Levels {
    const NAME: &'static str = "levels";
    const VERSION: u32 = 1;

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        for lamp_event in self.0.decode(event)?.iter() {
            if let LampEvent::LampDimmed { percent } = lamp_event {
                tx.put("levels", event.stream.as_str(), percent.to_string().into());
            }
        }
        Ok(())
    }
}
// ANCHOR_END: projection

#[tokio::test]
async fn the_past_cannot_be_saved() -> anyhow::Result<()> {
    let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    lamps.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    // ANCHOR: past
    let past = lamps.load_as_of(&hall, AsOf::Version(1.into())).await?;
    let mut lamp = past.unwrap();
    lamp.decide(|lamp| lamp.move_to("cellar"))?;
    let refused = lamps.save(&mut lamp).await;
    assert!(matches!(refused, Err(RepositoryError::Conflict { .. })));
    // ANCHOR_END: past
    Ok(())
}
