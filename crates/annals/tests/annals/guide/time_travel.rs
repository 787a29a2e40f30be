//! The chapter "Time travel": a state as of a version, a position or a time.

// ANCHOR: uses
use std::sync::Arc;
use std::time::Duration;

use annals::jiff::Timestamp;
use annals::repository::AsOf;
use annals::time::ManualClock;
use annals::{EventSourcedRepository, JsonEventCodec, MemoryStore, RepositoryError, StreamId};
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

#[tokio::test]
async fn a_lamp_is_loaded_as_it_was() -> anyhow::Result<()> {
    // ANCHOR: history
    let monday: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let clock = Arc::new(ManualClock::at(monday));
    let store = MemoryStore::with_clock(clock.clone());
    let lamps = EventSourcedRepository::<Lamp>::new(store, JsonEventCodec::new()?);
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
    // ANCHOR: get_at
    let seen = 2.into();
    let changed = lamps.get_at(&hall, seen).await;
    assert!(matches!(changed, Err(RepositoryError::Conflict { .. })));
    // ANCHOR_END: get_at
    Ok(())
}

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
