//! The generator of snowflakes: each is greater than the one before, even if the clock steps back.
//!
//! It never waits. If it cannot make an id now, it returns a typed error.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::lease::{LeaseTerm, WorkerLease};
use crate::snowflake::id::{LAST_MILLISECOND, milliseconds_since_epoch, time_of};
use crate::snowflake::{InvalidSnowflake, Snowflake, WorkerId};
use crate::time::Clock;

/// Makes snowflakes for one worker, strictly increasing, from any number of threads.
///
/// The time in an id is that of the clock, but never before the time of the last id. If the clock
/// is behind, the next id continues after the last one; after the 4,096 ids of a millisecond it
/// uses the next millisecond. So ids may be ahead of the clock, by at most the
/// [tolerance](Self::with_tolerance). Beyond it the generator fails until the clock has caught up.
///
/// For example, the last id has the time 10:00:00.005 and the clock steps back to 10:00:00.003: the
/// next id has the time 10:00:00.005 too, and the next sequence number.
///
/// Two generators make different ids if they have different workers, or the same worker one after
/// the other, with [`with_not_before`](Self::with_not_before) after the last id of the first.
/// [Leases](crate::lease::WorkerLeases) ensure both.
///
/// ```
/// use std::sync::Arc;
/// use jiff::Timestamp;
/// use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
/// use shared_kernel::time::ManualClock;
///
/// let time: Timestamp = "2026-01-09T10:00:00Z".parse()?;
/// let ids = SnowflakeGenerator::new(Arc::new(ManualClock::at(time)), WorkerId::new(3)?);
/// let (first, second) = (ids.generate()?, ids.generate()?);
/// assert_eq!((first.time(), first.worker().get()), (time, 3));
/// assert!(first < second);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SnowflakeGenerator {
    clock: Arc<dyn Clock>,
    worker: WorkerId,
    tolerance: Duration,
    /// The first allowed millisecond after the epoch.
    floor: i64,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    last: Option<Snowflake>,
    lease: Option<LeaseEnd>,
}

/// The term and the end of the generator's lease.
#[derive(Clone, Copy)]
struct LeaseEnd {
    term: LeaseTerm,
    expires_at: Timestamp,
}

/// A generator cannot make an id now. A later call may succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnowflakeError {
    /// The clock is too far behind the last id, or behind the start of the lease. It stepped back,
    /// or the generator made more than 4,096 ids in a millisecond for too long.
    #[error(
        "the clock is {by:?} behind the time of the next id, {tolerance:?} is tolerated; \
         set the clock right or wait"
    )]
    ClockBehind {
        /// The distance of the clock from the time of the next id.
        by: Duration,
        /// The largest allowed distance.
        tolerance: Duration,
    },
    /// The lease ends before the time of the next id: renew it.
    #[error("the lease of worker {worker} ended at {expires_at}; renew it or acquire another")]
    LeaseExpired {
        /// The leased worker.
        worker: WorkerId,
        /// The end of the lease.
        expires_at: Timestamp,
    },
    /// The time is outside the range of snowflakes.
    #[error(transparent)]
    Unrepresentable(#[from] InvalidSnowflake),
}

/// The lease is not the one of the generator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the generator of worker {worker} does not work under term {term} of worker {found}")]
pub struct ForeignLease {
    /// The worker of the generator.
    pub worker: WorkerId,
    /// The worker of the lease.
    pub found: WorkerId,
    /// The term of the lease.
    pub term: LeaseTerm,
}

impl SnowflakeGenerator {
    /// The default tolerance: ids may be 10 seconds ahead of the clock.
    pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(10);

    /// A generator for a worker that no other generator uses or has used.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, worker: WorkerId) -> Self {
        Self {
            clock,
            worker,
            tolerance: Self::DEFAULT_TOLERANCE,
            floor: i64::MIN,
            state: Mutex::default(),
        }
    }

    /// A generator for a leased worker: all its ids have times within the lease, from `not_before`
    /// on and before `expires_at`.
    #[must_use]
    pub fn leased(clock: Arc<dyn Clock>, lease: &WorkerLease) -> Self {
        let generator = Self::new(clock, lease.worker).with_not_before(lease.not_before);
        generator.state().lease = Some(LeaseEnd {
            term: lease.term,
            expires_at: lease.expires_at,
        });
        generator
    }

    /// The same, with another tolerance: the largest distance of ids ahead of the clock. With zero,
    /// a clock that steps back by a millisecond is an error, and so is a used up millisecond.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// The same, with ids of times from `not_before` on.
    #[must_use]
    pub fn with_not_before(self, not_before: Timestamp) -> Self {
        // One past the last millisecond is enough: no id can be made from there on.
        let whole = milliseconds_since_epoch(not_before).clamp(0, LAST_MILLISECOND);
        let floor = if time_of(whole) < not_before {
            whole + 1
        } else {
            whole
        };
        Self { floor, ..self }
    }

    /// A fresh id, greater than all earlier ids of this generator.
    ///
    /// # Errors
    /// [`SnowflakeError`]; the generator stays as it was.
    pub fn generate(&self) -> Result<Snowflake, SnowflakeError> {
        let mut state = self.state();
        let now = self.clock.now();
        if let Some(lease) = state.lease {
            self.check_lease(lease, now)?;
        }

        let clock = milliseconds_since_epoch(now);
        let (milliseconds, sequence) = next_in_order(clock.max(self.floor), state.last);
        let by = Duration::from_millis(milliseconds.abs_diff(clock));
        if by > self.tolerance {
            let tolerance = self.tolerance;
            return Err(SnowflakeError::ClockBehind { by, tolerance });
        }

        let time = if milliseconds == clock {
            now
        } else {
            time_of(milliseconds)
        };
        let id = Snowflake::from_parts(time, self.worker, sequence)?;
        if let Some(lease) = state.lease {
            self.check_lease(lease, id.time())?;
        }
        state.last = Some(id);
        Ok(id)
    }

    /// Sets the new end of the lease after a renewal.
    ///
    /// # Errors
    /// [`ForeignLease`] if it is another lease: make a new generator for it.
    pub fn renewed(&self, lease: &WorkerLease) -> Result<(), ForeignLease> {
        match &mut self.state().lease {
            Some(bound) if lease.worker == self.worker && lease.term == bound.term => {
                bound.expires_at = bound.expires_at.max(lease.expires_at);
                Ok(())
            }
            _ => Err(ForeignLease {
                worker: self.worker,
                found: lease.worker,
                term: lease.term,
            }),
        }
    }

    /// The last id, for [`release`](crate::lease::WorkerLeases::release).
    #[must_use]
    pub fn last(&self) -> Option<Snowflake> {
        self.state().last
    }

    /// The worker of the generator.
    #[must_use]
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    fn check_lease(&self, lease: LeaseEnd, time: Timestamp) -> Result<(), SnowflakeError> {
        if time < lease.expires_at {
            return Ok(());
        }
        Err(SnowflakeError::LeaseExpired {
            worker: self.worker,
            expires_at: lease.expires_at,
        })
    }

    /// A poisoned lock is sound, because the state is set in one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The millisecond and the sequence number after those of `last`, but not before `earliest`.
fn next_in_order(earliest: i64, last: Option<Snowflake>) -> (i64, u16) {
    match last {
        Some(last) if last.milliseconds() >= earliest => {
            if last.sequence() < Snowflake::MAX_SEQUENCE {
                (last.milliseconds(), last.sequence() + 1)
            } else {
                (last.milliseconds() + 1, 0)
            }
        }
        _ => (earliest, 0),
    }
}

impl fmt::Debug for SnowflakeGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnowflakeGenerator")
            .field("worker", &self.worker)
            .field("tolerance", &self.tolerance)
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
