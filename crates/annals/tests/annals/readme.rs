//! The example of the README runs, and a second run goes on where the first one ended.

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../../../README.md");
const EXAMPLE: &str = include_str!("../../examples/lamp/readme.rs");

mod lamp {
    include!("../../examples/lamp/readme.rs");

    pub(super) fn run() {
        main().unwrap();
    }
}

/// The program of the example: this test binary, started again for the ignored test below.
#[test]
#[ignore = "the other tests run it in a folder of its own"]
fn program() {
    lamp::run();
}

fn run_in(folder: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "readme::program", "--nocapture"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_shows_the_example() {
    assert!(README.contains(&format!("```rust,no_run\n{EXAMPLE}```\n")));
}

#[test]
fn the_example_of_the_readme_has_at_most_twenty_lines() {
    let lines = EXAMPLE.lines();
    assert!(lines.filter(|line| !line.trim().is_empty()).count() <= 20);
}

#[test]
fn a_second_run_goes_on_from_the_state_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_in(folder.path());
    assert!(first.contains("The kitchen lamp is at 100 %.\n"), "{first}");
    let second = run_in(folder.path());
    assert!(
        second.contains("The kitchen lamp is at 50 %.\n"),
        "{second}"
    );
}
