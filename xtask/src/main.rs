//! `cargo xtask`: the command line of the gates and measurements of this workspace.
//!
//! Exit codes: 0 green, 1 a gate is red, 2 wrong usage. The list of gates stands in `ci`. A command
//! that is no gate (`bench`) is a variant of `Request`, an arm in `parse` and one in `main`, and
//! a line of the help.
#![expect(
    clippy::disallowed_methods,
    reason = "a program reads its arguments and its environment"
)]

mod bdd;
mod bench;
mod checks;
mod ci;
mod coverage;
mod failure;
mod files;
mod layers;
mod llvm;
mod process;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

const RED: u8 = 1;
const USAGE: u8 = 2;

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    Help,
    All,
    Gate(&'static str),
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let request = match parse(&arguments) {
        Ok(request) => request,
        Err(problem) => {
            eprintln!("error: {problem}\n\n{}", help());
            return ExitCode::from(USAGE);
        }
    };
    let outcome = match request {
        Request::Help => {
            println!("{}", help());
            Ok(())
        }
        Request::All => ci::run_all(),
        Request::Gate(name) => ci::run_one(name),
        Request::Bench(bench) => bench::run(bench),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(RED)
        }
    }
}

fn parse(arguments: &[String]) -> Result<Request, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => Err("a command is missing".to_owned()),
        ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => Ok(Request::Help),
        ["ci"] => Ok(Request::All),
        ["bench", ref rest @ ..] => bench::Bench::parse(rest).map(Request::Bench),
        [word] => match ci::GATES.iter().find(|gate| gate.name == word) {
            Some(gate) => Ok(Request::Gate(gate.name)),
            None => Err(format!("there is no command `{word}`")),
        },
        [word, unexpected, ..] => Err(format!("`{word}` takes no argument `{unexpected}`")),
    }
}

fn help() -> String {
    let row = |gate: &ci::Gate| format!("\n  {:<10} {}", gate.name, gate.about);
    let gates: String = ci::GATES.iter().map(row).collect();
    format!(
        "Usage: cargo xtask <COMMAND>\n\nCommands:\n  ci         every gate below, in this order{gates}{}",
        bench::ABOUT
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Request, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        parse(&words)
    }

    #[test]
    fn every_gate_is_a_command() {
        for gate in ci::GATES {
            assert_eq!(parsed(&[gate.name]), Ok(Request::Gate(gate.name)));
        }
        assert_eq!(parsed(&["ci"]), Ok(Request::All));
    }

    #[test]
    fn help_is_asked_for_in_five_ways() {
        for words in [
            &["--help"][..],
            &["-h"],
            &["help"],
            &["ci", "--help"],
            &["bench", "-h"],
        ] {
            assert_eq!(parsed(words), Ok(Request::Help));
        }
    }

    #[test]
    fn a_measurement_is_a_command_of_its_own() {
        let peers = Ok(Request::Bench(bench::Bench::Peers));
        assert_eq!(parsed(&["bench", "--peers"]), peers);
    }

    #[test]
    fn no_command_an_unknown_one_and_a_stray_argument_are_refused() {
        assert!(parsed(&[]).is_err());
        assert!(parsed(&["cii"]).is_err());
        assert!(parsed(&["ci", "fast"]).is_err());
        assert!(parsed(&[""]).is_err());
        assert!(parsed(&["bench", "--peer"]).is_err());
    }

    #[test]
    fn the_help_names_every_command() {
        let help = help();
        for gate in ci::GATES {
            assert!(
                help.contains(&format!("  {} ", gate.name)),
                "{} is missing",
                gate.name
            );
        }
    }
}
