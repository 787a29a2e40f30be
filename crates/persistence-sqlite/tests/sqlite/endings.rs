//! Stores that are closed, writers that end in the middle, commits that fail.

use std::time::Duration;

use futures_util::FutureExt;
use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, LeaseHolder, LogQuery,
    SnapshotRecord, SnapshotStore, StateSchema, StoreError, StreamQuery, StreamVersion,
    StreamsQuery, WorkerLeaseError, WorkerLeases,
};
use sqlx::Executor;
use tokio::runtime::Builder;

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
async fn everything_that_is_asked_of_a_closed_store_is_answered_so() {
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
async fn a_write_that_stands_in_the_queue_behind_the_end_is_refused() {
    let place = Place::new();
    let store = place.store().await;
    let (_, append, save, acquire) = tokio::join!(
        store.close(),
        store.append_to(stream("a-1"), ExpectedVersion::Any, events(1)),
        store.save(snapshot()),
        async { store.acquire(&holder(), TTL).await },
    );
    assert!(matches!(append, Err(AppendError::Store(error)) if is_closed(&error)));
    assert!(is_closed(&save.unwrap_err()));
    assert!(matches!(acquire, Err(WorkerLeaseError::Store(error)) if is_closed(&error)));
}

#[test]
fn a_writer_that_ends_in_the_middle_leaves_an_unknown_outcome() {
    let place = Place::new();
    let own = Builder::new_current_thread().enable_all().build().unwrap();
    let store = own.block_on(place.store());
    // The writer is a task of a runtime that nobody drives any more; then it is gone.
    let mut append = store.append_to(stream("a-1"), ExpectedVersion::Any, events(1));
    let mut save = store.save(snapshot());
    let lease_holder = holder();
    let mut acquire = store.acquire(&lease_holder, TTL);
    assert!((&mut append).now_or_never().is_none());
    assert!((&mut save).now_or_never().is_none());
    assert!((&mut acquire).now_or_never().is_none());
    drop(own);
    let other = Builder::new_current_thread().enable_all().build().unwrap();
    other.block_on(async {
        let unknown = append.await.unwrap_err();
        assert!(
            matches!(unknown, AppendError::OutcomeUnknown { .. }),
            "{unknown:?}"
        );
        assert!(unknown.is_transient());
        assert!(is_closed(&save.await.unwrap_err()));
        assert!(matches!(acquire.await, Err(WorkerLeaseError::Store(error)) if is_closed(&error)));
    });
}

#[tokio::test]
async fn a_commit_that_fails_is_an_unknown_outcome_and_the_store_goes_on() {
    let place = Place::new();
    let store = place.store().await;
    // A constraint that is looked at by the commit only.
    let doom = "CREATE TABLE parents (id INTEGER PRIMARY KEY); \
        CREATE TABLE children (parent REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED); \
        CREATE TRIGGER doom AFTER INSERT ON runs WHEN instr(NEW.events, 'doomed') \
        BEGIN INSERT INTO children VALUES (7); END";
    place.shell().await.execute(doom).await.unwrap();
    let doomed = vec![event("\"doomed\"")];
    let any = ExpectedVersion::Any;
    let (before, failed, refused, after) = tokio::join!(
        store.append_to(stream("a-1"), any, events(1)),
        store.append_to(stream("b-1"), any, doomed.clone()),
        store.append_to(stream("c-1"), ExpectedVersion::StreamExists, events(1)),
        store.append_to(stream("d-1"), any, events(1)),
    );
    assert!(before.is_ok() && after.is_ok());
    assert!(
        matches!(failed, Err(AppendError::OutcomeUnknown { .. })),
        "{failed:?}"
    );
    assert!(
        matches!(refused, Err(AppendError::Conflict(_))),
        "{refused:?}"
    );

    place
        .shell()
        .await
        .execute("DROP TRIGGER doom")
        .await
        .unwrap();
    store.append_to(stream("b-1"), any, doomed).await.unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean() && report.events == 3, "{report:?}");
}

#[tokio::test]
async fn a_refusal_that_rested_on_a_neighbour_who_failed_is_not_told() {
    let place = Place::new();
    let store = place.store().await;
    let doom = "CREATE TABLE parents (id INTEGER PRIMARY KEY); \
        CREATE TABLE children (parent REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED); \
        CREATE TRIGGER doom AFTER INSERT ON runs WHEN instr(NEW.events, 'doomed') \
        BEGIN INSERT INTO children VALUES (7); END; \
        CREATE TRIGGER poison BEFORE INSERT ON runs WHEN instr(NEW.events, 'poison') \
        BEGIN SELECT RAISE (ABORT, 'no'); END";
    place.shell().await.execute(doom).await.unwrap();
    let none = ExpectedVersion::NoStream;
    let (doomed, poisoned) = tokio::join!(
        store.append_to(stream("a-1"), none, vec![event("\"doomed\"")]),
        store.append_to(stream("a-1"), none, vec![event("\"poison\"")]),
    );
    assert!(
        matches!(doomed, Err(AppendError::OutcomeUnknown { .. })),
        "{doomed:?}"
    );
    assert!(
        !matches!(poisoned, Err(AppendError::Conflict(_))),
        "{poisoned:?}"
    );
    assert_eq!(store.head().await.unwrap(), None);
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
async fn what_lies_damaged_beside_the_events_is_a_typed_error() {
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

    let lease = "INSERT INTO worker_leases VALUES (0, 1, '', 0, 0, NULL)";
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
