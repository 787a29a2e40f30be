//! Pages of the log: readers that are dropped in the middle, and payloads around the size up to
//! which they come with their rows.

use std::num::NonZeroU32;

use futures_util::poll;
use persistence_postgres::PostgresOptions;
use shared_kernel::event::EventType;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, NewEvent};

use crate::fixture::{Place, log, stream};

fn event_of(bytes: usize) -> NewEvent {
    let payload = vec![b'x'; bytes];
    NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), payload).unwrap()
}

#[tokio::test]
async fn a_page_that_is_dropped_in_the_middle_leaves_nothing_to_the_next_one() {
    let place = Place::new();
    let one_reader = PostgresOptions::new().with_readers(NonZeroU32::MIN);
    let store = place.store_with(one_reader).await;
    let events = (0..1_000).map(|_| event_of(6_000)).collect();
    let appended = store.append_to(stream("a-1"), ExpectedVersion::NoStream, events);
    appended.await.unwrap();
    let query = LogQuery::new();
    let mut dropped = 0;
    for polls in 1..=30 {
        let mut page = Box::pin(store.read_log_page(&query));
        let mut is_ready = false;
        for _ in 0..polls {
            is_ready = is_ready || poll!(&mut page).is_ready();
            tokio::task::yield_now().await;
        }
        dropped += u32::from(!is_ready);
        drop(page);
        assert_eq!(log(&store).await.len(), 1_000, "after {polls} polls");
    }
    assert!(dropped > 0, "no page was dropped in the middle");
}

#[tokio::test]
async fn a_payload_comes_back_on_both_sides_of_the_size_that_comes_with_its_row() {
    let place = Place::new();
    let store = place.store().await;
    let sizes = [0, 8_191, 8_192, 8_193, 1, 16_385];
    let events = sizes.map(event_of).to_vec();
    let appended = store.append_to(stream("a-1"), ExpectedVersion::NoStream, events);
    appended.await.unwrap();
    let read = log(&store).await;
    let found: Vec<_> = read.iter().map(|event| event.payload.len()).collect();
    assert_eq!(found, sizes);
    let stream = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(stream, read);
}
