//! Owns how the evidence of a test run is typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use work_item::Coverage;

use super::Target;
use crate::evidence::Words;

/// How the evidence of files is counted, below the options.
const RULES: &str = "\
What is counted:
  An LCOV trace file: each line of code that is listed (DA), once however often its file is told of;
  it was run where any record says so. The coverage is the share of lines that were run.

  A JUnit report: each test that was run. It is a negative test, or one of an edge case, where the
  words of its name or its class name say so; all others are positive. Names are cut into words at
  every character that is no letter and no digit, and before a capital that follows a small letter:
  `refuses::negative_sum` and `NegativeSum` have the word `negative`, and `knowledge` has no `edge`.
  A test that has both words is refused, for nothing is guessed. Skipped tests are not counted.

A report that tells of a failed test is refused (exit code 3): a failing suite is no evidence. So is
one in which no test was run. A file that cannot be read whole is wrong usage (exit code 2).";

#[derive(Debug, Args)]
#[command(after_long_help = RULES, group = ArgGroup::new("evidence").required(true).multiple(true)
    .args(["coverage", "lcov", "positive", "negative", "edge", "junit"]))]
pub(crate) struct TestRunArguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How much of the code was run, in per cent with at most two decimals
    #[arg(long, value_name = "PERCENT")]
    pub(crate) coverage: Option<Coverage>,
    /// Count the coverage of lines from an LCOV trace file
    #[arg(long, value_name = "FILE", conflicts_with = "coverage")]
    pub(crate) lcov: Option<PathBuf>,
    /// How many tests show that what should work does
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) positive: u32,
    /// How many tests show that what should be refused is
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) negative: u32,
    /// How many tests look at edge cases
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) edge: u32,
    /// Count the tests of a JUnit report
    #[arg(long, value_name = "FILE", conflicts_with_all = ["positive", "negative", "edge"])]
    pub(crate) junit: Option<PathBuf>,
    /// A word by which the report calls its negative tests; can be given several times [default:
    /// negative]
    #[arg(long, value_name = "WORD")]
    pub(crate) negative_pattern: Vec<Words>,
    /// A word by which the report calls its tests of edge cases; can be given several times
    /// [default: edge]
    #[arg(long, value_name = "WORD")]
    pub(crate) edge_pattern: Vec<Words>,
}
