//! Laws 15, 16 and 23 where a page is longer than one statement reads, and where numbers are missing.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use futures_util::TryStreamExt;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::{
    EventStore, EventStoreExt, EventType, ExpectedVersion, GlobalPosition, LogQuery, Metadata,
    MetadataKey, NewEvent, StreamQuery, StreamVersion,
};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream, version};

const LENGTHS: [usize; 7] = [1, 256, 511, 512, 513, 700, 1_000];

fn size(events: usize) -> NonZeroUsize {
    NonZeroUsize::new(events).unwrap()
}

async fn filled(store: &SqliteStore, count: usize) {
    filled_by(store, count, 500).await;
}

async fn filled_by(store: &SqliteStore, count: usize, part: usize) {
    for part in events(count).chunks(part) {
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, part.to_vec())
            .await
            .unwrap();
    }
}

async fn versions(store: &SqliteStore, query: StreamQuery) -> Vec<u64> {
    let read: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
    read.iter().map(|event| event.version.get()).collect()
}

async fn positions(store: &SqliteStore, query: LogQuery) -> Vec<u64> {
    let read: Vec<_> = store.read_log(query).try_collect().await.unwrap();
    read.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn a_page_of_any_length_has_every_event_once_and_in_order() {
    let place = Place::new();
    let store = place.store().await;
    filled(&store, 1_000).await;
    for length in LENGTHS {
        let last = u64::try_from(length).unwrap();
        let forward: Vec<u64> = (1..=last).collect();
        let backward: Vec<u64> = (1_001 - last..=1_000).rev().collect();
        let query = StreamQuery::new(stream("a-1")).page_size(size(length));

        let page = store.read_stream_page(&query).await.unwrap();
        let found: Vec<u64> = page.items.iter().map(|e| e.version.get()).collect();
        assert_eq!(found, forward);
        let next = (last < 1_000).then(|| StreamVersion::new(last + 1).unwrap());
        assert_eq!(page.next, next);
        let page = store.read_stream_page(&query.backward()).await.unwrap();
        let found: Vec<u64> = page.items.iter().map(|e| e.version.get()).collect();
        assert_eq!(found, backward);
        let next = (last < 1_000).then(|| StreamVersion::new(1_000 - last).unwrap());
        assert_eq!(page.next, next);

        let query = LogQuery::new().limit(last).page_size(size(1_000));
        assert_eq!(positions(&store, query.clone()).await, forward);
        assert_eq!(positions(&store, query.backward()).await, backward);
    }
}

#[tokio::test]
async fn a_part_of_a_stream_ends_where_it_was_asked_to() {
    let place = Place::new();
    let store = place.store().await;
    filled(&store, 1_000).await;
    for (from, to) in [(1, 1), (200, 800), (512, 513), (1_000, 1_000), (900, 5_000)] {
        let query = StreamQuery::new(stream("a-1"))
            .page_size(size(1_000))
            .versions(version(from)..=version(to));
        let mut expected: Vec<u64> = (u64::from(from)..=u64::from(to).min(1_000)).collect();
        assert_eq!(versions(&store, query.clone()).await, expected);
        expected.reverse();
        assert_eq!(versions(&store, query.backward()).await, expected);
    }
    let beyond = StreamQuery::new(stream("a-1")).versions(version(1_001)..);
    assert!(versions(&store, beyond.clone()).await.is_empty());
    assert!(versions(&store, beyond.backward()).await.is_empty());
}

#[tokio::test]
async fn events_that_are_gone_hide_none_of_the_others() {
    let place = Place::new();
    let store = place.store().await;
    filled_by(&store, 1_000, 1).await;
    place
        .shell()
        .await
        .execute(
            "DROP TRIGGER runs_are_never_deleted; \
             DELETE FROM runs WHERE position BETWEEN 2 AND 300 OR position BETWEEN 400 AND 990",
        )
        .await
        .unwrap();
    let left: Vec<u64> = (1..=1_000)
        .filter(|number| !(2..=300).contains(number) && !(400..=990).contains(number))
        .collect();
    let reversed: Vec<u64> = left.iter().rev().copied().collect();
    for page in [1, 7, 512, 1_000] {
        let query = StreamQuery::new(stream("a-1")).page_size(size(page));
        assert_eq!(versions(&store, query.clone()).await, left);
        assert_eq!(versions(&store, query.backward()).await, reversed);
        let query = LogQuery::new().page_size(size(page));
        assert_eq!(positions(&store, query.clone()).await, left);
        assert_eq!(positions(&store, query.backward()).await, reversed);
    }
}

#[tokio::test]
async fn large_events_are_read_where_one_connection_must_do() {
    let place = Place::new();
    let one = SqliteOptions::new().with_readers(NonZeroU32::MIN);
    let store = place.store_with(one).await;
    let large = || {
        let payload = format!("\"{}\"", "x".repeat(20_000));
        NewEvent::new(event("1").id, EventType::new("Large").unwrap(), payload)
    };
    let mut mixed = events(600);
    for at in [0, 3, 400, 511, 512, 599] {
        mixed[at] = large();
    }
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, mixed.clone())
        .await
        .unwrap();
    let forward: Vec<_> = mixed.iter().map(|event| event.id).collect();
    let backward = forward.iter().rev().copied().collect();
    let query = LogQuery::new().page_size(size(1_000));
    for (query, expected) in [(query.clone(), forward), (query.backward(), backward)] {
        let reading = store.read_log(query).try_collect::<Vec<_>>();
        let read = tokio::time::timeout(Duration::from_secs(60), reading).await;
        let read = read.expect("no reading waits for itself").unwrap();
        let ids: Vec<_> = read.iter().map(|event| event.id).collect();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn a_page_is_cut_where_it_has_many_bytes_in_either_direction() {
    let place = Place::new();
    let store = place.store().await;
    let megabyte = format!("\"{}\"", "x".repeat(1 << 20));
    for _ in 0..20 {
        let large = NewEvent::new(
            event("1").id,
            EventType::new("Large").unwrap(),
            megabyte.clone(),
        );
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![large])
            .await
            .unwrap();
    }
    let first = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert_eq!(first.items.len(), 8);
    assert_eq!(first.next, Some(GlobalPosition::new(9).unwrap()));
    let last = store
        .read_log_page(&LogQuery::new().backward())
        .await
        .unwrap();
    assert_eq!(last.items.len(), 8);
    assert_eq!(last.next, Some(GlobalPosition::new(12).unwrap()));
    let all: Vec<u64> = (1..=20).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    let reversed: Vec<u64> = all.iter().rev().copied().collect();
    assert_eq!(
        positions(&store, LogQuery::new().backward()).await,
        reversed
    );
}

/// A filtered read looks at a part of the log at a time. No event of a run that lies across the end of one is
/// passed over, and none comes twice.
#[tokio::test]
async fn a_run_across_the_end_of_what_is_looked_at_is_read_whole() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    let mut position = 0;
    while position < 9_000 {
        for (name, count) in [("b-1", 37), ("a-1", 23)] {
            store
                .append_to(stream(name), any, events(count))
                .await
                .unwrap();
            position += count;
        }
    }
    let a = store.read_whole_stream(stream("a-1")).await.unwrap();
    let mut expected: Vec<_> = a.iter().map(|event| event.position.get()).collect();
    for page in [7, 1_000] {
        let query = LogQuery::new()
            .category(stream("a-1").category())
            .page_size(size(page));
        assert_eq!(positions(&store, query.clone()).await, expected);
        expected.reverse();
        assert_eq!(positions(&store, query.backward()).await, expected);
        expected.reverse();
    }
}

#[tokio::test]
async fn what_sqlite_cannot_look_into_is_in_nobodys_way() {
    let place = Place::new();
    let store = place.store().await;
    let deep = ["[".repeat(5_000), "]".repeat(5_000)].concat();
    let deep = NewEvent::new(event("1").id, EventType::new("Deep").unwrap(), deep);
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, vec![deep.clone()])
        .await
        .unwrap();
    store.close().await;
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!((read.len(), &read[0].payload), (2, &deep.payload));
    let rows: i64 = sqlx::query_scalar("SELECT count(payload ->> '$') FROM history")
        .fetch_one(&mut place.shell().await)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_page_of_many_middling_events_is_cut_too() {
    let place = Place::new();
    let store = place.store().await;
    let payload = format!("\"{}\"", "x".repeat(14_998));
    let middling = |_| {
        let event_type = EventType::new("Middling").unwrap();
        NewEvent::new(event("1").id, event_type, payload.clone())
    };
    store
        .append_to(
            stream("a-1"),
            ExpectedVersion::NoStream,
            (0..700).map(middling).collect(),
        )
        .await
        .unwrap();
    // So many of 15,000 bytes are 8 MiB.
    let page = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert_eq!(page.items.len(), 560);
    assert_eq!(page.next, GlobalPosition::new(561).ok());
    let all: Vec<u64> = (1..=700).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    let category = LogQuery::new().category(stream("a-1").category());
    let mut backward = positions(&store, category.backward()).await;
    backward.reverse();
    assert_eq!(backward, all);
}

#[tokio::test]
async fn a_page_has_so_many_events_at_most_and_the_next_one_goes_on() {
    let place = Place::new();
    let store = place.store().await;
    filled_by(&store, 4_500, 900).await;
    let query = LogQuery::new().page_size(size(10_000));
    let first = store.read_log_page(&query).await.unwrap();
    assert_eq!(first.items.len(), 4_096);
    assert_eq!(first.next, GlobalPosition::new(4_097).ok());
    let last = store
        .read_log_page(&query.clone().backward())
        .await
        .unwrap();
    assert_eq!(last.items.len(), 1_024);
    assert_eq!(last.next, GlobalPosition::new(4_500 - 1_024).ok());

    let mut all: Vec<u64> = (1..=4_500).collect();
    let of_stream = StreamQuery::new(stream("a-1"));
    assert_eq!(positions(&store, query.clone()).await, all);
    assert_eq!(versions(&store, of_stream.clone()).await, all);
    all.reverse();
    assert_eq!(positions(&store, query.backward()).await, all);
    assert_eq!(versions(&store, of_stream.backward()).await, all);
}

#[tokio::test]
async fn a_page_of_large_metadata_is_cut_and_the_next_one_goes_on() {
    let place = Place::new();
    let store = place.store().await;
    let wide = "x".repeat(60_000);
    let wide = |event: NewEvent| {
        let key = MetadataKey::new("wide").unwrap();
        event.with_metadata(Metadata::new().with_pair(key, wide.clone()))
    };
    for part in events(400).chunks(50) {
        let part = part.iter().cloned().map(wide).collect();
        let (any, other) = (ExpectedVersion::Any, events(1));
        store.append_to(stream("a-1"), any, part).await.unwrap();
        store.append_to(stream("b-1"), any, other).await.unwrap();
    }
    // So many of 60,000 bytes are 8 MiB, and what else comes in one piece.
    let page = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert!(
        (139..=220).contains(&page.items.len()),
        "{}",
        page.items.len()
    );
    let of_stream = StreamQuery::new(stream("a-1"));
    let page = store.read_stream_page(&of_stream).await.unwrap();
    assert!(
        (139..=220).contains(&page.items.len()),
        "{}",
        page.items.len()
    );

    let mut all: Vec<u64> = (1..=408).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    all.reverse();
    assert_eq!(positions(&store, LogQuery::new().backward()).await, all);
    let mut all: Vec<u64> = (1..=400).collect();
    assert_eq!(versions(&store, of_stream.clone()).await, all);
    all.reverse();
    assert_eq!(versions(&store, of_stream.backward()).await, all);
}

#[tokio::test]
async fn a_page_of_payloads_apart_is_short_before_anybody_has_looked_at_them() {
    let place = Place::new();
    let store = place.store().await;
    let binary = |_| NewEvent::new(event("1").id, EventType::new("Sent").unwrap(), &b"\xff"[..]);
    for _ in 0..3 {
        let events = (0..500).map(binary).collect();
        let any = ExpectedVersion::Any;
        store.append_to(stream("a-1"), any, events).await.unwrap();
    }
    let page = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert!(
        (1_024..1_100).contains(&page.items.len()),
        "{}",
        page.items.len()
    );
    let all: Vec<u64> = (1..=1_500).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    let of_stream = StreamQuery::new(stream("a-1"));
    assert_eq!(versions(&store, of_stream).await, all);
}
