//! A run of the program, from its arguments to its exit code.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use clap_complete::generate;
use serialization::toon;

use crate::cli::{Cli, Command, Format};
use crate::commands;
use crate::environment::Environment;
use crate::print::{ERROR, HINT, printable};
use crate::run_error::{self, RunError, USAGE};
use crate::session::Session;

/// Runs the program with the arguments of a command line, its own name first. Returns the exit
/// code: 0 done, 2 wrong usage, 3 refused by a rule, 4 conflict with another writer, 5 the store
/// failed.
pub async fn run(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    mut environment: Environment<'_>,
) -> u8 {
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(refused) if refused.use_stderr() => {
            write_usage(&refused, asked_format(&words), &mut environment);
            return USAGE;
        }
        Err(help) => {
            let written = environment.out.tell(&help.render().ansi().to_string());
            let written = written.and_then(|()| environment.out.to.flush());
            let outcome = written.map_err(RunError::Output);
            return report(outcome, asked_format(&words), &mut environment);
        }
    };
    let format = cli.global.format;
    let outcome = match dispatch(cli, &mut environment).await {
        Ok(()) => environment.out.to.flush().map_err(RunError::Output),
        failed => failed,
    };
    report(outcome, format, &mut environment)
}

/// Writes the error of a run, if there is one, and returns the exit code.
fn report(outcome: Result<(), RunError>, format: Format, environment: &mut Environment<'_>) -> u8 {
    let Err(error) = outcome else { return 0 };
    let code = error.exit_code();
    if code != 0 {
        // If this write fails too, only the exit code reports the error.
        let _ = match format {
            Format::Human => environment.err.tell(&for_people(&error)),
            _ => writeln!(environment.err.to, "{}", as_text(&error.object(), format)),
        };
    }
    code
}

/// Writes the reason why the parser refused the arguments.
fn write_usage(refused: &clap::Error, format: Format, environment: &mut Environment<'_>) {
    // If this write fails, only the exit code reports the error.
    let _ = match format {
        Format::Human => environment.err.tell(&refused.render().ansi().to_string()),
        _ => {
            let message = refused.render().to_string();
            let message = message.trim_start_matches("error: ").trim_end();
            let error = run_error::error_object("usage", USAGE, message);
            writeln!(environment.err.to, "{}", as_text(&error, format))
        }
    };
}

/// The value of `--format` in arguments that the parser refused.
fn asked_format(words: &[OsString]) -> Format {
    let asks = |name: &str| {
        let joined = format!("--format={name}");
        let pair = |pair: &[OsString]| pair[0] == "--format" && pair[1] == name;
        words.windows(2).any(pair) || words.iter().any(|word| *word == *joined)
    };
    match () {
        () if asks("json") => Format::Json,
        () if asks("toon") => Format::Toon,
        () => Format::Human,
    }
}

/// An error for programs as TOON or JSON; as JSON if TOON cannot represent it.
fn as_text(error: &serde_json::Value, format: Format) -> String {
    match toon::to_string(error) {
        Ok(text) if format == Format::Toon => text,
        _ => error.to_string(),
    }
}

fn for_people(error: &RunError) -> String {
    let lines = error.lines();
    let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", lines.join("\n"));
    if let Some(hint) = error.hint() {
        text.push_str(&format!("{HINT}hint:{HINT:#} {hint}\n"));
    }
    text
}

async fn dispatch(cli: Cli, environment: &mut Environment<'_>) -> Result<(), RunError> {
    match cli.command {
        Command::Completions(arguments) => {
            let mut script = Vec::new();
            generate(arguments.shell, &mut Cli::command(), "annals", &mut script);
            Ok(environment.out.to.write_all(&script)?)
        }
        Command::Toon(toon) => commands::toon::run(toon, environment).await,
        Command::Restore(arguments) => {
            commands::restore::run(arguments, &cli.global, environment).await
        }
        Command::Init => commands::init::run(&cli.global, environment),
        Command::Tour => commands::tour::run(&cli.global, environment).await,
        command => {
            let mut session = Session::open(&cli.global, command.purpose(), environment).await?;
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
    fn a_run_can_move_between_threads() {
        fn is_send<T: Send>(_: fn(Vec<OsString>, Environment<'static>) -> T) {}
        is_send(|words, environment| run(words, environment));
    }
}
