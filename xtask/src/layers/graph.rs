//! The facts: what each workspace crate asks for, and what it is built on in all.
//!
//! What a crate asks for comes from `cargo metadata`. What it is built on comes from `cargo tree`
//! for that crate alone: the metadata unites the features of all members, and would blame a
//! library for a crate that only the feature of a neighbour brings along.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Metadata, Package};

use crate::{process, workspace};

/// One workspace crate.
#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) asks_for: Vec<Ask>,
    /// The names of all crates that it is built on, on any platform and with all of its features,
    /// its own name among them.
    pub(crate) closure: BTreeSet<String>,
    /// How many crates (name and version) a user on this platform builds for the default features.
    pub(crate) crates_by_default: usize,
}

/// A dependency that stands in a manifest.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) name: String,
    pub(crate) for_tests: bool,
    pub(crate) in_workspace: bool,
}

impl Member {
    /// The workspace crates that it is built on.
    pub(crate) fn normal_workspace(&self) -> impl Iterator<Item = &str> {
        self.asks_for
            .iter()
            .filter(|ask| ask.in_workspace && !ask.for_tests)
            .map(|ask| ask.name.as_str())
    }
}

/// Every member of the workspace at `root`.
pub(crate) fn members(root: &Path) -> Result<Vec<Member>> {
    let metadata = workspace::metadata(root)?;
    metadata
        .workspace_packages()
        .iter()
        .map(|package| member(root, &metadata, package))
        .collect()
}

fn member(root: &Path, metadata: &Metadata, package: &Package) -> Result<Member> {
    let tree = |more: &[&str]| {
        let arguments = [
            "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ];
        let selected = ["--package", package.id.repr.as_str()];
        process::capture(&mut process::cargo(
            root,
            &[&arguments[..], &selected, more].concat(),
        ))
    };
    let everywhere = tree(&["--target", "all", "--all-features"])?;
    let by_default = tree(&[])?;
    Ok(Member {
        name: package.name.to_string(),
        asks_for: asks(metadata, package),
        closure: crates(&everywhere)
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect(),
        crates_by_default: crates(&by_default).len(),
    })
}

fn asks(metadata: &Metadata, package: &Package) -> Vec<Ask> {
    let members = metadata.workspace_packages();
    package
        .dependencies
        .iter()
        .map(|dependency| Ask {
            name: dependency.name.clone(),
            for_tests: dependency.kind == DependencyKind::Development,
            in_workspace: dependency.path.is_some()
                && members
                    .iter()
                    .any(|member| *member.name == *dependency.name),
        })
        .collect()
}

/// Names and versions in what `cargo tree` prints, each once.
fn crates(tree: &str) -> BTreeSet<(&str, &str)> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_listed_twice_counts_once_and_two_versions_count_twice() {
        let tree = "a v1.0.0 (somewhere)\nserde v1.0.2\n\nserde v1.0.2 (*)\nserde v0.9.0\nq v1.0.0 (proc-macro)\n";
        assert_eq!(crates(tree).len(), 4);
        assert_eq!(crates("").len(), 0);
    }

    #[test]
    fn this_crate_is_seen_with_what_it_asks_for() {
        let members = members(&workspace::root()).unwrap();
        let xtask = members
            .iter()
            .find(|member| member.name == "xtask")
            .unwrap();
        assert!(
            xtask
                .asks_for
                .iter()
                .any(|ask| ask.name == "gherkin" && !ask.for_tests)
        );
        assert!(
            xtask
                .asks_for
                .iter()
                .any(|ask| ask.name == "tempfile" && ask.for_tests)
        );
        // `textwrap` comes along with `gherkin`, `fastrand` only with the tests' `tempfile`.
        assert!(xtask.closure.contains("textwrap"));
        assert!(!xtask.closure.contains("fastrand"));
        assert_eq!(xtask.normal_workspace().count(), 0);
    }
}
