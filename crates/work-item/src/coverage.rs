//! Test coverage as a percentage with two decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const FULL: u16 = 10_000;

/// The share of the code that the tests ran: 0 to 100 %, with two decimals.
///
/// Further decimals are cut off, never rounded up: 79.996 % becomes 79.99 %, which is below a
/// threshold of 80 %, and only 100 % is 100 %. It is serialized as a number, for example `87.5`.
///
/// ```
/// use work_item::Coverage;
///
/// let coverage = Coverage::from_counts(2, 3)?;
/// assert_eq!(coverage.to_string(), "66.66 %");
///
/// let threshold = Coverage::from_percent(80.0)?;
/// assert!(!coverage.meets(threshold));
/// assert_eq!(coverage.gap_to(threshold), Coverage::from_percent(13.34)?);
/// # Ok::<(), work_item::CoverageInvalid>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "f64", into = "f64")]
pub struct Coverage(u16);

/// An invalid coverage.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CoverageInvalid {
    /// The percentage is below 0, above 100, or not a number.
    #[error("a coverage is between 0 and 100 %, not {percent} %")]
    OutOfRange {
        /// The percentage found.
        percent: f64,
    },
    /// The covered count is larger than the total.
    #[error("{covered} covered lines are more than the total of {total}")]
    MoreThanAll {
        /// The number of covered lines (or branches, or regions).
        covered: u64,
        /// The number of all lines (or branches, or regions).
        total: u64,
    },
    /// The text is not a decimal number.
    #[error("`{found}` is not a percentage, for example 87.5")]
    NotANumber {
        /// The text found.
        found: String,
    },
}

impl Coverage {
    /// 0 %.
    pub const NONE: Self = Self(0);
    /// 100 %.
    pub const ALL: Self = Self(FULL);

    /// Creates a coverage from a whole percentage of at most 100.
    pub(crate) const fn of_whole_percents(percent: u8) -> Self {
        assert!(percent <= 100);
        Self(percent as u16 * 100)
    }

    /// Creates a coverage from a percentage. All decimals after the second are cut off. The digits
    /// are those of the shortest decimal text of the float, so `4.35` gives 4.35 %.
    ///
    /// # Errors
    /// [`CoverageInvalid::OutOfRange`] below 0, above 100, and for NaN.
    pub fn from_percent(percent: f64) -> Result<Self, CoverageInvalid> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(CoverageInvalid::OutOfRange { percent });
        }
        // A multiplication would lose a hundredth: 4.35 * 100.0 is 434.99999999999994.
        let text = percent.abs().to_string();
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let digits = whole
            .chars()
            .chain(decimals.chars().chain("00".chars()).take(2));
        let hundredths = digits.fold(0, |sum, digit| {
            sum * 10 + u16::try_from(digit.to_digit(10).unwrap_or(0)).unwrap_or(0)
        });
        Ok(Self(hundredths))
    }

    /// The coverage of `covered` lines (or branches, or regions) out of `total`; 0 % if `total` is
    /// 0.
    ///
    /// # Errors
    /// [`CoverageInvalid::MoreThanAll`] if `covered` is larger than `total`.
    pub fn from_counts(covered: u64, total: u64) -> Result<Self, CoverageInvalid> {
        if covered > total {
            return Err(CoverageInvalid::MoreThanAll { covered, total });
        }
        let hundredths = (u128::from(covered) * u128::from(FULL))
            .checked_div(u128::from(total))
            .unwrap_or(0);
        // `covered` is at most `total`, so this is at most 10,000.
        Ok(Self(u16::try_from(hundredths).unwrap_or(FULL)))
    }

    /// The percentage, for example `87.5`.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Whether it is at least `threshold`.
    #[must_use]
    pub fn meets(self, threshold: Self) -> bool {
        self >= threshold
    }

    /// The percentage points missing to `threshold`; [`NONE`](Self::NONE) if it is met.
    #[must_use]
    pub fn gap_to(self, threshold: Self) -> Self {
        Self(threshold.0.saturating_sub(self.0))
    }
}

impl fmt::Display for Coverage {
    /// Writes both decimals always: `87.50 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02} %", self.0 / 100, self.0 % 100))
    }
}

impl FromStr for Coverage {
    type Err = CoverageInvalid;

    /// Reads a percentage with or without the percent sign: `87.5`, `87.5%`, `87.50 %`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim();
        let number = number.strip_suffix('%').unwrap_or(number).trim_end();
        let percent = number.parse().map_err(|_| CoverageInvalid::NotANumber {
            found: text.to_owned(),
        })?;
        Self::from_percent(percent)
    }
}

impl TryFrom<f64> for Coverage {
    type Error = CoverageInvalid;

    fn try_from(percent: f64) -> Result<Self, Self::Error> {
        Self::from_percent(percent)
    }
}

impl From<Coverage> for f64 {
    fn from(coverage: Coverage) -> Self {
        coverage.percent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coverage_round_trips_through_number_and_text() {
        for hundredths in 0..=FULL {
            let coverage = Coverage(hundredths);
            assert_eq!(Coverage::from_percent(coverage.percent()), Ok(coverage));
            assert_eq!(coverage.to_string().parse(), Ok(coverage));
            let json = serde_json::to_string(&coverage).unwrap();
            assert_eq!(serde_json::from_str::<Coverage>(&json).unwrap(), coverage);
        }
    }

    #[test]
    fn further_decimals_are_cut_off() {
        for (percent, hundredths) in [
            (4.35, 435),
            (79.999_999, 7999),
            (80.0, 8000),
            (80.019, 8001),
            (99.999_999_999, 9999),
            (100.0, FULL),
            (0.009, 0),
            (1e-7, 0),
            (-0.0, 0),
        ] {
            assert_eq!(
                Coverage::from_percent(percent),
                Ok(Coverage(hundredths)),
                "{percent}"
            );
        }
        for (covered, total, hundredths) in [
            (2, 3, 6666),
            (79_999, 100_000, 7999),
            (u64::MAX - 1, u64::MAX, 9999),
            (u64::MAX, u64::MAX, FULL),
            (1, u64::MAX, 0),
            (0, 7, 0),
            (0, 0, 0),
        ] {
            assert_eq!(
                Coverage::from_counts(covered, total),
                Ok(Coverage(hundredths))
            );
        }
    }

    #[test]
    fn values_outside_0_to_100_percent_are_refused() {
        for percent in [-0.001, 100.000_001, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = CoverageInvalid::OutOfRange { percent };
            assert_eq!(Coverage::from_percent(percent), Err(refused));
        }
        assert!(Coverage::from_percent(f64::NAN).is_err());
        assert_eq!(
            Coverage::from_counts(4, 3),
            Err(CoverageInvalid::MoreThanAll {
                covered: 4,
                total: 3
            })
        );
        assert!(Coverage::from_counts(1, 0).is_err());
        for text in ["", "%", "eighty", "8 0", "80%%"] {
            let refused = CoverageInvalid::NotANumber { found: text.into() };
            assert_eq!(text.parse::<Coverage>(), Err(refused));
        }
        assert!("nan".parse::<Coverage>().is_err());
        assert!("101%".parse::<Coverage>().is_err());
        assert!(serde_json::from_str::<Coverage>("100.01").is_err());
    }

    #[test]
    fn texts_are_read_with_and_without_a_percent_sign() {
        for text in ["87.5", "87.5%", " 87.50 % ", "+87.5"] {
            assert_eq!(text.parse(), Ok(Coverage(8750)), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<Coverage>("80").unwrap(),
            Coverage(8000)
        );
    }

    #[test]
    fn a_coverage_equal_to_the_threshold_meets_it() {
        let threshold = Coverage::of_whole_percents(80);
        assert!(threshold.meets(threshold) && Coverage::ALL.meets(threshold));
        assert!(!Coverage(7999).meets(threshold));
        assert_eq!(Coverage(7999).gap_to(threshold), Coverage(1));
        assert_eq!(Coverage::NONE.gap_to(threshold), threshold);
        assert_eq!(Coverage::ALL.gap_to(threshold), Coverage::NONE);
    }
}
