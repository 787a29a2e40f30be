//! Laws 15, 16 and 23 where a page is large, and where batches are missing.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use futures_util::TryStreamExt;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::event::{EventIdGenerator, EventType, MetadataKey};
use shared_kernel::snapshot::{SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema};
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::stream::Category;
use shared_kernel::{
    Append, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, Metadata, NewEvent,
    SnapshotStore, StoreError, StreamVersion,
};

use crate::fixture::{Place, event, events, stream, version};

const LENGTHS: [usize; 7] = [1, 256, 511, 512, 513, 700, 1_000];

/// The most events of a page.
const MAX_EVENTS: usize = 512;

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
        let last = u64::try_from(length.min(MAX_EVENTS)).unwrap();
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

        let query = LogQuery::new().limit(last).page_size(size(length));
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

/// A read that meets a gap fails; reads around it succeed.
#[tokio::test]
async fn batches_that_are_gone_are_damage_for_every_reader_that_meets_them() {
    let place = Place::new();
    let store = place.store().await;
    filled_by(&store, 1_000, 1).await;
    let gone = "DELETE FROM batches \
        WHERE last_position BETWEEN 2 AND 300 OR last_position BETWEEN 400 AND 990";
    place.tamper(gone).await;
    let is_damage = |outcome| matches!(outcome, Err(StoreError::Damaged { .. }));
    for page in [1, 7, 512, 1_000] {
        let query = StreamQuery::new(stream("a-1")).page_size(size(page));
        for query in [query.clone(), query.backward()] {
            let read = store.read_stream(query.clone()).try_collect::<Vec<_>>();
            assert!(is_damage(read.await), "{query:?}");
        }
        let query = LogQuery::new().page_size(size(page));
        for query in [query.clone(), query.backward()] {
            let read = store.read_log(query.clone()).try_collect::<Vec<_>>();
            assert!(is_damage(read.await), "{query:?}");
        }
        for (from, to) in [(1, 1), (301, 399), (991, 1_000)] {
            let expected: Vec<u64> = (from..=to).collect();
            let number = |number: u64| StreamVersion::new(number).unwrap();
            let query = StreamQuery::new(stream("a-1")).page_size(size(page));
            let query = query.versions(number(from)..=number(to));
            assert_eq!(versions(&store, query).await, expected);
            let number = |number: u64| GlobalPosition::new(number).unwrap();
            let query = LogQuery::new().page_size(size(page));
            let query = query.positions(number(from)..=number(to));
            assert_eq!(positions(&store, query).await, expected);
        }
    }
}

#[tokio::test]
async fn large_events_are_read_on_a_single_connection() {
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
        let read = read.expect("no read waits for itself").unwrap();
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

/// A filtered read looks at a part of the log at a time. A batch may lie across the end of one:
/// none of its events is passed over, and none comes twice.
#[tokio::test]
async fn a_batch_across_the_end_of_a_page_is_read_whole() {
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
async fn json_that_is_too_deep_for_sqlite_disturbs_no_other_event() {
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
    let payload = format!("\"{}\"", "x".repeat(19_998));
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
    // 420 events of 20,000 bytes are 8 MiB.
    let page = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert_eq!(page.items.len(), 420);
    assert_eq!(page.next, GlobalPosition::new(421).ok());
    let all: Vec<u64> = (1..=700).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    let category = LogQuery::new().category(stream("a-1").category());
    let mut backward = positions(&store, category.backward()).await;
    backward.reverse();
    assert_eq!(backward, all);
}

#[tokio::test]
async fn a_page_has_a_most_of_events_and_the_next_one_goes_on() {
    let place = Place::new();
    let store = place.store().await;
    filled_by(&store, 4_500, 900).await;
    let query = LogQuery::new().page_size(size(10_000));
    let of_stream = StreamQuery::new(stream("a-1")).page_size(size(10_000));
    let first = store.read_log_page(&query).await.unwrap();
    assert_eq!(first.items.len(), 4_096);
    assert_eq!(first.next, GlobalPosition::new(4_097).ok());
    let first = store.read_stream_page(&of_stream).await.unwrap();
    assert_eq!(first.items.len(), MAX_EVENTS);
    assert_eq!(first.next, StreamVersion::new(513).ok());
    let last = query.clone().backward();
    let last = store.read_log_page(&last).await.unwrap();
    assert_eq!(last.items.len(), MAX_EVENTS);
    assert_eq!(last.next, GlobalPosition::new(4_500 - 512).ok());
    let last = of_stream.clone().backward();
    let last = store.read_stream_page(&last).await.unwrap();
    assert_eq!(last.items.len(), MAX_EVENTS);
    assert_eq!(last.next, StreamVersion::new(4_500 - 512).ok());

    let mut all: Vec<u64> = (1..=4_500).collect();
    assert_eq!(positions(&store, query.clone()).await, all);
    assert_eq!(versions(&store, of_stream.clone()).await, all);
    all.reverse();
    assert_eq!(positions(&store, query.backward()).await, all);
    assert_eq!(versions(&store, of_stream.backward()).await, all);
}

#[tokio::test]
async fn events_with_large_metadata_are_all_read() {
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
    let of_stream = StreamQuery::new(stream("a-1"));

    // A page ends after the slice that makes it longer than 8 MiB.
    let first = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert_eq!(first.items.len(), 256);
    let mut all: Vec<u64> = (1..=408).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    all.reverse();
    assert_eq!(positions(&store, LogQuery::new().backward()).await, all);
    let mut all: Vec<u64> = (1..=400).collect();
    assert_eq!(versions(&store, of_stream.clone()).await, all);
    all.reverse();
    assert_eq!(versions(&store, of_stream.backward()).await, all);
}

/// Batches of three events, so that a batch ends after the slice in which a page of 8 MiB ends.
#[tokio::test]
async fn a_page_that_ends_within_a_batch_loses_no_event() {
    let place = Place::new();
    let store = place.store().await;
    let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(3_000));
    let large = |_| {
        let id = EventIdGenerator::default().generate().unwrap();
        NewEvent::new(id, EventType::new("Happened").unwrap(), text.clone())
    };
    for _ in 0..40 {
        let mut append = Append::new();
        for number in 0..33 {
            let name = stream(&format!("a-{number}"));
            append = append.write(name, ExpectedVersion::Any, (0..3).map(large).collect());
        }
        store.append(append).await.unwrap();
    }
    let first = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert!(first.items.len() < 3_960, "the page is bounded");
    let all: Vec<u64> = (1..=3_960).collect();
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    let category = LogQuery::new().category(Category::new("a").unwrap());
    assert_eq!(positions(&store, category).await, all);
    let of_type = LogQuery::new().event_type(EventType::new("Happened").unwrap());
    assert_eq!(positions(&store, of_type).await, all);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn small_out_of_line_payloads_are_all_read() {
    let place = Place::new();
    let store = place.store().await;
    let binary = |_| NewEvent::new(event("1").id, EventType::new("Sent").unwrap(), &b"\xff"[..]);
    for _ in 0..3 {
        let events = (0..500).map(binary).collect();
        let any = ExpectedVersion::Any;
        store.append_to(stream("a-1"), any, events).await.unwrap();
    }
    let page = store.read_log_page(&LogQuery::new()).await.unwrap();
    assert!(page.items.iter().all(|event| event.payload == b"\xff"[..]));
    let mut all: Vec<u64> = (1..=1_500).collect();
    let of_stream = StreamQuery::new(stream("a-1"));
    assert_eq!(positions(&store, LogQuery::new()).await, all);
    assert_eq!(versions(&store, of_stream.clone()).await, all);
    all.reverse();
    assert_eq!(positions(&store, LogQuery::new().backward()).await, all);
    assert_eq!(versions(&store, of_stream.backward()).await, all);
}

/// A stream of many small batches, half of them moved to the large table of the index.
#[tokio::test]
async fn a_stream_of_many_batches_is_read_from_every_version_and_snapshot() {
    let place = Place::new();
    let store = place.store().await;
    filled_by(&store, 700, 1).await;
    let moved = "DELETE FROM recent_batches";
    sqlx::Executor::execute(&mut place.shell().await, moved)
        .await
        .unwrap();
    filled_by(&store, 700, 1).await;
    for page in [1, 511, 512, 513, 1_400] {
        for (from, to) in [(1, 1_400), (600, 800), (700, 701), (1_399, 1_400)] {
            let query = StreamQuery::new(stream("a-1")).page_size(size(page));
            let query = query.versions(version(from)..=version(to));
            if to - from > 300 && page == 1 {
                continue;
            }
            let mut expected: Vec<u64> = (u64::from(from)..=u64::from(to)).collect();
            assert_eq!(versions(&store, query.clone()).await, expected);
            expected.reverse();
            assert_eq!(versions(&store, query.backward()).await, expected);
        }
    }
    for taken in [1_390, 1_100, 700, 300, 1] {
        let schema = StateSchema::new(format!("state/{taken}")).unwrap();
        let snapshot = SnapshotRecord {
            stream: stream("a-1"),
            version: version(taken),
            schema: schema.clone(),
            taken_at: jiff::Timestamp::UNIX_EPOCH,
            payload: "1".into(),
        };
        store.save(snapshot).await.unwrap();
        let query = SnapshotQuery::new(stream("a-1"), schema);
        let query = query.page_size(size(400));
        let found = store.read_from_snapshot(&query).await.unwrap();
        assert_eq!(found.snapshot.unwrap().version, version(taken));
        let last = (taken + 399).min(1_400);
        let versions = found.tail.items.iter().map(|event| event.version.get());
        assert!(versions.eq(u64::from(taken)..=u64::from(last)), "{taken}");
        assert_eq!(found.tail.next, (last < 1_400).then(|| version(last + 1)));
    }
}

/// The next batch of a stream is in one of the two tables of its index, wherever a page ends.
#[tokio::test]
async fn a_small_page_of_a_stream_in_both_index_tables_goes_on_without_a_gap() {
    let place = Place::new();
    let store = place.store().await;
    for batch in 0..6 {
        if batch == 4 {
            let moved = "DELETE FROM recent_batches";
            let mut shell = place.shell().await;
            sqlx::Executor::execute(&mut shell, moved).await.unwrap();
        }
        filled_by(&store, 3, 3).await;
    }
    for page in 1..=19 {
        for from in 1..=18 {
            let query = StreamQuery::new(stream("a-1")).page_size(size(page));
            let query = query.versions(version(from)..);
            let expected: Vec<u64> = (u64::from(from)..=18).collect();
            assert_eq!(versions(&store, query).await, expected);
            let query = StreamQuery::new(stream("a-1")).page_size(size(page));
            let query = query.versions(..=version(from)).backward();
            let expected: Vec<u64> = (1..=u64::from(from)).rev().collect();
            assert_eq!(versions(&store, query).await, expected);
        }
    }
}
