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
    /// The largest size of such a file, in bytes. Both are read in pieces. A report of any size
    /// needs the memory of its largest piece; a trace file needs some memory for each block of
    /// 64 lines, and the number of blocks has a limit, too.
    pub(crate) const fn largest_file(self) -> u64 {
        match self {
            Self::Lcov => 256 << 20,
            Self::Junit => 1024 << 20,
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
    #[error("it has a line, tag or text of more than {} MiB", largest >> 20)]
    LargePiece { largest: u64 },
    #[error("it is not a regular file")]
    NoRegularFile,
    #[error("its name is not UTF-8")]
    NameNotText,
    #[error(transparent)]
    Name(#[from] FileNameInvalid),
    #[error("it is not valid UTF-8 at byte {at}")]
    NotText { at: u64 },
    #[error("line {line} is invalid: {problem}")]
    Line { line: usize, problem: LineProblem },
    #[error("it ends after line {line}, without the end_of_record of the last section")]
    CutOff { line: usize },
    #[error("it has code in more than {most} block(s) of 64 lines")]
    TooManyBlocks { most: usize },
    #[error("it has no line of code")]
    NoLines,
    #[error("it is not a JUnit report: {problem}")]
    NotJunit { problem: String },
    #[error("a suite declares {found} test(s), but only {read} are in it")]
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
    OnlyCounted { found: u32, listed: u64 },
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
            Self::TooLarge { .. } | Self::LargePiece { .. } | Self::TooManyBlocks { .. } => {
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
pub(super) const NAMED: usize = 5;

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

/// The largest number of characters of a name in a message.
const LONGEST_NAME: usize = 80;

/// The beginning of a name from a file, with escapes such as `\n` for its control characters. So it
/// cannot look like a line of the message.
pub(super) fn in_one_line(name: &str) -> String {
    let mut line = String::new();
    for (at, c) in name.chars().enumerate() {
        if at == LONGEST_NAME {
            line.push('…');
            break;
        }
        match c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

impl From<io::Error> for EvidenceError {
    /// Gives the refusal that [`Pieces`](super::file::Pieces) wrapped in an error of reading.
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Unreadable)
    }
}
