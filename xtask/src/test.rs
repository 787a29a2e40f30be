//! `cargo xtask test`: unit tests, integration tests and documentation examples of every crate.

use std::collections::BTreeSet;

use anyhow::Result;
use cargo_metadata::{Metadata, TargetKind};

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
    process::run(
        &mut tests,
        "a test is red",
        "mend it, then run `cargo xtask test`",
    )?;
    process::run(
        &mut process::cargo(&root, &["test", "--workspace", "--no-fail-fast", "--doc"]),
        "an example in the documentation is red",
        "mend it, then run `cargo test --workspace --doc`",
    )
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
    fn every_integration_test_is_found_and_nothing_else() {
        let targets = test_targets(&workspace::metadata(&workspace::root()).unwrap());
        assert!(targets.contains("command_line") && targets.contains(bdd::TEST_TARGET));
        assert!(!targets.contains("xtask"));
    }
}
