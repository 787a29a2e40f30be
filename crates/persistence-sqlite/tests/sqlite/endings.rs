//! Stores that are closed, commits that fail, and files that are locked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::time::Clock;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, SnapshotStore,
    StoreError, StreamVersion,
};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream, version};

const TTL: Duration = Duration::from_secs(60);

fn holder() -> LeaseHolder {
    LeaseHolder::new("test").unwrap()
}

fn schema() -> StateSchema {
    StateSchema::new("test/1").unwrap()
}

fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        stream: stream("a-1"),
        version: version(1),
        schema: schema(),
        taken_at: "2026-01-09T10:00:00Z".parse().unwrap(),
        payload: "{}".into(),
    }
}

fn is_closed(error: &StoreError) -> bool {
    matches!(error, StoreError::Closed { .. })
}

#[tokio::test]
async fn every_call_of_a_closed_store_returns_closed() {
    let place = Place::new();
    let store = place.store().await;
    let lease = store.acquire(&holder(), TTL).await.unwrap();
    store.close().await;
    let a = stream("a-1");
    let id = events(1)[0].id;
    let all = LogQuery::new();
    let narrowed = LogQuery::new().category(a.category());
    let refusals = [
        store.head().await.unwrap_err(),
        store.stream_version(&a).await.unwrap_err(),
        store.find_event(id).await.unwrap_err(),
        store
            .read_stream_page(&StreamQuery::new(a.clone()))
            .await
            .unwrap_err(),
        store.read_log_page(&all).await.unwrap_err(),
        store.read_log_page(&narrowed).await.unwrap_err(),
        store
            .list_streams(&StreamsQuery::default())
            .await
            .unwrap_err(),
        store.wait_past(GlobalPosition::START).await.unwrap_err(),
        store.save(snapshot()).await.unwrap_err(),
        store
            .load(&a, &schema(), StreamVersion::MAX)
            .await
            .unwrap_err(),
        store
            .prune(&a, &schema(), std::num::NonZeroU32::MIN)
            .await
            .unwrap_err(),
        store.check(|_| ()).await.unwrap_err(),
    ];
    for refusal in &refusals {
        assert!(is_closed(refusal), "{refusal:?}");
    }
    let refusal = store.release(&lease, None).await.unwrap_err();
    assert!(
        matches!(&refusal, WorkerLeaseError::Store(error) if is_closed(error)),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn a_write_at_the_same_time_as_a_close_is_whole_or_refused() {
    let place = Place::new();
    let store = place.store().await;
    let (_, append, save, acquire) = tokio::join!(
        store.close(),
        store.append_to(stream("a-1"), ExpectedVersion::Any, events(2)),
        store.save(snapshot()),
        async { store.acquire(&holder(), TTL).await },
    );
    let appended = match &append {
        Ok(_) => 2,
        Err(AppendError::Store(error)) if is_closed(error) => 0,
        Err(other) => panic!("{other:?}"),
    };
    let saved = match &save {
        Ok(()) => true,
        Err(error) if is_closed(error) => false,
        Err(other) => panic!("{other:?}"),
    };
    let leased = match &acquire {
        Ok(lease) => Some(lease),
        Err(WorkerLeaseError::Store(error)) if is_closed(error) => None,
        Err(other) => panic!("{other:?}"),
    };
    let again = place.store().await;
    let found = again.stream_version(&stream("a-1")).await.unwrap();
    assert_eq!(found, version(appended));
    let a = stream("a-1");
    let loaded = again.load(&a, &schema(), StreamVersion::MAX).await;
    assert_eq!(loaded.unwrap().is_some(), saved);
    if let Some(lease) = leased {
        again.renew(lease, TTL).await.unwrap();
    }
}

#[tokio::test]
async fn writes_after_a_close_are_refused_together() {
    let place = Place::new();
    let store = place.store().await;
    store.close().await;
    let (append, other, save, (), acquire) = tokio::join!(
        store.append_to(stream("a-1"), ExpectedVersion::Any, events(1)),
        store.append_to(stream("b-1"), ExpectedVersion::Any, vec![]),
        store.save(snapshot()),
        store.close(),
        async { store.acquire(&holder(), TTL).await },
    );
    for append in [append, other] {
        assert!(matches!(append, Err(AppendError::Store(error)) if is_closed(&error)));
    }
    assert!(is_closed(&save.unwrap_err()));
    assert!(matches!(acquire, Err(WorkerLeaseError::Store(error)) if is_closed(&error)));
}

/// A constraint that SQLite checks at the commit: every batch with the text `doomed` breaks it.
const DOOM: &str = "CREATE TABLE parents (id INTEGER PRIMARY KEY); \
    CREATE TABLE children (parent REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED); \
    CREATE TRIGGER doom AFTER INSERT ON batches WHEN instr(NEW.events, 'doomed') \
    BEGIN INSERT INTO children VALUES (7); END;";

#[tokio::test]
async fn a_commit_that_fails_fails_its_append_alone_and_the_store_goes_on() {
    let place = Place::new();
    let store = place.store().await;
    place.shell().await.execute(DOOM).await.unwrap();
    let doomed = vec![event("\"doomed\"")];
    let any = ExpectedVersion::Any;
    let (before, failed, refused, after) = tokio::join!(
        store.append_to(stream("a-1"), any, events(1)),
        store.append_to(stream("b-1"), any, doomed.clone()),
        store.append_to(stream("c-1"), ExpectedVersion::StreamExists, events(1)),
        store.append_to(stream("d-1"), any, events(1)),
    );
    assert!(before.is_ok() && after.is_ok());
    // SQLite rolls back a commit that breaks a constraint, so the outcome is known.
    assert!(
        matches!(failed, Err(AppendError::Store(StoreError::Backend { .. }))),
        "{failed:?}"
    );
    assert!(
        matches!(refused, Err(AppendError::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(store.head().await.unwrap(), Some(GlobalPosition::from(2)));

    let healed = "DROP TRIGGER doom";
    place.shell().await.execute(healed).await.unwrap();
    store.append_to(stream("b-1"), any, doomed).await.unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean() && report.events == 3, "{report:?}");
}

#[tokio::test]
async fn no_append_is_refused_for_a_neighbour_that_failed() {
    let place = Place::new();
    let store = place.store().await;
    place.shell().await.execute(DOOM).await.unwrap();
    let none = ExpectedVersion::NoStream;
    let (doomed, next) = tokio::join!(
        store.append_to(stream("a-1"), none, vec![event("\"doomed\"")]),
        store.append_to(stream("a-1"), none, events(1)),
    );
    assert!(
        matches!(doomed, Err(AppendError::Store(StoreError::Backend { .. }))),
        "{doomed:?}"
    );
    assert_eq!(next.unwrap().versions[0].1, version(1));
    assert_eq!(store.head().await.unwrap(), Some(GlobalPosition::FIRST));
}

#[tokio::test]
async fn a_whole_queue_waits_for_the_lock_once() {
    let place = Place::new();
    let patience = Duration::from_millis(300);
    let store = place
        .store_with(SqliteOptions::new().with_busy_timeout(patience))
        .await;
    let mut shell = place.shell().await;
    shell.execute("BEGIN IMMEDIATE").await.unwrap();
    let appends = (0..20).map(|_| store.append_to(stream("a-1"), ExpectedVersion::Any, events(1)));
    let (saved, leased, appended) = tokio::join!(
        store.save(snapshot()),
        async { store.acquire(&holder(), TTL).await },
        futures_util::future::join_all(appends),
    );
    let is_busy = |error: &StoreError| matches!(error, StoreError::Busy { .. });
    assert!(is_busy(&saved.unwrap_err()));
    assert!(matches!(leased, Err(WorkerLeaseError::Store(error)) if is_busy(&error)));
    for answer in appended {
        assert!(matches!(answer, Err(AppendError::Store(error)) if is_busy(&error)));
    }
    assert!(shell.execute("ROLLBACK").await.is_ok());
    store.save(snapshot()).await.unwrap();
}

#[tokio::test]
async fn a_new_file_that_another_process_holds_is_busy() {
    let place = Place::new();
    std::fs::write(place.store_path(), b"").unwrap();
    let mut shell = place.shell().await;
    shell.execute("BEGIN EXCLUSIVE").await.unwrap();
    let options = SqliteOptions::new().with_busy_timeout(Duration::from_millis(50));
    let refused = SqliteStore::open_with(place.store_path(), options)
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, OpenError::Store(StoreError::Busy { .. })),
        "{refused:?}"
    );
    assert!(refused.is_transient());
}

#[tokio::test]
async fn damaged_rows_beside_the_events_are_typed_errors() {
    let place = Place::new();
    let store = place.store().await;
    let mut shell = place.shell().await;
    shell
        .execute("INSERT INTO streams (name) VALUES ('e-1')")
        .await
        .unwrap();
    let listed = store.list_streams(&StreamsQuery::default()).await;
    assert!(
        matches!(listed, Err(StoreError::Damaged { .. })),
        "{listed:?}"
    );

    let lease = "INSERT INTO leases VALUES ('worker/0', 1, '', 0, 0, NULL, 0, NULL, NULL)";
    shell.execute(lease).await.unwrap();
    let leased = store.acquire(&holder(), TTL).await;
    let damaged = |error: &StoreError| matches!(error, StoreError::Damaged { .. });
    assert!(
        matches!(&leased, Err(WorkerLeaseError::Store(error)) if damaged(error)),
        "{leased:?}"
    );

    let taken = "INSERT INTO snapshots VALUES ('a-1', 'test/1', 1, 9223372036854775807, x'00')";
    shell.execute(taken).await.unwrap();
    let loaded = store
        .load(&stream("a-1"), &schema(), StreamVersion::MAX)
        .await;
    assert!(
        matches!(&loaded, Err(error) if damaged(error)),
        "{loaded:?}"
    );
}

/// A clock that panics while the flag is set.
#[derive(Debug, Default)]
struct Panicking(AtomicBool);

impl Clock for Panicking {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::Relaxed), "the clock is broken");
        Timestamp::UNIX_EPOCH
    }
}

#[tokio::test]
async fn a_panic_of_the_clock_disturbs_no_later_write() {
    let place = Place::new();
    let clock = Arc::new(Panicking::default());
    let options = SqliteOptions::new().with_clock(clock.clone());
    let store = place.store_with(options).await;
    let any = ExpectedVersion::Any;
    for round in 1..=3 {
        clock.0.store(true, Ordering::Relaxed);
        let broken = [
            tokio::spawn({
                let store = store.clone();
                async move {
                    let append = store.append_to(stream("a-1"), any, events(1));
                    append.await.map(drop).map_err(drop)
                }
            }),
            tokio::spawn({
                let store = store.clone();
                async move { store.acquire(&holder(), TTL).await.map(drop).map_err(drop) }
            }),
        ];
        // A write without a clock goes on beside them.
        store.save(snapshot()).await.unwrap();
        for task in broken {
            assert!(task.await.unwrap_err().is_panic());
        }
        clock.0.store(false, Ordering::Relaxed);
        let receipt = store.append_to(stream("a-1"), any, events(1)).await;
        assert_eq!(receipt.unwrap().versions[0].1, version(round));
        let lease = store.acquire(&holder(), TTL).await.unwrap();
        store.release(&lease, None).await.unwrap();
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}
