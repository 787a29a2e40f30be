//! The chapter "Testing": rules without a store, a clock by hand, doubles, the laws of an adapter.

// ANCHOR: uses
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use annals::aggregate::DecideError;
use annals::jiff::Timestamp;
use annals::time::{Clock, ManualClock, Timer};
use annals::{
    Aggregate, AggregateRoot, Append, AppendError, EventSourcedRepository, EventStore,
    EventStoreExt, JsonEventCodec, MemoryStore, StoreError, StreamId,
};
use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble};
use conformance::{Capability, EventStoreHarness, Harness, Unclaimed};
// ANCHOR_END: uses

use super::{Lamp, LampError, LampEvent, installed};

// ANCHOR: pure
#[test]
fn a_lamp_is_dimmed_once() {
    let lamp = Lamp::create(&installed("hall")).unwrap();
    let dimmed = LampEvent::LampDimmed { percent: 40 };
    assert_eq!(lamp.dim(40), Ok(Some(dimmed)));
    assert_eq!(lamp.dim(100), Ok(None));
    assert_eq!(lamp.dim(101), Err(LampError::TooBright { percent: 101 }));
}
// ANCHOR_END: pure

// ANCHOR: given_when_then
#[test]
fn a_lamp_that_was_moved_has_half_its_brightness() -> anyhow::Result<()> {
    // Given
    let id = StreamId::of::<Lamp>("hall")?;
    let mut lamp = AggregateRoot::<Lamp>::create(id, installed("hall"))?;
    lamp.raise(LampEvent::LampDimmed { percent: 60 })?;
    // When
    let count = lamp.decide(|lamp| lamp.move_to("attic"))?;
    // Then
    assert_eq!(count, 2);
    let last = lamp.pending().last();
    assert_eq!(last, Some(&LampEvent::LampDimmed { percent: 30 }));
    let refused = lamp.decide(|lamp| lamp.dim(101));
    let reason = LampError::TooBright { percent: 101 };
    assert_eq!(refused, Err(DecideError::Rejected(reason)));
    Ok(())
}
// ANCHOR_END: given_when_then

#[tokio::test]
async fn time_stands_still_in_a_test() -> anyhow::Result<()> {
    // ANCHOR: clock
    let hall = StreamId::of::<Lamp>("hall")?;
    let noon: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    let clock = Arc::new(ManualClock::at(noon));
    let store = MemoryStore::with_clock(clock.clone());
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?)
        .with_clock(clock.clone());

    clock.advance(Duration::from_secs(90));
    lamps.create(&hall, installed("hall")).await?;
    let events = store.read_whole_stream(hall).await?;
    assert_eq!(events[0].recorded_at.to_string(), "2026-03-02T12:01:30Z");
    // ANCHOR_END: clock
    Ok(())
}

// ANCHOR: double
/// A store whose first append is busy.
#[derive(Default)]
struct FirstIsBusy {
    inner: MemoryStore,
    refused: OnceLock<()>,
}

#[async_trait]
impl EventDouble for FirstIsBusy {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn append(&self, append: Append) -> Result<annals::store::AppendReceipt, AppendError> {
        if self.refused.set(()).is_ok() {
            return Err(StoreError::busy("memory").into());
        }
        self.inner.append(append).await
    }
}
// ANCHOR_END: double

// ANCHOR: timer
/// Does not wait, so a test of retries takes no time.
struct NoWait;

#[async_trait]
impl Timer for NoWait {
    async fn sleep(&self, _: Duration) {}
}
// ANCHOR_END: timer

#[tokio::test]
async fn a_busy_store_costs_one_more_attempt() -> anyhow::Result<()> {
    // ANCHOR: busy
    let hall = StreamId::of::<Lamp>("hall")?;
    let store = Delegating::new(FirstIsBusy::default());
    let lamps =
        EventSourcedRepository::<Lamp>::new(store, JsonEventCodec::new()?).with_timer(NoWait);
    let made = lamps.create(&hall, installed("hall")).await?;
    assert_eq!(made.attempts, 2);
    // ANCHOR_END: busy
    Ok(())
}

// ANCHOR: laws
/// The adapter under test; a store of your own stands here.
type MyStore = annals::memory::MemoryEventStore;

/// The place of one store: a database, or a file in a folder of its own.
#[derive(Default)]
struct MyPlace(OnceLock<MyStore>);

impl Harness for MyPlace {
    fn unclaimed(&self) -> &[Unclaimed] {
        &[
            Unclaimed {
                capability: Capability::Durability,
                reason: "memory ends with the process",
            },
            Unclaimed {
                capability: Capability::Immutability,
                reason: "there is no way to the events but the port",
            },
            Unclaimed::FAULTS,
        ]
    }
}

#[async_trait]
impl EventStoreHarness for MyPlace {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        let store = self.0.get_or_init(|| MyStore::with_clock(clock));
        Arc::new(store.clone())
    }
}

conformance::event_store_laws!(MyPlace::default());
// ANCHOR_END: laws
