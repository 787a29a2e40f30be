//! The methods of `EventStoreExt`: reads of many pages as one sequence, and following.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use persistence_memory::MemoryEventStore;
use shared_kernel::event::EventType;
use shared_kernel::store::{Direction, LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::stream::Category;
use shared_kernel::{
    Append, EventId, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent,
};

use crate::doubles::{Events, broken};
use crate::fixture::{at, version};
use crate::tally::stream;

fn event(number: u8) -> NewEvent {
    let event_type = if number.is_multiple_of(2) {
        "Even"
    } else {
        "Odd"
    };
    NewEvent::new(
        EventId::from_parts(at(0), [number; 10]),
        EventType::new(event_type).unwrap(),
        vec![number],
    )
}

/// Ten events: the odd ones in `a-1`, the even ones in `b-1`.
async fn ten() -> MemoryEventStore {
    let store = MemoryEventStore::new();
    for number in 1..=10 {
        let name = if number % 2 == 1 { "a-1" } else { "b-1" };
        store
            .append_to(stream(name), ExpectedVersion::Any, vec![event(number)])
            .await
            .unwrap();
    }
    store
}

fn page(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).unwrap()
}

async fn stream_versions(store: &impl EventStore, query: StreamQuery) -> Vec<u64> {
    let read = store.read_stream(query).map_ok(|event| event.version.get());
    read.try_collect().await.unwrap()
}

async fn log_positions(store: &impl EventStore, query: LogQuery) -> Vec<u64> {
    let read = store.read_log(query).map_ok(|event| event.position.get());
    read.try_collect().await.unwrap()
}

#[tokio::test]
async fn an_append_to_one_stream_keeps_its_expectation() {
    let store = ten().await;
    let refused = store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, vec![event(99)])
        .await;
    assert!(refused.is_err());
    let receipt = store
        .append_to(stream("a-1"), version(5).into(), vec![event(99)])
        .await
        .unwrap();
    assert_eq!(receipt.version_of(&stream("a-1")), Some(version(6)));
}

#[tokio::test]
async fn a_stream_is_the_same_sequence_in_pages_of_any_size() {
    let store = ten().await;
    for size in 1..7 {
        let all = || StreamQuery::new(stream("a-1")).page_size(page(size));
        assert_eq!(stream_versions(&store, all()).await, [1, 2, 3, 4, 5]);
        assert_eq!(
            stream_versions(&store, all().backward()).await,
            [5, 4, 3, 2, 1]
        );
        assert_eq!(stream_versions(&store, all().limit(3)).await, [1, 2, 3]);
        assert_eq!(
            stream_versions(&store, all().backward().limit(3)).await,
            [5, 4, 3]
        );
        let part = all().versions(2..=4);
        assert_eq!(stream_versions(&store, part.clone()).await, [2, 3, 4]);
        assert_eq!(
            stream_versions(&store, part.clone().backward()).await,
            [4, 3, 2]
        );
        assert_eq!(stream_versions(&store, part.limit(0)).await, [] as [u64; 0]);
    }
}

#[tokio::test]
async fn the_log_is_the_same_sequence_in_pages_of_any_size() {
    let store = ten().await;
    for size in [1, 2, 3, 10, 11] {
        let all = || LogQuery::new().page_size(page(size));
        let forward: Vec<u64> = (1..=10).collect();
        let backward: Vec<u64> = (1..=10).rev().collect();
        assert_eq!(log_positions(&store, all()).await, forward);
        assert_eq!(
            log_positions(&store, all().direction(Direction::Backward)).await,
            backward
        );
        assert_eq!(log_positions(&store, all().limit(4)).await, [1, 2, 3, 4]);
        assert_eq!(
            log_positions(&store, all().backward().limit(4)).await,
            [10, 9, 8, 7]
        );
        let odd = all().event_type(EventType::new("Odd").unwrap());
        assert_eq!(log_positions(&store, odd).await, [1, 3, 5, 7, 9]);
        let b = all().category(Category::new("b").unwrap()).limit(2);
        assert_eq!(log_positions(&store, b).await, [2, 4]);
        let part = all().positions(4..=6);
        assert_eq!(log_positions(&store, part).await, [4, 5, 6]);
    }
}

#[tokio::test]
async fn a_reader_requests_no_page_after_its_limit() {
    let events = Events::over(ten().await);
    let query = StreamQuery::new(stream("a-1")).page_size(page(2)).limit(2);
    assert_eq!(stream_versions(&events, query).await, [1, 2]);
    assert_eq!(events.take_read_pages().len(), 1);

    let query = StreamQuery::new(stream("a-1")).page_size(page(2)).limit(3);
    assert_eq!(stream_versions(&events, query).await, [1, 2, 3]);
    let limits: Vec<_> = events
        .take_read_pages()
        .iter()
        .map(|query| query.range.limit)
        .collect();
    assert_eq!(limits, [Some(3), Some(1)]);
}

#[tokio::test]
async fn a_reader_that_stops_requests_no_further_page() {
    let events = Events::over(ten().await);
    let query = StreamQuery::new(stream("a-1")).page_size(page(2));
    let mut read = events.read_stream(query);
    read.try_next().await.unwrap();
    read.try_next().await.unwrap();
    assert_eq!(events.take_read_pages().len(), 1);
    read.try_next().await.unwrap();
    assert_eq!(events.take_read_pages().len(), 1);
}

#[tokio::test]
async fn an_error_in_the_middle_comes_after_the_events_before_it() {
    let events = Events::over(ten().await);
    let mut read = events.read_stream(StreamQuery::new(stream("a-1")).page_size(page(2)));
    assert!(read.next().await.unwrap().is_ok());
    events.fail_next_read(broken());
    assert!(read.next().await.unwrap().is_ok());
    assert!(read.next().await.unwrap().is_err());
    assert!(read.next().await.is_none());
}

#[tokio::test]
async fn streams_are_listed_in_pages_of_any_size() {
    let store = ten().await;
    store
        .append_to(stream("b-2"), ExpectedVersion::Any, vec![event(20)])
        .await
        .unwrap();
    for size in [Some(page(1)), Some(page(2)), None] {
        let query = StreamsQuery {
            page_size: size,
            ..StreamsQuery::default()
        };
        let of_b = StreamsQuery {
            category: Some(Category::new("b").unwrap()),
            ..query.clone()
        };
        let after = StreamsQuery {
            after: Some(stream("a-1")),
            ..query.clone()
        };
        for (query, expected) in [
            (query, vec![("a-1", 5), ("b-1", 5), ("b-2", 1)]),
            (of_b, vec![("b-1", 5), ("b-2", 1)]),
            (after, vec![("b-1", 5), ("b-2", 1)]),
        ] {
            let listed: Vec<_> = store.streams(query).try_collect().await.unwrap();
            let listed: Vec<_> = listed
                .iter()
                .map(|s| (s.stream.as_str(), s.version.get()))
                .collect();
            assert_eq!(listed, expected);
        }
    }
}

#[tokio::test]
async fn a_whole_stream_is_read_at_once() {
    let store = ten().await;
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap().len(),
        5
    );
    assert!(
        store
            .read_whole_stream(stream("none"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_follower_gets_old_events_and_then_new_ones() {
    let store = ten().await;
    let query = LogQuery::new().positions(9..).page_size(page(2));
    let mut follower = store.follow(query);
    let position = async |follower: &mut shared_kernel::store::ReadStream<'_, _>| {
        let event: shared_kernel::RecordedEvent = follower.try_next().await.unwrap().unwrap();
        event.position.get()
    };
    assert_eq!(position(&mut follower).await, 9);
    assert_eq!(position(&mut follower).await, 10);
    assert!(futures_util::FutureExt::now_or_never(follower.next()).is_none());
    let three = vec![event(30), event(31), event(32)];
    store
        .append(Append::new().write(stream("a-1"), ExpectedVersion::Any, three))
        .await
        .unwrap();
    for expected in [11, 12, 13] {
        assert_eq!(position(&mut follower).await, expected);
    }
    assert!(futures_util::FutureExt::now_or_never(follower.next()).is_none());
}

#[tokio::test]
async fn a_follower_skips_events_that_its_filter_excludes() {
    let store = ten().await;
    let even = LogQuery::new().event_type(EventType::new("Even").unwrap());
    let mut follower = store.follow(even.positions(10..));
    assert_eq!(
        follower.try_next().await.unwrap().unwrap().position.get(),
        10
    );
    for number in [21, 23, 24] {
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![event(number)])
            .await
            .unwrap();
    }
    assert_eq!(
        follower.try_next().await.unwrap().unwrap().position.get(),
        13
    );
}

#[tokio::test]
async fn a_follower_with_a_limit_ends_and_always_goes_forward() {
    let store = ten().await;
    let followed = |query: LogQuery| {
        let read = store.follow(query).map_ok(|event| event.position.get());
        read.try_collect::<Vec<_>>()
    };
    let three = LogQuery::new().backward().positions(..=1).limit(3);
    assert_eq!(followed(three).await.unwrap(), [1, 2, 3]);
    assert!(followed(LogQuery::new().limit(0)).await.unwrap().is_empty());
    let from_start = LogQuery::new().positions(GlobalPosition::START..).limit(1);
    assert_eq!(followed(from_start).await.unwrap(), [1]);
}

#[tokio::test]
async fn a_shared_store_is_the_store_itself() {
    let store = Arc::new(ten().await);
    let a = stream("a-1");
    let receipt = EventStore::append(
        &store,
        Append::new().write(a.clone(), ExpectedVersion::Any, vec![event(11)]),
    );
    assert_eq!(receipt.await.unwrap().last_position(), Some(11.into()));
    assert_eq!(
        EventStore::stream_version(&store, &a).await.unwrap(),
        version(6)
    );
    assert_eq!(EventStore::head(&store).await.unwrap(), Some(11.into()));
    let found = EventStore::find_event(&store, event(11).id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.position, 11.into());
    let query = StreamQuery::new(a.clone());
    let page = EventStore::read_stream_page(&store, &query).await.unwrap();
    assert_eq!(page, store.as_ref().read_stream_page(&query).await.unwrap());
    assert_eq!(page.items.len(), 6);
    let page = EventStore::read_log_page(&store, &LogQuery::new())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 11);
    let page = EventStore::list_streams(&store, &StreamsQuery::default())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    let head = EventStore::wait_past(&store, GlobalPosition::START)
        .await
        .unwrap();
    assert_eq!(head, 11.into());
}

#[tokio::test]
async fn an_owned_read_moves_into_a_task() {
    let store: Arc<dyn EventStore> = Arc::new(ten().await);
    let of_stream = Arc::clone(&store).read_stream_owned(StreamQuery::new(stream("a-1")));
    let read = tokio::spawn(of_stream.try_collect::<Vec<_>>());
    assert_eq!(read.await.unwrap().unwrap().len(), 5);
    let of_log = Arc::clone(&store).read_log_owned(LogQuery::new().page_size(page(3)));
    let read = tokio::spawn(of_log.try_collect::<Vec<_>>());
    assert_eq!(read.await.unwrap().unwrap().len(), 10);
    let listed = Arc::clone(&store).streams_owned(StreamsQuery::default());
    let listed = tokio::spawn(listed.try_collect::<Vec<_>>());
    assert_eq!(listed.await.unwrap().unwrap().len(), 2);

    let mut follower = Arc::clone(&store).follow_owned(LogQuery::new().positions(11..));
    let next = tokio::spawn(async move { follower.try_next().await });
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event(30)])
        .await
        .unwrap();
    let next = next.await.unwrap().unwrap().unwrap();
    assert_eq!(next.position, 11.into());
}

#[tokio::test]
async fn the_head_of_a_category_is_the_position_of_its_last_event() {
    let store = ten().await;
    let head = async |name| store.head_of(Category::new(name).unwrap()).await.unwrap();
    assert_eq!(head("a").await, Some(9.into()));
    assert_eq!(head("b").await, Some(10.into()));
    assert_eq!(head("none").await, None);
}
