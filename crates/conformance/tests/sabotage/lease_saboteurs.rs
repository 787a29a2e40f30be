//! Saboteurs of worker leases, and the laws that each breaks.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conformance::{Harness, Verdict, WorkerLeasesHarness, laws_of_worker_leases};
use jiff::Timestamp;
use persistence_memory::MemoryWorkerLeases;
use shared_kernel::lease::{LeaseHolder, WorkerLease, WorkerLeaseError, WorkerLeases};
use shared_kernel::snowflake::{Snowflake, WorkerId};
use shared_kernel::time::{Clock, RecordedTimes};

use crate::lease_saboteurs;
use crate::saboteurs::saboteurs;

type Leased = Result<WorkerLease, WorkerLeaseError>;

/// A defect of worker leases: a change of the answers.
pub(crate) trait LeaseSabotage: Default + Send + Sync + 'static {
    fn acquired(&self, _now: Timestamp, _ttl: Duration, leased: Leased) -> Leased {
        leased
    }

    fn renewed(&self, _lease: &WorkerLease, renewed: Leased) -> Leased {
        renewed
    }
}

/// Leases without a defect.
#[derive(Default)]
pub(crate) struct NoSabotage;

impl LeaseSabotage for NoSabotage {}

/// Never leases a worker again that was leased far ahead.
#[derive(Default)]
pub(crate) struct BlocksWorkersLeasedFarAhead(Mutex<HashMap<WorkerId, Timestamp>>);

impl LeaseSabotage for BlocksWorkersLeasedFarAhead {
    fn acquired(&self, _now: Timestamp, _ttl: Duration, leased: Leased) -> Leased {
        let lease = leased?;
        let begins = lease.not_before;
        let before = self.0.lock().unwrap().insert(lease.worker, begins);
        match before {
            Some(free_at) if free_at.duration_since(begins) > RecordedTimes::FAR => {
                Err(WorkerLeaseError::AllTaken { free_at })
            }
            _ => Ok(lease),
        }
    }
}

/// Lets each lease make ids of any time before its end.
#[derive(Default)]
pub(crate) struct BeginsLeasesAtTheEpoch;

impl LeaseSabotage for BeginsLeasesAtTheEpoch {
    fn acquired(&self, _now: Timestamp, _ttl: Duration, leased: Leased) -> Leased {
        let not_before = Snowflake::EPOCH;
        leased.map(|lease| WorkerLease {
            not_before,
            ..lease
        })
    }
}

/// Ends leases by the clock, wherever they begin.
#[derive(Default)]
pub(crate) struct EndsLeasesByTheClock;

impl LeaseSabotage for EndsLeasesByTheClock {
    fn acquired(&self, now: Timestamp, ttl: Duration, leased: Leased) -> Leased {
        let expires_at = WorkerLease::expiry(now, ttl);
        leased.map(|lease| WorkerLease {
            expires_at,
            ..lease
        })
    }
}

/// Renews leases that were taken over.
#[derive(Default)]
pub(crate) struct RenewsLostLeases;

impl LeaseSabotage for RenewsLostLeases {
    fn renewed(&self, lease: &WorkerLease, renewed: Leased) -> Leased {
        match renewed {
            Err(WorkerLeaseError::Lost { .. }) => Ok(lease.clone()),
            renewed => renewed,
        }
    }
}

/// Renews leases whatever the clock shows.
#[derive(Default)]
pub(crate) struct RenewsPastTheLastSnowflake;

impl LeaseSabotage for RenewsPastTheLastSnowflake {
    fn renewed(&self, lease: &WorkerLease, renewed: Leased) -> Leased {
        match renewed {
            Err(WorkerLeaseError::ClockPastLastSnowflake { .. }) => Ok(lease.clone()),
            renewed => renewed,
        }
    }
}

struct Sabotaged<S> {
    sabotage: S,
    clock: Arc<dyn Clock>,
    sound: MemoryWorkerLeases,
}

#[async_trait]
impl<S: LeaseSabotage> WorkerLeases for Sabotaged<S> {
    async fn acquire(&self, holder: &LeaseHolder, ttl: Duration) -> Leased {
        let leased = self.sound.acquire(holder, ttl).await;
        self.sabotage.acquired(self.clock.now(), ttl, leased)
    }

    async fn renew(&self, lease: &WorkerLease, ttl: Duration) -> Leased {
        let renewed = self.sound.renew(lease, ttl).await;
        self.sabotage.renewed(lease, renewed)
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        self.sound.release(lease, last_used).await
    }
}

#[derive(Default)]
struct SabotagedLeases<S>(std::marker::PhantomData<S>);

impl<S: LeaseSabotage> Harness for SabotagedLeases<S> {}

#[async_trait]
impl<S: LeaseSabotage> WorkerLeasesHarness for SabotagedLeases<S> {
    async fn open_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn WorkerLeases> {
        Arc::new(Sabotaged {
            sabotage: S::default(),
            sound: MemoryWorkerLeases::with_clock(Arc::clone(&clock)),
            clock,
        })
    }
}

/// The names of the laws of worker leases that a saboteur breaks.
fn broken_by<S: LeaseSabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_worker_leases().into_iter();
    laws.filter_map(
        |law| match law.run(Arc::new(SabotagedLeases::<S>::default())) {
            Verdict::Kept => None,
            Verdict::Broken { .. } => Some(law.name()),
            Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
        },
    )
    .collect()
}

saboteurs! { broken_by, broken_by_some;
    blocks_workers_leased_far_ahead: lease_saboteurs::BlocksWorkersLeasedFarAhead => [
        a_lease_from_a_clock_far_ahead_blocks_no_worker,
        a_lease_released_far_ahead_blocks_no_worker,
        the_times_of_two_leases_of_a_worker_never_overlap,
    ];
    begins_leases_at_the_epoch: lease_saboteurs::BeginsLeasesAtTheEpoch => [
        a_lease_released_far_ahead_blocks_no_worker,
        no_lease_is_over_when_it_is_answered,
        the_times_of_two_leases_of_a_worker_never_overlap,
    ];
    ends_leases_by_the_clock: lease_saboteurs::EndsLeasesByTheClock => [
        no_lease_is_over_when_it_is_answered,
    ];
    renews_lost_leases: lease_saboteurs::RenewsLostLeases => [
        a_lease_from_a_clock_far_ahead_blocks_no_worker,
    ];
    renews_past_the_last_snowflake: lease_saboteurs::RenewsPastTheLastSnowflake => [
        a_clock_past_the_last_snowflake_is_an_error,
    ];
}

#[test]
fn sound_leases_break_no_law() {
    assert_eq!(broken_by::<NoSabotage>(), BTreeSet::new());
}

/// A law without a saboteur might never fail, so a new law needs a saboteur.
#[test]
fn every_law_of_leases_is_broken_by_some_saboteur() {
    let laws = laws_of_worker_leases();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
