//! Laws 71 and 72 below the port: imports on a disk that fails, and an SQL shell on the id of a log
//! and on a frozen store.

use std::sync::Arc;

use conformance::FaultCounter;
use futures_util::TryStreamExt;
use persistence_memory::MemoryEventStore;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::store::{Destination, LogPart, LogQuery, LogTransfer};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, RecordedEvent};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream};

/// The beginning of a log: three streams, and a payload that is stored out of line.
async fn part() -> LogPart {
    let source = MemoryEventStore::new();
    for (name, payloads) in [
        ("a-1", events(20)),
        ("b-1", vec![event("x")]),
        ("a-1", events(9)),
    ] {
        source
            .append_to(stream(name), ExpectedVersion::Any, payloads)
            .await
            .unwrap();
    }
    LogPart {
        store: source.id().await.unwrap(),
        after: None,
        events: log(&source).await,
    }
}

async fn log(store: &dyn EventStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}

#[tokio::test]
async fn a_storage_that_fails_within_an_import_leaves_all_of_it_or_nothing() {
    let part = part().await;
    let mut failed = 0;
    for operations in (0..).step_by(3) {
        let place = Place::new();
        let faults = Arc::new(FaultCounter::new());
        let counter = Arc::clone(&faults);
        let options = SqliteOptions::new().with_interrupt(Arc::new(move || counter.next_fails()));
        let store = place.store_with(options).await;
        let own = store.id().await.unwrap();
        faults.fail_after(operations);
        let imported = store.import(part.clone()).await;
        faults.heal();
        let found = log(&store).await;
        let id = store.id().await.unwrap();
        if found.is_empty() {
            assert!(
                imported.is_err(),
                "{operations}: acknowledged, and not there"
            );
            assert_eq!(id, own, "{operations}");
            store.import(part.clone()).await.unwrap();
        }
        assert_eq!(log(&store).await, part.events, "{operations}");
        assert_eq!(store.id().await.unwrap(), part.store, "{operations}");
        assert!(store.check(|_| ()).await.unwrap().is_clean());
        match imported {
            Ok(()) => break,
            Err(_) => failed += 1,
        }
    }
    assert!(failed > 3, "only {failed} imports failed");
}

#[tokio::test]
async fn an_import_survives_the_end_of_its_handle() {
    let part = part().await;
    let place = Place::new();
    let store = place.store().await;
    // Another handle that was open before, as in another process.
    let other = place.store().await;
    assert_eq!(other.head().await.unwrap(), None);
    store.import(part.clone()).await.unwrap();
    assert_eq!(log(&other).await, part.events);
    assert_eq!(other.id().await.unwrap(), part.store);
    store.close().await;
    other
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    other.close().await;
    let backup = place.path("backup.annals");
    let store = place.store().await;
    store.backup(&backup).await.unwrap();
    let copy = SqliteStore::open(&backup).await.unwrap();
    assert_eq!(copy.id().await.unwrap(), part.store);
    assert_eq!(log(&copy).await, log(&store).await);
    assert!(copy.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn an_sql_shell_can_neither_change_the_id_of_a_log_nor_write_into_a_frozen_store() {
    let place = Place::new();
    let store = place.store().await;
    store.import(part().await).await.unwrap();
    let mut shell = place.shell().await;
    let refused = shell
        .execute("UPDATE store SET store_id = randomblob(16)")
        .await;
    assert!(refused.unwrap_err().to_string().contains("never changes"));

    let new = Destination::new("elsewhere").unwrap();
    store.freeze(&new).await.unwrap();
    let batch = "INSERT INTO batches VALUES (31, 1, 0, '[]', NULL, NULL)";
    let refused = shell.execute(batch).await.unwrap_err();
    assert!(refused.to_string().contains("frozen"), "{refused}");
    store.unfreeze().await.unwrap();
    shell.execute(batch).await.unwrap();
}
