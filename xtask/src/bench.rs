//! `cargo xtask bench`: runs the benches, and the measurements that the documents tell of.
//!
//! It is no gate: what it finds is for people to judge. The programs themselves are in `benches` and,
//! where they need what must not reach our lock file, in the workspace `benches/peers`.

use anyhow::Result;

use crate::{process, workspace};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bench {
    /// The criterion benches of our own crates.
    Own,
    /// Our store beside others; writes the section of `docs/benchmarks.md`.
    Peers,
    /// Logs of rising length; writes the section of `docs/scale.md`.
    Growth,
}

/// One line for each word, for the help.
pub(crate) const ABOUT: &str = "\n\nMeasurements:
  bench            the criterion benches of this workspace
  bench --peers    our store beside others, into docs/benchmarks.md
  bench --growth   logs of up to ten million events, into docs/scale.md (4 GB of disk)";

impl Bench {
    /// What the words after `bench` ask for.
    pub(crate) fn parse(words: &[String]) -> std::result::Result<Self, String> {
        match words {
            [] => Ok(Self::Own),
            [word] if word == "--peers" => Ok(Self::Peers),
            [word] if word == "--growth" => Ok(Self::Growth),
            _ => Err(format!("`bench` knows no `{}`", words.join(" "))),
        }
    }

    fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Own => vec!["bench", "--package", "benches"],
            Self::Peers => [&STORES[..], &["--report", "docs"]].concat(),
            Self::Growth => [&STORES[..], &["growth", "--report", "docs"]].concat(),
        }
    }
}

/// Runs the program of the workspace of peers that measures stores.
const STORES: [&str; 7] = [
    "run",
    "--release",
    "--manifest-path",
    "benches/peers/Cargo.toml",
    "--bin",
    "stores",
    "--",
];

pub(crate) fn run(bench: Bench) -> Result<()> {
    let arguments = bench.arguments();
    process::run(
        &mut process::cargo(&workspace::root(), &arguments),
        "a measurement came to no end",
        format!("run `cargo {}` and mend what it names", arguments.join(" ")).as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> std::result::Result<Bench, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Bench::parse(&words)
    }

    #[test]
    fn each_measurement_has_its_word() {
        assert_eq!(parsed(&[]), Ok(Bench::Own));
        assert_eq!(parsed(&["--peers"]), Ok(Bench::Peers));
        assert_eq!(parsed(&["--growth"]), Ok(Bench::Growth));
    }

    #[test]
    fn unknown_words_and_two_at_once_are_refused() {
        for words in [&["--peer"][..], &["peers"], &["--peers", "--growth"], &[""]] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_programs_that_are_started_exist() {
        let root = workspace::root();
        for bench in [Bench::Peers, Bench::Growth] {
            let arguments = bench.arguments();
            let manifest = arguments.iter().position(|word| *word == "--manifest-path");
            assert!(root.join(arguments[manifest.unwrap() + 1]).is_file());
            assert!(arguments.ends_with(&["--report", "docs"]));
        }
    }
}
