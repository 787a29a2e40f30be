//! `cargo xtask layers`: the arrows between the crates, and the packages that a crate must not
//! reach.
//!
//! The table `RULES` says the same as docs/architecture.md. A crate without a rule is refused.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::failure::Failure;
use crate::{process, workspace};

const DATABASES: &str = "sqlx* libsqlite3-sys rusqlite tokio-postgres diesel";
const RUNTIMES: &str = "tokio* async-std smol async-executor async-io";
const FORMATS: &str = "serde_json serde_yaml* toml* ron csv* ciborium* bincode* postcard rmp* bson \
                       prost* quick-xml";
const TERMINALS: &str = "crossterm* comfy-table indicatif console anstream anstyle* ratatui*";
const PROGRAMS: &str = "clap* eyre tracing-subscriber anyhow";
/// The tokenizer below `serialization` reports its errors by anyhow.
const PROGRAMS_BUT_ANYHOW: &str = "clap* eyre tracing-subscriber";

/// Crates that may ask for the packages of `PROGRAMS`, in tests or not.
const MAY_BE_PROGRAMS: &str = "annals-cli guide xtask";
/// The pure domain, and the packages that it must not ask for itself. The kernel may reach them.
const PURE: &str = "work-item";
const IMPURE: &str = "async-* futures* getrandom rand rand_* fastrand reqwest hyper";
/// The kernel with its default features on this platform is smaller than this many packages.
const KERNEL: (&str, usize) = ("shared-kernel", 40);

const BELOW_ANNALS: &str = "shared-kernel conformance serialization read-* log-transfer mcp-* persistence-* postgres-* work-*";

type Names = &'static str;
/// Crates; the workspace crates they may depend on; those their tests may use besides; the packages
/// that they must not reach through their dependencies, with all features.
type Rule = (Names, Names, Names, &'static [Names]);

const PURE_CODE: &[Names] = &[DATABASES, RUNTIMES, FORMATS, TERMINALS, PROGRAMS];
const NO_RUNTIME: &[Names] = &[DATABASES, RUNTIMES, TERMINALS, PROGRAMS];
const NO_DATABASE: &[Names] = &[DATABASES, TERMINALS, PROGRAMS];
const NO_PROGRAM: &[Names] = &[TERMINALS, PROGRAMS];

/// Each text is a list of names. `sqlx*` stands for all names that begin so.
#[rustfmt::skip]
const RULES: [Rule; 21] = [
    ("shared-kernel-derive", "", "shared-kernel", PURE_CODE),
    ("shared-kernel", "shared-kernel-derive", "persistence-memory conformance serialization", PURE_CODE),
    ("conformance", "shared-kernel read-side log-transfer", "persistence-memory", NO_DATABASE),
    ("serialization", "shared-kernel", "", &[DATABASES, RUNTIMES, TERMINALS, PROGRAMS_BUT_ANYHOW]),
    ("read-side log-transfer", "shared-kernel", "conformance persistence-memory serialization", NO_RUNTIME),
    ("persistence-memory", "shared-kernel read-side", "conformance", NO_DATABASE),
    ("group-commit postgres-server", "", "", NO_RUNTIME),
    ("log-watch", "shared-kernel", "", NO_DATABASE),
    ("sqlite-file postgres-database", "shared-kernel", "", NO_PROGRAM),
    ("persistence-sqlite", "shared-kernel group-commit log-watch sqlite-file", "conformance persistence-memory", NO_PROGRAM),
    ("persistence-postgres", "shared-kernel group-commit log-watch postgres-database", "conformance persistence-memory postgres-server read-side read-models-sqlite", NO_PROGRAM),
    ("read-models-sqlite", "shared-kernel read-side sqlite-file", "conformance persistence-*", NO_PROGRAM),
    ("read-models-postgres", "shared-kernel read-side postgres-database", "conformance persistence-* postgres-server", NO_PROGRAM),
    ("work-item", "shared-kernel", "persistence-memory serialization", PURE_CODE),
    ("work-tracking", "shared-kernel work-item", "conformance persistence-* postgres-server serialization", NO_RUNTIME),
    ("work-views", "shared-kernel read-* work-item work-tracking", "persistence-memory serialization", NO_PROGRAM),
    ("mcp-server", "serialization", "", &[DATABASES, TERMINALS, PROGRAMS_BUT_ANYHOW]),
    ("annals", "shared-kernel* serialization read-* log-transfer persistence-*", "annals conformance postgres-server work-item", &[TERMINALS, PROGRAMS_BUT_ANYHOW]),
    ("annals-cli acceptance benches", BELOW_ANNALS, "annals-cli", &[]),
    ("guide", "conformance", "", &[DATABASES, TERMINALS]),
    ("xtask", "", "", &[]),
];

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let metadata = workspace::metadata(&root)?;
    let members = metadata.workspace_packages();
    let mut problems = Vec::new();
    for of in RULES.iter().flat_map(|rule| rule.0.split(' ')) {
        if members.iter().all(|member| member.name != of) {
            problems.push(format!("{of}: has a rule, and is no member"));
        }
    }
    for member in members {
        let reached = reached(&root, member, &["--target", "all", "--all-features"])?;
        println!("{:<20} reaches {:>3} packages", member.name, reached.len());
        problems.extend(verdict(&member.name, &member.dependencies, &reached));
        if member.name == KERNEL.0 && self::reached(&root, member, &[])?.len() >= KERNEL.1 {
            problems.push(format!("{KERNEL:?}: reaches too many packages"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        problems.join("\n"),
        "run `cargo tree -e normal -p CRATE -i OFFENDER` to see where it comes from, and take it \
         out; an arrow that is right belongs into xtask/src/layers.rs and docs/architecture.md",
    )
    .into())
}

/// The names of the packages that a crate is built on, itself among them.
///
/// `cargo tree` looks at the crate alone. `cargo metadata` unites the features of all members, and
/// would blame a crate for a package that only a feature of another member brings along.
fn reached(root: &Path, of: &Package, more: &[&str]) -> Result<BTreeSet<String>> {
    let mut tree = process::cargo(root, &["tree", "--package", &of.id.repr]);
    tree.args(["--edges=normal", "--prefix=none", "--format={p}"]);
    let printed = process::capture(tree.args(more))?;
    // `serde v1.0.2 (*)`: the star marks a package that was printed before.
    let names = printed.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// The faults of one crate.
fn verdict(of: &str, asks: &[Dependency], reached: &BTreeSet<String>) -> Vec<String> {
    let Some((_, may, tests_may, absent)) = RULES.iter().find(|rule| holds(rule.0, of)) else {
        return vec![format!("{of}: has no rule in xtask/src/layers.rs")];
    };
    let mut problems = Vec::new();
    for ask in asks {
        let name = &ask.name;
        let in_tests = ask.kind == DependencyKind::Development;
        let drawn = holds(may, name) || (in_tests && holds(tests_may, name));
        if RULES.iter().any(|rule| holds(rule.0, name)) && !drawn {
            let place = if in_tests { " in its tests" } else { "" };
            problems.push(format!("{of}: must not depend on {name}{place}"));
        }
        let impure = of == PURE && !in_tests && holds(IMPURE, name);
        // Tests may show that errors work with anyhow's `?`.
        let is_program = holds(PROGRAMS, name) && !(in_tests && name == "anyhow");
        if impure || (is_program && !holds(MAY_BE_PROGRAMS, of)) {
            problems.push(format!("{of}: must not ask for {name}"));
        }
    }
    for name in reached {
        if absent.iter().any(|names| holds(names, name)) {
            problems.push(format!("{of}: reaches {name}, which must be absent"));
        }
    }
    problems
}

fn holds(names: &str, name: &str) -> bool {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    };
    names.split_whitespace().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of faults of a crate with one dependency and these packages below it.
    fn faults(of: &str, kind: Option<&str>, asks: &str, reaches: &str) -> usize {
        let asks: Dependency = serde_json::from_value(serde_json::json!({
            "name": asks, "kind": kind, "req": "*", "optional": false,
            "uses_default_features": true, "features": [], "source": null, "target": null,
        }))
        .unwrap();
        let reached = reaches.split_whitespace().map(str::to_owned).collect();
        verdict(of, &[asks], &reached).len()
    }

    const NORMAL: Option<&str> = None;
    const IN_TESTS: Option<&str> = Some("dev");

    #[test]
    fn arrows_that_are_drawn_pass() {
        assert_eq!(
            faults(
                "work-tracking",
                NORMAL,
                "work-item",
                "shared-kernel work-item"
            ),
            0
        );
        assert_eq!(
            faults("persistence-sqlite", IN_TESTS, "conformance", "sqlx tokio"),
            0
        );
        assert_eq!(
            faults("annals-cli", NORMAL, "clap", "clap anyhow tokio sqlx"),
            0
        );
    }

    #[test]
    fn arrows_that_are_not_drawn_are_refused() {
        for (from, to) in [
            ("shared-kernel", "work-item"),
            ("work-item", "persistence-memory"),
            ("persistence-memory", "persistence-sqlite"),
            ("persistence-sqlite", "serialization"),
            ("persistence-sqlite", "work-item"),
            ("conformance", "persistence-memory"),
            ("serialization", "work-item"),
            ("work-tracking", "persistence-sqlite"),
            ("acceptance", "annals-cli"),
            ("annals", "work-item"),
        ] {
            assert_eq!(faults(from, NORMAL, to, ""), 1, "{from} → {to}");
        }
        assert_eq!(faults("work-item", IN_TESTS, "persistence-sqlite", ""), 1);
    }

    #[test]
    fn packages_that_must_be_absent_are_found_however_far_below() {
        for (of, reached) in [
            ("shared-kernel", "tokio"),
            ("shared-kernel", "serde_json"),
            ("conformance", "sqlx-sqlite"),
            ("serialization", "libsqlite3-sys"),
            ("persistence-sqlite", "clap_builder"),
            ("work-item", "toml_edit"),
            ("work-tracking", "anyhow"),
        ] {
            assert_eq!(
                faults(of, NORMAL, "serde", reached),
                1,
                "{of} reaches {reached}"
            );
        }
        assert_eq!(
            faults("serialization", NORMAL, "serde", "anyhow serde_json"),
            0
        );
    }

    #[test]
    fn a_library_does_not_ask_for_the_packages_of_programs() {
        assert_eq!(faults("serialization", NORMAL, "anyhow", ""), 1);
        assert_eq!(
            faults("persistence-sqlite", IN_TESTS, "tracing-subscriber", ""),
            1
        );
    }

    #[test]
    fn the_domain_does_not_ask_for_chance_and_its_tests_may() {
        assert_eq!(
            faults("work-item", NORMAL, "getrandom", "getrandom futures-core"),
            1
        );
        assert_eq!(faults("work-item", IN_TESTS, "rand", "getrandom"), 0);
        assert_eq!(faults("shared-kernel", NORMAL, "getrandom", "getrandom"), 0);
    }

    #[test]
    fn a_crate_without_a_rule_is_refused() {
        assert_eq!(faults("newcomer", NORMAL, "serde", ""), 1);
    }

    #[test]
    fn the_arrows_have_no_circle() {
        // A crate without an arrow to one that is left goes. A circle would stay for ever.
        let mut left = RULES.to_vec();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|rule| rule.0).collect();
            let before = left.len();
            left.retain(|rule| names.iter().any(|name| holds(rule.1, name)));
            assert!(left.len() < before, "a circle among {names:?}");
        }
    }

    #[test]
    fn this_crate_reaches_its_dependencies_and_not_those_of_its_tests() {
        let root = workspace::root();
        let metadata = workspace::metadata(&root).unwrap();
        let members = metadata.workspace_packages();
        let xtask = members
            .into_iter()
            .find(|member| member.name == "xtask")
            .unwrap();
        let reached = reached(&root, xtask, &[]).unwrap();
        // `textwrap` comes along with `gherkin`, `fastrand` only with the tests' `tempfile`.
        assert!(reached.contains("textwrap") && !reached.contains("fastrand"));
    }
}
