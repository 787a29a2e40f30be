//! The exit codes and the help of the program itself.

use std::process::Command;

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command
}

#[test]
fn help_goes_to_standard_output_and_is_no_error() {
    let output = xtask(&["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for command in [
        "ci",
        "fmt",
        "files",
        "typos",
        "layers",
        "deny",
        "advisories",
        "clippy",
        "docs",
        "test",
        "bdd",
        "coverage",
        "bench",
    ] {
        assert!(
            help.contains(&format!("  {command} ")),
            "{command} is missing"
        );
    }
}

#[test]
fn wrong_arguments_end_with_two_and_the_help() {
    for arguments in [
        &[][..],
        &["nothing-of-the-kind"],
        &["fmt", "--fast"],
        &["bench", "--fast"],
    ] {
        let output = xtask(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .contains("Usage: cargo xtask")
        );
    }
}
