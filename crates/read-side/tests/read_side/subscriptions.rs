//! Consumers with a durable position.

use std::sync::Arc;

use futures_util::poll;
use jiff::Timestamp;
use persistence_memory::{MemoryEventStore, MemoryReadModels};
use read_side::{
    Consumer, Delivery, ModelName, Options, ProjectionError, ReadModelError, ReadModelStore,
    Selection, Start, Subscription,
};
use shared_kernel::stream::Category;
use shared_kernel::time::ManualClock;

use crate::fixture::{append, chunk, options, segments};

type Mails = Subscription<MemoryEventStore, MemoryReadModels>;

fn mails(log: &MemoryEventStore, models: &MemoryReadModels, options: Options) -> Mails {
    Subscription::new("mails", log.clone(), models.clone(), options).unwrap()
}

/// The payloads of the next events up to the end of the log.
async fn to_the_end(
    consumer: &mut Consumer<'_, MemoryEventStore, MemoryReadModels>,
) -> Vec<String> {
    let mut payloads = Vec::new();
    loop {
        match consumer.next().await.unwrap() {
            Delivery::Event(event) => {
                payloads.push(String::from_utf8(event.payload.to_vec()).unwrap());
                consumer.acknowledge(event.position).await.unwrap();
            }
            Delivery::CaughtUp(_) => return payloads,
        }
    }
}

async fn filled(count: u32) -> MemoryEventStore {
    let log = MemoryEventStore::new();
    for n in 1..=count {
        append(&log, &format!("s-{}", n % 3), &n.to_string()).await;
    }
    log
}

#[tokio::test]
async fn events_that_were_not_acknowledged_come_again() {
    let (log, models) = (filled(5).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options());
    let mut consumer = mails.consume(0).await.unwrap();
    for n in 1..=3_u32 {
        let Delivery::Event(event) = consumer.next().await.unwrap() else {
            panic!("no event");
        };
        assert_eq!(event.position, n.into());
    }
    consumer.acknowledge(2).await.unwrap();
    // A second acknowledgement changes nothing, nor does one of nothing.
    consumer.acknowledge(2).await.unwrap();
    consumer.acknowledge(0).await.unwrap();
    consumer.close().await;
    assert_eq!(mails.progress().await.unwrap()[0].through, 2.into());

    let mut consumer = mails.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut consumer).await, ["3", "4", "5"]);
}

#[tokio::test]
async fn caught_up_is_told_once_and_again_after_new_events() {
    let (log, models) = (filled(1).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options());
    let mut consumer = mails.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut consumer).await, ["1"]);
    let mut next = Box::pin(consumer.next());
    assert!(poll!(next.as_mut()).is_pending());
    append(&log, "s-1", "2").await;
    assert!(matches!(next.await.unwrap(), Delivery::Event(_)));
    assert!(matches!(
        consumer.next().await.unwrap(),
        Delivery::CaughtUp(at) if at == 2.into()
    ));
}

#[tokio::test]
async fn a_dropped_call_loses_no_event() {
    let (log, models) = (filled(200).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options().chunk(chunk(7)));
    let mut consumer = mails.consume(0).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 200 {
        // A future that is dropped after one poll.
        let next = Box::pin(consumer.next());
        if let Some(next) = futures_util::FutureExt::now_or_never(next)
            && let Delivery::Event(event) = next.unwrap()
        {
            seen.push(event.position.get());
            consumer.acknowledge(event.position).await.unwrap();
        }
    }
    assert_eq!(seen, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn at_most_a_chunk_of_events_is_unacknowledged() {
    let (log, models) = (filled(5).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options().chunk(chunk(2)));
    let mut consumer = mails.consume(0).await.unwrap();
    consumer.next().await.unwrap();
    consumer.next().await.unwrap();
    assert!(matches!(
        consumer.next().await,
        Err(ProjectionError::TooManyInFlight { limit: 2 })
    ));
    consumer.acknowledge(1).await.unwrap();
    let Delivery::Event(event) = consumer.next().await.unwrap() else {
        panic!("no event");
    };
    assert_eq!(event.position, 3.into());
}

#[tokio::test]
async fn a_filtered_consumer_moves_though_nothing_matches() {
    let (log, models) = (filled(9).await, MemoryReadModels::new());
    let other = Selection::all().category(Category::new("other").unwrap());
    let mails = mails(&log, &models, options()).selecting(other);
    let mut consumer = mails.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut consumer).await, [""; 0]);
    assert_eq!(mails.progress().await.unwrap()[0].through, 9.into());
    append(&log, "other-1", "x").await;
    append(&log, "s-1", "y").await;
    assert_eq!(to_the_end(&mut consumer).await, ["x"]);
    assert_eq!(mails.progress().await.unwrap()[0].through, 11.into());
}

#[tokio::test]
async fn a_subscription_begins_where_it_is_told_to_the_first_time() {
    for (start, expected) in [
        (Start::Beginning, vec!["1", "2", "3", "4"]),
        (Start::After(2.into()), vec!["3", "4"]),
        (Start::After(99.into()), vec!["4"]),
        (Start::Now, vec!["4"]),
    ] {
        let (log, models) = (filled(3).await, MemoryReadModels::new());
        let mails = mails(&log, &models, options()).starting(start);
        let consumer = mails.consume(0).await.unwrap();
        consumer.close().await;
        append(&log, "s-1", "4").await;
        let mut consumer = mails.consume(0).await.unwrap();
        assert_eq!(to_the_end(&mut consumer).await, expected, "{start:?}");
    }
}

#[tokio::test]
async fn segments_share_the_streams_and_have_one_consumer_each() {
    let (log, models) = (filled(60).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options().segments(segments(3)));
    let mut all = Vec::new();
    for segment in 0..3 {
        let mut consumer = mails.consume(segment).await.unwrap();
        assert!(matches!(
            mails.consume(segment).await,
            Err(ProjectionError::Models(ReadModelError::Held { .. }))
        ));
        all.extend(to_the_end(&mut consumer).await);
        consumer.close().await;
    }
    assert!(matches!(
        mails.consume(3).await,
        Err(ProjectionError::Models(ReadModelError::NoSuchBuild { .. }))
    ));
    let mut numbers: Vec<u32> = all.iter().map(|n| n.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_consumer_that_was_taken_over_acknowledges_nothing() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let (log, models) = (filled(2).await, MemoryReadModels::with_clock(clock.clone()));
    let mails = mails(&log, &models, options());
    let mut frozen = mails.consume(0).await.unwrap();
    frozen.next().await.unwrap();
    clock.advance(options().ttl);
    let mut next = mails.consume(0).await.unwrap();
    assert!(matches!(
        frozen.acknowledge(1).await,
        Err(ProjectionError::Models(ReadModelError::Fenced { .. }))
    ));
    assert_eq!(to_the_end(&mut next).await, ["1", "2"]);
}

#[tokio::test]
async fn a_position_of_another_log_is_refused() {
    let (log, models) = (filled(3).await, MemoryReadModels::new());
    let first = mails(&log, &models, options());
    let mut consumer = first.consume(0).await.unwrap();
    to_the_end(&mut consumer).await;
    consumer.close().await;
    let other = mails(&filled(3).await, &models, options());
    assert!(matches!(
        other.consume(0).await,
        Err(ProjectionError::Stale { .. })
    ));
    // The refused consumer holds nothing.
    first.consume(0).await.unwrap().close().await;

    // An operator decides that it goes on after the event at position 1.
    other.reset(Start::After(1.into())).await.unwrap();
    let mut consumer = other.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut consumer).await, ["2", "3"]);
}

#[tokio::test]
async fn a_reset_delivers_events_once_more_and_ends_the_consumer_at_work() {
    let (log, models) = (filled(3).await, MemoryReadModels::new());
    let mails = mails(&log, &models, options());
    // Without a position yet, a reset sets the first one.
    mails.reset(Start::After(2.into())).await.unwrap();
    let mut consumer = mails.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut consumer).await, ["3"]);
    mails.reset(Start::Beginning).await.unwrap();
    append(&log, "s-1", "4").await;
    consumer.next().await.unwrap();
    assert!(matches!(
        consumer.acknowledge(4).await,
        Err(ProjectionError::Models(ReadModelError::NoSuchBuild { .. }))
    ));
    let mut again = mails.consume(0).await.unwrap();
    assert_eq!(to_the_end(&mut again).await, ["1", "2", "3", "4"]);
    let name = ModelName::new("mails").unwrap();
    assert_eq!(models.builds(&name).await.unwrap().len(), 1);
}
