//! Worker leases behind an `Arc` are those of the store in it.

use std::sync::Arc;
use std::time::Duration;

use persistence_memory::MemoryWorkerLeases;
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::time::ManualClock;

use crate::fixture::at;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn shared_leases_are_those_of_the_store_behind_them() {
    let clock = Arc::new(ManualClock::at(at(0)));
    let store = MemoryWorkerLeases::with_clock(clock.clone());
    let shared: Arc<dyn WorkerLeases> = Arc::new(store.clone());
    let leases = Arc::new(shared);
    let holder = LeaseHolder::new("test").unwrap();

    let first = leases.acquire(&holder, MINUTE).await.unwrap();
    let second = store.acquire(&holder, MINUTE).await.unwrap();
    assert_ne!(first.worker, second.worker);
    assert_eq!(first.expires_at, at(60));

    clock.advance(MINUTE / 2);
    let renewed = leases.renew(&first, MINUTE).await.unwrap();
    assert_eq!((renewed.worker, renewed.expires_at), (first.worker, at(90)));

    leases.release(&renewed, None).await.unwrap();
    let again = store.release(&renewed, None).await;
    assert!(matches!(again, Err(WorkerLeaseError::Lost { .. })));
}
