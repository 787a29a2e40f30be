//! Owns how the evidence of a test run is read from the files that test tools write.
//!
//! Nothing is guessed: what cannot be read whole is refused with its place, and which tests are
//! negative or look at edges is told by the words in their names, by a rule that the user sees.

mod junit;
mod lcov;
mod words;

use std::fmt;
use std::io;

pub(crate) use junit::{Patterns, counts};
pub(crate) use lcov::coverage;
use thiserror::Error;
pub(crate) use words::Words;

/// Which file the evidence was to be read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Lcov,
    Junit,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lcov => "an LCOV trace file",
            Self::Junit => "a JUnit report",
        })
    }
}

/// Why a file gives no evidence.
#[derive(Debug, Error)]
pub(crate) enum EvidenceError {
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("it is not text in UTF-8, from byte {at} on")]
    NotText { at: usize },
    #[error("line {line} is not what it should be: {problem}")]
    Line { line: usize, problem: LineProblem },
    #[error("it ends within the section of a source file, after line {line}")]
    CutOff { line: usize },
    #[error("it tells of no line of code")]
    NoLines,
    #[error("it is no JUnit report: {problem}")]
    NotJunit { problem: String },
    #[error(
        "it has {found} test case(s), of which only {read} can be read; suites within suites cannot"
    )]
    Unread { found: usize, read: usize },
    #[error("the test `{test}` has the words both of a negative test and of an edge case")]
    Ambiguous { test: String },
    #[error("it has more than {} tests of a kind", u32::MAX)]
    TooMany,
    #[error("it tells of {count} test(s) that failed: {}", some(.tests, *.count))]
    Failed { count: usize, tests: Vec<String> },
    #[error("no test was run")]
    NothingRun,
}

/// What is wrong with a line of a trace file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum LineProblem {
    #[error("it is no record of a trace file")]
    NoRecord,
    #[error("{0}")]
    Record(String),
    #[error("it stands outside of the section of a source file")]
    Outside,
    #[error("a new section begins before the last one has ended")]
    Within,
    #[error("{found} line(s) are counted and none is listed")]
    OnlyCounted { found: u32 },
}

impl EvidenceError {
    /// Whether the file could be read, and shows that there is no evidence in it.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NothingRun)
    }
}

/// How many tests that failed are called by their names.
const NAMED: usize = 5;

fn some(tests: &[String], count: usize) -> String {
    let named: Vec<_> = tests.iter().take(NAMED).map(String::as_str).collect();
    let more = count.saturating_sub(named.len());
    let named = named.join(", ");
    match more {
        0 => named,
        _ if named.is_empty() => "they are not named".to_owned(),
        _ => format!("{named} and {more} more"),
    }
}

/// The text of a file.
fn text(bytes: &[u8]) -> Result<&str, EvidenceError> {
    std::str::from_utf8(bytes).map_err(|error| EvidenceError::NotText {
        at: error.valid_up_to(),
    })
}
