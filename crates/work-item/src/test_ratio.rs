//! The numbers of positive, negative and edge case tests in a test run.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The kind of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestKind {
    /// A test that valid input is accepted, for example that 2 + 2 gives 4.
    Positive,
    /// A test that invalid input is refused, for example a division by zero.
    Negative,
    /// A test at a limit, for example the largest number that fits.
    EdgeCase,
}

/// The number of tests of each kind, with at least one test in total.
///
/// ```
/// use work_item::{TestKind, TestRatio};
///
/// let ratio = TestRatio::new(62, 26, 12)?;
/// assert_eq!(ratio.total(), 100);
/// assert_eq!(ratio.percent(TestKind::Negative), 26.0);
/// assert!(ratio.is_on_target());
/// # Ok::<(), work_item::TestRatioInvalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Counts")]
pub struct TestRatio {
    positive: u32,
    negative: u32,
    edge_case: u32,
}

/// All three counts are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a test ratio needs at least one test")]
pub struct TestRatioInvalid;

/// The counts as deserialized, not yet validated.
#[derive(Deserialize)]
struct Counts {
    positive: u32,
    negative: u32,
    edge_case: u32,
}

impl TestKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::EdgeCase];

    /// The recommended share of this kind in percent, both bounds included: 60–65 positive, 25–30
    /// negative, 10–15 edge case.
    #[must_use]
    pub const fn target(self) -> RangeInclusive<u8> {
        match self {
            Self::Positive => 60..=65,
            Self::Negative => 25..=30,
            Self::EdgeCase => 10..=15,
        }
    }
}

impl TestRatio {
    /// Creates a ratio from the three counts.
    ///
    /// # Errors
    /// [`TestRatioInvalid`] if all three are 0.
    pub const fn new(
        positive: u32,
        negative: u32,
        edge_case: u32,
    ) -> Result<Self, TestRatioInvalid> {
        if positive == 0 && negative == 0 && edge_case == 0 {
            return Err(TestRatioInvalid);
        }
        Ok(Self {
            positive,
            negative,
            edge_case,
        })
    }

    /// The number of tests of a kind.
    #[must_use]
    pub const fn count(self, kind: TestKind) -> u32 {
        match kind {
            TestKind::Positive => self.positive,
            TestKind::Negative => self.negative,
            TestKind::EdgeCase => self.edge_case,
        }
    }

    /// The number of all tests, at least 1.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.positive as u64 + self.negative as u64 + self.edge_case as u64
    }

    /// The share of a kind in percent.
    #[must_use]
    pub fn percent(self, kind: TestKind) -> f64 {
        // A sum of three u32 is below 2³⁴, which a float represents exactly.
        let total = self.total() as f64;
        f64::from(self.count(kind)) * 100.0 / total
    }

    /// Whether the share of every kind is within its [target](TestKind::target).
    #[must_use]
    pub fn is_on_target(self) -> bool {
        TestKind::ALL.into_iter().all(|kind| {
            let share = u64::from(self.count(kind)) * 100;
            let (low, high) = kind.target().into_inner();
            (self.total() * u64::from(low)..=self.total() * u64::from(high)).contains(&share)
        })
    }
}

impl TryFrom<Counts> for TestRatio {
    type Error = TestRatioInvalid;

    fn try_from(counts: Counts) -> Result<Self, Self::Error> {
        Self::new(counts.positive, counts.negative, counts.edge_case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_needs_at_least_one_test_of_any_kind() {
        for (counts, kind) in [
            ((1, 0, 0), TestKind::Positive),
            ((0, 1, 0), TestKind::Negative),
            ((0, 0, 1), TestKind::EdgeCase),
        ] {
            let ratio = TestRatio::new(counts.0, counts.1, counts.2).unwrap();
            assert_eq!(ratio.total(), 1);
            for other in TestKind::ALL {
                assert_eq!(ratio.count(other), u32::from(kind == other));
                assert_eq!(
                    ratio.percent(other),
                    if kind == other { 100.0 } else { 0.0 }
                );
            }
        }
        assert_eq!(TestRatio::new(0, 0, 0), Err(TestRatioInvalid));
    }

    #[test]
    fn a_share_is_a_percentage_of_all_tests() {
        let ratio = TestRatio::new(5, 2, 1).unwrap();
        let shares = TestKind::ALL.map(|kind| ratio.percent(kind));
        assert_eq!(shares, [62.5, 25.0, 12.5]);
    }

    #[test]
    fn the_target_includes_both_its_ends() {
        for (positive, negative, edge_case, on_target) in [
            (60, 25, 15, true),
            (65, 25, 10, true),
            (60, 30, 10, true),
            (62, 26, 12, true),
            (59, 27, 14, false),
            (66, 25, 10, false),
            (60, 24, 15, false),
            (60, 31, 10, false),
            (64, 27, 9, false),
            (60, 24, 16, false),
            (1, 0, 0, false),
        ] {
            let ratio = TestRatio::new(positive, negative, edge_case).unwrap();
            assert_eq!(
                ratio.is_on_target(),
                on_target,
                "{positive}/{negative}/{edge_case}"
            );
        }
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        let ratio = TestRatio::new(u32::MAX, u32::MAX, u32::MAX).unwrap();
        assert_eq!(ratio.total(), 3 * u64::from(u32::MAX));
        assert!(!ratio.is_on_target());
    }

    #[test]
    fn serde_keeps_the_rule() {
        let json = r#"{"positive":3,"negative":2,"edge_case":1}"#;
        let ratio: TestRatio = serde_json::from_str(json).unwrap();
        assert_eq!(ratio, TestRatio::new(3, 2, 1).unwrap());
        assert_eq!(serde_json::to_string(&ratio).unwrap(), json);
        let none = r#"{"positive":0,"negative":0,"edge_case":0}"#;
        assert!(serde_json::from_str::<TestRatio>(none).is_err());
    }
}
