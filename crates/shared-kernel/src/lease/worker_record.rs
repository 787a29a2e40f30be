//! The rules of worker leases, which all adapters share.
//!
//! They are pure functions: under one lock, an adapter reads the records, calls a function, and
//! writes the returned record.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

use crate::lease::{LeaseHolder, Tenure, WorkerLease, WorkerLeaseError};
use crate::snowflake::id::{LAST_MILLISECOND, milliseconds_since_epoch, time_of};
use crate::snowflake::{Snowflake, WorkerId};
use crate::time::RecordedTimes;

/// The stored record of a worker that was leased at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// Its last lease.
    pub lease: WorkerLease,
    /// The floor after the release of that lease; `None` until the release.
    pub released: Option<Timestamp>,
    /// The floor before that lease.
    pub floor: Timestamp,
    /// The span of earlier leases from clocks far ahead. No other lease has a time in it.
    pub passed_over: Option<Range<Timestamp>>,
}

/// A worker that can be leased.
struct Free {
    /// The first time of the lease.
    start: Timestamp,
    /// Whether a clock far ahead has leased the worker. Such workers are the last choice: their
    /// holders lose their leases.
    is_passed_over: bool,
    worker: WorkerId,
    last: Option<Tenure>,
    floor: Timestamp,
    passed_over: Option<Range<Timestamp>>,
}

impl WorkerRecord {
    /// Leases a free worker. `records` are those of all workers that were ever leased. The result
    /// replaces the record of the worker.
    ///
    /// # Errors
    /// [`WorkerLeaseError::AllTaken`] if every worker is held, and
    /// [`WorkerLeaseError::ClockPastLastSnowflake`].
    pub fn acquire(
        records: &[Self],
        holder: &LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, WorkerLeaseError> {
        check_clock(now)?;
        let mut known = vec![None; usize::from(WorkerId::COUNT)];
        for record in records {
            known[usize::from(record.lease.worker.get())] = Some(record);
        }
        let free = WorkerId::all().zip(known);
        let free = free.filter_map(|(worker, record)| match record {
            Some(record) => record.free(now),
            None => Some(Free::new(worker, None, Snowflake::EPOCH, None, now)),
        });
        let Some(first) = free.min_by_key(|free| (free.start, free.is_passed_over)) else {
            let ends = records.iter().map(|record| record.lease.expires_at);
            return Err(WorkerLeaseError::AllTaken {
                free_at: ends.min().unwrap_or(now),
            });
        };
        let expires_at = end(first.start, ttl, first.passed_over.as_ref());
        Ok(Self {
            lease: WorkerLease {
                worker: first.worker,
                term: Tenure::after(first.last, expires_at).term,
                holder: holder.clone(),
                not_before: first.start,
                expires_at,
            },
            released: None,
            floor: first.floor,
            passed_over: first.passed_over,
        })
    }

    /// Moves the end of the lease, but never to an earlier time. `record` is that of the worker.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] if the lease was released or taken over, or has been over for
    /// more than a day; [`WorkerLeaseError::ClockPastLastSnowflake`].
    pub fn renew(
        record: Option<&Self>,
        lease: &WorkerLease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, WorkerLeaseError> {
        check_clock(now)?;
        let mut renewed = Self::still_valid(record, lease)?.clone();
        let ends_at = &mut renewed.lease.expires_at;
        let is_over_for_long = is_far_ahead(now, *ends_at);
        *ends_at = end(now, ttl, renewed.passed_over.as_ref()).max(*ends_at);
        if is_over_for_long || *ends_at <= now {
            return Err(lost(lease));
        }
        Ok(renewed)
    }

    /// Releases the worker. `record` is that of the worker.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] if the lease was released or taken over.
    pub fn release(
        record: Option<&Self>,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<Self, WorkerLeaseError> {
        let record = Self::still_valid(record, lease)?;
        let floor = record.lease.floor_when_released(last_used);
        Ok(Self {
            released: Some(floor),
            ..record.clone()
        })
    }

    /// The worker for the next lease; `None` if it is held.
    fn free(&self, now: Timestamp) -> Option<Free> {
        let (worker, last) = (self.lease.worker, self.tenure());
        let passed_over = self.passed_over.clone();
        let used_to = self
            .released
            .unwrap_or_else(|| self.lease.floor_when_expired());
        // A lease begins at its floor or by its clock.
        if is_far_ahead(self.lease.not_before, now.max(self.floor)) {
            let used = self.lease.not_before..used_to.max(self.lease.expires_at);
            let both = passed_over.map_or(used.clone(), |passed| {
                passed.start.min(used.start)..passed.end.max(used.end)
            });
            let free = Free::new(worker, Some(last), self.floor, Some(both), now);
            return Some(Free {
                is_passed_over: true,
                ..free
            });
        }
        let is_free = last.is_over(now);
        is_free.then(|| Free::new(worker, Some(last), used_to, passed_over, now))
    }

    fn tenure(&self) -> Tenure {
        let is_released = self.released.is_some();
        Tenure {
            term: self.lease.term,
            until: (!is_released).then_some(self.lease.expires_at),
        }
    }

    fn still_valid<'r>(
        record: Option<&'r Self>,
        lease: &WorkerLease,
    ) -> Result<&'r Self, WorkerLeaseError> {
        record
            .filter(|record| record.lease.worker == lease.worker)
            .filter(|record| record.tenure().admits(lease.term))
            .ok_or_else(|| lost(lease))
    }
}

impl Free {
    fn new(
        worker: WorkerId,
        last: Option<Tenure>,
        floor: Timestamp,
        passed_over: Option<Range<Timestamp>>,
        now: Timestamp,
    ) -> Self {
        let now = time_of(milliseconds_since_epoch(now).max(0));
        // Once the clocks have come to the span that was passed over, the worker goes on after it.
        let passed = passed_over.as_ref();
        let after = passed.filter(|passed| passed.start <= floor.max(now));
        let floor = after.map_or(floor, |passed| floor.max(passed.end));
        Self {
            start: floor.max(now),
            is_passed_over: false,
            worker,
            last,
            floor,
            passed_over: if after.is_some() { None } else { passed_over },
        }
    }
}

/// The end of a lease that lasts from `start` for `ttl`, at least a millisecond, and ends before a
/// span that was passed over.
fn end(start: Timestamp, ttl: Duration, passed_over: Option<&Range<Timestamp>>) -> Timestamp {
    let end = WorkerLease::expiry(start, ttl.max(Duration::from_millis(1)));
    passed_over.map_or(end, |passed| end.min(passed.start))
}

fn is_far_ahead(time: Timestamp, of: Timestamp) -> bool {
    time.duration_since(of) > RecordedTimes::FAR
}

fn check_clock(now: Timestamp) -> Result<(), WorkerLeaseError> {
    if milliseconds_since_epoch(now) > LAST_MILLISECOND {
        let last = time_of(LAST_MILLISECOND);
        return Err(WorkerLeaseError::ClockPastLastSnowflake { now, last });
    }
    Ok(())
}

fn lost(lease: &WorkerLease) -> WorkerLeaseError {
    WorkerLeaseError::Lost {
        worker: lease.worker,
        term: lease.term,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::LeaseTerm;

    const TTL: Duration = Duration::from_millis(100);

    fn at(milliseconds: i64) -> Timestamp {
        Snowflake::EPOCH + jiff::SignedDuration::from_millis(milliseconds)
    }

    fn acquire(records: &[WorkerRecord], now: i64) -> Result<WorkerRecord, WorkerLeaseError> {
        WorkerRecord::acquire(records, &LeaseHolder::new("test").unwrap(), at(now), TTL)
    }

    fn used(record: &WorkerRecord, milliseconds: i64) -> Option<Snowflake> {
        Snowflake::from_parts(at(milliseconds), record.lease.worker, 0).ok()
    }

    #[test]
    fn the_first_lease_is_worker_0_from_now_on() {
        let lease = acquire(&[], 5).unwrap().lease;
        assert_eq!(
            (lease.worker, lease.term),
            (WorkerId::FIRST, LeaseTerm::from(1))
        );
        assert_eq!((lease.not_before, lease.expires_at), (at(5), at(105)));
    }

    #[test]
    fn a_held_worker_is_not_leased_again_until_it_expires() {
        let first = acquire(&[], 0).unwrap();
        let second = acquire(std::slice::from_ref(&first), 99).unwrap();
        assert_eq!(second.lease.worker.get(), 1);
        let taken_over = acquire(std::slice::from_ref(&first), 100).unwrap().lease;
        assert_eq!(
            (taken_over.worker, taken_over.term),
            (WorkerId::FIRST, LeaseTerm::from(2))
        );
        assert_eq!(taken_over.not_before, at(100));
    }

    #[test]
    fn a_released_worker_is_free_at_once_with_a_floor_after_its_last_id() {
        let first = acquire(&[], 0).unwrap();
        let back = WorkerRecord::release(Some(&first), &first.lease, used(&first, 40)).unwrap();
        let next = acquire(std::slice::from_ref(&back), 41).unwrap().lease;
        assert_eq!((next.worker, next.not_before), (WorkerId::FIRST, at(41)));
        // A worker with a floor in the future is avoided.
        let ahead = WorkerRecord::release(Some(&first), &first.lease, used(&first, 90)).unwrap();
        assert_eq!(acquire(&[ahead], 50).unwrap().lease.worker.get(), 1);
    }

    #[test]
    fn a_renewed_lease_ends_later_and_never_earlier() {
        let first = acquire(&[], 0).unwrap();
        let renew = |now| WorkerRecord::renew(Some(&first), &first.lease, at(now), TTL).unwrap();
        assert_eq!(renew(50).lease.expires_at, at(150));
        assert_eq!(renew(-50).lease.expires_at, at(100));
        assert_eq!(renew(500).lease.not_before, first.lease.not_before);
    }

    #[test]
    fn a_lost_lease_is_neither_renewed_nor_released() {
        let first = acquire(&[], 0).unwrap();
        let second = acquire(std::slice::from_ref(&first), 200).unwrap();
        let back = WorkerRecord::release(Some(&first), &first.lease, None).unwrap();
        for record in [None, Some(&second), Some(&back)] {
            let renewed = WorkerRecord::renew(record, &first.lease, at(0), TTL);
            assert!(
                matches!(renewed, Err(WorkerLeaseError::Lost { .. })),
                "{record:?}"
            );
            let released = WorkerRecord::release(record, &first.lease, None);
            assert!(
                matches!(released, Err(WorkerLeaseError::Lost { .. })),
                "{record:?}"
            );
        }
    }

    #[test]
    fn the_error_for_no_free_worker_has_the_end_of_the_first_lease() {
        let mut records = Vec::new();
        for turn in 0..i64::from(WorkerId::COUNT) {
            let record = acquire(&records, turn % 50).unwrap();
            assert_eq!(i64::from(record.lease.worker.get()), turn);
            records.push(record);
        }
        let refused = acquire(&records, 60).unwrap_err();
        assert!(matches!(refused, WorkerLeaseError::AllTaken { free_at } if free_at == at(100)));
    }

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    /// The records of all workers, each leased at this time.
    fn all_leased(at: i64) -> Vec<WorkerRecord> {
        let mut records = Vec::new();
        for _ in WorkerId::all() {
            let record = acquire(&records, at).unwrap();
            records.push(record);
        }
        records
    }

    #[test]
    fn a_worker_leased_far_ahead_is_the_last_choice_and_its_holder_loses_it() {
        let mut records = all_leased(9 * DAY);
        let ahead = records[0].lease.clone();
        let free = records.pop().unwrap();
        assert_eq!(
            acquire(&records, 5).unwrap().lease.worker,
            free.lease.worker
        );
        records.push(acquire(&records, 5).unwrap());

        let taken = acquire(&records, 5).unwrap();
        assert_eq!((taken.lease.worker.get(), taken.lease.term.get()), (0, 2));
        assert_eq!(
            (taken.lease.not_before, taken.lease.expires_at),
            (at(5), at(105))
        );
        let span = at(9 * DAY)..at(9 * DAY + 100);
        assert_eq!(taken.passed_over, Some(span));
        let lost = WorkerRecord::renew(Some(&taken), &ahead, at(9 * DAY), TTL);
        assert!(matches!(lost, Err(WorkerLeaseError::Lost { .. })));
        // A day ahead is not far.
        let refused = acquire(&all_leased(DAY), 0).unwrap_err();
        assert!(matches!(refused, WorkerLeaseError::AllTaken { .. }));
    }

    #[test]
    fn no_lease_has_a_time_of_a_span_that_was_passed_over() {
        let [first, second] = [9 * DAY, 5 * DAY].map(|at| acquire(&[], at).unwrap());
        // Both are passed over, one after the other.
        let free = second.free(at(5)).unwrap();
        let record = WorkerRecord {
            passed_over: free.passed_over,
            ..first
        };
        let free = record.free(at(5)).unwrap();
        assert!(free.is_passed_over);
        assert_eq!(free.passed_over, Some(at(5 * DAY)..at(9 * DAY + 100)));

        let lease = |floor, now: i64| {
            let passed_over = Some(at(200)..at(300));
            let free = Free::new(WorkerId::FIRST, None, at(floor), passed_over, at(now));
            (free.start, end(free.start, TTL, free.passed_over.as_ref()))
        };
        assert_eq!(lease(0, 100), (at(100), at(200)));
        assert_eq!(lease(0, 150), (at(150), at(200)));
        assert_eq!(lease(0, 200), (at(300), at(400)));
        assert_eq!(lease(200, 0), (at(300), at(400)));
        assert_eq!(lease(0, 350), (at(350), at(450)));
    }

    #[test]
    fn a_lease_is_never_over_when_it_is_answered() {
        let shortest = WorkerRecord::acquire(
            &[],
            &LeaseHolder::new("test").unwrap(),
            at(5),
            Duration::ZERO,
        );
        assert_eq!(shortest.unwrap().lease.expires_at, at(6));
        // All workers made ids a minute ahead of the clock.
        let mut records = all_leased(60_000);
        for record in &mut records {
            *record = WorkerRecord::release(Some(record), &record.lease, None).unwrap();
        }
        let lease = acquire(&records, 5).unwrap().lease;
        assert_eq!(
            (lease.not_before, lease.expires_at),
            (at(60_000), at(60_100))
        );

        let past = time_of(LAST_MILLISECOND + 1);
        let holder = LeaseHolder::new("test").unwrap();
        for refused in [
            WorkerRecord::acquire(&[], &holder, past, TTL),
            WorkerRecord::renew(Some(&records[0]), &records[0].lease, past, TTL),
        ] {
            assert!(matches!(
                refused,
                Err(WorkerLeaseError::ClockPastLastSnowflake { now, .. }) if now == past
            ));
        }
    }

    #[test]
    fn a_lease_that_has_been_over_for_more_than_a_day_is_lost() {
        let first = acquire(&[], 0).unwrap();
        let renew = |now| WorkerRecord::renew(Some(&first), &first.lease, at(now), TTL);
        assert!(renew(100 + DAY).is_ok());
        assert!(matches!(
            renew(101 + DAY),
            Err(WorkerLeaseError::Lost { .. })
        ));
    }
}
