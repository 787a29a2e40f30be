//! Law 23 with notifications: they wake a reader at once, and a reader that gets none wakes all the
//! same. Followers share one connection.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::TryStreamExt;
use persistence_postgres::{PostgresOptions, PostgresStore};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, GlobalPosition};

use crate::fixture::{Place, event, stream};

/// The sessions that listen in the database of a place.
const LISTENERS: &str = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'
    AND datname = current_database()";

/// A store that listens, with an hour between its looks.
async fn listening(place: &Place) -> PostgresStore {
    let options = PostgresOptions::new()
        .with_notifications()
        .with_pause_while_listening(Duration::from_secs(3_600));
    place.store_with(options).await
}

async fn until_listening(place: &Place, listeners: u32) {
    let count = format!("SELECT count(*) {LISTENERS}");
    while place.sql(&count).unwrap().parse::<u32>().unwrap() != listeners {
        tokio::task::yield_now().await;
    }
}

async fn append(store: &PostgresStore) {
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
}

/// The end of the log once it is past `position`.
async fn past(store: &PostgresStore, position: u64) -> u64 {
    let position = GlobalPosition::new(position).unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(60), store.wait_past(position));
    waited.await.unwrap().unwrap().get()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_wakes_a_reader_whose_looks_are_an_hour_apart() {
    let place = Place::new();
    let writer = place
        .store_with(PostgresOptions::new().with_notifications())
        .await;
    let reader = listening(&place).await;
    until_listening(&place, 2).await;
    for position in 1..=20 {
        let (end, ()) = tokio::join!(past(&reader, position - 1), append(&writer));
        assert_eq!(end, position);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_listener_has_lost_its_connection_wakes_all_the_same() {
    let place = Place::new();
    // It notifies nobody.
    let writer = place.store().await;
    let reader = listening(&place).await;
    until_listening(&place, 1).await;
    let end = tokio::spawn(async move { (past(&reader, 0).await, reader) });
    place
        .sql(&format!("SELECT pg_terminate_backend(pid) {LISTENERS}"))
        .unwrap();
    append(&writer).await;
    let (end, reader) = end.await.unwrap();
    assert_eq!(end, 1);
    // The listener is back.
    until_listening(&place, 1).await;
    let notifying = place
        .store_with(PostgresOptions::new().with_notifications())
        .await;
    let (end, ()) = tokio::join!(past(&reader, 1), append(&notifying));
    assert_eq!(end, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_listens_no_more() {
    let place = Place::new();
    let store = listening(&place).await;
    until_listening(&place, 1).await;
    store.close().await;
    until_listening(&place, 0).await;
}

#[tokio::test]
async fn followers_and_a_writer_of_one_task_need_one_connection_that_reads() {
    const EVENTS: usize = 30;
    let place = Place::new();
    let options = PostgresOptions::new().with_readers(NonZeroU32::MIN);
    let store = place.store_with(options).await;
    let other = place.store().await;
    let follow = async || {
        let mut events = std::pin::pin!(store.follow(LogQuery::new()));
        let mut positions = Vec::new();
        while positions.len() < EVENTS {
            let event = events.try_next().await.unwrap().unwrap();
            positions.push(event.position.get());
        }
        positions
    };
    let write = async {
        for number in 0..EVENTS {
            append(if number % 2 == 0 { &store } else { &other }).await;
        }
    };
    let (one, two, ()) = tokio::join!(follow(), follow(), write);
    let expected: Vec<_> = (1..=EVENTS as u64).collect();
    assert_eq!((&one, &two), (&expected, &expected));
}
