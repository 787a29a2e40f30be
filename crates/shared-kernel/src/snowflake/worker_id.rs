//! The number of a worker, which keeps the ids of two generators apart.

use std::fmt;

use thiserror::Error;

/// The number of a worker, 0 to 1,023. Two generators at the same time need different workers;
/// [`WorkerLeases`](crate::lease::WorkerLeases) ensure that.
///
/// ```
/// use shared_kernel::snowflake::WorkerId;
///
/// assert_eq!(WorkerId::new(7)?.get(), 7);
/// assert!(WorkerId::new(1024).is_err());
/// # Ok::<(), shared_kernel::snowflake::InvalidWorkerId>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(u16);

/// The number is larger than that of the last worker, 1,023.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("worker {found} is above the maximum, 1023")]
pub struct InvalidWorkerId {
    /// The number found.
    pub found: u16,
}

impl WorkerId {
    /// The first worker, 0.
    pub const FIRST: Self = Self(0);
    /// The last worker, 1,023.
    pub const LAST: Self = Self(1023);
    /// The number of workers.
    pub const COUNT: u16 = 1024;

    /// Takes `number` as the number of a worker.
    ///
    /// # Errors
    /// [`InvalidWorkerId`] above [`LAST`](Self::LAST).
    pub const fn new(number: u16) -> Result<Self, InvalidWorkerId> {
        if number > Self::LAST.0 {
            return Err(InvalidWorkerId { found: number });
        }
        Ok(Self(number))
    }

    /// The worker in the low ten bits of `bits`.
    pub(crate) const fn from_low_bits(bits: i64) -> Self {
        Self((bits & Self::LAST.0 as i64) as u16)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Every worker, from the first to the last.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::FIRST.0..=Self::LAST.0).map(Self)
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u16> for WorkerId {
    type Error = InvalidWorkerId;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_count_from_0_to_1023() {
        assert_eq!(WorkerId::new(0), Ok(WorkerId::FIRST));
        assert_eq!(WorkerId::try_from(1023), Ok(WorkerId::LAST));
        assert_eq!(WorkerId::all().count(), usize::from(WorkerId::COUNT));
        assert_eq!(WorkerId::all().last(), Some(WorkerId::LAST));
        assert_eq!(WorkerId::LAST.to_string(), "1023");
    }

    #[test]
    fn a_number_that_ten_bits_cannot_hold_is_refused() {
        assert_eq!(WorkerId::new(1024), Err(InvalidWorkerId { found: 1024 }));
        assert_eq!(
            WorkerId::try_from(u16::MAX),
            Err(InvalidWorkerId { found: u16::MAX })
        );
    }
}
