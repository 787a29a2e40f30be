//! The results of one test run.

use serde::{Deserialize, Serialize};

use crate::{Coverage, EvidenceFile, EvidenceInvalid, TestKind, TestRatio};

/// The results of one test run: coverage and number of tests, each of them optional.
///
/// A result is *proven* if a file of the test tool has it, and else *claimed*. The run keeps the
/// name and the hash of each such file.
///
/// ```
/// use work_item::{Coverage, TestRatio, TestRun};
///
/// let run = TestRun::new()
///     .with_coverage(Coverage::from_percent(91.5)?)
///     .with_ratio(TestRatio::new(12, 5, 3)?);
/// assert_eq!(run.coverage, Some(Coverage::from_percent(91.5)?));
/// assert!(!run.coverage_is_proven());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TestRun {
    /// The coverage; `None` if it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// The number of tests of each kind; `None` if they were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<TestRatio>,
    /// The files from which results were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<EvidenceFile>,
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

    /// Adds a file, and sets the coverage or the numbers of tests from it.
    ///
    /// # Errors
    /// - [`EvidenceInvalid::Coverage`] if the file counts more lines that were run than lines.
    /// - [`EvidenceInvalid::NoResults`] if it has no tests that were run.
    /// - [`EvidenceInvalid::SecondFile`] if the run has a file with such results already.
    pub fn with_file(mut self, file: EvidenceFile) -> Result<Self, EvidenceInvalid> {
        let (coverage, ratio) = (file.counts.coverage()?, file.counts.ratio());
        if coverage.is_none() && ratio.is_none() {
            return Err(EvidenceInvalid::NoResults);
        }
        let kind = std::mem::discriminant(&file.counts);
        let mut known = self.files.iter();
        if known.any(|known| std::mem::discriminant(&known.counts) == kind) {
            return Err(EvidenceInvalid::SecondFile);
        }
        self.coverage = coverage.or(self.coverage);
        self.ratio = ratio.or(self.ratio);
        self.files.push(file);
        Ok(self)
    }

    /// Whether adding its files to a run without results gives the figures of this run, the claimed
    /// ones aside.
    pub(crate) fn agrees_with_its_files(&self) -> bool {
        let mut files = self.files.iter().cloned();
        let read = files.try_fold(Self::new(), Self::with_file);
        read.is_ok_and(|read| {
            (read.coverage.is_none() || read.coverage == self.coverage)
                && (read.ratio.is_none() || read.ratio == self.ratio)
        })
    }

    /// The number of tests of a kind; 0 if they were not counted.
    #[must_use]
    pub fn count(&self, kind: TestKind) -> u32 {
        self.ratio.map_or(0, |ratio| ratio.count(kind))
    }

    /// Whether a file has this coverage.
    #[must_use]
    pub fn coverage_is_proven(&self) -> bool {
        let mut found = self.files.iter().map(|file| file.counts.coverage());
        self.coverage.is_some() && found.any(|found| found == Ok(self.coverage))
    }

    /// Whether a file has these numbers of tests.
    #[must_use]
    pub fn ratio_is_proven(&self) -> bool {
        let mut found = self.files.iter().map(|file| file.counts.ratio());
        self.ratio.is_some() && found.any(|found| found == self.ratio)
    }

    /// Whether it has no results.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coverage.is_none() && self.ratio.is_none()
    }
}
