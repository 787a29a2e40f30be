//! The chapter "For language models": event tables and TOON.

// ANCHOR: uses
use annals::event_tables::{self, Column, EventView, Form};
use annals::jiff::Timestamp;
use annals::store::LogQuery;
use annals::time::ManualClock;
use annals::tokens::TokenCounter;
use annals::{
    EventSourcedRepository, EventStoreExt, JsonEventCodec, MemoryStore, RecordedEvent, StreamId,
    toon,
};
use futures_util::TryStreamExt;
use std::sync::Arc;
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: history
async fn history() -> anyhow::Result<Vec<RecordedEvent>> {
    let monday: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let store = MemoryStore::with_clock(Arc::new(ManualClock::at(monday)));
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    for percent in [90, 70, 50, 30] {
        let dimmed = |_: &Lamp| LampEvent::LampDimmed { percent };
        lamps.execute(&hall, dimmed).await?;
    }
    Ok(store.read_log(LogQuery::new()).try_collect().await?)
}
// ANCHOR_END: history

#[tokio::test]
async fn a_view_shows_the_events_as_tables() -> anyhow::Result<()> {
    // ANCHOR: view
    let events = history().await?;
    let view = EventView::new().with_columns([Column::Version]);
    let rendered = view.render(&events)?;
    assert_eq!(rendered.form, Form::Toon);
    assert!(rendered.text.starts_with("event_log: view"));
    // ANCHOR_END: view
    assert_eq!(rendered.text, include_str!("lamp.toon").trim_end());
    Ok(())
}

#[tokio::test]
async fn the_lossless_form_gives_the_same_events_back() -> anyhow::Result<()> {
    let events = history().await?;
    // ANCHOR: lossless
    let rendered = event_tables::render_lossless(&events, None)?;
    assert_eq!(event_tables::from_toon(&rendered.text)?, events);
    // ANCHOR_END: lossless
    Ok(())
}

// ANCHOR: budget
struct Bytes;

impl TokenCounter for Bytes {
    fn name(&self) -> &'static str {
        "a quarter of the bytes"
    }

    fn count(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }
}

fn within(budget: usize, events: &[RecordedEvent]) -> anyhow::Result<String> {
    let view = EventView::new().with_budget(budget, &Bytes);
    let rendered = view.render(events)?;
    println!("left out: {}", rendered.dropped);
    Ok(rendered.text)
}
// ANCHOR_END: budget

#[tokio::test]
async fn a_budget_drops_the_oldest_events_first() -> anyhow::Result<()> {
    let events = history().await?;
    let whole = within(1000, &events)?;
    let budget = Bytes.count(&whole) - 10;
    let small = within(budget, &events)?;
    assert!(Bytes.count(&small) <= budget);
    assert!(small.contains("dropped") && !whole.contains("dropped"));
    Ok(())
}

#[test]
fn toon_is_a_serde_format() -> anyhow::Result<()> {
    // ANCHOR: toon
    let lamps = [("hall", 40), ("attic", 100)].map(|(room, percent)| Lamp {
        room: room.to_owned(),
        percent,
    });
    let text = toon::to_string(&lamps)?;
    assert_eq!(text, "[2]{room,percent}:\n  hall,40\n  attic,100");
    assert_eq!(toon::from_str::<[Lamp; 2]>(&text)?, lamps);
    // ANCHOR_END: toon
    Ok(())
}
