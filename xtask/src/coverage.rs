//! `cargo xtask coverage`: the share of lines, per crate, that unit tests, integration tests and
//! features run together.
//!
//! One merged, instrumented run, the processes that tests start among it. Documentation examples
//! are run by `test` and not counted: a stable toolchain cannot. Code of tests is not counted
//! either, in files of its own or beside what it tests.

mod floors;
mod ranges;
mod setup;
mod tally;
mod trace;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::Failure;
use crate::{process, workspace};

/// Where the trace goes, from the root.
const TRACE: &str = "target/llvm-cov/lcov.info";

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let tools = setup::prepare(&root)?;
    measure(&root, &tools)?;
    let trace = std::fs::read_to_string(root.join(TRACE))
        .with_context(|| format!("could not read {TRACE}"))?;
    let crates = tally::tally(&root, &trace::parse(&trace)?)?;
    let counted = floors::counted(&root)?;
    print!("{}", floors::uncovered(&crates));
    print!("{}", floors::table(&crates, &counted));
    floors::gate(&crates, &counted).map_err(|problem| {
        Failure::new(
            problem,
            "write the tests that run the lines named above, then run `cargo xtask coverage`",
        )
        .into()
    })
}

/// Runs everything instrumented and writes the trace.
fn measure(root: &Path, tools: &setup::Tools) -> Result<()> {
    let llvm_cov = |arguments: &[&str]| -> Command {
        let mut command = process::cargo(root, &[&["llvm-cov"], arguments].concat());
        command
            .env("LLVM_COV", &tools.cov)
            .env("LLVM_PROFDATA", &tools.profdata);
        command
    };
    // Profiles and binaries of earlier sources would be merged with those of today.
    process::run(
        &mut llvm_cov(&["clean", "--workspace"]),
        "what an earlier run left could not be removed",
        "run `cargo clean`, then `cargo xtask coverage`",
    )?;
    let everything = ["--no-report", "--no-fail-fast", "--workspace"];
    // Neither is counted, and what only they depend on need not be built once more.
    let excluded = ["--exclude", "benches", "--exclude", "xtask"];
    process::run(
        &mut llvm_cov(&[&everything[..], &excluded].concat()),
        "a test is red in the instrumented run",
        "run `cargo xtask test` and `cargo xtask bdd`, which show whether it is red without too",
    )?;
    std::fs::create_dir_all(root.join(TRACE).parent().unwrap_or(root))
        .context("the folder of the report could not be made")?;
    // A process that a test kills may leave half a profile: it is left out with a warning, and
    // the run fails only if nothing can be read.
    process::run(
        &mut llvm_cov(&[
            "report",
            "--lcov",
            "--failure-mode",
            "all",
            "--output-path",
            TRACE,
        ]),
        "the report could not be made",
        "run `cargo llvm-cov report --lcov`; a mismatch of versions is mended by naming tools of \
         the LLVM version in `rustc -vV` with LLVM_COV and LLVM_PROFDATA",
    )
}
