//! The example of the README runs, and a second run goes on where the first one ended.

use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../../../../README.md");
const EXAMPLE: &str = include_str!("../../examples/lamp.rs");

/// The code block of the README that begins with this line.
fn block(first_line: &str) -> &'static str {
    let start = README.find(first_line).unwrap() + first_line.len();
    let length = README[start..].find("```").unwrap();
    &README[start..start + length]
}

/// Code without the spaces, line ends and commas that rustfmt may move.
fn compact(code: &str) -> String {
    let lines = code.lines().filter(|line| !line.starts_with("//!"));
    let code: String = lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    code.replace(",}", "}").replace(",)", ")")
}

/// The program of the example, which `cargo test` builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    profile
        .join("examples")
        .join(format!("lamp{}", std::env::consts::EXE_SUFFIX))
}

fn run_in(folder: &Path) -> String {
    let output = Command::new(program())
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
    assert_eq!(compact(block("```rust,no_run\n")), compact(EXAMPLE));
}

#[test]
fn the_example_of_the_readme_has_at_most_twenty_lines() {
    let lines = block("```rust,no_run\n").lines();
    assert!(lines.filter(|line| !line.trim().is_empty()).count() <= 20);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "only the environment says that this is the coverage run, which builds no examples"
)]
fn a_second_run_goes_on_from_the_state_of_the_first() {
    if std::env::var_os("LLVM_PROFILE_FILE").is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path()), "The kitchen lamp is at 100 %.\n");
    assert_eq!(run_in(folder.path()), "The kitchen lamp is at 50 %.\n");
}
