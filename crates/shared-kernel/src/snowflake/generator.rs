//! Owns the making of fresh snowflakes, each greater than the one before, whatever the clock does.
//!
//! Refuses to wait and to sleep: what cannot be given now is a typed error.

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
/// The time in an id is that of the clock, but never before that of the last id: while the clock
/// stands behind, ids go on from the last one, and when the 4,096 ids of a millisecond are used up,
/// they go on in the next. So ids may run ahead of the clock, by at most the
/// [tolerance](Self::with_tolerance); beyond it the generator refuses until the clock has caught
/// up. It never waits.
///
/// Two generators make different ids as long as they have different workers, or the same worker
/// one after the other with [`with_not_before`](Self::with_not_before) after the last id of the
/// first. [Leases](crate::lease::WorkerLeases) keep both.
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
    /// Ids are made in this millisecond after the epoch or later.
    floor: i64,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    last: Option<Snowflake>,
    lease: Option<Bound>,
}

/// What a generator keeps of its lease.
#[derive(Clone, Copy)]
struct Bound {
    term: LeaseTerm,
    expires_at: Timestamp,
}

/// A generator cannot make an id now. Nothing is used up: the next call may succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnowflakeError {
    /// The clock is too far behind the ids that were already made, or behind the time before which
    /// the generator may make none: it stepped back, or ids were asked for faster than 4,096 in a
    /// millisecond for too long.
    #[error(
        "the clock is {by:?} behind the time of the next id, {tolerance:?} is tolerated; \
         set the clock right or wait"
    )]
    ClockBehind {
        /// How far the clock is behind the time that the next id would have.
        by: Duration,
        /// How far it may be.
        tolerance: Duration,
    },
    /// The lease has expired, or would have by the time of the next id: renew it.
    #[error("the lease of worker {worker} ended at {expires_at}; renew it or acquire another")]
    LeaseExpired {
        /// The worker that was leased.
        worker: WorkerId,
        /// When the lease ended.
        expires_at: Timestamp,
    },
    /// No snowflake can hold the time.
    #[error(transparent)]
    Unrepresentable(#[from] InvalidSnowflake),
}

/// A lease that is not the one that the generator works under.
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
    /// How far ids may run ahead of the clock where nothing else is said: 10 seconds.
    pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(10);

    /// A generator for a worker that is known to belong to nobody else, now and in the past.
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

    /// A generator for a leased worker: the times of its ids lie within the lease, from
    /// `not_before` on and before `expires_at`, whatever the clock shows.
    #[must_use]
    pub fn leased(clock: Arc<dyn Clock>, lease: &WorkerLease) -> Self {
        let generator = Self::new(clock, lease.worker).with_not_before(lease.not_before);
        generator.state().lease = Some(Bound {
            term: lease.term,
            expires_at: lease.expires_at,
        });
        generator
    }

    /// The same, with another bound on how far ids may run ahead of the clock. With zero, a clock
    /// that steps back by a millisecond is an error, and so is a used up millisecond.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// The same, but no id has a time before `not_before`.
    #[must_use]
    pub fn with_not_before(self, not_before: Timestamp) -> Self {
        // One past the last is as far as it matters: no id can be made from there on.
        let whole = milliseconds_since_epoch(not_before).clamp(0, LAST_MILLISECOND);
        let floor = if time_of(whole) < not_before {
            whole + 1
        } else {
            whole
        };
        Self { floor, ..self }
    }

    /// A fresh id, greater than all that this generator has made.
    ///
    /// # Errors
    /// [`SnowflakeError`]; the generator is then as it was.
    pub fn generate(&self) -> Result<Snowflake, SnowflakeError> {
        let mut state = self.state();
        let now = self.clock.now();
        if let Some(lease) = state.lease {
            self.check_lease(lease, now)?;
        }

        let clock = milliseconds_since_epoch(now);
        let (milliseconds, sequence) = next_place(clock.max(self.floor), state.last);
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

    /// Goes on under the same lease after it was renewed.
    ///
    /// # Errors
    /// [`ForeignLease`] where it is another lease: make a new generator for that one.
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

    /// The last id that was made, for handing the worker back.
    #[must_use]
    pub fn last(&self) -> Option<Snowflake> {
        self.state().last
    }

    /// The worker whose ids these are.
    #[must_use]
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    fn check_lease(&self, lease: Bound, time: Timestamp) -> Result<(), SnowflakeError> {
        if time < lease.expires_at {
            return Ok(());
        }
        Err(SnowflakeError::LeaseExpired {
            worker: self.worker,
            expires_at: lease.expires_at,
        })
    }

    /// A thread that panicked with the lock left a state that is whole: it is set in one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The millisecond and the sequence number after those of `last`, but not before `earliest`.
fn next_place(earliest: i64, last: Option<Snowflake>) -> (i64, u16) {
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
