//! The bound of the write-ahead log while readers of the store overlap without a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent};
use sqlx::Executor;

use crate::fixture::{PATIENCE, Place, event, stream};

/// 64 MiB, at which the writer lets the log begin anew, and the bytes that it writes before it
/// looks.
const BOUND: u64 = 80 << 20;

/// Reads a page of the log again and again, so that at each moment one of the tasks reads.
async fn scan(store: SqliteStore, is_done: Arc<AtomicBool>) {
    let query = LogQuery::new().limit(50);
    while !is_done.load(Ordering::Relaxed) {
        let mut events = store.read_log(query.clone());
        while events.try_next().await.unwrap().is_some() {}
    }
}

/// Appends while three tasks on two handles scan. Returns the most bytes that the log had.
async fn longest_log(place: &Place, appends: usize, new: impl Fn() -> Vec<NewEvent>) -> u64 {
    let options = SqliteOptions::new().with_durability(Durability::MayLoseLastAppendsOnPowerLoss);
    let store = place.store_with(options.clone()).await;
    let other = place.store_with(options).await;
    let is_done = Arc::new(AtomicBool::new(false));
    let scans = [&store, &store, &other]
        .map(|store| tokio::spawn(scan(store.clone(), Arc::clone(&is_done))));
    let log = place.path("store.annals-wal");
    let mut longest = 0;
    let any = ExpectedVersion::Any;
    for _ in 0..appends {
        store.append_to(stream("a-1"), any, new()).await.unwrap();
        longest = longest.max(std::fs::metadata(&log).unwrap().len());
    }
    is_done.store(true, Ordering::Relaxed);
    for scan in scans {
        scan.await.unwrap();
    }
    longest
}

/// 90 MB, in 15,000 events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_events_do_not_make_the_log_long() {
    let place = Place::new();
    let payload: &str = Box::leak("x".repeat(6_000).into_boxed_str());
    let new = || (0..750).map(|_| event(payload)).collect();
    let longest = longest_log(&place, 20, new).await;
    assert!(longest < BOUND, "{longest}");
}

/// 92 MB, in 23 events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_events_do_not_make_the_log_long() {
    let place = Place::new();
    let payload: &str = Box::leak("x".repeat(4_000_000).into_boxed_str());
    let longest = longest_log(&place, 23, || vec![event(payload)]).await;
    assert!(longest < BOUND, "{longest}");
}

/// A transaction of another program keeps the log from starting over. The wait for it has a bound
/// of its own, far below the busy timeout.
#[tokio::test]
async fn a_long_reader_delays_no_append_for_long() {
    let place = Place::new();
    let hour = Duration::from_secs(3_600);
    let store = place
        .store_with(SqliteOptions::new().with_busy_timeout(hour))
        .await;
    let mut shell = place.shell().await;
    shell
        .execute("BEGIN; SELECT count(*) FROM batches")
        .await
        .unwrap();
    let payload: &str = Box::leak("x".repeat(12_000_000).into_boxed_str());
    let any = ExpectedVersion::Any;
    for _ in 0..7 {
        let append = store.append_to(stream("a-1"), any, vec![event(payload)]);
        tokio::time::timeout(PATIENCE, append)
            .await
            .unwrap()
            .unwrap();
    }
    let pages = store.check(|_| ()).await.unwrap().log_pages;
    assert!(pages > 16_384, "the log never reached its bound: {pages}");
    shell.execute("ROLLBACK").await.unwrap();
}
