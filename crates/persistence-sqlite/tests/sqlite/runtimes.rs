//! A store belongs to no async runtime: it works without one, and on several.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::FutureExt;
use jiff::Timestamp;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, SnapshotStore, StreamVersion,
};
use tokio::runtime::{Builder, Runtime};

use crate::by_hand::{ByHand, block_on};
use crate::fixture::{PATIENCE, Place, events, stream, version};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Uses a store in every way.
async fn tour(store: SqliteStore, before: u64, copy: std::path::PathBuf) {
    let written = events(3);
    let id = written[1].id;
    let any = ExpectedVersion::Any;
    let receipt = store.append_to(stream("a-1"), any, written).await.unwrap();
    assert_eq!(receipt.positions[0].get(), before + 1);
    let found = store.find_event(id).await.unwrap().unwrap();
    assert_eq!(found.position.get(), before + 2);
    let log: Vec<_> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    assert!(
        log.iter()
            .map(|event| event.position.get())
            .eq(1..=before + 3)
    );
    let schema = StateSchema::new("test/1").unwrap();
    let snapshot = SnapshotRecord {
        stream: stream("a-1"),
        version: version(1),
        schema: schema.clone(),
        taken_at: Timestamp::UNIX_EPOCH,
        payload: "{}".into(),
    };
    store.save(snapshot.clone()).await.unwrap();
    let a = stream("a-1");
    let loaded = store.load(&a, &schema, StreamVersion::MAX).await;
    assert_eq!(loaded.unwrap(), Some(snapshot));
    let holder = LeaseHolder::new("test").unwrap();
    let lease = store
        .acquire(&holder, Duration::from_secs(60))
        .await
        .unwrap();
    store.release(&lease, None).await.unwrap();
    // A reader that waits is woken by another handle of the file.
    let other = SqliteStore::open(store.path()).await.unwrap();
    let last = GlobalPosition::new(before + 3).unwrap();
    let (woken, appended) = futures_util::future::join(
        store.wait_past(last),
        other.append_to(stream("b-1"), any, events(1)),
    )
    .await;
    assert_eq!(woken.unwrap(), appended.unwrap().positions[0]);
    other.close().await;
    store.backup(copy).await.unwrap();
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[test]
fn a_store_works_without_a_runtime() {
    let place = Place::new();
    let (path, copy) = (place.store_path(), place.path("copy"));
    block_on(async move {
        let store = SqliteStore::open(path).await.unwrap();
        tour(store.clone(), 0, copy).await;
        store.close().await;
        assert!(store.head().await.is_err());
    });
    assert_eq!(
        place.file_names(),
        ["copy", "store.annals", "store.annals-lock"]
    );
}

#[test]
fn a_store_outlives_the_runtime_that_opened_it() {
    let place = Place::new();
    let first = runtime();
    let store = first.block_on(place.store());
    first.block_on(tour(store.clone(), 0, place.path("first")));
    drop(first);
    runtime().block_on(tour(store.clone(), 4, place.path("second")));
    let threads = Builder::new_multi_thread().enable_all().build().unwrap();
    threads.block_on(tour(store.clone(), 8, place.path("third")));
    drop(threads);
    block_on(tour(store, 12, place.path("fourth")));
}

#[test]
fn what_was_begun_on_a_runtime_that_ended_goes_on_elsewhere() {
    let place = Place::new();
    let first = runtime();
    let store = first.block_on(place.store());
    let holder = LeaseHolder::new("test").unwrap();
    let (mut append, mut lease) = (
        store.append_to(stream("a-1"), ExpectedVersion::Any, events(2)),
        store.acquire(&holder, Duration::from_secs(60)),
    );
    first.block_on(async {
        assert!((&mut append).now_or_never().is_none());
        assert!((&mut lease).now_or_never().is_none());
    });
    // A task that the runtime takes with it.
    let task = {
        let store = store.clone();
        first.spawn(async move {
            store
                .append_to(stream("b-1"), ExpectedVersion::Any, events(2))
                .await
        })
    };
    first.block_on(tokio::task::yield_now());
    drop(first);
    runtime().block_on(async {
        assert!(task.await.is_ok_and(|answer| answer.is_ok()) || store.head().await.is_ok());
        assert_eq!(append.await.unwrap().versions[0].1, version(2));
        lease.await.unwrap();
        let abandoned = store.stream_version(&stream("b-1")).await.unwrap().get();
        assert!(abandoned == 0 || abandoned == 2);
        assert!(store.check(|_| ()).await.unwrap().is_clean());
    });
}

/// A store in a `static`, as several tests of one program share it: each has a runtime of its own,
/// and the runtime of the first one ends while the others go on.
mod shared_by_tests {
    use tokio::sync::OnceCell;

    use super::*;

    static STORE: OnceCell<(Place, SqliteStore)> = OnceCell::const_new();

    async fn append_ten(name: &str) {
        let open = || async {
            let place = Place::new();
            let store = place.store().await;
            (place, store)
        };
        let (_, store) = STORE.get_or_init(open).await;
        for _ in 0..10 {
            let any = ExpectedVersion::Any;
            let receipt = store.append_to(stream(name), any, events(1)).await.unwrap();
            let after = receipt.positions[0].get() - 1;
            let before = GlobalPosition::new(after).unwrap();
            assert!(store.wait_past(before).await.unwrap() > before);
        }
        let found = store.stream_version(&stream(name)).await.unwrap();
        assert_eq!(found, version(10));
    }

    #[tokio::test]
    async fn a_static_store_serves_one_test() {
        append_ten("a-1").await;
    }

    #[tokio::test]
    async fn a_static_store_serves_another_test() {
        append_ten("b-1").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_static_store_serves_a_test_on_threads() {
        append_ten("c-1").await;
    }
}

#[test]
fn an_append_on_a_runtime_that_is_not_driven_stops_no_other() {
    let place = Place::new();
    let still = runtime();
    let store = still.block_on(place.store());
    let any = ExpectedVersion::Any;
    for _ in 0..10 {
        let left = store.clone();
        let append = async move { left.append_to(stream("left-1"), any, events(1)).await };
        let task = still.spawn(append);
        // The task has begun, and its runtime does not poll it any more.
        still.block_on(tokio::task::yield_now());

        runtime().block_on(async {
            let append = store.append_to(stream("a-1"), any, events(1));
            tokio::time::timeout(PATIENCE, append)
                .await
                .unwrap()
                .unwrap();
            store.read_whole_stream(stream("a-1")).await.unwrap();
        });
        still.block_on(task).unwrap().unwrap();
    }
}

#[test]
fn a_follower_works_without_a_runtime() {
    let place = Place::new();
    let (path, other) = (place.store_path(), place.store_path());
    block_on(async move {
        let store = SqliteStore::open(path).await.unwrap();
        let other = SqliteStore::open(other).await.unwrap();
        let mut following = store.follow(LogQuery::new());
        let any = ExpectedVersion::Any;
        for position in 1..=3 {
            let append = other.append_to(stream("a-1"), any, events(1));
            let (event, appended) = futures_util::future::join(following.try_next(), append).await;
            appended.unwrap();
            assert_eq!(event.unwrap().unwrap().position.get(), position);
        }
    });
}

/// The waiting readers of a handle share their looks at the file. Half of them are dropped and the
/// rest, but for the last one, are never polled again. Another handle writes the event.
#[test]
fn a_waiting_reader_that_is_dropped_or_left_unpolled_stops_no_other() {
    let place = Place::new();
    let [store, other] = [(), ()].map(|()| {
        let path = place.store_path();
        // A connection for each of them, so that none waits for another one's read.
        let options = SqliteOptions::new().with_readers(NonZeroU32::new(16).unwrap());
        block_on(async move { SqliteStore::open_with(path, options).await.unwrap() })
    });
    for polls in 1_u32..8 {
        let last = GlobalPosition::from(polls - 1);
        let wait = || {
            let store = store.clone();
            ByHand::new(async move { store.wait_past(last).await.unwrap() })
        };
        let mut waiting: Vec<_> = (0..8).map(|_| wait()).collect();
        for reader in &mut waiting {
            assert_eq!(reader.poll_times(polls as usize), None);
        }
        waiting.drain(..4);
        let polled = waiting.pop().unwrap();
        let other = other.clone();
        let written = block_on(async move {
            let append = other.append_to(stream("a-1"), ExpectedVersion::Any, events(1));
            append.await.unwrap().positions[0]
        });
        assert_eq!(polled.finish(), written);
        drop(waiting);
    }
    // No look is left behind: closing waits for no reader.
    block_on(async move { store.close().await });
}

#[test]
fn two_runtimes_share_a_handle() {
    let place = Place::new();
    let store = block_on({
        let path = place.store_path();
        async move { SqliteStore::open(path).await.unwrap() }
    });
    let threads = ["a-1", "b-1"].map(|name| {
        let store = store.clone();
        std::thread::spawn(move || {
            runtime().block_on(async {
                for _ in 0..100 {
                    for name in [name, "both-1"] {
                        let any = ExpectedVersion::Any;
                        store.append_to(stream(name), any, events(1)).await.unwrap();
                    }
                }
            });
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    block_on(async move {
        for (name, expected) in [("a-1", 100), ("b-1", 100), ("both-1", 200)] {
            let found = store.stream_version(&stream(name)).await.unwrap();
            assert_eq!(found, version(expected));
        }
        assert!(store.check(|_| ()).await.unwrap().is_clean());
    });
}
