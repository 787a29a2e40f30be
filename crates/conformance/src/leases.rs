//! Laws of worker leases: no two of them share a time of a worker, whatever the clocks show.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared_kernel::lease::{LeaseHolder, WorkerLease, WorkerLeaseError, WorkerLeases};
use shared_kernel::snowflake::{Snowflake, SnowflakeGenerator, WorkerId};
use shared_kernel::time::{Clock, ManualClock};

use crate::WorkerLeasesHarness;
use crate::specimen::{clock_at, time_at};

const MINUTE: Duration = Duration::from_secs(60);
const NOW: &str = "2026-01-02T03:04:05Z";
const FAR_AHEAD: &str = "2050-01-01T00:00:00Z";

/// [Law 56](shared_kernel::laws#law-56). Leases that a clock far ahead has taken block no worker,
/// and their holders lose them to the next holder.
pub async fn a_lease_from_a_clock_far_ahead_blocks_no_worker(harness: &dyn WorkerLeasesHarness) {
    let (clock, leases) = leases_at(harness, FAR_AHEAD).await;
    let ahead = take_all(&*leases).await;
    clock.set(time_at(NOW));
    for _ in 0..2 {
        let lease = take(&*leases).await;
        let before = ahead.iter().find(|before| before.worker == lease.worker);
        let before = before.expect("every worker is leased");
        assert!(lease.term > before.term);
        assert_eq!(lease.expires_at, clock.now() + MINUTE);
        let id = SnowflakeGenerator::leased(clock.clone(), &lease).generate();
        assert_eq!(id.expect("the lease can be used").time(), clock.now());
        let lost = leases.renew(before, MINUTE).await;
        assert!(
            matches!(lost, Err(WorkerLeaseError::Lost { .. })),
            "{lost:?}"
        );
        leases
            .renew(&lease, MINUTE)
            .await
            .expect("the lease is valid");
    }
}

/// [Law 56](shared_kernel::laws#law-56). The same for leases that were released after an id far
/// ahead.
pub async fn a_lease_released_far_ahead_blocks_no_worker(harness: &dyn WorkerLeasesHarness) {
    let (clock, leases) = leases_at(harness, FAR_AHEAD).await;
    for lease in take_all(&*leases).await {
        let id = SnowflakeGenerator::leased(clock.clone(), &lease).generate();
        let id = id.expect("the lease can be used");
        leases
            .release(&lease, Some(id))
            .await
            .expect("it is released");
    }
    clock.set(time_at(NOW));
    let lease = take(&*leases).await;
    assert_eq!(lease.not_before, clock.now());
}

/// [Law 56](shared_kernel::laws#law-56). The times of two leases of a worker never overlap,
/// whatever the clocks show.
pub async fn the_times_of_two_leases_of_a_worker_never_overlap(harness: &dyn WorkerLeasesHarness) {
    let (clock, leases) = leases_at(harness, FAR_AHEAD).await;
    let mut spans: HashMap<WorkerId, Vec<Range<Timestamp>>> = HashMap::new();
    let mut add = |lease: &WorkerLease, end: Timestamp| {
        let of_worker = spans.entry(lease.worker).or_default();
        let span = lease.not_before..end;
        for other in &*of_worker {
            let is_apart = span.end <= other.start || other.end <= span.start;
            assert!(
                is_apart,
                "worker {} has {span:?} and {other:?}",
                lease.worker
            );
        }
        of_worker.push(span);
    };
    for lease in take_all(&*leases).await {
        add(&lease, lease.expires_at);
    }
    // Back and forth, and at last past the first leases.
    let days = [0, 3, 1, 200, 2, 3, 5, -40, 6, 9_000, 7, 9, 9_000, 20_000];
    for day in days {
        let hours = SignedDuration::from_hours(24 * day);
        clock.set(time_at(NOW) + hours);
        for round in 0..4 {
            let lease = take(&*leases).await;
            if round % 2 == 0 {
                let renewed = leases.renew(&lease, 2 * MINUTE).await;
                add(&lease, renewed.expect("the lease is valid").expires_at);
            } else {
                let id = Snowflake::from_parts(lease.not_before, lease.worker, 0);
                let id = id.expect("the lease can be used");
                leases
                    .release(&lease, Some(id))
                    .await
                    .expect("the lease is valid");
                add(&lease, id.time() + Duration::from_millis(1));
            }
        }
    }
}

/// [Law 57](shared_kernel::laws#law-57). A lease lasts, although the clock stepped back and every
/// worker has made ids of later times.
pub async fn no_lease_is_over_when_it_is_answered(harness: &dyn WorkerLeasesHarness) {
    let (clock, leases) = leases_at(harness, NOW).await;
    for lease in take_all(&*leases).await {
        let id = SnowflakeGenerator::leased(clock.clone(), &lease).generate();
        let id = id.expect("the lease can be used");
        leases
            .release(&lease, Some(id))
            .await
            .expect("it is released");
    }
    clock.set(time_at(NOW) - SignedDuration::from_hours(1));
    let lease = take(&*leases).await;
    assert!(lease.not_before > time_at(NOW));
    assert_eq!(lease.expires_at, lease.not_before + MINUTE);
    let shortest = leases.acquire(&holder(), Duration::ZERO).await;
    let shortest = shortest.expect("a worker is free");
    assert!(shortest.expires_at > shortest.not_before);
    clock.set(lease.not_before);
    let id = SnowflakeGenerator::leased(clock.clone(), &lease).generate();
    assert_eq!(id.expect("the lease can be used").worker(), lease.worker);
}

/// [Law 57](shared_kernel::laws#law-57). With a clock past the last snowflake there is no lease.
pub async fn a_clock_past_the_last_snowflake_is_an_error(harness: &dyn WorkerLeasesHarness) {
    let (clock, leases) = leases_at(harness, NOW).await;
    let lease = take(&*leases).await;
    clock.set(time_at("2099-01-01T00:00:00Z"));
    for refused in [
        leases.acquire(&holder(), MINUTE).await,
        leases.renew(&lease, MINUTE).await,
    ] {
        assert!(
            matches!(&refused, Err(WorkerLeaseError::ClockPastLastSnowflake { now, last })
                if *now == clock.now() && *last == Snowflake::MAX.time()),
            "{refused:?}"
        );
    }
    // Nothing has changed.
    clock.set(time_at(NOW));
    leases
        .renew(&lease, MINUTE)
        .await
        .expect("the lease is valid");
}

async fn take_all(leases: &dyn WorkerLeases) -> Vec<WorkerLease> {
    let mut all = Vec::new();
    for _ in WorkerId::all() {
        all.push(take(leases).await);
    }
    all
}

async fn take(leases: &dyn WorkerLeases) -> WorkerLease {
    let taken = leases.acquire(&holder(), MINUTE).await;
    taken.expect("a worker is free")
}

fn holder() -> LeaseHolder {
    LeaseHolder::new("a law").expect("a holder of a law is well formed")
}

async fn leases_at(
    harness: &dyn WorkerLeasesHarness,
    time: &str,
) -> (Arc<ManualClock>, Arc<dyn WorkerLeases>) {
    let clock = clock_at(time);
    let leases = harness
        .open_leases(Arc::clone(&clock) as Arc<dyn Clock>)
        .await;
    (clock, leases)
}
