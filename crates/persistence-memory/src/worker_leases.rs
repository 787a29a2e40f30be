//! The worker leases in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::lease::{
    LeaseHolder, WorkerLease, WorkerLeaseError, WorkerLeases, WorkerRecord,
};
use shared_kernel::snowflake::{Snowflake, WorkerId};
use shared_kernel::time::{Clock, SystemClock};

/// Worker leases in memory. A clone is another handle on the same workers.
///
/// ```
/// use std::time::Duration;
/// use persistence_memory::MemoryWorkerLeases;
/// use shared_kernel::lease::{LeaseHolder, WorkerLeases};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let leases = MemoryWorkerLeases::new();
/// let holder = LeaseHolder::new("laptop/4711")?;
/// let mine = leases.acquire(&holder, Duration::from_secs(30)).await?;
/// let yours = leases.clone().acquire(&holder, Duration::from_secs(30)).await?;
/// assert_ne!(mine.worker, yours.worker);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryWorkerLeases {
    clock: Arc<dyn Clock>,
    records: Arc<Mutex<BTreeMap<WorkerId, WorkerRecord>>>,
}

impl MemoryWorkerLeases {
    /// No leases yet, with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// No leases yet, with the given clock. For example, a `ManualClock` lets a test expire a
    /// lease.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            records: Arc::default(),
        }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<WorkerId, WorkerRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryWorkerLeases {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryWorkerLeases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryWorkerLeases")
            .field("records", &*self.records())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl WorkerLeases for MemoryWorkerLeases {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let mut records = self.records();
        let known: Vec<_> = records.values().cloned().collect();
        let taken = WorkerRecord::acquire(&known, holder, self.clock.now(), ttl)?;
        let lease = taken.lease.clone();
        records.insert(lease.worker, taken);
        Ok(lease)
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        let mut records = self.records();
        let record = records.get(&lease.worker);
        let renewed = WorkerRecord::renew(record, lease, self.clock.now(), ttl)?;
        let lease = renewed.lease.clone();
        records.insert(lease.worker, renewed);
        Ok(lease)
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        let mut records = self.records();
        let released = WorkerRecord::release(records.get(&lease.worker), lease, last_used)?;
        records.insert(lease.worker, released);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::thread;

    use jiff::Timestamp;
    use shared_kernel::lease::LeaseTerm;
    use shared_kernel::snowflake::SnowflakeGenerator;
    use shared_kernel::time::ManualClock;

    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    fn leases() -> (Arc<ManualClock>, MemoryWorkerLeases) {
        let start: Timestamp = "2026-01-09T10:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        (clock.clone(), MemoryWorkerLeases::with_clock(clock))
    }

    fn holder() -> LeaseHolder {
        LeaseHolder::new("test").unwrap()
    }

    #[tokio::test]
    async fn a_new_store_leases_the_first_worker_and_debugs_by_name() {
        for leases in [MemoryWorkerLeases::new(), MemoryWorkerLeases::default()] {
            let lease = leases
                .acquire(&holder(), Duration::from_secs(1))
                .await
                .unwrap();
            assert_eq!(lease.worker, WorkerId::FIRST);
            assert!(format!("{leases:?}").starts_with("MemoryWorkerLeases"));
        }
    }

    #[tokio::test]
    async fn concurrent_holders_have_different_workers_until_all_are_taken() {
        let (clock, leases) = leases();
        let mut workers = HashSet::new();
        for _ in 0..WorkerId::COUNT {
            let lease = leases.acquire(&holder(), TTL).await.unwrap();
            assert!(workers.insert(lease.worker));
        }
        let refused = leases.acquire(&holder(), TTL).await.unwrap_err();
        let free = clock.now() + TTL;
        assert!(matches!(refused, WorkerLeaseError::AllTaken { free_at } if free_at == free));
        clock.advance(TTL);
        assert!(leases.acquire(&holder(), TTL).await.is_ok());
    }

    #[test]
    fn threads_that_acquire_at_once_have_different_workers() {
        const THREADS: usize = 8;
        let (_, leases) = leases();
        let barrier = Barrier::new(THREADS);
        let acquire = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            barrier.wait();
            runtime
                .block_on(leases.acquire(&holder(), TTL))
                .unwrap()
                .worker
        };
        let workers: HashSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(acquire)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(workers.len(), THREADS);
    }

    #[tokio::test]
    async fn a_takeover_never_repeats_an_id_of_the_expired_holder() {
        let (clock, leases) = leases();
        let first = leases.acquire(&holder(), TTL).await.unwrap();
        let expired = SnowflakeGenerator::leased(clock.clone(), &first);
        clock.advance(TTL - Duration::from_millis(1));
        let last = expired.generate().unwrap();

        clock.advance(Duration::from_millis(1));
        let second = leases.acquire(&holder(), TTL).await.unwrap();
        assert_eq!(
            (second.worker, second.term),
            (first.worker, LeaseTerm::from(2))
        );
        // The expired holder resumes with a clock that went back; its lease still bounds its ids.
        clock.set(last.time());
        let late = expired.generate().unwrap();
        let successor = SnowflakeGenerator::leased(clock, &second);
        assert!(successor.generate().unwrap() > late);
    }

    #[tokio::test]
    async fn a_released_worker_continues_after_its_last_id() {
        let (clock, leases) = leases();
        let first = leases.acquire(&holder(), TTL).await.unwrap();
        let ids = SnowflakeGenerator::leased(clock.clone(), &first);
        let last = ids.generate().unwrap();
        leases.release(&first, ids.last()).await.unwrap();

        clock.advance(Duration::from_millis(1));
        let second = leases.acquire(&holder(), TTL).await.unwrap();
        assert_eq!(second.worker, first.worker);
        let successor = SnowflakeGenerator::leased(clock, &second);
        assert!(successor.generate().unwrap() > last);
    }

    #[tokio::test]
    async fn a_renewed_lease_lasts_longer() {
        let (clock, leases) = leases();
        let leases: Arc<dyn WorkerLeases> = Arc::new(leases);
        let lease = leases.acquire(&holder(), TTL).await.unwrap();
        clock.advance(TTL / 2);
        let renewed = leases.renew(&lease, TTL).await.unwrap();
        assert_eq!(renewed.expires_at, clock.now() + TTL);
        clock.advance(TTL / 2);
        let other = leases.acquire(&holder(), TTL).await.unwrap();
        assert_ne!(other.worker, lease.worker);
        leases.release(&renewed, None).await.unwrap();
        assert!(leases.renew(&renewed, TTL).await.is_err());
    }

    #[tokio::test]
    async fn a_released_or_taken_over_lease_is_lost() {
        let (clock, leases) = leases();
        let back = leases.acquire(&holder(), TTL).await.unwrap();
        leases.release(&back, None).await.unwrap();
        let expired = leases.acquire(&holder(), TTL).await.unwrap();
        clock.advance(TTL);
        leases.acquire(&holder(), TTL).await.unwrap();
        for lost in [back, expired] {
            let is_lost = |error| {
                matches!(
                    error,
                    Some(WorkerLeaseError::Lost { worker, term })
                        if (worker, term) == (lost.worker, lost.term)
                )
            };
            assert!(is_lost(leases.renew(&lost, TTL).await.err()));
            assert!(is_lost(leases.release(&lost, None).await.err()));
        }
    }
}
