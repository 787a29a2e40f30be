//! Owns the port that hands out workers, so that no two processes on one store make the same id.
//!
//! Refuses to know where leases are kept; the store's adapter does.

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
    /// Who holds a lease, in words for people, for example `laptop/4711`; 1 to 255 bytes. It
    /// identifies nothing: the same holder may have several leases.
    LeaseHolder, "lease holder", max 255
}

counter! {
    /// The how-manieth lease of its worker this is, counted from 1. Worker and term together name
    /// a lease for all time.
    LeaseTerm, "lease term", zero
    /// The term of a worker that was never leased.
    NONE
}

/// The right to make ids as a worker for a while.
///
/// The times of the ids made under it lie from [`not_before`](Self::not_before) on and before
/// [`expires_at`](Self::expires_at). These spans never overlap between two leases of one worker;
/// that, and no agreement of clocks, is what keeps ids apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLease {
    /// The worker.
    pub worker: WorkerId,
    /// The how-manieth lease of the worker it is.
    pub term: LeaseTerm,
    /// Who holds it.
    pub holder: LeaseHolder,
    /// The first time that an id may have; whole milliseconds.
    pub not_before: Timestamp,
    /// The first time that an id may not have any more; whole milliseconds.
    pub expires_at: Timestamp,
}

impl WorkerLease {
    /// When a lease taken or renewed at `now` for `ttl` expires: `now` and `ttl` together, cut to
    /// whole milliseconds and to the times that a snowflake can hold.
    #[must_use]
    pub fn expiry(now: Timestamp, ttl: Duration) -> Timestamp {
        let exact = now.checked_add(ttl).unwrap_or(Timestamp::MAX);
        time_of(milliseconds_since_epoch(exact).clamp(0, LAST_MILLISECOND + 1))
    }

    /// The floor of the worker once this lease has expired: nothing is known of what the holder
    /// made, so it is the end of all that it may have made.
    #[must_use]
    pub fn floor_when_expired(&self) -> Timestamp {
        self.expires_at.max(self.not_before)
    }

    /// The floor of the worker once this lease is released: the millisecond after the last id made
    /// under it, and what it was where none was made.
    #[must_use]
    pub fn floor_when_released(&self, last_used: Option<Snowflake>) -> Timestamp {
        let after = last_used.map(|id| time_of(id.milliseconds() + 1));
        after.map_or(self.not_before, |after| after.max(self.not_before))
    }
}

/// Hands out workers to processes that share a store.
///
/// The store keeps for each worker the term of its last lease and a *floor*: the first time that an
/// id of a later lease may have. The floor of a worker that was never leased is
/// [`Snowflake::EPOCH`], of one whose lease has expired
/// [`floor_when_expired`](WorkerLease::floor_when_expired), of one that was handed back
/// [`floor_when_released`](WorkerLease::floor_when_released). "Now" is the time of the store's
/// [`Clock`](crate::time::Clock).
///
/// - **Exclusion**: a worker is *held* from `acquire` until `release`, or until its lease has
///   expired (`expires_at` ≤ now). No two leases that are held have the same worker, whatever
///   processes and tasks ask at the same time.
/// - **Takeover**: a lease that has expired is free for the next who asks; its holder may have
///   died. Until somebody has taken it, the holder may still renew or release it.
/// - **No overlap**: the `not_before` of a lease is the floor of its worker. It is never before
///   that of an earlier lease of the worker.
/// - **Durability**: what was answered survives the process, as far as the store survives it.
/// - **Cancellation**: dropping a future leaves the call done or not done. A lease whose answer
///   nobody saw expires.
#[async_trait]
pub trait WorkerLeases: Send + Sync {
    /// Leases a worker that nobody holds.
    ///
    /// - **Choice**: the free worker with the earliest floor, where a floor before now counts as
    ///   now, and among equals the lowest number. So a floor that a wrong clock has left far in the
    ///   future is stepped around.
    /// - **The lease**: the next term of the worker, its floor as `not_before`, and
    ///   [`WorkerLease::expiry`] of now and `ttl` as `expires_at`. A `ttl` of zero gives a lease
    ///   that has expired.
    ///
    /// # Errors
    /// [`WorkerLeaseError::AllTaken`] when all 1,024 are held; [`WorkerLeaseError::Store`].
    async fn acquire(
        &self,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError>;

    /// Moves the end of a lease to [`WorkerLease::expiry`] of now and `ttl`, never to an earlier
    /// time than it is kept with; all else stays. `lease` is known by worker and term.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] when it was released or taken over; [`WorkerLeaseError::Store`].
    async fn renew(
        &self,
        lease: &WorkerLease,
        ttl: Duration,
    ) -> Result<WorkerLease, WorkerLeaseError>;

    /// Hands a worker back, free at once. `last_used` is the last id made under the lease, `None`
    /// where none was made; no id may be made under it afterwards.
    ///
    /// # Errors
    /// [`WorkerLeaseError::Lost`] when it was released before or taken over, and nothing is
    /// changed; [`WorkerLeaseError::Store`].
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

/// A worker could not be leased, renewed or handed back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WorkerLeaseError {
    /// Every worker is held.
    #[error("all 1024 workers are leased, the first until {free_at}")]
    AllTaken {
        /// When the first of the leases expires if nobody renews it.
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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkerLeaseError {
    /// Whether doing the same again can succeed without anybody's help.
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
    fn the_floor_after_a_lease_is_past_all_that_may_have_been_made() {
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
    fn only_a_busy_store_is_worth_another_try() {
        let busy = StoreError::Busy {
            location: "here".into(),
        };
        let closed = StoreError::Closed {
            location: "here".into(),
        };
        assert!(WorkerLeaseError::from(busy).is_transient());
        assert!(!WorkerLeaseError::from(closed).is_transient());
        assert!(!WorkerLeaseError::AllTaken { free_at: at(1) }.is_transient());
    }
}
