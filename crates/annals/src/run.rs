//! Owns a run from the words typed to the exit code.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use clap_complete::generate;

use crate::cli::{Cli, Command, Format};
use crate::commands;
use crate::failure::{self, Failure, USAGE};
use crate::print::{ERROR, HINT};
use crate::session::Session;
use crate::surroundings::Surroundings;

/// Runs the program with the words of a command line, the first of which is its name, and gives the
/// exit code: 0 done, 2 wrong usage, 3 refused by the domain, 4 conflict with another writer, 5 the
/// store failed.
pub async fn run(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    mut surroundings: Surroundings<'_>,
) -> u8 {
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => {
            let text = if error.use_stderr() && asks_for_json(&words) {
                let message = error.render().to_string();
                let message = message.trim_start_matches("error: ").trim_end();
                format!("{}\n", failure::json("usage", USAGE, message))
            } else {
                error.render().ansi().to_string()
            };
            let written = if error.use_stderr() {
                surroundings.err.write_all(text.as_bytes())
            } else {
                surroundings.out.write_all(text.as_bytes())
            };
            return match written {
                Ok(()) => {
                    if error.use_stderr() {
                        USAGE
                    } else {
                        0
                    }
                }
                Err(error) => Failure::Output(error).exit_code(),
            };
        }
    };
    let format = cli.global.format;
    let outcome = match dispatch(cli, &mut surroundings).await {
        Ok(()) => surroundings.out.flush().map_err(Failure::Output),
        failed => failed,
    };
    let Err(failure) = outcome else { return 0 };
    let code = failure.exit_code();
    if code != 0 {
        // Where even this cannot be written, the exit code is all that is left to say.
        let _ = match format {
            Format::Json => writeln!(surroundings.err, "{}", failure.json()),
            Format::Human => tell(surroundings.err, &failure),
        };
    }
    code
}

/// Whether answers are wanted as JSON, as far as words that make no sense can tell.
fn asks_for_json(words: &[OsString]) -> bool {
    let follows = words
        .windows(2)
        .any(|pair| pair[0] == "--format" && pair[1] == "json");
    follows || words.iter().any(|word| word == "--format=json")
}

fn tell(err: &mut (dyn std::io::Write + Send), failure: &Failure) -> std::io::Result<()> {
    for (index, line) in failure.lines().into_iter().enumerate() {
        if index == 0 {
            write!(err, "{ERROR}error:{ERROR:#} ")?;
        }
        writeln!(err, "{}", crate::print::printable(&line))?;
    }
    if let Some(hint) = failure.hint() {
        writeln!(err, "{HINT}hint:{HINT:#} {hint}")?;
    }
    Ok(())
}

async fn dispatch(cli: Cli, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    match cli.command {
        Command::Completions(arguments) => {
            let mut script = Vec::new();
            generate(arguments.shell, &mut Cli::command(), "annals", &mut script);
            Ok(surroundings.out.write_all(&script)?)
        }
        Command::Tour => commands::tour::run(&cli.global, surroundings).await,
        command => {
            let mut session =
                Session::open(&cli.global, command.makes_store(), surroundings).await?;
            let outcome = commands::run(command, &mut session).await;
            session.close().await;
            outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_move_between_threads() {
        fn is_send<T: Send>(_: fn(Vec<OsString>, Surroundings<'static>) -> T) {}
        is_send(|words, surroundings| run(words, surroundings));
    }
}
