//! Reading the results of a test run from LCOV trace files and JUnit reports.
//!
//! Nothing is guessed: a file with an unreadable part is refused. The words in a test's name decide
//! its kind; `annals test-run --help` shows the rule.

mod error;
mod file;
mod junit;
mod lcov;
mod words;

pub(crate) use error::{EvidenceError, Source};
pub(crate) use file::{Pieces, evidence_file};
pub(crate) use junit::{Patterns, counts};
pub(crate) use lcov::coverage;
pub(crate) use words::Words;
