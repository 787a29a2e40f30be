//! The chapter "Sharing the work": segments, several processes, competing consumers.

// ANCHOR: uses
use std::num::NonZeroU16;
use std::time::Duration;

use annals::lease::LeaseHolder;
use annals::memory::MemoryReadModels;
use annals::read_side::{Delivery, Options, ReadModelError, Rows, segment_of};
use annals::{
    ApplyError, EventEnvelope, EventSourcedRepository, JsonEventCodec, MemoryStore,
    ProjectionError, Projector, StreamId, Subscription, Typed, TypedProjection, async_trait,
};
use tokio::sync::oneshot;
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: options
const SEGMENTS: NonZeroU16 = NonZeroU16::new(4).unwrap();

/// The options of a process, by the name that others see.
fn options(process: &str) -> anyhow::Result<Options> {
    Ok(Options::new(LeaseHolder::new(process)?).segments(SEGMENTS))
}
// ANCHOR_END: options

// ANCHOR: projection
/// The brightness of each lamp.
struct Levels;

#[async_trait]
impl<Tx: Rows> TypedProjection<Tx> for Levels {
    type Event = LampEvent;
    const NAME: &'static str = "levels";
    const VERSION: u32 = 1;

    async fn apply(&self, lamp: &EventEnvelope<LampEvent>, tx: &mut Tx) -> Result<(), ApplyError> {
        let percent = match &lamp.event {
            LampEvent::LampInstalled { .. } => 100,
            LampEvent::LampDimmed { percent } => *percent,
            LampEvent::LampMoved { .. } => return Ok(()),
        };
        tx.put("levels", lamp.stream.as_str(), percent.to_string().into());
        Ok(())
    }
}
// ANCHOR_END: projection

/// A store with lamps in six rooms: the events 1 to 12.
async fn six_lamps() -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    for room in ["attic", "bath", "cellar", "den", "hall", "kitchen"] {
        let lamp = StreamId::of::<Lamp>(room)?;
        lamps.create(&lamp, installed(room)).await?;
        let dimmed = |_: &Lamp| LampEvent::LampDimmed { percent: 40 };
        lamps.execute(&lamp, dimmed).await?;
    }
    Ok(store)
}

#[tokio::test]
async fn two_processes_share_the_segments() -> anyhow::Result<()> {
    let store = six_lamps().await?;
    let models = MemoryReadModels::new();
    // ANCHOR: segment
    let hall = StreamId::of::<Lamp>("hall")?;
    assert_eq!(segment_of(&hall, 4), 3);
    // ANCHOR_END: segment
    // ANCHOR: run
    let levels = |process| {
        let levels = Typed::new(Levels, JsonEventCodec::new()?);
        let (log, models) = (store.clone(), models.clone());
        anyhow::Ok(Projector::with_options(
            levels,
            log,
            models,
            options(process)?,
        )?)
    };
    let mut running = Vec::new();
    for process in ["process 1", "process 2"] {
        let (levels, (stop, stopped)) = (levels(process)?, oneshot::channel::<()>());
        let run = async move { levels.run(async { drop(stopped.await) }).await };
        running.push((stop, tokio::spawn(run)));
    }
    let reader = levels("a reader")?;
    reader.wait_until(12, Duration::from_secs(5)).await?;
    // ANCHOR_END: run

    // ANCHOR: watch
    let live = reader.live().await?;
    for segment in &live.progress {
        let owner = segment.lease.as_ref().map(|lease| lease.holder.as_str());
        println!(
            "segment {}: {} by {owner:?}",
            segment.segment, segment.through
        );
    }
    assert_eq!((live.progress.len(), live.through()), (4, 12.into()));
    // ANCHOR_END: watch
    for (stop, running) in running {
        stop.send(()).ok();
        running.await??;
    }
    let live = reader.live().await?;
    assert_eq!(models.rows(&live, "levels")?.len(), 6);
    Ok(())
}

// ANCHOR: consumer
type Mails = Subscription<MemoryStore, MemoryReadModels>;

/// Mails the events of each segment that no other process has, and acknowledges them.
async fn mail(mails: &Mails, sent: &mut Vec<u64>) -> anyhow::Result<()> {
    for segment in 0..SEGMENTS.get() {
        let mut consumer = match mails.consume(segment).await {
            Ok(consumer) => consumer,
            Err(ProjectionError::Models(ReadModelError::Held { .. })) => continue,
            Err(error) => return Err(error.into()),
        };
        while let Delivery::Event(event) = consumer.next().await? {
            sent.push(event.position.get()); // here a program sends its mail
            consumer.acknowledge(event.position).await?;
        }
        consumer.close().await;
    }
    Ok(())
}
// ANCHOR_END: consumer

#[tokio::test]
async fn consumers_compete_for_segments() -> anyhow::Result<()> {
    // ANCHOR: compete
    let (store, models) = (six_lamps().await?, MemoryReadModels::new());
    let mails = |process| {
        let (log, models) = (store.clone(), models.clone());
        anyhow::Ok(Subscription::new("mails", log, models, options(process)?)?)
    };
    let (one, two) = (mails("process 1")?, mails("process 2")?);

    // Process 1 has segment 3, with the hall.
    let mut busy = one.consume(3).await?;
    let Delivery::Event(first) = busy.next().await? else {
        anyhow::bail!("the lamp in the hall has events");
    };
    let mut sent = Vec::new();
    mail(&two, &mut sent).await?;
    assert!(!sent.contains(&first.position.get()));

    // It ends without an acknowledgement, so the event comes again.
    busy.close().await;
    mail(&two, &mut sent).await?;
    sent.sort_unstable();
    assert_eq!(sent, (1..=12).collect::<Vec<_>>());
    // ANCHOR_END: compete
    Ok(())
}
