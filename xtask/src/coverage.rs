//! `cargo xtask coverage`: the share of lines that tests and features run, for each crate.
//!
//! One instrumented run of all tests, the processes that they start included, and one report of
//! cargo-llvm-cov. A crate with too few lines gets another report, with the lines that no test runs.
//! Examples in documentation do not count: that needs nightly.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

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
    // A test that kills a process may leave half a profile: only if all are broken, llvm-cov gives
    // up.
    let report = ["report", "--failure-mode", "all"];
    let mut summary = llvm_cov(&[&report[..], &["--json", "--summary-only"]].concat())?;
    let output = summary.output().context("cargo llvm-cov cannot be run")?;
    let summary = serde_json::from_slice(&output.stdout).context("cargo llvm-cov has no report")?;
    let mut below = Vec::new();
    let names = counted(&root)?;
    for name in &names {
        let (share, floor) = (share(&summary, name), floor(name));
        println!("{name:24} {share:6.2} % of the lines, at least {floor} %");
        if share < f64::from(floor) {
            let mut missing = llvm_cov(&report)?;
            missing.args(["--show-missing-lines", "--ignore-filename-regex"]);
            process::run(missing.arg(others(&names, name)), "", "")?;
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

/// The share of the lines of a crate that were run, in percent; 0 for a crate without lines.
#[expect(clippy::cast_precision_loss, reason = "a count of lines is small")]
fn share(report: &Value, name: &str) -> f64 {
    let folder = format!("/crates/{name}/");
    let files = report["data"][0]["files"].as_array().into_iter().flatten();
    let own = files.filter(|file| {
        file["filename"]
            .as_str()
            .is_some_and(|it| it.contains(&folder))
    });
    let lines = own.map(|file| &file["summary"]["lines"]);
    let [all, run] = ["count", "covered"].map(|key| {
        let counts = lines.clone().filter_map(|lines| lines[key].as_u64());
        counts.sum::<u64>()
    });
    100.0 * run as f64 / all.max(1) as f64
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
    fn the_share_of_a_crate_is_that_of_its_files() {
        let report = serde_json::from_str(
            r#"{"data": [{"files": [
            {"filename": "/w/crates/a/src/lib.rs", "summary": {"lines": {"count": 60, "covered": 50}}},
            {"filename": "/w/crates/a/src/b.rs", "summary": {"lines": {"count": 40, "covered": 25}}},
            {"filename": "/w/crates/a-b/src/lib.rs", "summary": {"lines": {"count": 8, "covered": 8}}}
        ]}]}"#,
        )
        .unwrap();
        let shares = ["a", "a-b", "b"].map(|name| share(&report, name).to_string());
        assert_eq!(shares, ["75", "100", "0"]);
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
