//! Reads beside writers: each sees one moment of the file.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::snapshot::{SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema};
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::time::ManualClock;
use shared_kernel::{EventStoreExt, ExpectedVersion, SnapshotStore};

use crate::fixture::{Place, events, stream, version};

fn fast() -> SqliteOptions {
    SqliteOptions::new().with_durability(Durability::MayLoseLastAppendsOnPowerLoss)
}

async fn append(store: &SqliteStore, name: &str, count: usize) {
    let appended = store.append_to(stream(name), ExpectedVersion::Any, events(count));
    appended.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_saved_meanwhile_hides_no_event() {
    let place = Place::new();
    let store = place.store_with(fast()).await;
    for _ in 0..500 {
        append(&store, "a-1", 2).await;
    }
    for nth in 0..60 {
        let schema = StateSchema::new(format!("state/{nth}")).unwrap();
        let snapshot = |at| SnapshotRecord {
            stream: stream("a-1"),
            version: version(at),
            schema: schema.clone(),
            taken_at: Timestamp::UNIX_EPOCH,
            payload: "1".into(),
        };
        store.save(snapshot(100)).await.unwrap();
        let readers = (0..3).map(|_| {
            let query = SnapshotQuery::new(stream("a-1"), schema.clone());
            let query = query.page_size(NonZeroUsize::new(10).unwrap());
            let store = store.clone();
            tokio::spawn(async move { store.read_from_snapshot(&query).await.unwrap() })
        });
        let readers: Vec<_> = readers.collect();
        store.save(snapshot(900)).await.unwrap();
        for reader in readers {
            let found = reader.await.unwrap();
            let from = found.snapshot.unwrap().version.get();
            let versions = found.tail.items.iter().map(|event| event.version.get());
            assert!(versions.eq(from..from + 10));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_beside_a_writer_finds_nothing() {
    let place = Place::new();
    let store = place.store_with(fast()).await;
    let writer = place.store_with(fast()).await;
    let writing = tokio::spawn(async move {
        for nth in 0..300 {
            append(&writer, &format!("a-{}", nth % 40), 1 + nth % 30).await;
        }
    });
    while !writing.is_finished() {
        let report = store.check(|_| ()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
    }
    writing.await.unwrap();
}

/// The stream index moves every 2,048 positions, which no reader sees.
#[tokio::test(flavor = "multi_thread")]
async fn readers_see_whole_appends_while_the_index_moves() {
    let place = Place::new();
    let store = place.store_with(fast()).await;
    append(&store, "a-1", 100).await;
    let writing = tokio::spawn({
        let writer = place.store_with(fast()).await;
        async move {
            for _ in 0..120 {
                append(&writer, "a-1", 100).await;
            }
        }
    });
    let mut before = 0;
    while !writing.is_finished() {
        let query = StreamQuery::new(stream("a-1")).page_size(NonZeroUsize::new(4_096).unwrap());
        let events: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
        let count = events.len() as u64;
        assert!(events.iter().map(|event| event.version.get()).eq(1..=count));
        assert!(count >= before, "{count} after {before}");
        let last = StreamQuery::new(stream("a-1")).backward().limit(1);
        let last: Vec<_> = store.read_stream(last).try_collect().await.unwrap();
        assert_eq!(last[0].version.get() % 100, 0);
        assert!(last[0].version.get() >= count);
        before = count;
    }
    writing.await.unwrap();
    let moved = place.number("SELECT count(*) FROM stream_batches").await;
    let recent = place.number("SELECT count(*) FROM recent_batches").await;
    assert_eq!(moved + recent, 121);
    assert!(moved > 0 && recent < 50, "{moved} and {recent}");
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

/// The writer reads the new version of a-1 only, and must not trust that of b-1 from before.
#[tokio::test]
async fn versions_that_another_handle_has_moved_are_read_again() {
    let place = Place::new();
    let (store, other) = (
        place.store_with(fast()).await,
        place.store_with(fast()).await,
    );
    for name in ["a-1", "b-1"] {
        append(&store, name, 1).await;
        append(&other, name, 1).await;
    }
    // The keys of the index that moves would refuse a version that is there already.
    append(&other, "c-1", 2_048).await;
    for name in ["a-1", "b-1"] {
        append(&store, name, 1).await;
        let read = store.read_whole_stream(stream(name)).await.unwrap();
        assert_eq!(read.len(), 3, "{name}");
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn an_index_that_cannot_move_is_no_harm_and_moves_later() {
    let place = Place::new();
    let store = place.store_with(fast()).await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON stream_batches \
        BEGIN SELECT RAISE (ABORT, 'not now'); END;";
    sqlx::Executor::execute(&mut place.shell().await, refuse)
        .await
        .unwrap();
    for _ in 0..5 {
        append(&store, "a-1", 1_000).await;
    }
    assert_eq!(place.number("SELECT count(*) FROM stream_batches").await, 0);
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(read.len(), 5_000);
    sqlx::Executor::execute(&mut place.shell().await, "DROP TRIGGER refuse")
        .await
        .unwrap();
    append(&store, "a-1", 2_048).await;
    assert_eq!(place.number("SELECT count(*) FROM recent_batches").await, 0);
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(read.len(), 7_048);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn time_never_goes_back_over_handles() {
    let place = Place::new();
    let at = |second| {
        let time = Timestamp::from_second(second).unwrap();
        fast().with_clock(Arc::new(ManualClock::at(time)))
    };
    let late = place.store_with(at(100)).await;
    let early = place.store_with(at(50)).await;
    append(&late, "a-1", 2).await;
    append(&early, "a-1", 2).await;
    append(&early, "b-1", 1).await;
    append(&place.store_with(at(-5)).await, "b-1", 1).await;
    append(&place.store_with(at(101)).await, "b-1", 1).await;
    append(&late, "a-1", 1).await;
    let all: Vec<_> = late.read_log(LogQuery::new()).try_collect().await.unwrap();
    let times: Vec<_> = all
        .iter()
        .map(|event| event.recorded_at.as_second())
        .collect();
    assert_eq!(times, [100, 100, 100, 100, 100, 100, 101, 101]);
}
