//! The results of one test run.

use serde::{Deserialize, Serialize};

use crate::{Coverage, TestKind, TestRatio};

/// The results of one test run: coverage and number of tests, each of them optional.
///
/// ```
/// use work_item::{Coverage, TestRatio, TestRun};
///
/// let run = TestRun::new()
///     .with_coverage(Coverage::from_percent(91.5)?)
///     .with_ratio(TestRatio::new(12, 5, 3)?);
/// assert_eq!(run.coverage, Some(Coverage::from_percent(91.5)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TestRun {
    /// The coverage; `None` if it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// The number of tests of each kind; `None` if they were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<TestRatio>,
}

impl TestRun {
    /// A run without results.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the coverage.
    #[must_use]
    pub fn with_coverage(self, coverage: Coverage) -> Self {
        Self {
            coverage: Some(coverage),
            ..self
        }
    }

    /// Sets the numbers of tests.
    #[must_use]
    pub fn with_ratio(self, ratio: TestRatio) -> Self {
        Self {
            ratio: Some(ratio),
            ..self
        }
    }

    /// The number of tests of a kind; 0 if they were not counted.
    #[must_use]
    pub fn count(&self, kind: TestKind) -> u32 {
        self.ratio.map_or(0, |ratio| ratio.count(kind))
    }

    /// Whether it has no results.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coverage.is_none() && self.ratio.is_none()
    }
}
