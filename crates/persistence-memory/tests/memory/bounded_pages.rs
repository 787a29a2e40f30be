//! The pages of a long log: each scans at most 4,096 events, and a walk still finds every event.

use persistence_memory::MemoryEventStore;
use shared_kernel::store::{Direction, LogQuery, StreamsQuery};
use shared_kernel::stream::Category;
use shared_kernel::{
    Append, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, RecordedEvent, StreamId,
    StreamVersion,
};

use crate::handles::{events, stream};

const MAX_SCANNED: usize = 4096;

/// A store with `rare-1`, then `others` events of `common-1`, then `rare-2`.
async fn with_others_between(others: usize) -> MemoryEventStore {
    let store = MemoryEventStore::new();
    for (name, count) in [("rare-1", 1), ("common-1", others), ("rare-2", 1)] {
        let append = Append::new().write(stream(name), ExpectedVersion::Any, events(count));
        store.append(append).await.unwrap();
    }
    store
}

fn rare(direction: Direction) -> LogQuery {
    LogQuery::new()
        .category(Category::new("rare").unwrap())
        .direction(direction)
}

/// Walks a query to its end and returns the events of each page.
async fn pages(store: &MemoryEventStore, mut query: LogQuery) -> Vec<Vec<RecordedEvent>> {
    let mut pages = Vec::new();
    loop {
        let page = store.read_log_page(&query).await.unwrap();
        pages.push(page.items);
        match (page.next, query.range.direction) {
            (None, _) => return pages,
            (Some(next), Direction::Forward) => query.range.from = next,
            (Some(next), Direction::Backward) => query.range.to = next,
        }
    }
}

#[tokio::test]
async fn a_sparse_filter_returns_several_pages_some_of_them_empty() {
    let store = with_others_between(2 * MAX_SCANNED).await;
    for direction in [Direction::Forward, Direction::Backward] {
        let found = pages(&store, rare(direction)).await;
        let sizes: Vec<_> = found.iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 0, 1], "{direction:?}");
    }
}

#[tokio::test]
async fn the_next_page_begins_where_the_scan_ended() {
    let store = with_others_between(2 * MAX_SCANNED).await;
    let at = |number: usize| Some(GlobalPosition::from(u32::try_from(number).unwrap()));
    let page = store
        .read_log_page(&rare(Direction::Forward))
        .await
        .unwrap();
    assert_eq!(page.next, at(MAX_SCANNED + 1));
    let page = store
        .read_log_page(&rare(Direction::Backward))
        .await
        .unwrap();
    assert_eq!(page.next, at(2 + 2 * MAX_SCANNED - MAX_SCANNED));
}

#[tokio::test]
async fn a_scan_that_ends_with_the_log_has_no_next_page() {
    let store = with_others_between(MAX_SCANNED - 2).await;
    let found = pages(&store, rare(Direction::Forward)).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 2);

    let store = with_others_between(MAX_SCANNED - 1).await;
    let sizes: Vec<_> = pages(&store, rare(Direction::Forward))
        .await
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [1, 1]);
}

#[tokio::test]
async fn a_limit_that_is_filled_ends_the_walk_before_the_log_does() {
    let store = with_others_between(MAX_SCANNED).await;
    let page = store
        .read_log_page(&rare(Direction::Forward).limit(1))
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
}

#[tokio::test]
async fn a_follower_with_a_sparse_filter_gets_past_empty_pages() {
    use futures_util::StreamExt;
    let store = with_others_between(3 * MAX_SCANNED).await;
    let found: Vec<_> = store
        .follow(rare(Direction::Forward).limit(2))
        .collect()
        .await;
    let streams: Vec<_> = found
        .into_iter()
        .map(|event| event.unwrap().stream)
        .collect();
    assert_eq!(streams, ["rare-1", "rare-2"].map(stream));
}

#[tokio::test]
async fn a_category_of_maximum_length_holds_the_stream_of_the_same_name() {
    let store = MemoryEventStore::new();
    let longest = "n".repeat(StreamId::MAX_BYTES);
    for name in [&longest[..], &longest[1..], "m-1", "o-1"] {
        store
            .append_to(stream(name), ExpectedVersion::Any, events(2))
            .await
            .unwrap();
    }
    let query = StreamsQuery {
        category: Some(Category::new(&longest).unwrap()),
        ..StreamsQuery::default()
    };
    let page = store.list_streams(&query).await.unwrap();
    assert_eq!(page.next, None);
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].stream, stream(&longest));
    assert_eq!(page.items[0].version, StreamVersion::from(2));

    let after = StreamsQuery {
        after: Some(stream(&longest)),
        ..query
    };
    assert_eq!(store.list_streams(&after).await.unwrap().items, []);
}
