//! `cargo xtask test`: unit tests, integration tests and documentation examples of every crate.
//!
//! Leaves the features to `bdd`. It does so by naming every other test target and not by leaving
//! out a package: each selection of packages has its own union of features, and would have the
//! dependencies built once more.

use std::collections::BTreeSet;

use anyhow::Result;
use cargo_metadata::{Metadata, TargetKind};

use crate::{bdd, process, workspace};

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let metadata = workspace::metadata(&root)?;
    let mut arguments = vec![
        "test",
        "--workspace",
        "--no-fail-fast",
        "--lib",
        "--bins",
        "--examples",
    ];
    let targets = test_targets(&metadata);
    for target in targets.iter().filter(|target| *target != bdd::TEST_TARGET) {
        arguments.extend(["--test", target]);
    }
    process::run(
        &mut process::cargo(&root, &arguments),
        "a test is red",
        "mend the test that is named above, then run `cargo xtask test`",
    )?;
    process::run(
        &mut process::cargo(&root, &["test", "--workspace", "--no-fail-fast", "--doc"]),
        "an example in the documentation is red",
        "mend the example that is named above, then run `cargo test --workspace --doc`",
    )
}

/// The names of all integration tests; packages may share a name.
fn test_targets(metadata: &Metadata) -> BTreeSet<String> {
    metadata
        .workspace_packages()
        .iter()
        .flat_map(|package| &package.targets)
        .filter(|target| target.kind.contains(&TargetKind::Test))
        .map(|target| target.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integration_tests_are_found_and_nothing_else() {
        let metadata = workspace::metadata(&workspace::root()).unwrap();
        let targets = test_targets(&metadata);
        assert!(targets.contains("command_line"));
        assert!(!targets.contains("xtask"));
    }
}
