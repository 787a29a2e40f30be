//! Starts other programs: shows the command line, and turns a bad end into a [`Failure`].

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};

use crate::failure::Failure;

/// A `cargo` command that runs at `root`, as if it had been typed there.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null());
    // `cargo run` describes this package in the environment. Build scripts of dependencies watch
    // these variables: handed down, they would have crates built again that are up to date.
    for (name, _) in std::env::vars_os() {
        if describes_this_package(&name) {
            command.env_remove(name);
        }
    }
    command
}

fn describes_this_package(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Runs to the end with its output in view.
pub(crate) fn run(command: &mut Command, problem: &str, next: &str) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("could not start `{}`", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(problem, next).into())
    }
}

/// Runs quietly and gives what it printed to its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        let problem = format!(
            "`{line}` failed: {}",
            String::from_utf8_lossy(&stderr).trim()
        );
        return Err(Failure::new(problem, format!("run `{line}`")).into());
    }
    String::from_utf8(stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// The command line as a person would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_the_path_of_its_program() {
        let mut command = Command::new(Path::new("bin").join("cargo"));
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn a_bad_end_is_a_failure_with_the_next_step() {
        let refused = run(
            &mut cargo(Path::new("."), &["no-such-command"]),
            "it broke",
            "mend it",
        )
        .unwrap_err();
        assert_eq!(
            refused.downcast_ref(),
            Some(&Failure::new("it broke", "mend it"))
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        assert!(capture(&mut Command::new("no-such-program-anywhere")).is_err());
    }

    #[test]
    fn what_a_program_prints_is_captured() {
        let printed = capture(&mut cargo(Path::new("."), &["--version"])).unwrap();
        assert!(printed.starts_with("cargo "));
    }

    #[test]
    fn nested_builds_do_not_see_this_package() {
        assert!(describes_this_package(&"CARGO_PKG_NAME".into()));
        assert!(describes_this_package(&"CARGO_MANIFEST_DIR".into()));
        assert!(!describes_this_package(&"CARGO_TARGET_DIR".into()));
        assert!(!describes_this_package(&"CARGO_HOME".into()));
    }
}
