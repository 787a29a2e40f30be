//! The search for llvm-cov and llvm-profdata of the LLVM version that rustc is built on.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::Failure;
use crate::process;

/// A program and its path, as an environment variable that cargo-llvm-cov reads.
type Variable = (&'static str, String);

const PROGRAMS: [(&str, &str); 2] = [("LLVM_COV", "llvm-cov"), ("LLVM_PROFDATA", "llvm-profdata")];

/// The variables to set; none if the caller has set them already.
pub(crate) fn variables() -> Result<Vec<Variable>> {
    let is_set = |(variable, _): &(&str, &str)| std::env::var_os(variable).is_some();
    if PROGRAMS.iter().all(is_set) {
        return Ok(Vec::new());
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = process::capture(Command::new(&rustc).arg("-vV"))?;
    let major = major(&version).context("`rustc -vV` names no LLVM version")?;
    let libraries = process::capture(Command::new(rustc).args(["--print", "target-libdir"]))?;
    let component = Path::new(libraries.trim()).with_file_name("bin");
    choose(&component.to_string_lossy(), major, |program| {
        let output = Command::new(program).arg("--version").output().ok()?;
        self::major(&String::from_utf8_lossy(&output.stdout))
    })
}

/// Takes both programs from one place: the toolchain's component, or the system.
///
/// `version` starts a program and returns its LLVM version, for example 22.
fn choose(
    component: &str,
    major: u32,
    version: impl Fn(&str) -> Option<u32>,
) -> Result<Vec<Variable>> {
    let places = [
        (format!("{component}/"), String::new()),
        (format!("/usr/lib/llvm-{major}/bin/"), String::new()),
        (String::new(), format!("-{major}")),
        (String::new(), String::new()),
    ];
    for (before, after) in places {
        let found = PROGRAMS.map(|(variable, name)| (variable, format!("{before}{name}{after}")));
        let fits = |(_, program): &(&str, String)| version(program) == Some(major);
        if found.iter().all(fits) {
            return Ok(found.to_vec());
        }
    }
    Err(Failure::new(
        format!("llvm-cov and llvm-profdata of LLVM {major}, the version of rustc, are missing"),
        format!(
            "run `rustup component add llvm-tools-preview`, or as root `apt-get install \
             llvm-{major}`; then run `cargo xtask coverage`"
        ),
    )
    .into())
}

/// The number after `LLVM version` in the output of rustc and of LLVM's programs.
fn major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("LLVM version")?;
    let digits = version.trim_start_matches([':', ' ']).split('.').next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(installed: &[(&str, u32)]) -> Option<String> {
        let version = |program: &str| {
            installed
                .iter()
                .find(|(name, _)| *name == program)
                .map(|(_, version)| *version)
        };
        Some(choose("tools", 22, version).ok()?[0].1.clone())
    }

    #[test]
    fn the_component_goes_before_the_system() {
        let component = [("tools/llvm-cov", 22), ("tools/llvm-profdata", 22)];
        let system = [("llvm-cov", 22), ("llvm-profdata", 22)];
        assert_eq!(
            chosen(&[component, system].concat()).unwrap(),
            "tools/llvm-cov"
        );
        assert_eq!(chosen(&system).unwrap(), "llvm-cov");
    }

    #[test]
    fn programs_of_another_version_are_passed_over() {
        let old = [("llvm-cov", 14), ("llvm-profdata", 14)];
        let new = [("llvm-cov-22", 22), ("llvm-profdata-22", 22)];
        assert_eq!(chosen(&[old, new].concat()).unwrap(), "llvm-cov-22");
        assert_eq!(chosen(&old), None);
    }

    #[test]
    fn one_program_without_the_other_is_not_enough() {
        assert_eq!(chosen(&[("llvm-cov", 22)]), None);
        assert_eq!(chosen(&[("llvm-cov", 22), ("llvm-profdata", 14)]), None);
    }

    #[test]
    fn versions_are_read_from_rustc_and_from_llvm() {
        assert_eq!(major("release: 1.95.0\nLLVM version: 22.1.2\n"), Some(22));
        assert_eq!(
            major("Debian LLVM version 14.0.6\n  Optimized build.\n"),
            Some(14)
        );
        assert_eq!(major("release: 1.95.0\n"), None);
    }
}
