//! `cargo xtask test`: unit tests, integration tests and documentation examples of every crate.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::Result;
use cargo_metadata::{Metadata, TargetKind};

use crate::failure::Failure;
use crate::{bdd, process, workspace};

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    // The features are the gate `bdd`. Naming the other test targets leaves them out and still
    // selects every package: a smaller selection unites fewer features of dependencies, and
    // would build them a second time.
    let targets = test_targets(&workspace::metadata(&root)?);
    let mut tests = process::cargo(&root, &["test", "--workspace", "--no-fail-fast"]);
    tests.args(["--lib", "--bins", "--examples"]);
    for target in targets.iter().filter(|target| *target != bdd::TEST_TARGET) {
        tests.args(["--test", target]);
    }
    run_tests(&mut tests, "cargo xtask test")?;
    run_tests(
        &mut process::cargo(&root, &["test", "--workspace", "--no-fail-fast", "--doc"]),
        "cargo test --workspace --doc",
    )
}

/// Runs tests. The names of the red ones stand in the failure, so that the last lines of a long
/// run have them.
fn run_tests(tests: &mut Command, again: &str) -> Result<()> {
    let mut red = Vec::new();
    let green = process::watch(tests, |line| red.extend(red_test(line).map(str::to_owned)))?;
    if green {
        return Ok(());
    }
    let what = match red.is_empty() {
        true => "what is red above".to_owned(),
        false => red.join(", "),
    };
    Err(Failure::new("a test is red", format!("mend {what}; then run `{again}`")).into())
}

/// The name of the test of which this line of the test runner says that it is red.
fn red_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// The names of all integration tests; packages may share a name.
fn test_targets(metadata: &Metadata) -> BTreeSet<String> {
    let packages = metadata.workspace_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    targets
        .filter(|target| target.kind.contains(&TargetKind::Test))
        .map(|target| target.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_red_test_is_told() {
        assert_eq!(red_test("test a::b ... FAILED"), Some("a::b"));
        assert_eq!(red_test("test a::b ... ok"), None);
        assert_eq!(red_test("test result: FAILED. 1 passed; 1 failed"), None);
        let mut script = Command::new("sh");
        script.args(["-c", "echo 'test a::b ... FAILED'; exit 1"]);
        let error = run_tests(&mut script, "it").unwrap_err();
        let next = Failure::new("a test is red", "mend a::b; then run `it`");
        assert_eq!(error.downcast_ref(), Some(&next));
    }

    #[test]
    fn every_integration_test_is_found_and_nothing_else() {
        let targets = test_targets(&workspace::metadata(&workspace::root()).unwrap());
        assert!(targets.contains("command_line") && targets.contains(bdd::TEST_TARGET));
        assert!(!targets.contains("xtask"));
    }
}
