//! The file of a test tool from which results were read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Coverage, CoverageInvalid, FileName, TestPattern, TestRatio};

/// A file of a test tool, with the results that it contains.
///
/// The hash tells whether a file at hand is the one that was read:
/// `sha256sum coverage.info` prints the same digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Its name, without folders.
    pub name: FileName,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 hash of its bytes.
    pub sha256: Sha256,
    /// The results.
    pub counts: FileCounts,
}

/// The results in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileCounts {
    /// Lines of code.
    Lines {
        /// The number of lines that were run.
        covered: u64,
        /// The number of all lines.
        total: u64,
    },
    /// Tests.
    Tests {
        /// The number of positive tests.
        positive: u32,
        /// The number of negative tests.
        negative: u32,
        /// The number of edge case tests.
        edge_case: u32,
        /// The number of skipped tests; no other count includes them.
        skipped: u32,
        /// The patterns that decided the kinds of the tests.
        #[serde(default, skip_serializing_if = "TestPatterns::are_usual")]
        patterns: TestPatterns,
    },
}

/// The patterns that decide the kind of a test by its name. An empty list stands for the usual
/// pattern of the program that counted.
///
/// With them, a reader who has the file can check its counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TestPatterns {
    /// The patterns of negative tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negative: Vec<TestPattern>,
    /// The patterns of edge case tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edge_case: Vec<TestPattern>,
}

impl TestPatterns {
    /// Whether all patterns are the usual ones.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        self.negative.is_empty() && self.edge_case.is_empty()
    }
}

impl FileCounts {
    /// The coverage; `None` if the file has no lines of code.
    ///
    /// # Errors
    /// [`CoverageInvalid::MoreThanAll`] if more lines were run than there are.
    pub fn coverage(&self) -> Result<Option<Coverage>, CoverageInvalid> {
        match *self {
            Self::Lines { covered, total } => Coverage::from_counts(covered, total).map(Some),
            Self::Tests { .. } => Ok(None),
        }
    }

    /// The numbers of tests; `None` if the file has no tests that were run.
    #[must_use]
    pub fn ratio(&self) -> Option<TestRatio> {
        match *self {
            Self::Lines { .. } => None,
            Self::Tests {
                positive,
                negative,
                edge_case,
                ..
            } => TestRatio::new(positive, negative, edge_case).ok(),
        }
    }
}

impl fmt::Display for EvidenceFile {
    /// Writes `coverage.info (91 bytes, SHA-256 9f86d081884c…)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, size, sha256, ..
        } = self;
        let start = &sha256.as_str()[..12];
        write!(f, "{name} ({size} bytes, SHA-256 {start}…)")
    }
}

/// A file cannot be added to a test run.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EvidenceInvalid {
    /// The file counts more lines that were run than lines.
    #[error(transparent)]
    Coverage(#[from] CoverageInvalid),
    /// The file has no tests that were run.
    #[error("the file has no results")]
    NoResults,
    /// The run has a file with such results already.
    #[error("the test run has such a file already")]
    SecondFile,
}

/// A SHA-256 hash: 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(String);

/// The text is not a SHA-256 hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a SHA-256 hash has 64 hexadecimal digits in lower case")]
pub struct Sha256Invalid;

impl Sha256 {
    /// The hash with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = Sha256Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Sha256 {
    type Error = Sha256Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text))
        } else {
            Err(Sha256Invalid)
        }
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_64_digits_in_lower_case() {
        let digits = "0f".repeat(32);
        assert_eq!(Sha256::from_bytes([15; 32]).as_str(), digits);
        assert_eq!(digits.parse(), Ok(Sha256::from_bytes([15; 32])));
        for text in [
            "",
            "0f",
            &digits.to_uppercase(),
            &"0g".repeat(32),
            &"ü".repeat(32),
        ] {
            assert_eq!(text.parse::<Sha256>(), Err(Sha256Invalid), "{text}");
        }
    }

    #[test]
    fn the_counts_give_the_results() {
        let lines = FileCounts::Lines {
            covered: 3,
            total: 4,
        };
        let coverage = Coverage::from_percent(75.0).unwrap();
        assert_eq!(lines.coverage(), Ok(Some(coverage)));
        assert_eq!(lines.ratio(), None);
        let tests = FileCounts::Tests {
            positive: 2,
            negative: 1,
            edge_case: 0,
            skipped: 9,
            patterns: TestPatterns::default(),
        };
        assert_eq!(tests.ratio(), TestRatio::new(2, 1, 0).ok());
        assert_eq!(tests.coverage(), Ok(None));
        let impossible = FileCounts::Lines {
            covered: 5,
            total: 4,
        };
        assert!(impossible.coverage().is_err());
    }

    #[test]
    fn only_unusual_patterns_are_stored() {
        let usual = r#"{"tests":{"positive":2,"negative":1,"edge_case":0,"skipped":9}}"#;
        let patterns = r#","patterns":{"negative":["refuses"]}}}"#;
        let unusual = usual.replace("}}", patterns);
        for (stored, negative) in [
            (usual, vec![]),
            (&unusual, vec!["refuses".parse().unwrap()]),
        ] {
            let counts: FileCounts = serde_json::from_str(stored).unwrap();
            let edge_case = Vec::new();
            let expected = TestPatterns {
                negative,
                edge_case,
            };
            let FileCounts::Tests { patterns, .. } = &counts else {
                panic!("{counts:?}")
            };
            assert_eq!(patterns, &expected);
            assert_eq!(serde_json::to_string(&counts).unwrap(), stored);
        }
    }
}
