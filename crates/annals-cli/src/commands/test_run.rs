//! The results of a test run, from the arguments or from files.

use std::path::Path;

use work_item::{FileCounts, TestPattern, TestPatterns, TestRatio, TestRun};

use super::blocking_read::blocking_read;
use crate::cli::TestRunArguments;
use crate::evidence::{self, EvidenceError, Patterns, Pieces, Source, Words};
use crate::run_error::RunError;

pub(super) async fn test_run(arguments: &TestRunArguments) -> Result<TestRun, RunError> {
    // clap cannot check this: it accepts a pattern together with --positive, without --junit.
    let has_patterns = !arguments.negative_pattern.is_empty() || !arguments.edge_pattern.is_empty();
    if has_patterns && arguments.junit.is_none() {
        return Err(RunError::PatternWithoutReport);
    }
    let mut run = TestRun {
        coverage: arguments.coverage,
        // Three counts of 0 mean that the tests were not counted.
        ratio: TestRatio::new(arguments.positive, arguments.negative, arguments.edge).ok(),
        files: Vec::new(),
    };
    if let Some(path) = &arguments.lcov {
        run = with_file(run, Source::Lcov, path, evidence::coverage).await?;
    }
    if let Some(path) = &arguments.junit {
        let patterns = Patterns {
            negative: or_default(&arguments.negative_pattern, "negative"),
            edge: or_default(&arguments.edge_pattern, "edge"),
        };
        let unusual = TestPatterns {
            negative: kept(&arguments.negative_pattern)?,
            edge_case: kept(&arguments.edge_pattern)?,
        };
        let counts = move |pieces: &mut Pieces<'_>| evidence::counts(pieces, &patterns, unusual);
        run = with_file(run, Source::Junit, path, counts).await?;
    }
    Ok(run)
}

fn or_default(patterns: &[Words], default: &str) -> Vec<Words> {
    match patterns {
        [] => vec![Words::of(default)],
        given => given.to_vec(),
    }
}

/// The patterns that are kept with the counts.
fn kept(patterns: &[Words]) -> Result<Vec<TestPattern>, RunError> {
    let patterns: Result<_, _> = patterns.iter().map(Words::pattern).collect();
    patterns.map_err(|error| RunError::Internal(error.into()))
}

/// The run with the results in a file.
async fn with_file(
    run: TestRun,
    file: Source,
    path: &Path,
    counts: impl FnOnce(&mut Pieces<'_>) -> Result<FileCounts, EvidenceError> + Send + 'static,
) -> Result<TestRun, RunError> {
    let name = path.to_owned();
    let read = blocking_read(move || Ok(evidence::evidence_file(&name, file, counts))).await;
    let found = read
        .map_err(EvidenceError::Unreadable)
        .and_then(|found| found)
        .map_err(|error| RunError::Evidence {
            file,
            path: path.to_owned(),
            error,
        })?;
    let run = run.with_file(found);
    run.map_err(|error| RunError::Internal(error.into()))
}
