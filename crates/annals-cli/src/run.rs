//! A run of the program, from its arguments to its exit code.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use serde_json::json;
use serialization::toon;

use crate::cli::{Cli, Command, Completions, Format};
use crate::commands;
use crate::completions;
use crate::dash;
use crate::editor::Editor;
use crate::environment::Environment;
use crate::hidden;
use crate::mcp;
use crate::password;
use crate::print::{ERROR, HINT, indented, lacks_time_zone};
use crate::run_error::{self, RunError, USAGE};
use crate::session::{Session, note};
use crate::usage;

/// Runs the program with the arguments of a command line, its own name first. Returns the exit
/// code: 0 done, 2 wrong usage, 3 refused by a rule, 4 conflict with another writer, 5 the store
/// failed.
pub async fn run(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    mut environment: Environment<'_>,
) -> u8 {
    let words = dash::with_texts(words.into_iter().map(Into::into).collect());
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(answer) => return write_answer(answer, &words, &mut environment),
    };
    let format = cli.global.format;
    let outcome = match dispatch(cli, &mut environment).await {
        Ok(()) => environment.out.to.flush().map_err(RunError::Output),
        failed => failed,
    };
    report(outcome, format, &mut environment)
}

/// Writes the help that the parser gives instead of arguments, or the reason why it refused them.
fn write_answer(answer: clap::Error, words: &[OsString], environment: &mut Environment<'_>) -> u8 {
    let format = usage::asked_format(words);
    let lacks_all = usage::is_help_for_nothing(&answer);
    if answer.use_stderr() && !(lacks_all && format == Format::Human) {
        let hint = usage::hint(&answer, words);
        write_usage(&usage::message(answer, words), hint, format, environment);
        return USAGE;
    }
    let written = environment.out.tell(&answer.render().ansi().to_string());
    let written = written.and_then(|()| environment.out.to.flush());
    match report(written.map_err(RunError::Output), format, environment) {
        0 if lacks_all => USAGE,
        code => code,
    }
}

/// Writes the error of a run, if there is one, and returns the exit code.
fn report(outcome: Result<(), RunError>, format: Format, environment: &mut Environment<'_>) -> u8 {
    let draft = environment.editor.and_then(Editor::take_draft);
    let code = outcome.as_ref().map_or_else(RunError::exit_code, |()| 0);
    let Err(error) = outcome else {
        // A file that stays does no harm.
        let _ = draft.map(std::fs::remove_file);
        return code;
    };
    if code != 0 {
        // If this write fails too, only the exit code reports the error.
        let _ = match format {
            Format::Human => {
                let text = for_people(&error, draft.as_deref(), environment.width);
                environment.err.tell(&text)
            }
            _ => {
                let mut object = error.object();
                if let Some(draft) = draft {
                    object["error"]["kept_text"] = json!(draft.display().to_string());
                }
                writeln!(environment.err.to, "{}", as_text(&object, format))
            }
        };
    }
    code
}

/// Writes the reason why the parser refused the arguments.
fn write_usage(
    message: &str,
    hint: Option<&str>,
    format: Format,
    environment: &mut Environment<'_>,
) {
    // If this write fails, only the exit code reports the error.
    let _ = match format {
        Format::Human => {
            let text = usage::for_people(message, hint, environment.width);
            environment.err.tell(&text)
        }
        _ => {
            let message = message.trim_start_matches("error: ");
            let mut error = run_error::error_object("usage", USAGE, message);
            if let Some(hint) = hint {
                error["error"]["hint"] = json!(hint);
            }
            writeln!(environment.err.to, "{}", as_text(&error, format))
        }
    };
}

/// An error for programs as TOON or JSON; as JSON if TOON cannot represent it.
fn as_text(error: &serde_json::Value, format: Format) -> String {
    let text = match toon::to_string(error) {
        Ok(text) if format == Format::Toon => hidden::escape_toon(&text).into_owned(),
        _ => hidden::escape_json(&error.to_string()).into_owned(),
    };
    password::hide(&text).into_owned()
}

fn for_people(error: &RunError, draft: Option<&Path>, width: Option<u16>) -> String {
    let message = format!("error: {}", error.lines().join("\n"));
    let mut text = indented(&password::hide(&message), 0, width);
    text = text.replacen("error:", &format!("{ERROR}error:{ERROR:#}"), 1);
    text.push('\n');
    let kept = |draft: &Path| {
        let path = draft.display();
        format!("your text is kept: use it with --file {path}")
    };
    let hints = error.hint().map(Cow::into_owned);
    for hint in hints.into_iter().chain(draft.map(kept)) {
        let hint = indented(&format!("hint: {hint}"), 0, width);
        text.push_str(&hint.replacen("hint:", &format!("{HINT}hint:{HINT:#}"), 1));
        text.push('\n');
    }
    text
}

async fn dispatch(cli: Cli, environment: &mut Environment<'_>) -> Result<(), RunError> {
    match cli.command {
        Command::Completions(Completions {
            shell: Some(shell), ..
        }) => Ok(environment.out.to.write_all(&completions::script(shell))?),
        Command::Toon(toon) => commands::toon::run(toon, environment).await,
        Command::Restore(arguments) => {
            commands::restore::run(arguments, &cli.global, environment).await
        }
        Command::Import(arguments) => {
            commands::import::run(arguments, &cli.global, environment).await
        }
        Command::Init(arguments) => commands::init::run(arguments, &cli.global, environment).await,
        Command::Schema(arguments) => commands::schema::run(&arguments, &cli.global, environment),
        Command::Prime(arguments) => {
            commands::prime::run(arguments, &cli.global, environment).await
        }
        Command::Mcp(arguments) => mcp::run(arguments, &cli.global, environment).await,
        Command::Tour => commands::tour::run(&cli.global, environment).await,
        mut command => {
            note_unknown_time_zone(cli.global.format, environment);
            commands::text::settle(&mut command, environment).await?;
            let mut session = Session::open(&cli.global, command.purpose(), environment).await?;
            let outcome = match &command {
                Command::WhatIf(_) => session.act(&cli.global),
                _ => Ok(()),
            };
            let outcome = match outcome {
                Ok(()) => commands::run(command, &mut session).await,
                refused => refused,
            };
            session.close().await;
            outcome
        }
    }
}

/// Writes a note if the variable `TZ` has no time zone that the system knows.
fn note_unknown_time_zone(format: Format, environment: &mut Environment<'_>) {
    let zone = (environment.variable)("TZ").filter(|zone| !zone.is_empty());
    if let Some(zone) = zone.filter(|_| lacks_time_zone()) {
        let zone = RunError::quoted(&zone.to_string_lossy());
        let text = format!("TZ={zone} is no known time zone; times are in UTC");
        note(environment, format, &text);
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
