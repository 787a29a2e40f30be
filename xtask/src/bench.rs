//! `cargo xtask bench`: the benches, and the measurements that the documents show.
//!
//! People judge the figures, so this is no gate. The programs lie in `benches`, and in the
//! workspace `benches/peers` if their dependencies must stay out of our lock file.

use anyhow::Result;

use crate::{process, workspace};

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bench {
    /// The criterion benches of our own crates.
    Own,
    /// Our store beside others; writes the section of `docs/benchmarks.md`.
    Peers,
    /// Our store on PostgreSQL beside others; writes another section of it.
    Server,
    /// Logs of rising length; writes the section of `docs/scale.md`.
    Growth,
}

/// One line for each word, for the help.
pub(crate) const ABOUT: &str = "\n\nMeasurements:
  bench             the criterion benches of this workspace
  bench --peers     our store beside others, into docs/benchmarks.md
  bench --server    the same on a PostgreSQL server, which it starts
  bench --growth    logs of up to ten million events, into docs/scale.md (4 GB of disk)";

impl Bench {
    /// Parses the words after `bench`.
    pub(crate) fn parse(words: &[&str]) -> std::result::Result<Self, String> {
        match words {
            [] => Ok(Self::Own),
            ["--peers"] => Ok(Self::Peers),
            ["--server"] => Ok(Self::Server),
            ["--growth"] => Ok(Self::Growth),
            _ => Err(format!("`bench` knows no `{}`", words.join(" "))),
        }
    }

    /// The words after `cargo`.
    fn arguments(self) -> Vec<&'static str> {
        let stores = "run --release --manifest-path benches/peers/Cargo.toml --bin stores --";
        let (program, arguments) = match self {
            Self::Own => ("bench --package benches", ""),
            Self::Peers => (stores, "--report docs"),
            Self::Server => (stores, "--server --report docs"),
            Self::Growth => (stores, "growth --report docs"),
        };
        program
            .split(' ')
            .chain(arguments.split_terminator(' '))
            .collect()
    }
}

pub(crate) fn run(bench: Bench) -> Result<()> {
    let arguments = bench.arguments();
    process::run(
        &mut process::cargo(&workspace::root(), &arguments),
        "a measurement failed",
        &format!("run `cargo {}` and mend the cause", arguments.join(" ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measurement_has_its_word() {
        assert_eq!(Bench::parse(&[]), Ok(Bench::Own));
        assert_eq!(Bench::parse(&["--peers"]), Ok(Bench::Peers));
        assert_eq!(Bench::parse(&["--server"]), Ok(Bench::Server));
        assert_eq!(Bench::parse(&["--growth"]), Ok(Bench::Growth));
    }

    #[test]
    fn unknown_words_and_two_at_once_are_refused() {
        for words in [&["--peer"][..], &["peers"], &["--peers", "--growth"], &[""]] {
            assert!(Bench::parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_programs_that_are_started_exist() {
        let root = workspace::root();
        for bench in [Bench::Peers, Bench::Server, Bench::Growth] {
            let arguments = bench.arguments();
            let manifest = arguments.iter().position(|word| *word == "--manifest-path");
            assert!(root.join(arguments[manifest.unwrap() + 1]).is_file());
            assert!(arguments.ends_with(&["--report", "docs"]));
        }
    }
}
