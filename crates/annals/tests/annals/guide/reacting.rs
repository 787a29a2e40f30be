//! The chapter "Reacting exactly once": reactors, derived ids, effects outside of the log.

// ANCHOR: uses
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use annals::codec::EventCodec;
use annals::memory::MemoryReadModels;
use annals::read_side::{Options, Reaction, Selection, Start, derived_id};
use annals::stream::Category;
use annals::{
    ApplyError, DomainEvent, EventId, EventSourcedRepository, EventStoreExt, ExpectedVersion,
    JsonEventCodec, MemoryStore, Reactor, ReactorRunner, RecordedEvent, StreamId, async_trait,
};
use serde::{Deserialize, Serialize};
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: reactor
#[derive(Serialize, Deserialize, DomainEvent)]
struct InspectionRequested {
    room: String,
}

/// Requests an inspection of each new lamp.
struct Inspections {
    lamps: JsonEventCodec<LampEvent>,
    inspections: JsonEventCodec<InspectionRequested>,
    selection: Selection,
}

impl Inspections {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            lamps: JsonEventCodec::new()?,
            inspections: JsonEventCodec::new()?,
            selection: Selection::all().category(Category::new("lamp")?),
        })
    }
}

#[async_trait]
impl Reactor for Inspections {
    const NAME: &'static str = "inspections";

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        let mut reaction = Reaction::none();
        for lamp_event in self.lamps.decode(event)?.iter() {
            if let LampEvent::LampInstalled { room } = lamp_event {
                let requested = InspectionRequested { room: room.clone() };
                let requested = self.inspections.encode(&requested)?;
                let stream = StreamId::new(format!("inspection-{}", event.stream.as_str()))?;
                reaction = reaction.write(stream, ExpectedVersion::Any, [requested]);
            }
        }
        Ok(reaction)
    }
}
// ANCHOR_END: reactor

// ANCHOR: one_lamp
async fn one_lamp() -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    Ok(store)
}
// ANCHOR_END: one_lamp

#[tokio::test]
async fn a_reaction_is_written_once() -> anyhow::Result<()> {
    // ANCHOR: run
    let store = one_lamp().await?;
    let runner = |models| {
        let (inspections, log) = (Inspections::new()?, store.clone());
        let (start, options) = (Start::Beginning, Options::default());
        let runner = ReactorRunner::new(inspections, log, models, start, options)?;
        anyhow::Ok(runner)
    };
    runner(MemoryReadModels::new())?.catch_up().await?;

    let hall = store.read_whole_stream(StreamId::new("lamp-hall")?).await?;
    let stream = StreamId::new("inspection-lamp-hall")?;
    let written = store.read_whole_stream(stream.clone()).await?;
    assert_eq!(written[0].id, derived_id(hall[0].id, "inspections", 0));
    // ANCHOR_END: run
    // ANCHOR: again
    // The position is lost: the reactor runs over the whole log again.
    runner(MemoryReadModels::new())?.catch_up().await?;
    assert_eq!(store.read_whole_stream(stream).await?, written);
    // ANCHOR_END: again
    assert_eq!(written.len(), 1);
    let causation = written[0].metadata.causation.as_ref();
    assert_eq!(
        causation.map(|id| id.as_str().to_owned()),
        Some(hall[0].id.to_string())
    );
    Ok(())
}

// ANCHOR: outside
/// A mail service that knows the key of each mail, and sends no mail twice.
#[derive(Clone, Default)]
struct Mails {
    sent: Arc<Mutex<BTreeSet<EventId>>>,
}

impl Mails {
    fn send(&self, key: EventId) {
        self.sent.lock().unwrap().insert(key);
    }
}

#[derive(Serialize, Deserialize, DomainEvent)]
struct InspectorMailed {}

/// Mails the inspector for each requested inspection.
struct Mailing {
    mails: Mails,
    codec: JsonEventCodec<InspectorMailed>,
    selection: Selection,
}

#[async_trait]
impl Reactor for Mailing {
    const NAME: &'static str = "mailing";

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        self.mails.send(derived_id(event.id, Self::NAME, 0));
        let mailed = self.codec.encode(&InspectorMailed {})?;
        let stream = StreamId::new(format!("mail-{}", event.stream.as_str()))?;
        Ok(Reaction::none().write(stream, ExpectedVersion::Any, [mailed]))
    }
}
// ANCHOR_END: outside

#[tokio::test]
async fn an_effect_outside_is_repeated_with_the_same_key() -> anyhow::Result<()> {
    let store = one_lamp().await?;
    let models = MemoryReadModels::new();
    let (start, options) = (Start::Beginning, Options::default());
    let inspections = Inspections::new()?;
    ReactorRunner::new(
        inspections,
        store.clone(),
        models.clone(),
        start,
        options.clone(),
    )?
    .catch_up()
    .await?;

    // ANCHOR: crash
    let mails = Mails::default();
    let mailing = || {
        anyhow::Ok(Mailing {
            mails: mails.clone(),
            codec: JsonEventCodec::new()?,
            selection: Selection::all().category(Category::new("inspection")?),
        })
    };
    let request = store
        .read_whole_stream(StreamId::new("inspection-lamp-hall")?)
        .await?;
    // The process sends the mail, and dies before it writes `InspectorMailed`.
    drop(mailing()?.react(&request[0]).await);

    // The next process sends it again, with the same key.
    let runner = ReactorRunner::new(mailing()?, store.clone(), models, start, options)?;
    runner.catch_up().await?;
    assert_eq!(mails.sent.lock().unwrap().len(), 1);
    // ANCHOR_END: crash
    let acknowledged = StreamId::new("mail-inspection-lamp-hall")?;
    assert_eq!(store.read_whole_stream(acknowledged).await?.len(), 1);
    Ok(())
}
