//! The attempts of one command: their number, the time that they took, and the pause between two.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use super::EventSourcedRepository;
use crate::Aggregate;
use crate::random::Randomness;
use crate::repository::RetryPolicy;
use crate::time::{Clock, Timer};

/// The attempts of one command, the current one included.
pub(super) struct Attempts<'a> {
    pub(super) made: u32,
    /// The time since the first attempt began.
    spent: Duration,
    /// The last time read from the clock.
    seen: Timestamp,
    retry: RetryPolicy,
    clock: &'a dyn Clock,
    timer: &'a dyn Timer,
    randomness: &'a dyn Randomness,
}

impl<'a> Attempts<'a> {
    pub(super) fn begin<A: Aggregate>(repository: &'a EventSourcedRepository<A>) -> Self {
        Self {
            made: 1,
            spent: Duration::ZERO,
            seen: repository.clock.now(),
            retry: repository.retry,
            clock: &*repository.clock,
            timer: &*repository.timer,
            randomness: &*repository.randomness,
        }
    }

    /// Pauses before another attempt and counts it. `false` if the time limit has passed: then
    /// there is no other attempt. The last pause is cut so that it ends at the limit.
    ///
    /// `failures` is the number of failures so far; the pause grows with it.
    pub(super) async fn again_after(&mut self, failures: u32) -> bool {
        let left = self.left();
        if left.is_zero() {
            return false;
        }
        let pause = self.retry.pause(failures, self.randomness).min(left);
        let after_pause = self.spent.saturating_add(pause);
        self.timer.sleep(pause).await;
        self.look();
        // A pause counts in full even if the clock stood still or was set back meanwhile.
        self.spent = self.spent.max(after_pause);
        self.made = self.made.saturating_add(1);
        true
    }

    /// Waits for an event, at most `longest` and until the time limit. `false` if the event did not
    /// come.
    pub(super) async fn wait_for(
        &mut self,
        event: impl Future<Output = ()>,
        longest: Duration,
    ) -> bool {
        let wait = self.left().min(longest);
        let after_wait = self.spent.saturating_add(wait);
        let has_come = matches!(
            select(pin!(event), self.timer.sleep(wait)).await,
            Either::Left(_)
        );
        self.look();
        if !has_come {
            // As a pause: it counts in full, and once.
            self.spent = self.spent.max(after_wait);
        }
        has_come
    }

    /// The time until the limit; zero if it has passed.
    pub(super) fn left(&mut self) -> Duration {
        self.look();
        self.retry.time_limit().saturating_sub(self.spent)
    }

    /// Reads the clock and adds the time since the last call. A clock that was set back adds
    /// nothing.
    fn look(&mut self) {
        let now = self.clock.now();
        let passed = Duration::try_from(now.duration_since(self.seen)).unwrap_or_default();
        self.spent = self.spent.saturating_add(passed);
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use async_trait::async_trait;
    use futures_util::FutureExt;

    use super::*;
    use crate::random::SystemRandomness;
    use crate::time::ManualClock;

    /// A timer that lets the clock pass by each pause, and does not wait.
    struct Passing<'c>(&'c ManualClock);

    #[async_trait]
    impl Timer for Passing<'_> {
        async fn sleep(&self, duration: Duration) {
            self.0.advance(duration);
        }
    }

    #[test]
    fn a_wait_in_vain_counts_once() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let mut attempts = Attempts {
            made: 1,
            spent: Duration::ZERO,
            seen: clock.now(),
            retry: RetryPolicy::default(),
            clock: &clock,
            timer: &Passing(&clock),
            randomness: &SystemRandomness,
        };
        let wait = attempts.wait_for(pending(), Duration::from_secs(2));
        assert_eq!(wait.now_or_never(), Some(false));
        assert_eq!(attempts.left(), Duration::from_secs(8));
    }
}
