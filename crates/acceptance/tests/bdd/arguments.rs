//! Parsing the command line of the feature runner.
//!
//! Cargo passes the same options to every test program. Options of the standard test harness that
//! have no meaning here are ignored; unknown ones are refused.

use std::num::NonZeroUsize;

pub(crate) const USAGE: &str = "\
Usage: bdd [OPTIONS] [FILTERS...]

Runs the scenarios whose name, with its file before it, has one of FILTERS in it; all without one.

      --exact             FILTERS are whole names
      --skip FILTER       leaves out the scenarios with FILTER in their names
      --list              shows the names and runs nothing
      --test-threads N    runs so many scenarios at once
      --nocapture, --show-output, --quiet, --color WHEN, --format FORMAT and the like are accepted
      as other test programs take them";

/// Options of the standard harness without a value that are ignored here.
const PASSED_OVER: [&str; 10] = [
    "--nocapture",
    "--no-capture",
    "--show-output",
    "--quiet",
    "-q",
    "--test",
    "--bench",
    "--include-ignored",
    "--force-run-in-process",
    "--exclude-should-panic",
];

/// Options of the standard harness with a value that are ignored here.
const PASSED_OVER_WITH_VALUE: [&str; 5] =
    ["--color", "--format", "--logfile", "--shuffle-seed", "-Z"];

/// The parsed command line.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) help: bool,
    pub(crate) list: bool,
    pub(crate) at_once: Option<NonZeroUsize>,
    exact: bool,
    filters: Vec<String>,
    skips: Vec<String>,
    /// `--ignored` selects tests that are marked as ignored; no scenario is.
    only_ignored: bool,
}

impl Arguments {
    pub(crate) fn parse(given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut given = given.flat_map(split_at_equals);
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--help" | "-h" => arguments.help = true,
                "--list" => arguments.list = true,
                "--exact" => arguments.exact = true,
                "--ignored" => arguments.only_ignored = true,
                "--skip" => arguments.skips.push(value()?),
                "--test-threads" => {
                    let number = value()?;
                    let number = number.parse().map_err(|_| format!("{number} threads?"))?;
                    arguments.at_once = Some(number);
                }
                option if PASSED_OVER.contains(&option) => {}
                option if PASSED_OVER_WITH_VALUE.contains(&option) => drop(value()?),
                option if option.starts_with('-') => return Err(format!("unknown {option}")),
                _ => arguments.filters.push(argument),
            }
        }
        Ok(arguments)
    }

    /// Whether only some scenarios are selected.
    pub(crate) fn selects(&self) -> bool {
        self.only_ignored || !self.filters.is_empty() || !self.skips.is_empty()
    }

    /// Whether the scenario with this name is selected.
    pub(crate) fn select(&self, name: &str) -> bool {
        let is_meant = |filter: &String| match self.exact {
            true => name == filter,
            false => name.contains(filter.as_str()),
        };
        !self.only_ignored
            && (self.filters.is_empty() || self.filters.iter().any(is_meant))
            && !self.skips.iter().any(is_meant)
    }
}

/// Splits `--option=value` into two arguments.
fn split_at_equals(argument: String) -> Vec<String> {
    match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option.into(), value.into()],
        _ => vec![argument],
    }
}
