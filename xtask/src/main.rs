//! `cargo xtask`: parses the command word and dispatches to it.
//!
//! Owns the argument list, the help and the exit codes (0 green, 1 a gate is red, 2 wrong usage).
//! It knows no gate by name: the list of gates stands in `ci`.

mod bdd;
mod bench;
mod ci;
mod clippy;
mod coverage;
mod docs;
mod failure;
mod fmt;
mod layers;
mod process;
mod rust_text;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

const RED: u8 = 1;
const USAGE: u8 = 2;

/// What the command line asks for.
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
    let [word, rest @ ..] = arguments else {
        return Err("a command is missing".to_owned());
    };
    if matches!(word.as_str(), "-h" | "--help" | "help") {
        return Ok(Request::Help);
    }
    let request = match word.as_str() {
        "ci" => Request::All,
        "bench" if asks_for_help(rest) => Request::Help,
        "bench" => return bench::Bench::parse(rest).map(Request::Bench),
        other => match ci::GATES.iter().find(|gate| gate.name == other) {
            Some(gate) => Request::Gate(gate.name),
            None => return Err(format!("there is no command `{other}`")),
        },
    };
    match rest {
        [] => Ok(request),
        _ if asks_for_help(rest) => Ok(Request::Help),
        [unexpected, ..] => Err(format!(
            "`{word}` takes no argument, and was given `{unexpected}`"
        )),
    }
}

fn asks_for_help(rest: &[String]) -> bool {
    matches!(rest, [only] if matches!(only.as_str(), "-h" | "--help"))
}

fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask <COMMAND>\n\nCommands:\n  ci        every gate below, in this order",
    );
    for gate in ci::GATES {
        text.push_str(&format!("\n  {:<9} {}", gate.name, gate.about));
    }
    text.push_str(bench::ABOUT);
    text
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
