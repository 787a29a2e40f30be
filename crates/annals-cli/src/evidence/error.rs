//! The errors of files with test results.

use std::fmt;
use std::io;

use thiserror::Error;
use work_item::FileNameInvalid;

/// The kind of a file with test results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Lcov,
    Junit,
}

impl Source {
    /// The largest size of such a file, in bytes. Reading it needs at most about 200 MiB of memory:
    /// a report is parsed into a value for each test, and a trace file has at least seven bytes for
    /// each line that is remembered.
    pub(crate) const fn largest_file(self) -> u64 {
        match self {
            Self::Lcov => 16 << 20,
            Self::Junit => 8 << 20,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lcov => "an LCOV trace file",
            Self::Junit => "a JUnit report",
        })
    }
}

/// The reason why a file is refused as evidence.
#[derive(Debug, Error)]
pub(crate) enum EvidenceError {
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("it has more than {} MiB", largest >> 20)]
    TooLarge { largest: u64 },
    #[error("it is not a regular file")]
    NoRegularFile,
    #[error("its name is not UTF-8")]
    NameNotText,
    #[error(transparent)]
    Name(#[from] FileNameInvalid),
    #[error("it is not valid UTF-8 at byte {at}")]
    NotText { at: usize },
    #[error("line {line} is invalid: {problem}")]
    Line { line: usize, problem: LineProblem },
    #[error("it ends after line {line}, without the end_of_record of the last section")]
    CutOff { line: usize },
    #[error("it has no line of code")]
    NoLines,
    #[error("it is not a JUnit report: {problem}")]
    NotJunit { problem: String },
    #[error("only {read} of its {found} test case(s) can be read; nested suites are not supported")]
    Unread { found: usize, read: usize },
    #[error("the test `{test}` has the words of both a negative test and an edge case test")]
    Ambiguous { test: String },
    #[error("it has more than {} tests of one kind", u32::MAX)]
    TooMany,
    #[error("{count} test(s) failed: {}", some(.tests, *.count))]
    Failed { count: usize, tests: Vec<String> },
    #[error("no test was run")]
    NothingRun,
}

/// The problem of one line in a trace file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum LineProblem {
    #[error("it is not a record of a trace file")]
    NoRecord,
    #[error("{0}")]
    Record(String),
    #[error("the record is outside of a section (SF … end_of_record)")]
    Outside,
    #[error("a new section begins before the end_of_record of the last one")]
    Within,
    #[error("the section counts {found} line(s) (LF), but has DA records of {listed}")]
    OnlyCounted { found: u32, listed: usize },
}

impl EvidenceError {
    /// The next step; `None` if the message says enough.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Failed { .. } => {
                "fix the failed tests, run all tests again and record the new report"
            }
            Self::Ambiguous { .. } => {
                "give other words for the two kinds with --negative-pattern and --edge-pattern"
            }
            Self::Unreadable(_) => "name an existing file",
            Self::NothingRun => return None,
            Self::TooLarge { .. } => {
                "create a smaller file, for example without the output of the tests or for fewer \
                 source files"
            }
            Self::Name(_) | Self::NameNotText => "rename the file",
            Self::NoRegularFile => "write the results to a file, which can be kept and hashed",
            _ => {
                "create the file again with your test tool; items of risk T1 and T2 also take numbers \
                 (--coverage, --positive, --negative, --edge)"
            }
        })
    }

    /// Whether the file is valid, but its results are refused: a test failed, or none was run.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NothingRun)
    }
}

/// The largest number of failed tests in the message.
const NAMED: usize = 5;

fn some(tests: &[String], count: usize) -> String {
    let named: Vec<_> = tests.iter().take(NAMED).map(String::as_str).collect();
    let more = count.saturating_sub(named.len());
    let named = named.join(", ");
    match more {
        0 => named,
        _ if named.is_empty() => "the report does not name them".to_owned(),
        _ => format!("{named} and {more} more"),
    }
}

/// The text of a file.
pub(super) fn text(bytes: &[u8]) -> Result<&str, EvidenceError> {
    std::str::from_utf8(bytes).map_err(|error| EvidenceError::NotText {
        at: error.valid_up_to(),
    })
}
