//! Owns the evidence of one run of the tests.

use serde::{Deserialize, Serialize};

use crate::{Coverage, TestKind, TestRatio};

/// What a run of the tests has shown.
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
    /// How much of the code was run, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// How many tests there were of each kind, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<TestRatio>,
}

impl TestRun {
    /// A run that has shown nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with a coverage.
    #[must_use]
    pub fn with_coverage(self, coverage: Coverage) -> Self {
        Self {
            coverage: Some(coverage),
            ..self
        }
    }

    /// The same, with a mix of tests.
    #[must_use]
    pub fn with_ratio(self, ratio: TestRatio) -> Self {
        Self {
            ratio: Some(ratio),
            ..self
        }
    }

    /// How many tests of a kind there were; 0 where they were not counted.
    #[must_use]
    pub fn count(&self, kind: TestKind) -> u32 {
        self.ratio.map_or(0, |ratio| ratio.count(kind))
    }

    /// Whether it shows nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coverage.is_none() && self.ratio.is_none()
    }
}
