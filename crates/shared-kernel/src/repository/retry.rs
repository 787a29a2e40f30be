//! The retries of a command: their time limit, and the pauses between two attempts.

use std::time::Duration;

use crate::random::Randomness;

/// The time limit for the attempts of a command, and the pauses between two of them.
///
/// A pause is drawn at random between zero and a ceiling, so that writers that collided do not
/// collide again. While the store is busy or an outcome stays unknown, the ceiling doubles with
/// each failure ("full jitter": Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture
/// Blog, 2015). After a conflict it stays that of the first failure: the commands of one repository
/// take turns, so only one of them tries again at a time.
///
/// The default time limit is 10 s. It includes the time that a command waits for its turn.
///
/// ```
/// use std::time::Duration;
/// use shared_kernel::repository::RetryPolicy;
///
/// let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(3));
/// assert_eq!(retry.ceiling(1), Duration::from_millis(2));
/// assert_eq!(retry.ceiling(3), Duration::from_millis(8));
/// assert_eq!(retry.ceiling(7), Duration::from_millis(100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    time_limit: Duration,
    base_delay: Duration,
    max_delay: Duration,
}

impl RetryPolicy {
    /// One attempt and no more.
    pub const NEVER: Self = Self {
        time_limit: Duration::ZERO,
        base_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
    };

    /// The same, with another time limit. It is counted from the beginning of the first attempt;
    /// the last attempt begins at the limit at the latest.
    #[must_use]
    pub const fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// The same, with another ceiling for the pause after the first failure.
    #[must_use]
    pub const fn with_base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay, ..self }
    }

    /// The same, with another ceiling that no pause is above.
    #[must_use]
    pub const fn with_max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// The time after which no other attempt begins.
    #[must_use]
    pub const fn time_limit(&self) -> Duration {
        self.time_limit
    }

    /// The longest pause after a number of failures.
    #[must_use]
    pub fn ceiling(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1));
        let grown = self.base_delay.saturating_mul(factor.unwrap_or(u32::MAX));
        grown.min(self.max_delay)
    }

    /// The pause after a number of failures. It is the longest one if the random source
    /// fails.
    #[must_use]
    pub fn pause(&self, failures: u32, randomness: &dyn Randomness) -> Duration {
        let ceiling = self.ceiling(failures);
        let mut chance = [0; 4];
        match randomness.fill(&mut chance) {
            Ok(()) => share(ceiling, u32::from_le_bytes(chance)),
            Err(_) => ceiling,
        }
    }
}

/// `part` of 2³² − 1 parts of a duration. A duration above 584 years, the most that 64 bits of
/// nanoseconds hold, counts as 584 years.
fn share(whole: Duration, part: u32) -> Duration {
    let nanos = whole.as_nanos().min(u128::from(u64::MAX));
    let share = nanos * u128::from(part) / u128::from(u32::MAX);
    Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX))
}

impl Default for RetryPolicy {
    /// Ten seconds; pauses of up to 2, 4, 8, 16, 32, 64 ms, then of up to 100 ms.
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(10),
            base_delay: Duration::from_millis(2),
            max_delay: Duration::from_millis(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::RandomnessUnavailable;

    /// Gives the same byte forever, or nothing.
    struct Chance(Option<u8>);

    impl Randomness for Chance {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
            let Some(byte) = self.0 else {
                return Err(RandomnessUnavailable {
                    source: "drained".into(),
                });
            };
            bytes.fill(byte);
            Ok(())
        }
    }

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let retry = RetryPolicy::default();
        let ceilings: Vec<_> = (1..=9).map(|n| retry.ceiling(n)).collect();
        assert_eq!(ceilings, [2, 4, 8, 16, 32, 64, 100, 100, 100].map(MS));
        assert_eq!(retry.time_limit(), Duration::from_secs(10));
    }

    #[test]
    fn no_count_of_attempts_overflows() {
        let retry = RetryPolicy::default().with_max_delay(Duration::MAX);
        assert_eq!(retry.ceiling(32), MS(2) * (1 << 31));
        assert_eq!(retry.ceiling(33), MS(2) * u32::MAX);
        assert_eq!(retry.ceiling(u32::MAX), MS(2) * u32::MAX);
        assert_eq!(retry.ceiling(0), MS(2));
        let huge = retry.with_base_delay(Duration::MAX);
        assert_eq!(huge.ceiling(2), Duration::MAX);
    }

    #[test]
    fn the_pause_lies_between_nothing_and_the_ceiling() {
        let retry = RetryPolicy::default();
        assert_eq!(retry.pause(2, &Chance(Some(0))), Duration::ZERO);
        assert_eq!(retry.pause(2, &Chance(Some(0xff))), MS(4));
        let middle = retry.pause(2, &Chance(Some(0x80)));
        assert!(MS(2) < middle && middle < MS(3), "{middle:?}");
    }

    #[test]
    fn a_pause_without_end_does_not_overflow() {
        let endless = RetryPolicy::default()
            .with_base_delay(Duration::MAX)
            .with_max_delay(Duration::MAX);
        assert_eq!(
            endless.pause(1, &Chance(Some(0xff))),
            Duration::from_nanos(u64::MAX)
        );
    }

    #[test]
    fn without_randomness_the_pause_is_the_longest_one() {
        assert_eq!(RetryPolicy::default().pause(3, &Chance(None)), MS(8));
    }

    #[test]
    fn one_attempt_needs_no_pause() {
        assert_eq!(RetryPolicy::NEVER.time_limit(), Duration::ZERO);
        assert_eq!(RetryPolicy::NEVER.ceiling(1), Duration::ZERO);
    }
}
