//! Law 14 for callers that stop in the middle: a future that is dropped, or kept and never polled
//! again, delays no append of its handle, of another handle or of another process.
//!
//! Each test polls a future once, twice and so on until it is ready, so it stops at every step.

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{AppendOutcome, AppendReceipt, LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, NewEvent, SnapshotStore, StoreError,
    StreamVersion,
};

use crate::by_hand::{ByHand, block_on};
use crate::fixture::{PATIENCE, Place, event, events, stream};
use crate::writer_process::WriterProcess;

const TTL: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handle {
    /// Has not read the file yet.
    Fresh,
    /// Remembers the end of the log.
    Warm,
}

/// Appends one event and waits for its receipt.
fn append(store: &SqliteStore, name: &'static str) -> Result<AppendReceipt, AppendError> {
    let store = store.clone();
    block_on(async move {
        store
            .append_to(stream(name), ExpectedVersion::Any, events(1))
            .await
    })
}

fn open(place: &Place) -> SqliteStore {
    let path = place.store_path();
    block_on(async move { SqliteStore::open(path).await.unwrap() })
}

fn version(store: &SqliteStore, name: &'static str) -> u64 {
    let store = store.clone();
    block_on(async move { store.stream_version(&stream(name)).await.unwrap().get() })
}

/// Begins a future on a handle, stops at each of its steps, and appends meanwhile on the same
/// handle, on another one and on a third that opens the file only then. `end` gets the output, and
/// `None` where the future was dropped.
fn others_go_on<T: Debug + 'static>(
    handle: Handle,
    prepare: impl Fn(&SqliteStore),
    begin: impl Fn(SqliteStore) -> BoxFuture<'static, T>,
    mut end: impl FnMut(&SqliteStore, Option<T>),
) {
    let place = Place::new();
    let warm = open(&place);
    prepare(&warm);
    let other = open(&place);
    append(&other, "other-1").unwrap();
    let mut appends = 0;
    for is_kept in [true, false] {
        for polls in 1.. {
            assert!(polls < 1_000, "the future is never ready");
            let store = match handle {
                Handle::Fresh => open(&place),
                Handle::Warm => warm.clone(),
            };
            if handle == Handle::Warm {
                append(&warm, "warm-1").unwrap();
            }
            let mut stopped = ByHand::new(begin(store.clone()));
            let output = stopped.poll_times(polls);
            let is_ready = output.is_some();
            let stopped = is_kept.then_some(stopped);

            append(&store, "same-1").unwrap();
            append(&other, "other-1").unwrap();
            append(&open(&place), "third-1").unwrap();
            appends += 1;

            let finish = || stopped.map(ByHand::finish);
            end(
                &other,
                output.or_else(|| if is_ready { None } else { finish() }),
            );
            if is_ready {
                break;
            }
        }
    }
    assert_eq!(version(&other, "same-1"), appends);
    assert_eq!(version(&other, "other-1"), appends + 1);
    assert_eq!(version(&other, "third-1"), appends);
    let report = block_on(async move { other.check(|_| ()).await.unwrap() });
    assert!(report.is_clean(), "{report:?}");
}

fn nothing(_: &SqliteStore) {}

/// Begins an append of some events to the stream `left-1`.
fn appending(
    events: impl Fn() -> Vec<NewEvent>,
) -> impl Fn(SqliteStore) -> BoxFuture<'static, Result<AppendReceipt, AppendError>> {
    move |store| {
        let events = events();
        async move {
            store
                .append_to(stream("left-1"), ExpectedVersion::Any, events)
                .await
        }
        .boxed()
    }
}

/// The stream `left-1` has all events of an append or none.
fn is_whole(count: u64) -> impl FnMut(&SqliteStore, Option<Result<AppendReceipt, AppendError>>) {
    let mut before = 0;
    move |store, output| {
        let after = version(store, "left-1");
        match output {
            Some(receipt) => {
                let receipt = receipt.unwrap();
                assert_eq!(receipt.outcome, AppendOutcome::Written);
                assert_eq!(receipt.versions[0].1.get(), after);
                assert_eq!(after, before + count);
            }
            None => assert!(after == before || after == before + count),
        }
        before = after;
    }
}

#[test]
fn an_append_delays_no_other() {
    for handle in [Handle::Fresh, Handle::Warm] {
        others_go_on(handle, nothing, appending(|| events(3)), is_whole(3));
    }
}

/// More batches than one statement has, so that they share a transaction of several statements.
#[test]
fn an_append_of_many_batches_delays_no_other() {
    let binary = || (0..3_001).map(|_| event("no JSON")).collect();
    others_go_on(Handle::Warm, nothing, appending(binary), is_whole(3_001));
}

/// The transaction of several statements is refused, because another handle has moved the log. It
/// ends at once, although no caller polls it again.
#[test]
fn a_refused_append_of_many_batches_keeps_no_lock() {
    let place = Place::new();
    let behind = open(&place);
    append(&behind, "left-1").unwrap();
    let path = place.store_path();
    let other = block_on(async move {
        let options = SqliteOptions::new().with_busy_timeout(3 * PATIENCE);
        SqliteStore::open_with(path, options).await.unwrap()
    });
    append(&other, "other-1").unwrap();
    let binary = || (0..3_001).map(|_| event("no JSON")).collect();
    let mut refused = ByHand::new(appending(binary)(behind.clone()));
    assert!(refused.poll().is_none(), "the commit is under way");
    refused.wait_unpolled();

    append(&other, "other-1").unwrap();
    assert_eq!(refused.finish().unwrap().positions[0].get(), 4);
}

/// Two appends of as many batches as one may have wait for the same commit: one commits, and the
/// other one has no part of it, although no caller polls.
#[test]
fn a_group_of_many_batches_delays_no_other() {
    let place = Place::new();
    let store = open(&place);
    append(&store, "first-1").unwrap();
    let path = place.store_path();
    let other = block_on(async move {
        let options = SqliteOptions::new().with_busy_timeout(3 * PATIENCE);
        SqliteStore::open_with(path, options).await.unwrap()
    });
    let binary = || (0..100_000).map(|_| event("no JSON")).collect();
    let mut waiting = [(), ()].map(|()| ByHand::new(appending(binary)(store.clone())));
    for _ in 0..3 {
        for append in &mut waiting {
            assert!(append.poll().is_none(), "the commit is under way");
        }
    }

    append(&other, "other-1").unwrap();
    for append in waiting {
        append.finish().unwrap();
    }
    assert_eq!(version(&other, "left-1"), 200_000);
}

#[test]
fn an_append_with_a_conflict_delays_no_other() {
    for handle in [Handle::Fresh, Handle::Warm] {
        let begin = |store: SqliteStore| {
            async move {
                let none = ExpectedVersion::NoStream;
                store.append_to(stream("other-1"), none, events(1)).await
            }
            .boxed()
        };
        others_go_on(handle, nothing, begin, |_, output| {
            let is_conflict = matches!(output, None | Some(Err(AppendError::Conflict(_))));
            assert!(is_conflict, "{output:?}");
        });
    }
}

/// The ids are read from the file, in more rows than SQLite hands over at once.
#[test]
fn a_repeated_append_delays_no_other() {
    let repeated = events(300);
    let first = repeated.clone();
    let prepare = move |store: &SqliteStore| {
        let written = block_on(appending(|| first.clone())(store.clone()));
        assert_eq!(written.unwrap().outcome, AppendOutcome::Written);
    };
    for handle in [Handle::Fresh, Handle::Warm] {
        let begin = appending(|| repeated.clone());
        others_go_on(handle, &prepare, begin, |_, output| {
            if let Some(receipt) = output {
                let receipt = receipt.unwrap();
                assert_eq!(receipt.outcome, AppendOutcome::Repeated);
                assert_eq!(receipt.positions.len(), 300);
            }
        });
    }
}

fn schema() -> StateSchema {
    StateSchema::new("test/1").unwrap()
}

fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        stream: stream("a-1"),
        version: StreamVersion::from(1),
        schema: schema(),
        taken_at: Timestamp::UNIX_EPOCH,
        payload: "{}".into(),
    }
}

#[test]
fn a_snapshot_delays_no_append() {
    for handle in [Handle::Fresh, Handle::Warm] {
        let save =
            |store: SqliteStore| async move { store.save(snapshot()).await.unwrap() }.boxed();
        others_go_on(handle, nothing, save, |store, output| {
            let store = store.clone();
            let loaded = block_on(async move {
                let a = stream("a-1");
                store.load(&a, &schema(), StreamVersion::MAX).await.unwrap()
            });
            assert!(loaded == Some(snapshot()) || output.is_none() && loaded.is_none());
        });
        let prune = |store: SqliteStore| {
            async move {
                let keep = std::num::NonZeroU32::MIN;
                store.prune(&stream("a-1"), &schema(), keep).await.unwrap()
            }
            .boxed()
        };
        others_go_on(handle, nothing, prune, |_, _| ());
    }
}

#[test]
fn a_lease_delays_no_append() {
    let holder = || LeaseHolder::new("test").unwrap();
    for handle in [Handle::Fresh, Handle::Warm] {
        let mut leases = std::collections::HashSet::new();
        let acquire =
            move |store: SqliteStore| async move { store.acquire(&holder(), TTL).await }.boxed();
        others_go_on(handle, nothing, acquire, |store, lease| {
            if let Some(lease) = lease {
                let lease = lease.unwrap();
                assert!(leases.insert(lease.worker));
                let store = store.clone();
                block_on(async move { store.renew(&lease, TTL).await.unwrap() });
            }
        });
        let come_and_go = move |store: SqliteStore| {
            async move {
                let lease = store.acquire(&holder(), TTL).await.unwrap();
                let lease = store.renew(&lease, TTL).await.unwrap();
                store.release(&lease, None).await.unwrap();
            }
            .boxed()
        };
        others_go_on(handle, nothing, come_and_go, |_, _| ());
    }
}

/// The only connection for reading is kept by a read that nobody polls.
#[test]
fn a_read_that_is_left_unpolled_keeps_no_other_from_reading() {
    let place = Place::new();
    append(&open(&place), "left-1").unwrap();
    let path = place.store_path();
    let store = block_on(async move {
        let options = SqliteOptions::new()
            .with_readers(NonZeroU32::MIN)
            .with_busy_timeout(Duration::from_millis(50));
        SqliteStore::open_with(path, options).await.unwrap()
    });
    let reading = store.clone();
    let mut left = ByHand::new(async move { reading.head().await });
    assert!(left.poll().is_none(), "the read is under way");

    assert_eq!(version(&store, "left-1"), 1);
    let closing = store.clone();
    block_on(async move { closing.close().await });
    assert_eq!(left.finish().unwrap().unwrap().get(), 1);
}

/// Readers get rows while SQLite is ahead by a few, so a statement may stop in its middle.
#[test]
fn a_read_delays_no_append() {
    let prepare = |store: &SqliteStore| {
        let many = appending(|| events(2_000));
        block_on(many(store.clone())).unwrap();
    };
    type Read = fn(SqliteStore) -> BoxFuture<'static, Result<usize, StoreError>>;
    let reads: [Read; 5] = [
        |store| {
            async move {
                let page = store.read_log_page(&LogQuery::new()).await?;
                Ok(page.items.len())
            }
            .boxed()
        },
        |store| {
            async move {
                let query = StreamQuery::new(stream("left-1"));
                Ok(store.read_stream_page(&query).await?.items.len())
            }
            .boxed()
        },
        |store| {
            async move {
                let streams = store.list_streams(&StreamsQuery::default()).await?;
                Ok(streams.items.len())
            }
            .boxed()
        },
        |store| {
            async move {
                let found = store.find_event(events(1)[0].id).await?;
                Ok(found.into_iter().count() + 1)
            }
            .boxed()
        },
        |store| async move { Ok(usize::from(store.head().await?.is_some())) }.boxed(),
    ];
    for read in reads {
        others_go_on(Handle::Fresh, prepare, read, |_, output| {
            assert!(output.is_none_or(|found| found.unwrap() > 0));
        });
    }
}

#[test]
fn opening_a_store_delays_no_append() {
    let begin = |store: SqliteStore| {
        let path = store.path().to_owned();
        async move { SqliteStore::open(path).await.unwrap() }.boxed()
    };
    others_go_on(Handle::Warm, nothing, begin, |_, opened| {
        if let Some(opened) = opened {
            append(&opened, "left-1").unwrap();
        }
    });
}

/// Several open a new file at once, and one of them stops in the middle.
#[test]
fn opening_a_new_file_delays_no_other() {
    for is_kept in [true, false] {
        for polls in 1.. {
            assert!(polls < 1_000, "the file is never open");
            let place = Place::new();
            let path = place.store_path();
            let mut stopped = ByHand::new(async move { SqliteStore::open(path).await });
            let output = stopped.poll_times(polls);
            let is_ready = output.is_some();
            let stopped = is_kept.then_some(stopped);
            let store = open(&place);
            append(&store, "a-1").unwrap();
            let opened = match output {
                Some(opened) => Some(opened),
                None => stopped.map(ByHand::finish),
            };
            if let Some(opened) = opened {
                append(&opened.unwrap(), "a-1").unwrap();
            }
            append(&store, "a-1").unwrap();
            if is_ready {
                break;
            }
        }
    }
}

#[test]
fn another_process_is_not_delayed() {
    let place = Place::new();
    let store = open(&place);
    append(&store, "a-1").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for polls in 1.. {
        let mut stopped = ByHand::new(appending(|| events(2))(store.clone()));
        let output = stopped.poll_times(polls);
        let written = runtime.block_on(async {
            let process = WriterProcess::start(&place.store_path(), 2, 3, 2);
            tokio::time::timeout(3 * PATIENCE, process.finish()).await
        });
        assert_eq!(written.unwrap().len(), 12);
        let is_ready = output.is_some();
        let receipt = output.unwrap_or_else(|| stopped.finish()).unwrap();
        assert_eq!(receipt.versions[0].1.get(), 2 * polls as u64);
        if is_ready {
            break;
        }
    }
    let report = block_on(async move { store.check(|_| ()).await.unwrap() });
    assert!(report.is_clean(), "{report:?}");
}

/// Several callers share a commit; those that stop leave the rest of them a commit that goes on.
#[test]
fn a_crowd_of_stopped_callers_delays_no_append() {
    let place = Place::new();
    let store = open(&place);
    let mut crowd: Vec<_> = (1..30)
        .map(|polls| {
            let mut stopped = ByHand::new(appending(|| events(1))(store.clone()));
            let output = stopped.poll_times(polls % 4);
            (stopped, output)
        })
        .collect();
    append(&store, "same-1").unwrap();
    // Every other one is dropped, the rest goes on in the reverse order.
    let mut written = 0;
    while let Some((stopped, output)) = crowd.pop() {
        if crowd.len() % 2 == 0 || output.is_some() {
            output.unwrap_or_else(|| stopped.finish()).unwrap();
            written += 1;
        } else {
            drop(stopped);
            append(&store, "same-1").unwrap();
        }
    }
    let all = version(&store, "left-1");
    assert!((written..30).contains(&all), "{written} of {all}");
    let report = block_on(async move { store.check(|_| ()).await.unwrap() });
    assert!(report.is_clean(), "{report:?}");
}

/// A close that stops in the middle leaves others refused or served, and never waiting.
#[test]
fn a_stopped_close_delays_no_append() {
    for is_kept in [true, false] {
        for polls in 1.. {
            let place = Place::new();
            let (store, other) = (open(&place), open(&place));
            append(&store, "a-1").unwrap();
            assert_eq!(version(&store, "a-1"), 1);
            let closing = store.clone();
            let mut stopped = ByHand::new(async move { closing.close().await });
            let is_ready = stopped.poll_times(polls).is_some();
            let stopped = is_kept.then_some(stopped);
            match append(&store, "a-1") {
                Ok(_) => assert!(!is_ready),
                Err(AppendError::Store(StoreError::Closed { .. })) => {}
                Err(other) => panic!("{other:?}"),
            }
            append(&other, "a-1").unwrap();
            if is_ready {
                break;
            }
            stopped.map(ByHand::finish);
        }
    }
}
