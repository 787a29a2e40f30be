//! The number that people use for a work item, for example `WORK-001`.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const PREFIX: &str = "WORK-";

/// The number of a work item, counted from 1 and written `WORK-001`.
///
/// It is written with at least three digits. It is read with or without leading zeros, and with the
/// prefix in upper or lower case: `WORK-007` and `work-7` are the same number. A bare `7` is
/// refused, because it could also be a [`Snowflake`](shared_kernel::snowflake::Snowflake).
///
/// ```
/// use work_item::WorkNumber;
///
/// let number: WorkNumber = "work-7".parse()?;
/// assert_eq!(number.to_string(), "WORK-007");
/// assert_eq!(WorkNumber::new(1234)?.to_string(), "WORK-1234");
/// assert!("WORK-000".parse::<WorkNumber>().is_err());
/// # Ok::<(), work_item::InvalidWorkNumber>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkNumber(NonZeroU64);

/// An invalid work item number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidWorkNumber {
    /// The number is 0; numbers count from 1.
    #[error("work items are numbered from 1, not from 0")]
    Zero,
    /// The text does not begin with `WORK-`.
    #[error("a work item number begins with WORK-, for example WORK-001")]
    Prefix,
    /// Nothing follows the prefix.
    #[error("the number after WORK- is missing")]
    NoDigits,
    /// A character after the prefix is not a digit.
    #[error("`{found}` at byte {at} is not a digit")]
    UnexpectedCharacter {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// The number is larger than 2⁶⁴ − 1.
    #[error("the number is larger than 18446744073709551615")]
    Overflow,
}

impl WorkNumber {
    /// The number of the first work item.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// Creates a work item number.
    ///
    /// # Errors
    /// [`InvalidWorkNumber::Zero`] for 0.
    pub fn new(number: u64) -> Result<Self, InvalidWorkNumber> {
        let number = NonZeroU64::new(number).ok_or(InvalidWorkNumber::Zero)?;
        Ok(Self(number))
    }

    /// The number as an integer, at least 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for WorkNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{PREFIX}{:03}", self.0))
    }
}

impl FromStr for WorkNumber {
    type Err = InvalidWorkNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = match text.split_at_checked(PREFIX.len()) {
            Some((prefix, digits)) if prefix.eq_ignore_ascii_case(PREFIX) => digits,
            _ => return Err(InvalidWorkNumber::Prefix),
        };
        if digits.is_empty() {
            return Err(InvalidWorkNumber::NoDigits);
        }
        if let Some((at, found)) = digits.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(InvalidWorkNumber::UnexpectedCharacter {
                found,
                at: at + PREFIX.len(),
            });
        }
        Self::new(digits.parse().map_err(|_| InvalidWorkNumber::Overflow)?)
    }
}

impl TryFrom<String> for WorkNumber {
    type Error = InvalidWorkNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WorkNumber> for String {
    fn from(number: WorkNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_round_trips(number in 1..=u64::MAX, zeros in 0..5_usize) {
            let number = WorkNumber::new(number).unwrap();
            let text = number.to_string();
            prop_assert_eq!(text.parse(), Ok(number));
            let padded = format!("work-{}{}", "0".repeat(zeros), number.get());
            prop_assert_eq!(padded.parse(), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(&json, &format!("\"{text}\""));
            prop_assert_eq!(serde_json::from_str::<WorkNumber>(&json).unwrap(), number);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(WORK-)?\\PC{0,12}") {
            let parsed: Result<WorkNumber, _> = text.parse();
            prop_assert!(parsed.is_err() || parsed.unwrap().get() > 0);
        }
    }

    #[test]
    fn it_has_at_least_three_digits() {
        for (number, text) in [
            (1, "WORK-001"),
            (42, "WORK-042"),
            (999, "WORK-999"),
            (1000, "WORK-1000"),
            (u64::MAX, "WORK-18446744073709551615"),
        ] {
            assert_eq!(WorkNumber::new(number).unwrap().to_string(), text);
        }
        assert_eq!(WorkNumber::FIRST.get(), 1);
    }

    #[test]
    fn invalid_numbers_are_refused_with_the_reason() {
        for (text, problem) in [
            ("", InvalidWorkNumber::Prefix),
            ("7", InvalidWorkNumber::Prefix),
            ("WORK7", InvalidWorkNumber::Prefix),
            ("TASK-7", InvalidWorkNumber::Prefix),
            (" WORK-7", InvalidWorkNumber::Prefix),
            ("WORKé7", InvalidWorkNumber::Prefix),
            ("WORK-", InvalidWorkNumber::NoDigits),
            ("WORK-0", InvalidWorkNumber::Zero),
            ("WORK-000", InvalidWorkNumber::Zero),
            ("WORK-18446744073709551616", InvalidWorkNumber::Overflow),
        ] {
            assert_eq!(text.parse::<WorkNumber>(), Err(problem), "{text:?}");
        }
        for (text, found, at) in [
            ("WORK--7", '-', 5),
            ("WORK-+7", '+', 5),
            ("WORK-7 ", ' ', 6),
        ] {
            let problem = InvalidWorkNumber::UnexpectedCharacter { found, at };
            assert_eq!(text.parse::<WorkNumber>(), Err(problem), "{text:?}");
        }
        assert_eq!(WorkNumber::new(0), Err(InvalidWorkNumber::Zero));
    }
}
