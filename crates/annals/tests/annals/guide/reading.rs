//! The chapter "Reading": streams, the log, filters, pages, projections.

// ANCHOR: uses
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Bound::{Excluded, Unbounded};

use annals::codec::EventCodec;
use annals::event::EventType;
use annals::memory::MemoryReadModels;
use annals::read_side::{Delivery, Options};
use annals::store::{LogQuery, StreamQuery, StreamsQuery};
use annals::stream::Category;
use annals::{
    EventSourcedRepository, EventStore, EventStoreExt, GlobalPosition, JsonEventCodec, MemoryStore,
    StreamId, Subscription,
};
use futures_util::TryStreamExt;
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: two_lamps
/// Two lamps: the one in the hall has four events, the one in the attic has two.
async fn two_lamps() -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let (hall, attic) = (
        StreamId::of::<Lamp>("hall")?,
        StreamId::of::<Lamp>("attic")?,
    );
    lamps.create(&hall, installed("hall")).await?;
    lamps.create(&attic, installed("attic")).await?;
    lamps.execute(&hall, |lamp| lamp.move_to("cellar")).await?;
    let dimmed = |percent| move |_: &Lamp| LampEvent::LampDimmed { percent };
    lamps.execute(&hall, dimmed(30)).await?;
    lamps.execute(&attic, dimmed(70)).await?;
    Ok(store)
}
// ANCHOR_END: two_lamps

#[tokio::test]
async fn a_stream_is_read_in_parts() -> anyhow::Result<()> {
    // ANCHOR: stream
    let store = two_lamps().await?;
    let hall = StreamId::new("lamp-hall")?;
    let newest = StreamQuery::new(hall.clone()).backward().limit(2);
    let mut events = store.read_stream(newest);
    let mut versions = Vec::new();
    while let Some(event) = events.try_next().await? {
        versions.push(event.version.get());
    }
    assert_eq!(versions, [4, 3]);

    let middle = StreamQuery::new(hall).versions(2..=3);
    let events: Vec<_> = store.read_stream(middle).try_collect().await?;
    assert_eq!(events[0].event_type.as_str(), "LampMoved");
    // ANCHOR_END: stream
    assert_eq!(events.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_log_is_filtered() -> anyhow::Result<()> {
    let store = two_lamps().await?;
    // ANCHOR: log
    let dimmed = LogQuery::new()
        .category(Category::new("lamp")?)
        .event_type(EventType::new("LampDimmed")?)
        .positions(4..);
    let events: Vec<_> = store.read_log(dimmed).try_collect().await?;
    let positions: Vec<u64> = events.iter().map(|event| event.position.get()).collect();
    assert_eq!(positions, [4, 5, 6]);
    // ANCHOR_END: log
    // ANCHOR: streams
    let streams: Vec<_> = store.streams(StreamsQuery::default()).try_collect().await?;
    assert_eq!(streams[0].stream.as_str(), "lamp-attic");
    assert_eq!(streams[0].version, 2.into());
    // ANCHOR_END: streams
    // ANCHOR: by_id
    let found = store.find_event(events[0].id).await?;
    assert_eq!(found.map(|event| event.position), Some(4.into()));
    // ANCHOR_END: by_id
    Ok(())
}

#[tokio::test]
async fn a_page_is_read_by_hand() -> anyhow::Result<()> {
    // ANCHOR: page
    let store = two_lamps().await?;
    let four = NonZeroUsize::new(4).unwrap();
    let first = store
        .read_log_page(&LogQuery::new().page_size(four))
        .await?;
    assert_eq!(first.items.len(), 4);
    let next = first.next.unwrap();
    let second = LogQuery::new().page_size(four).positions(next..);
    let second = store.read_log_page(&second).await?;
    assert_eq!((second.items.len(), second.next), (2, None));
    // ANCHOR_END: page
    Ok(())
}

// ANCHOR: projection
/// The brightness of every lamp, and the checkpoint: the last position that it has taken.
#[derive(Default)]
struct Brightness {
    percent: BTreeMap<StreamId, u8>,
    checkpoint: GlobalPosition,
}

impl Brightness {
    /// Takes the events that are new since the checkpoint.
    async fn catch_up(
        &mut self,
        store: &dyn EventStore,
        codec: &dyn EventCodec<LampEvent>,
    ) -> anyhow::Result<()> {
        let new = LogQuery::new()
            .category(Category::new("lamp")?)
            .positions((Excluded(self.checkpoint), Unbounded));
        let mut events = store.read_log(new);
        while let Some(recorded) = events.try_next().await? {
            for event in codec.decode(&recorded)?.iter() {
                if let LampEvent::LampDimmed { percent } = event {
                    self.percent.insert(recorded.stream.clone(), *percent);
                }
            }
            self.checkpoint = recorded.position;
        }
        Ok(())
    }
}
// ANCHOR_END: projection

#[tokio::test]
async fn a_projection_goes_on_from_its_checkpoint() -> anyhow::Result<()> {
    // ANCHOR: catch_up
    let store = two_lamps().await?;
    let codec = JsonEventCodec::<LampEvent>::new()?;
    let mut brightness = Brightness::default();
    brightness.catch_up(&store, &codec).await?;
    assert_eq!(brightness.checkpoint, 6.into());
    // ANCHOR_END: catch_up
    let percents: Vec<u8> = brightness.percent.values().copied().collect();
    assert_eq!(percents, [70, 30]);

    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let dimmed = |_: &Lamp| LampEvent::LampDimmed { percent: 5 };
    lamps
        .execute(&StreamId::of::<Lamp>("hall")?, dimmed)
        .await?;
    brightness.catch_up(&store, &codec).await?;
    assert_eq!(brightness.percent[&StreamId::of::<Lamp>("hall")?], 5);
    Ok(())
}

#[tokio::test]
async fn a_follower_gets_events_as_they_come() -> anyhow::Result<()> {
    let store = two_lamps().await?;
    // ANCHOR: follow
    let mut events = store.clone().follow_owned(LogQuery::new().positions(7..));
    let follower = tokio::spawn(async move { events.try_next().await });

    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let cellar = StreamId::of::<Lamp>("cellar")?;
    lamps.create(&cellar, installed("cellar")).await?;
    let event = follower.await??;
    assert_eq!(event.map(|event| event.stream), Some(cellar));
    // ANCHOR_END: follow
    Ok(())
}

#[tokio::test]
async fn a_subscription_keeps_its_position() -> anyhow::Result<()> {
    let store = two_lamps().await?;
    // ANCHOR: subscription
    let models = MemoryReadModels::new(); // `SqliteReadModels` keeps the position in a file
    let mails = Subscription::new("mails", store.clone(), models, Options::default())?;
    let mut consumer = mails.consume(0).await?;
    while let Delivery::Event(event) = consumer.next().await? {
        // Send a mail about `event`, and then:
        consumer.acknowledge(event.position).await?;
    }
    consumer.close().await;
    assert_eq!(mails.progress().await?[0].through, 6.into());
    // ANCHOR_END: subscription
    let mut again = mails.consume(0).await?;
    assert_eq!(again.next().await?, Delivery::CaughtUp(6.into()));
    Ok(())
}
