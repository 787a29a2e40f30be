//! The arguments of `test-run`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use work_item::Coverage;

use super::target::Targets;
use super::text::{path, whole_number};
use crate::evidence::Words;

/// The rules for counting, below the options of the long help.
const RULES: &str = "\
At least one result is required: a coverage (--coverage or --lcov), or tests (--positive, \
--negative and --edge, or --junit).

LCOV trace file (--lcov):
  The coverage is the share of code lines that were run. Each line with a DA record counts once, \
even if several records name it. It was run if one of them has a count above 0.

JUnit report (--junit):
  Each test that was run counts once. Skipped tests are not counted. A test is negative if its name \
or class name has the word `negative`, and an edge case test if one of them has the word `edge`. \
All other tests are positive. A test with both words is refused, because the program does not guess.

  A name is split into words at each character that is neither a letter nor a digit, and before a \
capital after a small letter or a digit. `refuses::negative_sum` and `NegativeSum` have the word \
`negative`; `knowledge` does not have the word `edge`.

A trace file has at most 256 MiB, a report 1 GiB, and each line, tag or text in them 16 MiB. The \
code in a trace file is in at most 1,000,000 blocks of 64 lines; a short source file is one block. The \
item keeps the name, the size and the SHA-256 \
hash of each file. Figures without a file are marked as claimed, and items of risk T3 and T4 are not \
done with them.

A report with a failed test is refused, and so is one in which no test was run (exit code 3). A \
file with a part that cannot be read is wrong usage (exit code 2).";

#[derive(Debug, Args)]
#[command(after_long_help = RULES, override_usage = "annals test-run [OPTIONS] <ITEM>", group = ArgGroup::new("evidence").required(true).multiple(true)
    .args(["coverage", "lcov", "positive", "negative", "edge", "junit"]))]
pub(crate) struct TestRunArguments {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The coverage in percent, for example 87.5; decimals after the second are cut off
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub(crate) coverage: Option<Coverage>,
    /// Read the line coverage from an LCOV trace file
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with = "coverage")]
    pub(crate) lcov: Option<PathBuf>,
    /// The number of positive tests: valid input is accepted
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    pub(crate) positive: u32,
    /// The number of negative tests: invalid input is refused
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    pub(crate) negative: u32,
    /// The number of edge case tests: input at a limit
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    pub(crate) edge: u32,
    /// Count the tests in a JUnit report
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with_all = ["positive", "negative", "edge"])]
    pub(crate) junit: Option<PathBuf>,
    /// A word in the names of negative tests; can be given several times [default: negative]
    #[arg(long, value_name = "WORD")]
    pub(crate) negative_pattern: Vec<Words>,
    /// A word in the names of edge case tests; can be given several times [default: edge]
    #[arg(long, value_name = "WORD")]
    pub(crate) edge_pattern: Vec<Words>,
}
