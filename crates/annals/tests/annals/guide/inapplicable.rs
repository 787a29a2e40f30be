//! The chapter "When an event cannot be applied": stop, park, retry, skip, prove.

// ANCHOR: uses
use annals::codec::EventCodec;
use annals::memory::MemoryReadModels;
use annals::read_side::{Options, Poison, Rows};
use annals::{
    ApplyError, EventSourcedRepository, JsonEventCodec, MemoryStore, Projection, ProjectionError,
    Projector, RecordedEvent, StreamId, async_trait,
};
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: projection
/// The brightness of each lamp, for every store of read models.
struct Levels {
    codec: JsonEventCodec<LampEvent>,
    highest: u8,
}

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Levels {
    const NAME: &'static str = "levels";
    const VERSION: u32 = 1;

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        for lamp_event in self.codec.decode(event)?.iter() {
            if let LampEvent::LampDimmed { percent } = lamp_event {
                if *percent > self.highest {
                    return Err(format!("{percent} % is above {} %", self.highest).into());
                }
                tx.put("levels", event.stream.as_str(), percent.to_string().into());
            }
        }
        Ok(())
    }
}
// ANCHOR_END: projection

// ANCHOR: helpers
type LevelsOf = Projector<Levels, MemoryStore, MemoryReadModels>;

fn levels(
    highest: u8,
    store: &MemoryStore,
    models: &MemoryReadModels,
    options: Options,
) -> anyhow::Result<LevelsOf> {
    let codec = JsonEventCodec::new()?;
    let levels = Levels { codec, highest };
    Ok(Projector::with_options(
        levels,
        store.clone(),
        models.clone(),
        options,
    )?)
}

/// The row of a lamp in the live build.
async fn level(levels: &LevelsOf, lamp: &str) -> anyhow::Result<Option<String>> {
    let live = levels.live().await?;
    let row = levels.models().get(&live, "levels", lamp)?;
    Ok(row.map(|row| String::from_utf8_lossy(&row).into_owned()))
}
// ANCHOR_END: helpers

/// A hall at 140 % and then at 60 %, and an attic at 30 %.
async fn two_lamps() -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    for (lamp, levels) in [("hall", vec![140, 60]), ("attic", vec![30])] {
        let stream = StreamId::of::<Lamp>(lamp)?;
        lamps.create(&stream, installed(lamp)).await?;
        for percent in levels {
            // As an import would, past the rule of the command.
            let dimmed = |_: &Lamp| LampEvent::LampDimmed { percent };
            lamps.execute(&stream, dimmed).await?;
        }
    }
    Ok(store)
}

#[tokio::test]
async fn the_default_stops_before_the_event() -> anyhow::Result<()> {
    let (store, models) = (two_lamps().await?, MemoryReadModels::new());
    // ANCHOR: stop
    let levels = levels(100, &store, &models, Options::default())?;
    let Err(ProjectionError::Stopped(failure)) = levels.catch_up().await else {
        anyhow::bail!("140 % cannot be applied");
    };
    assert_eq!((failure.position, failure.version), (2.into(), 2.into()));
    assert_eq!(failure.stream.as_str(), "lamp-hall");
    assert_eq!(failure.reason, "140 % is above 100 %");
    // ANCHOR_END: stop
    // ANCHOR: skip
    levels
        .skip(failure.event_id, "an import wrote 140 % by mistake")
        .await?;
    levels.catch_up().await?;
    let skipped = levels.skipped().await?;
    assert_eq!(skipped[0].why, "an import wrote 140 % by mistake");
    // ANCHOR_END: skip
    assert_eq!(level(&levels, "lamp-hall").await?.as_deref(), Some("60"));
    // ANCHOR: prove
    let proof = levels.prove().await?;
    assert!(proof.holds());
    let id = failure.event_id;
    assert_eq!(
        proof.to_string(),
        format!("considered 1 … 5 of 5; 1 skipped ({id}); 0 parked; the rows equal a fresh build")
    );
    // ANCHOR_END: prove
    Ok(())
}

#[tokio::test]
async fn a_parked_stream_waits_and_is_retried() -> anyhow::Result<()> {
    let (store, models) = (two_lamps().await?, MemoryReadModels::new());
    // ANCHOR: park
    let parking = Options::default().poison(Poison::Park);
    let levels_to_100 = levels(100, &store, &models, parking.clone())?;
    levels_to_100.catch_up().await?;

    let parked = levels_to_100.parked().await?;
    assert_eq!(parked[0].failure.reason, "140 % is above 100 %");
    assert_eq!(
        parked[1].failure.reason,
        "an earlier event of its stream is parked"
    );
    assert_eq!(
        level(&levels_to_100, "lamp-attic").await?.as_deref(),
        Some("30")
    );
    assert_eq!(level(&levels_to_100, "lamp-hall").await?, None);
    // ANCHOR_END: park

    // ANCHOR: retry
    let hall = StreamId::new("lamp-hall")?;
    let Err(ProjectionError::Stopped(failure)) = levels_to_100.retry(&hall).await else {
        anyhow::bail!("the same program fails again");
    };
    assert_eq!(failure.position, 2.into());

    // The next release knows brighter lamps.
    let levels_to_200 = levels(200, &store, &models, parking)?;
    assert_eq!(levels_to_200.retry(&hall).await?, 2);
    assert_eq!(
        level(&levels_to_200, "lamp-hall").await?.as_deref(),
        Some("60")
    );
    // ANCHOR_END: retry
    assert!(levels_to_200.parked().await?.is_empty());
    Ok(())
}
