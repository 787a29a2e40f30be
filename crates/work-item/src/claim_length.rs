//! The time for which an item is claimed.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// The length of a claim, from a second to a week: `30m`, `2h`, `1h 30m`.
///
/// ```
/// use work_item::ClaimLength;
///
/// assert_eq!("90m".parse::<ClaimLength>()?.to_string(), "1h 30m");
/// assert!("30d".parse::<ClaimLength>().is_err());
/// # Ok::<(), work_item::ClaimLengthInvalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimLength(SignedDuration);

/// The text is not the length of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimLengthInvalid {
    /// The text is not a duration.
    #[error("`{found}` is not a duration; write it as 30m, 2h or 1h30m")]
    NotADuration {
        /// The text found.
        found: String,
    },
    /// The duration is too short or too long.
    #[error("a claim lasts from 1s to {}h, not {found:#}", ClaimLength::LONGEST.as_hours())]
    OutOfRange {
        /// The duration found.
        found: SignedDuration,
    },
}

impl ClaimLength {
    /// The length of an agent's claim, unless the agent asks for another one: 15 minutes.
    pub const DEFAULT: Self = Self(SignedDuration::from_mins(15));

    const SHORTEST: SignedDuration = SignedDuration::from_secs(1);
    const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// A length.
    ///
    /// # Errors
    /// [`ClaimLengthInvalid::OutOfRange`] for less than a second and for more than a week.
    pub fn new(length: SignedDuration) -> Result<Self, ClaimLengthInvalid> {
        match (Self::SHORTEST..=Self::LONGEST).contains(&length) {
            true => Ok(Self(length)),
            false => Err(ClaimLengthInvalid::OutOfRange { found: length }),
        }
    }

    /// The duration.
    #[must_use]
    pub const fn duration(self) -> SignedDuration {
        self.0
    }

    /// The end of a claim of this length that begins at a time.
    #[must_use]
    pub fn from(self, at: Timestamp) -> Timestamp {
        at.checked_add(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for ClaimLength {
    type Err = ClaimLengthInvalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.trim().parse::<SignedDuration>();
        Self::new(length.map_err(|_| ClaimLengthInvalid::NotADuration {
            found: text.to_owned(),
        })?)
    }
}

impl fmt::Display for ClaimLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_duration_from_a_second_to_a_week() {
        let length = |text: &str| text.parse::<ClaimLength>().map(ClaimLength::duration);
        assert_eq!(length("30m"), Ok(SignedDuration::from_mins(30)));
        assert_eq!(length(" 2h "), Ok(SignedDuration::from_hours(2)));
        assert_eq!(length("168h"), Ok(ClaimLength::LONGEST));
        assert_eq!(length("1s"), Ok(ClaimLength::SHORTEST));
        for text in ["", "soon", "15", "2 days"] {
            let found = text.to_owned();
            let refused = ClaimLengthInvalid::NotADuration { found };
            assert_eq!(length(text), Err(refused), "{text}");
        }
        for text in ["0s", "-30m", "168h 1s"] {
            let refused = length(text).unwrap_err();
            assert!(
                refused
                    .to_string()
                    .starts_with("a claim lasts from 1s to 168h, not ")
            );
        }
    }

    #[test]
    fn the_end_of_a_claim_stays_within_the_calendar() {
        assert_eq!(ClaimLength::DEFAULT.from(Timestamp::MAX), Timestamp::MAX);
    }
}
