//! Workers are lent to one holder at a time, over all handles and processes on the file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::snowflake::{Snowflake, SnowflakeGenerator, WorkerId};
use shared_kernel::time::ManualClock;

use crate::fixture::Place;

const TTL: Duration = Duration::from_secs(60);

fn holder() -> LeaseHolder {
    LeaseHolder::new("test").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_holders_share_a_worker_whatever_handle_they_ask() {
    let place = Place::new();
    let acquiring = (0..40).map(|_| {
        let path = place.store_path();
        tokio::spawn(async move {
            let store = SqliteStore::open(path).await.unwrap();
            store.acquire(&holder(), TTL).await.unwrap().worker
        })
    });
    let mut workers = HashSet::new();
    for handle in acquiring.collect::<Vec<_>>() {
        workers.insert(handle.await.unwrap());
    }
    assert_eq!(workers.len(), 40);
}

#[tokio::test]
async fn a_lease_survives_reopening_and_a_dead_holder_is_taken_over() {
    let place = Place::new();
    let clock = Arc::new(ManualClock::at("2026-01-09T10:00:00Z".parse().unwrap()));
    let options = SqliteOptions::new().with_clock(clock.clone());
    let store = place.store_with(options.clone()).await;
    let first = store.acquire(&holder(), TTL).await.unwrap();
    let id = SnowflakeGenerator::leased(clock.clone(), &first)
        .generate()
        .unwrap();
    store.close().await;

    let store = place.store_with(options).await;
    assert_ne!(
        store.acquire(&holder(), TTL).await.unwrap().worker,
        first.worker
    );
    let renewed = store.renew(&first, TTL * 2).await.unwrap();
    clock.advance(TTL * 3);
    let heir = store.acquire(&holder(), TTL).await.unwrap();
    let heir = if heir.worker == first.worker {
        heir
    } else {
        store.acquire(&holder(), TTL).await.unwrap()
    };
    assert_eq!(heir.worker, first.worker);
    assert!(heir.not_before >= renewed.expires_at);
    assert!(
        SnowflakeGenerator::leased(clock.clone(), &heir)
            .generate()
            .unwrap()
            > id
    );

    let lost = store.renew(&renewed, TTL).await.unwrap_err();
    assert!(matches!(lost, WorkerLeaseError::Lost { worker, .. } if worker == first.worker));
    let lost = store.release(&renewed, None).await.unwrap_err();
    assert!(matches!(lost, WorkerLeaseError::Lost { .. }));
}

#[tokio::test]
async fn a_worker_that_is_handed_back_goes_on_after_its_last_id() {
    let place = Place::new();
    let store = place.store().await;
    // Within a millisecond of its last id a worker is not leased again, but another one is.
    let mut last: HashMap<WorkerId, Snowflake> = HashMap::new();
    let mut leases = 0;
    while leases < 5 || last.len() == leases {
        let lease = store.acquire(&holder(), TTL).await.unwrap();
        let ids = SnowflakeGenerator::leased(Arc::new(shared_kernel::time::SystemClock), &lease);
        let id = ids.generate().unwrap();
        let before = last.insert(lease.worker, id);
        assert!(before.is_none_or(|before| id > before));
        store.release(&lease, Some(id)).await.unwrap();
        leases += 1;
    }
}
