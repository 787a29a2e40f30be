//! Laws on reading a snapshot and its tail in one call: the answer is that of the two ports, called
//! one after the other.

use std::num::NonZeroUsize;
use std::sync::Arc;

use shared_kernel::StreamVersion;
use shared_kernel::snapshot::{SnapshotQuery, SnapshotRecord, SnapshottedEventStore};

use crate::SnapshottedEventStoreHarness;
use crate::race::together;
use crate::snapshots::{save, schema, snapshot};
use crate::specimen::{AN_EARLY_MORNING, clock_at, stream, version};
use crate::walk::{self, add};

/// [Law 24](shared_kernel::laws#law-24). A snapshot comes with the events from its own version on.
pub async fn a_snapshot_comes_with_the_events_from_its_own_version_on(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 7, &[]).await;
    for (number, tail) in [(2, 2..=7), (5, 5..=7), (7, 7..=7)] {
        save(&*store, snapshot("a-1", number)).await;
        let found = read(&*store, &query("a-1")).await;
        assert_eq!(found, (Some(number), tail.collect()));
    }
}

/// [Law 24](shared_kernel::laws#law-24). Without a snapshot of that stream in that schema, the tail
/// is the whole stream.
pub async fn without_a_snapshot_the_tail_is_the_whole_stream(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 5, &[]).await;
    for other in ["A-1", "a-10", "a-", "a%"] {
        save(&*store, snapshot(other, 3)).await;
    }
    for other in ["State/1", "state/10", "state_1"] {
        let other = SnapshotRecord {
            schema: schema(other),
            ..snapshot("a-1", 3)
        };
        save(&*store, other).await;
    }
    let found = read(&*store, &query("a-1")).await;
    assert_eq!(found, (None, vec![1, 2, 3, 4, 5]));
}

/// [Law 24](shared_kernel::laws#law-24). Neither snapshot nor tail goes past the version asked for.
pub async fn neither_snapshot_nor_tail_goes_past_the_version_asked_for(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 9, &[3, 6]).await;
    for (at_most, number, first) in [
        (0, None, 1),
        (1, None, 1),
        (2, None, 1),
        (3, Some(3), 3),
        (5, Some(3), 3),
        (6, Some(6), 6),
        (8, Some(6), 6),
        (9, Some(6), 6),
        (10, Some(6), 6),
    ] {
        let found = read(&*store, &query("a-1").at_most(version(at_most))).await;
        let tail: Vec<_> = (first..=at_most.min(9)).collect();
        assert_eq!(found, (number, tail), "at most {at_most}");
    }
}

/// [Law 25](shared_kernel::laws#law-25). A snapshot ahead of its stream is returned with an empty
/// tail: the caller sees that it does not fit. Example: a snapshot at version 9 of a stream with 5
/// events.
pub async fn a_snapshot_ahead_of_its_stream_is_given_with_an_empty_tail(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 4, &[2, 8]).await;
    let found = read(&*store, &query("a-1")).await;
    assert_eq!(found, (Some(8), vec![]));
    let found = read(&*store, &query("a-1").at_most(version(7))).await;
    assert_eq!(found, (Some(2), vec![2, 3, 4]));
}

/// [Law 15](shared_kernel::laws#law-15). A stream that never was has an empty tail, with a snapshot
/// or without one.
pub async fn a_stream_that_never_was_has_an_empty_tail(harness: &dyn SnapshottedEventStoreHarness) {
    let store = store_with(harness, 3, &[]).await;
    let found = read(&*store, &query("never-1")).await;
    assert_eq!(found, (None, vec![]));
    save(&*store, snapshot("never-1", 1)).await;
    let found = read(&*store, &query("never-1")).await;
    assert_eq!(found, (Some(1), vec![]));
}

/// [Law 24](shared_kernel::laws#law-24). A snapshot at version 0 holds no event; its tail is the
/// whole stream.
pub async fn a_snapshot_at_version_zero_comes_with_the_whole_stream(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 3, &[0]).await;
    let found = read(&*store, &query("a-1")).await;
    assert_eq!(found, (Some(0), vec![1, 2, 3]));
    let found = read(&*store, &query("a-1").at_most(StreamVersion::EMPTY)).await;
    assert_eq!(found, (Some(0), vec![]));
}

/// [Law 16](shared_kernel::laws#law-16). A tail in pages of any size is the same, and the first
/// page is at most the page size.
pub async fn a_tail_in_pages_of_any_size_is_the_same(harness: &dyn SnapshottedEventStoreHarness) {
    let store = store_with(harness, 12, &[4]).await;
    for (at_most, number, tail) in [(12, Some(4), 4..=12), (3, None, 1..=3)] {
        let tail: Vec<_> = tail.collect();
        for size in [1, 2, 3, 8, 9, 10, usize::MAX] {
            let query = query("a-1")
                .at_most(version(at_most))
                .page_size(NonZeroUsize::new(size).unwrap());
            let found = read(&*store, &query).await;
            assert_eq!(found, (number, tail.clone()), "in pages of {size}");
        }
    }
}

/// [Law 22](shared_kernel::laws#law-22). Versions past 2³¹ and 2³² are never cut short, neither of
/// snapshots nor in queries.
pub async fn versions_asked_for_past_two_to_the_31_are_never_cut_short(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 5, &[]).await;
    for (number, tail) in [
        (3, vec![3, 4, 5]),
        ((1 << 31) + 4, vec![]),
        ((1 << 32) + 4, vec![]),
        (StreamVersion::MAX.get(), vec![]),
    ] {
        save(&*store, snapshot("a-1", number)).await;
        // Never below the end of the stream, where the tail would be another.
        let highest = number.max(5);
        for at_most in [highest, highest.saturating_add(1 << 20)] {
            let at_most = version(at_most.min(StreamVersion::MAX.get()));
            let found = read(&*store, &query("a-1").at_most(at_most)).await;
            assert_eq!(found, (Some(number), tail.clone()), "at most {at_most}");
        }
    }
}

/// [Law 26](shared_kernel::laws#law-26). A snapshot that is read while others write comes with its
/// event: both are of one moment.
pub async fn a_snapshot_read_while_others_write_comes_with_its_event(
    harness: &dyn SnapshottedEventStoreHarness,
) {
    let store = store_with(harness, 1, &[1]).await;
    for last in 1..=20 {
        let results = together(2, |task| {
            let store = Arc::clone(&store);
            async move {
                if task == 0 {
                    add(&*store, "a-1", 1).await;
                    save(&*store, snapshot("a-1", last + 1)).await;
                    return None;
                }
                let read = store.read_from_snapshot(&query("a-1")).await;
                Some(read.expect("a snapshot and its tail can be read"))
            }
        })
        .await;
        let read = results
            .into_iter()
            .flatten()
            .next()
            .expect("one task reads");
        let number = read.snapshot.map(|snapshot| snapshot.version);
        let first = read.tail.items.first().map(|event| event.version);
        assert!(number >= Some(version(last)), "an older snapshot is given");
        assert_eq!(first, number, "the tail does not begin with the snapshot");
    }
}

/// A store with `events` events in `a-1`, some in other streams around it, and snapshots of `a-1`
/// at these versions.
async fn store_with(
    harness: &dyn SnapshottedEventStoreHarness,
    events: usize,
    snapshots: &[u64],
) -> Arc<dyn SnapshottedEventStore> {
    let store = harness.open_snapshotted(clock_at(AN_EARLY_MORNING)).await;
    for _ in 0..events {
        add(&*store, "a-1", 1).await;
        for other in ["A-1", "a-10"] {
            add(&*store, other, 1).await;
        }
    }
    for number in snapshots {
        save(&*store, snapshot("a-1", *number)).await;
    }
    store
}

fn query(name: &str) -> SnapshotQuery {
    SnapshotQuery::new(stream(name), schema("state/1"))
}

/// The version of the snapshot and those of the whole tail; checks that the two ports agree.
async fn read(store: &dyn SnapshottedEventStore, query: &SnapshotQuery) -> (Option<u64>, Vec<u64>) {
    let read = store.read_from_snapshot(query).await;
    let read = read.expect("a snapshot and its tail can be read");
    let loaded = store.load(&query.stream, &query.schema, query.at_most);
    let loaded = loaded.await.expect("the snapshot can be loaded");
    assert_eq!(read.snapshot, loaded, "the snapshot store gives another");

    let number = read.snapshot.map(|snapshot| snapshot.version);
    let asked = query.tail(number);
    let mut events = read.tail.items;
    assert!(events.len() <= asked.page_limit(), "the page is too large");
    if let Some(next) = read.tail.next {
        assert!(next > asked.range.from, "the next page does not move on");
        events.extend(walk::stream(store, asked.clone().versions(next..=asked.range.to)).await);
    }
    let streamed = walk::stream(store, asked).await;
    assert_eq!(events, streamed, "the event store gives another tail");
    let versions = events.iter().map(|event| event.version.get()).collect();
    (number.map(StreamVersion::get), versions)
}
