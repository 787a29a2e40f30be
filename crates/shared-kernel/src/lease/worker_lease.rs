//! The port of worker leases: no two processes on one store make the same snowflake.
//!
//! The adapter of a store keeps the leases.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use crate::StoreError;
use crate::snowflake::id::{LAST_MILLISECOND, milliseconds_since_epoch, time_of};
use crate::snowflake::{Snowflake, WorkerId};
use crate::stream::counter::counter;
use crate::text::validated_text;

validated_text! {
    /// The holder of a lease, for people, for example `laptop/4711`; 1 to 255 bytes. It is not an
    /// identity: one holder may have several leases.
    LeaseHolder, "lease holder", max 255
}

impl LeaseHolder {
    /// The id of this process, for example `process 4711`.
    #[must_use]
    pub fn this_process() -> Self {
        Self(format!("process {}", std::process::id()).into())
    }
}

counter! {
    /// The number of a lease of its worker, counted from 1. Worker and term identify a lease, for
    /// example worker 3 and term 12.
    LeaseTerm, "lease term", zero
    /// The term of a worker that was never leased.
    NONE
}

/// The right to make snowflakes as a worker for a limited time.
///
/// Snowflakes of this lease have times from [`not_before`](Self::not_before) on, and before
/// [`expires_at`](Self::expires_at). These spans never overlap between two leases of one worker, so
/// their ids differ even if the clocks of the processes do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLease {
    /// The worker.
    pub worker: WorkerId,
    /// The number of this lease of the worker.
    pub term: LeaseTerm,
    /// The holder.
    pub holder: LeaseHolder,
    /// The first allowed time of an id, in whole milliseconds.
    pub not_before: Timestamp,
    /// The end of the allowed times, exclusive, in whole milliseconds.
    pub expires_at: Timestamp,
}

impl WorkerLease {
    /// The end of a lease for `ttl` from a time on: `now + ttl`, cut to whole
    /// milliseconds and to the times that a snowflake can hold.
    #[must_use]
    pub fn expiry(now: Timestamp, ttl: Duration) -> Timestamp {
        let exact = now.checked_add(ttl).unwrap_or(Timestamp::MAX);
        time_of(milliseconds_since_epoch(exact).clamp(0, LAST_MILLISECOND + 1))
    }

    /// The floor of the worker after this lease has expired: its end, because the holder may have
    /// made ids up to then.
    #[must_use]
    pub fn floor_when_expired(&self) -> Timestamp {
        self.expires_at.max(self.not_before)
    }

    /// The floor of the worker after this lease is released: the millisecond after its last id, or
    /// `not_before` if it made no id.
    #[must_use]
    pub fn floor_when_released(&self, last_used: Option<Snowflake>) -> Timestamp {
        let after = last_used.map(|id| time_of(id.milliseconds() + 1));
        after.map_or(self.not_before, |after| after.max(self.not_before))
    }
}

/// Leases workers to processes that share a store.
///
/// For each worker the store keeps the term of its last lease, and a *floor*: the first allowed
/// time of an id of the next lease. "Now" is the time of the store's [`Clock`](crate::time::Clock).
/// Clocks may be wrong: worker and term identify a lease, and its times only bound its ids.
///
/// | worker | floor |
/// |---|---|
/// | never leased | [`Snowflake::EPOCH`] |
/// | lease expired | [`floor_when_expired`](WorkerLease::floor_when_expired) |
/// | lease released | [`floor_when_released`](WorkerLease::floor_when_released) |
///
/// - **Exclusion**: a worker is *held* from `acquire` until `release`, or until its lease has
///   expired (`expires_at` ≤ now). Two held leases never have the same worker.
/// - **Takeover**: the next `acquire` may take a worker with an expired lease, because its holder
///   may have crashed. Until then the holder may still renew or release the lease.
/// - **No overlap** ([law 56](crate::laws#law-56)): the `not_before` of a lease is now, but at
///   least the floor of its worker. For example, a lease that expired at 12:00:10 is followed by a
///   lease with `not_before` 12:00:10 or later.
/// - **Clocks far ahead** ([law 56](crate::laws#law-56)): a lease that begins more than a day after
///   now and its floor does not block its worker. The next lease has the floor before it, and no
///   lease ever has a time of its span.
/// - **Durability**: an answered call survives the process, as far as the store does.
/// - **Cancellation**: if the future is dropped, the call has happened or not. A lease that the
///   caller never received expires.
#[async_trait]
pub trait WorkerLeases: Send + Sync {
    /// Leases a free worker.
    ///
    /// - **Choice**: the free worker with the earliest floor; a floor before now counts as now.
    ///   Among equals, one that no clock far ahead has leased; among these, the lowest number.
    /// - **The lease** ([law 57](crate::laws#law-57)): the next term of the worker, and
    ///   [`WorkerLease::expiry`] of `not_before` and `ttl` as `expires_at`. It lasts at least a
    ///   millisecond.
    ///
    /// # Errors
    /// [`WorkerLeaseError::AllTaken`] if all 1,024 workers are held;
    /// [`WorkerLeaseError::ClockPastLastSnowflake`]; [`WorkerLeaseError::Store`].
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError>;

    /// Moves the end of a lease to [`WorkerLease::expiry`] of now and `ttl`, but never to an
    /// earlier time. Worker and term identify the lease.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] if it was released or taken over, or has been over for more than
    /// a day; [`WorkerLeaseError::ClockPastLastSnowflake`]; [`WorkerLeaseError::Store`].
    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError>;

    /// Releases a worker, which is free at once. `last_used` is the last id of the lease, or `None`
    /// if it made no id. The caller makes no further id with this lease.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] if it was released or taken over, and nothing changes;
    /// [`WorkerLeaseError::Store`].
    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError>;
}

#[async_trait]
impl<L: WorkerLeases + ?Sized> WorkerLeases for Arc<L> {
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        (**self).acquire(holder, ttl).await
    }

    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError> {
        (**self).renew(lease, ttl).await
    }

    async fn release(
        &self,
        lease: &WorkerLease,
        last_used: Option<Snowflake>,
    ) -> Result<(), WorkerLeaseError> {
        (**self).release(lease, last_used).await
    }
}

/// A worker could not be leased, renewed or released.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WorkerLeaseError {
    /// Every worker is held.
    #[error("all 1024 workers are leased, the first until {free_at}")]
    AllTaken {
        /// The time at which the first of the leases expires, unless it is renewed.
        free_at: Timestamp,
    },
    /// The lease was released, or it expired and another process took the worker over.
    #[error("the lease of worker {worker} (term {term}) is lost; acquire another")]
    Lost {
        /// The worker.
        worker: WorkerId,
        /// The term of the lease that is lost.
        term: LeaseTerm,
    },
    /// The clock is past the last time that a snowflake can have.
    #[error("the clock shows {now}, and snowflakes end at {last}; set the clock right")]
    ClockPastLastSnowflake {
        /// The time of the clock.
        now: Timestamp,
        /// The last time of a snowflake.
        last: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkerLeaseError {
    /// Whether the same call can succeed later, without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        time_of(milliseconds)
    }

    fn lease(not_before: i64, expires_at: i64) -> WorkerLease {
        WorkerLease {
            worker: WorkerId::FIRST,
            term: LeaseTerm::from(1),
            holder: LeaseHolder::new("test").unwrap(),
            not_before: at(not_before),
            expires_at: at(expires_at),
        }
    }

    #[test]
    fn a_lease_ends_at_a_whole_millisecond_that_a_snowflake_can_hold() {
        let now = at(5) + Duration::from_nanos(999_999);
        assert_eq!(WorkerLease::expiry(now, Duration::from_millis(7)), at(12));
        assert_eq!(WorkerLease::expiry(now, Duration::ZERO), at(5));

        let end = at(LAST_MILLISECOND + 1);
        assert_eq!(WorkerLease::expiry(now, Duration::MAX), end);
        assert_eq!(WorkerLease::expiry(Timestamp::MAX, Duration::ZERO), end);
        assert_eq!(
            WorkerLease::expiry(Timestamp::MIN, Duration::ZERO),
            Snowflake::EPOCH
        );
    }

    #[test]
    fn the_floor_after_a_lease_is_after_all_its_possible_ids() {
        assert_eq!(lease(10, 50).floor_when_expired(), at(50));
        assert_eq!(lease(60, 50).floor_when_expired(), at(60));

        let used = |milliseconds| {
            Snowflake::from_parts(at(milliseconds), WorkerId::FIRST, Snowflake::MAX_SEQUENCE)
        };
        let after = |id| lease(10, 50).floor_when_released(id);
        assert_eq!(after(Some(used(20).unwrap())), at(21));
        assert_eq!(after(Some(used(3).unwrap())), at(10));
        assert_eq!(after(None), at(10));
        assert_eq!(after(Some(Snowflake::MAX)), at(LAST_MILLISECOND + 1));
    }

    #[test]
    fn only_a_busy_store_is_transient() {
        let busy = StoreError::busy("here");
        let closed = StoreError::Closed {
            location: "here".into(),
        };
        assert!(WorkerLeaseError::from(busy).is_transient());
        assert!(!WorkerLeaseError::from(closed).is_transient());
        assert!(!WorkerLeaseError::AllTaken { free_at: at(1) }.is_transient());
    }
}
