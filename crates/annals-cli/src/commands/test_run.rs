//! The results of a test run, from the arguments or from files.

use std::path::Path;

use work_item::{TestRatio, TestRun};

use super::blocking_read::blocking_read;
use crate::cli::TestRunArguments;
use crate::evidence::{self, EvidenceError, Patterns, Source, Words};
use crate::run_error::RunError;

pub(super) async fn test_run(arguments: &TestRunArguments) -> Result<TestRun, RunError> {
    // clap cannot check this: it accepts a pattern together with --positive, without --junit.
    let has_patterns = !arguments.negative_pattern.is_empty() || !arguments.edge_pattern.is_empty();
    if has_patterns && arguments.junit.is_none() {
        return Err(RunError::PatternWithoutReport);
    }
    let coverage = match &arguments.lcov {
        Some(path) => Some(from_file(Source::Lcov, path, evidence::coverage).await?),
        None => arguments.coverage,
    };
    let ratio = match &arguments.junit {
        Some(path) => {
            let negative = or_default(&arguments.negative_pattern, "negative");
            let edge = or_default(&arguments.edge_pattern, "edge");
            let patterns = Patterns {
                negative: &negative,
                edge: &edge,
            };
            let counts = |bytes: &[u8]| evidence::counts(bytes, patterns);
            Some(from_file(Source::Junit, path, counts).await?)
        }
        // Three counts of 0 mean that the tests were not counted.
        None => TestRatio::new(arguments.positive, arguments.negative, arguments.edge).ok(),
    };
    Ok(TestRun { coverage, ratio })
}

fn or_default(patterns: &[Words], default: &str) -> Vec<Words> {
    match patterns {
        [] => vec![Words::of(default)],
        given => given.to_vec(),
    }
}

async fn from_file<T>(
    file: Source,
    path: &Path,
    read: impl FnOnce(&[u8]) -> Result<T, EvidenceError>,
) -> Result<T, RunError> {
    let name = path.to_owned();
    let bytes = blocking_read(move || std::fs::read(name)).await;
    let evidence = bytes
        .map_err(EvidenceError::Unreadable)
        .and_then(|bytes| read(&bytes));
    evidence.map_err(|error| RunError::Evidence {
        file,
        path: path.to_owned(),
        error,
    })
}
