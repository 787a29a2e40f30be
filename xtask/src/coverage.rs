//! `cargo xtask coverage`: the share of lines that tests and features run, for each crate.
//!
//! One instrumented run of all tests, the processes that they start included; then one report of
//! cargo-llvm-cov for each crate. Examples in documentation do not count: that needs nightly.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::failure::Failure;
use crate::{llvm, process, tools, workspace};

/// The lowest share in percent for the crates that are not in `FLOORS`.
const FLOOR: u32 = 90;
const FLOORS: [(&str, u32); 6] = [
    ("shared-kernel", 95),
    ("serialization", 95),
    ("work-item", 95),
    ("persistence-memory", 95),
    ("persistence-sqlite", 95),
    // No test reaches the terminal, the home folder or a signal.
    ("annals-cli", 85),
];
/// Members that hold only tests, tools or the names of other crates.
const NOT_COUNTED: [&str; 5] = ["acceptance", "annals", "benches", "guide", "xtask"];

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let variables = llvm::variables()?;
    let llvm_cov = |arguments: &[&str]| -> Result<Command> {
        let mut command = tools::LLVM_COV.command(&root)?;
        command.args(arguments).envs(variables.iter().cloned());
        Ok(command)
    };
    process::run(
        &mut llvm_cov(&["clean", "--workspace"])?,
        "the profiles of the last run could not be removed",
        "run `cargo clean`, then `cargo xtask coverage`",
    )?;
    let everything = "--no-report --no-fail-fast --workspace --tests";
    let mut tests = llvm_cov(&everything.split(' ').collect::<Vec<_>>())?;
    process::run(
        tests.args(["benches", "guide", "xtask"].map(|name| format!("--exclude={name}"))),
        "a test is red in the instrumented run",
        "run `cargo xtask test` and `cargo xtask bdd` to see whether it is red without, too",
    )?;
    let mut below = Vec::new();
    let names = counted(&root)?;
    for name in &names {
        let (floor, others) = (floor(name).to_string(), others(&names, name));
        println!("\n{name}: at least {floor} % of the lines");
        // A test that kills a process may leave half a profile: only if all are broken, llvm-cov
        // gives up.
        let mut report = llvm_cov(&["report", "--failure-mode", "all", "--show-missing-lines"])?;
        report.args(["--fail-under-lines", &floor]);
        report.args(["--ignore-filename-regex", &others]);
        if process::run(&mut report, "", "").is_err() {
            below.push(name.as_str());
        }
    }
    if below.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("too few lines run in {}", below.join(", ")),
        "write tests for the lines above, then run `cargo xtask coverage`",
    )
    .into())
}

/// The members of the workspace that have a floor.
fn counted(root: &Path) -> Result<Vec<String>> {
    let metadata = workspace::metadata(root)?;
    let members = metadata.workspace_packages();
    let names = members.iter().map(|member| member.name.as_str());
    let counted = names.filter(|name| !NOT_COUNTED.contains(name));
    Ok(counted.map(str::to_owned).collect())
}

fn floor(name: &str) -> u32 {
    let own = FLOORS.iter().find(|(of, _)| *of == name);
    own.map_or(FLOOR, |(_, floor)| *floor)
}

/// A regular expression that matches the files of all crates but one.
fn others(names: &[String], but: &str) -> String {
    let others = names.iter().map(String::as_str).filter(|name| *name != but);
    let all: Vec<&str> = others.chain(NOT_COUNTED).collect();
    format!("crates/({})/", all.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_belongs_to_a_member_and_every_other_member_has_the_common_one() {
        let names = counted(&workspace::root()).unwrap();
        for (of, _) in FLOORS {
            assert!(names.iter().any(|name| name == of), "{of}");
        }
        assert!(!names.iter().any(|name| name == "xtask"));
        assert_eq!((floor("work-item"), floor("conformance")), (95, 90));
    }

    #[test]
    fn the_files_of_every_other_crate_are_left_out() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            others(&names, "b"),
            "crates/(a|c|acceptance|annals|benches|guide|xtask)/"
        );
    }
}
