//! `cargo xtask bdd`: the scenarios are tagged, mixed as agreed, and every one of them passes.
//!
//! Owns the order of the two checks. How scenarios are counted stands in `census`, which shares are
//! agreed in `mix`; steps that are undefined or skipped are refused by the harness itself.

mod census;
mod mix;

use anyhow::{Context, Result};

use crate::failure::Failure;
use crate::{process, workspace};

/// The test target that runs the features.
pub(crate) const TEST_TARGET: &str = "bdd";

pub(crate) fn run() -> Result<()> {
    check_scenarios()?;
    let root = workspace::root();
    // Every package is selected, though one has the target: see `test` on the union of features.
    process::run(
        &mut process::cargo(&root, &["test", "--workspace", "--test", TEST_TARGET]),
        "a scenario is red",
        "mend the scenario that is named above, then run `cargo test -p acceptance --test bdd`",
    )
}

fn check_scenarios() -> Result<()> {
    let root = workspace::root();
    let mut census = census::Census::default();
    for path in workspace::files(&root)? {
        if !(path.starts_with("features/") && path.ends_with(".feature")) {
            continue;
        }
        let text = std::fs::read_to_string(root.join(&path))
            .with_context(|| format!("could not read {path}"))?;
        census.count(&path, &text);
    }
    for problem in &census.problems {
        println!("{problem}");
    }
    if !census.problems.is_empty() {
        return Err(Failure::new(
            format!(
                "{} scenario(s) without exactly one tag of their kind",
                census.problems.len()
            ),
            "give each of them one of @positive, @negative, @edge, then run `cargo xtask bdd`",
        )
        .into());
    }
    print!("{}", mix::table(&census.mix));
    mix::gate(&census.mix).map_err(|problem| {
        Failure::new(
            problem,
            "write the scenarios that are missing under features/, then run `cargo xtask bdd`",
        )
        .into()
    })
}
