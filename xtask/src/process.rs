//! Runs other programs: prints the command line, and turns a failed run into a [`Failure`].

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::failure::Failure;

/// A `cargo` command that runs at `root`, as if a person had typed it there.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null());
    // `cargo run` describes this package in the environment. Build scripts of dependencies watch
    // these variables: inherited, they would rebuild crates that are up to date.
    for (name, _) in std::env::vars_os() {
        if describes_this_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn describes_this_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

/// Runs to the end, with the output shown.
pub(crate) fn run(command: &mut Command, problem: &str, next: &str) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(problem, next).into())
}

/// Runs to the end, with the output shown, and gives each line of the standard output to `look`.
/// Returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut look: impl FnMut(&str)) -> Result<bool> {
    let line = shown(command);
    println!("$ {line}");
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{line}`"))?;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            look(&line);
        }
    }
    Ok(child.wait()?.success())
}

/// Runs quietly and returns the standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command
        .output()
        .with_context(|| format!("could not start `{line}`"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let problem = format!("`{line}` failed: {}", reason.trim());
        return Err(Failure::new(problem, format!("run `{line}`")).into());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// Whether a quiet run succeeds; `false` if the program does not exist.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// The command line as a person would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
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
    fn a_failed_run_names_the_next_step() {
        let mut command = cargo(Path::new("."), &["no-such-command"]);
        let error = run(&mut command, "it broke", "mend it").unwrap_err();
        assert_eq!(
            error.downcast_ref(),
            Some(&Failure::new("it broke", "mend it"))
        );
    }

    #[test]
    fn a_missing_program_is_an_error_and_no_success() {
        assert!(capture(&mut Command::new("no-such-program-anywhere")).is_err());
        assert!(!succeeds(&mut Command::new("no-such-program-anywhere")));
    }

    #[test]
    fn the_standard_output_is_captured() {
        let printed = capture(&mut cargo(Path::new("."), &["--version"])).unwrap();
        assert!(printed.starts_with("cargo "));
        assert!(succeeds(&mut cargo(Path::new("."), &["--version"])));
    }

    #[test]
    fn nested_builds_do_not_see_this_package() {
        assert!(describes_this_package("CARGO_PKG_NAME"));
        assert!(describes_this_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_this_package("CARGO_TARGET_DIR"));
        assert!(!describes_this_package("CARGO_HOME"));
    }
}
