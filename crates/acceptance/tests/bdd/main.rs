//! Runs every feature against every store: in memory, on SQLite, and on
//! PostgreSQL where it is installed.
//!
//! The run fails if a step is undefined or skipped, a feature does not parse, a scenario has no
//! kind, or no scenario was run.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a step that panics is a scenario that fails, and all of this is a test"
)]

mod account;
mod altered_store;
mod arguments;
mod failing_snapshots;
mod features;
mod models;
mod place;
mod run;
mod steps;
mod world;

use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use place::StoreKind;

/// The exit code of cargo and of the standard harness after failed tests.
const FAILED: u8 = 101;
/// The exit code for wrong arguments.
const USAGE: u8 = 2;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program reads its arguments")]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("error: {problem}\n\n{}", arguments::USAGE);
            return ExitCode::from(USAGE);
        }
    };
    if arguments.help {
        println!("{}", arguments::USAGE);
        return ExitCode::SUCCESS;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features");
    let scenarios = match features::load(&folder) {
        Ok(scenarios) => scenarios,
        Err(problems) => {
            for problem in problems {
                eprintln!("error: {problem}");
            }
            return ExitCode::from(FAILED);
        }
    };
    let selected = scenarios.select(&arguments);
    if arguments.list {
        selected.names().for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if selected.is_empty() && arguments.selects() {
        // Other test programs accept a filter without matches, too: cargo passes one filter to all
        // of them.
        println!("no scenario is called like that: nothing was run");
        return ExitCode::SUCCESS;
    }

    let mut reports = Vec::new();
    for kind in StoreKind::all() {
        reports.push(run::against(kind, &selected, &arguments).await);
    }
    println!();
    for report in &reports {
        println!("{report}");
    }
    let nothing_ran = reports.iter().all(|report| report.passed == 0);
    if nothing_ran {
        eprintln!("error: no scenario has passed");
    }
    if nothing_ran || !reports.iter().all(run::Report::is_good) {
        return ExitCode::from(FAILED);
    }
    ExitCode::SUCCESS
}
