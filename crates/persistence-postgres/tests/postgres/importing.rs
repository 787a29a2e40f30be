//! Law 71 for connections that are cut, and the rights that an import and a freeze need.

use std::sync::Arc;

use conformance::FaultCounter;
use persistence_memory::MemoryEventStore;
use persistence_postgres::{PostgresOptions, PostgresStore};
use shared_kernel::store::{Destination, ImportError, LogPart, LogQuery, LogTransfer};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, StoreError};

use crate::fixture::{Place, event, log, stream};

/// The beginning of a log.
async fn part() -> LogPart {
    let source = MemoryEventStore::new();
    for name in ["a-1", "b-1", "a-1"] {
        source
            .append_to(stream(name), ExpectedVersion::Any, vec![event(), event()])
            .await
            .unwrap();
    }
    let page = source.read_log_page(&LogQuery::new()).await.unwrap();
    LogPart {
        store: source.id().await.unwrap(),
        after: None,
        events: page.items,
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_within_an_import_leaves_all_of_it_or_nothing() {
    let part = part().await;
    let mut left = Vec::new();
    for operations in 0.. {
        let place = Place::new();
        let faults = Arc::new(FaultCounter::new());
        let counter = Arc::clone(&faults);
        let options = PostgresOptions::new().with_interrupt(Arc::new(move || counter.next_fails()));
        let store = place.store_with(options).await;
        let own = store.id().await.unwrap();
        faults.fail_after(operations);
        let imported = store.import(part.clone()).await;
        faults.heal();
        let found = log(&store).await;
        if found.is_empty() {
            assert!(
                imported.is_err(),
                "{operations}: acknowledged, and not there"
            );
            assert_eq!(store.id().await.unwrap(), own);
            store.import(part.clone()).await.unwrap();
        }
        assert_eq!(log(&store).await, part.events, "{operations}");
        assert_eq!(store.id().await.unwrap(), part.store);
        if imported.is_ok() {
            break;
        }
        left.push(!found.is_empty());
    }
    // The last cut hides the answer of a commit.
    assert_eq!(left, [false, false, false, true]);
}

/// The role of a program appends, and neither imports nor freezes.
#[tokio::test]
async fn only_the_owner_imports_and_freezes() {
    let place = Place::new();
    drop(place.store().await);
    let database = place.address.rsplit('/').next().unwrap();
    let role = format!("program_{database}");
    place
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA annals TO {role};
             GRANT SELECT ON ALL TABLES IN SCHEMA annals TO {role};
             GRANT EXECUTE ON FUNCTION annals.append_1 TO {role}"
        ))
        .unwrap();
    let address = place.server.address(&role, database);
    let store = PostgresStore::connect(&address).await.unwrap();
    let is_denied = |error: &StoreError| {
        matches!(error, StoreError::ReadOnly { obstacle, .. }
            if obstacle.contains("permission denied"))
    };
    let refused = store.import(part().await).await.unwrap_err();
    assert!(
        matches!(&refused, ImportError::Store(error) if is_denied(error)),
        "{refused:?}"
    );
    let new = Destination::new("elsewhere").unwrap();
    let refused = store.freeze(&new).await.unwrap_err();
    assert!(is_denied(&refused), "{refused:?}");
    let refused = store.unfreeze().await.unwrap_err();
    assert!(is_denied(&refused), "{refused:?}");

    // Frozen by the owner, it tells the program.
    place.store().await.freeze(&new).await.unwrap();
    assert_eq!(store.frozen_for().await.unwrap(), Some(new));
    let refused = store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("its log moves to elsewhere"), "{refused}");
}
