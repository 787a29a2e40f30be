//! The rules of worker leases, which all adapters share.
//!
//! They are pure functions: under one lock, an adapter reads the records, calls a function, and
//! writes the returned record.

use std::time::Duration;

use jiff::Timestamp;

use crate::lease::{LeaseHolder, LeaseTerm, WorkerLease, WorkerLeaseError};
use crate::snowflake::{Snowflake, WorkerId};

/// The stored record of a worker that was leased at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// Its last lease.
    pub lease: WorkerLease,
    /// The floor after the release of that lease; `None` until the release.
    pub released: Option<Timestamp>,
}

impl WorkerRecord {
    /// Leases a free worker. `records` are those of all workers that were ever leased. The result
    /// replaces the record of the worker.
    ///
    /// # Errors
    /// [`WorkerLeaseError::AllTaken`] if every worker is held.
    pub fn acquire(
        records: &[Self],
        holder: &LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, WorkerLeaseError> {
        let mut known = vec![None; usize::from(WorkerId::COUNT)];
        for record in records {
            known[usize::from(record.lease.worker.get())] = Some(record);
        }
        let free = WorkerId::all().zip(known);
        let free = free.filter(|(_, record)| record.is_none_or(|record| !record.is_held(now)));
        let first = free.min_by_key(|(_, record)| record.map_or(now, |r| r.floor().max(now)));
        let Some((worker, record)) = first else {
            let ends = records.iter().map(|record| record.lease.expires_at);
            return Err(WorkerLeaseError::AllTaken {
                free_at: ends.min().unwrap_or(now),
            });
        };
        let term = record.map_or(LeaseTerm::NONE, |record| record.lease.term);
        let lease = WorkerLease {
            worker,
            term: term.next().unwrap_or(LeaseTerm::MAX),
            holder: holder.clone(),
            not_before: record.map_or(Snowflake::EPOCH, Self::floor),
            expires_at: WorkerLease::expiry(now, ttl),
        };
        Ok(Self {
            lease,
            released: None,
        })
    }

    /// Moves the end of the lease, but never to an earlier time. `record` is that of the worker.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] if the lease was released or taken over.
    pub fn renew(
        record: Option<&Self>,
        lease: &WorkerLease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, WorkerLeaseError> {
        let mut renewed = Self::still_valid(record, lease)?.clone();
        renewed.lease.expires_at = renewed.lease.expires_at.max(WorkerLease::expiry(now, ttl));
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
            lease: record.lease.clone(),
            released: Some(floor),
        })
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.released.is_none() && self.lease.expires_at > now
    }

    /// The first allowed time of an id of the next lease.
    fn floor(&self) -> Timestamp {
        self.released
            .unwrap_or_else(|| self.lease.floor_when_expired())
    }

    fn still_valid<'r>(
        record: Option<&'r Self>,
        lease: &WorkerLease,
    ) -> Result<&'r Self, WorkerLeaseError> {
        record
            .filter(|record| record.released.is_none())
            .filter(|record| record.lease.worker == lease.worker && record.lease.term == lease.term)
            .ok_or(WorkerLeaseError::Lost {
                worker: lease.worker,
                term: lease.term,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_first_lease_is_worker_0_from_the_epoch_on() {
        let lease = acquire(&[], 5).unwrap().lease;
        assert_eq!(
            (lease.worker, lease.term),
            (WorkerId::FIRST, LeaseTerm::from(1))
        );
        assert_eq!(
            (lease.not_before, lease.expires_at),
            (Snowflake::EPOCH, at(105))
        );
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
        let next = acquire(std::slice::from_ref(&back), 50).unwrap().lease;
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
}
