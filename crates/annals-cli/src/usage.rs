//! The answers of the argument parser: its help, and the reason why it refused the arguments.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Format;
use crate::password;
use crate::print::{ERROR, GOOD, HINT, STRONG, indented, printable};
use crate::run_error::{NO_DESCRIPTION, RunError};

/// Whether an answer is the help for missing arguments. It is wrong usage, but to be read:
/// `annals | less`.
pub(crate) fn is_help_for_nothing(answer: &clap::Error) -> bool {
    answer.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The commands with a text among their arguments.
const TAKE_TEXT: [&str; 4] = ["add", "note", "retitle", "describe"];

/// The longest advice of the parser, in characters. It repeats the refused argument twice.
const LONGEST_ADVICE: usize = 120;

/// The reason why the parser refused the arguments. It quotes the beginning of each value, without
/// hidden characters and line breaks.
pub(crate) fn message(mut refused: clap::Error, words: &[OsString]) -> String {
    let mut value = None;
    for (kind, found) in contexts(&refused) {
        let short = match found {
            ContextValue::String(text) => {
                let short = RunError::quoted(&text);
                if kind == ContextKind::InvalidValue {
                    value = Some((text, short.clone()));
                }
                ContextValue::String(short)
            }
            other => other,
        };
        refused.insert(kind, short);
    }
    // The advice to put `--` before a text helps only where there can be a text.
    let takes_text = words
        .iter()
        .any(|word| TAKE_TEXT.iter().any(|name| *word == **name));
    let is_short = match refused.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(advice)) => advice.iter().all(|one| {
            let advice = one.to_string();
            advice.chars().count() <= LONGEST_ADVICE && printable(&advice) == advice
        }),
        _ => true,
    };
    if !takes_text || !is_short {
        refused.remove(ContextKind::Suggested);
    }
    let message = refused.render().to_string();
    // The cause can have a long value in it, too.
    let message = match value {
        Some((value, short)) if short.ends_with('…') => message.replace(&value, &short),
        _ => message,
    };
    password::hide(&printable(message.trim_end())).into_owned()
}

/// The next step, if the message does not say it.
pub(crate) fn hint(refused: &clap::Error, words: &[OsString]) -> Option<&'static str> {
    let text = |kind| match refused.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (argument, value) = (
        text(ContextKind::InvalidArg)?,
        text(ContextKind::InvalidValue)?,
    );
    let describes = words.iter().any(|word| word == "describe");
    match () {
        () if refused.kind() != ErrorKind::ValueValidation => None,
        () if argument.ends_with("<ITEM>") || argument == "[ITEM]" => {
            Some("`annals list` shows all items; 1 is short for WORK-001")
        }
        () if describes && value.is_empty() => Some(NO_DESCRIPTION),
        () => None,
    }
}

fn contexts(refused: &clap::Error) -> Vec<(ContextKind, ContextValue)> {
    let contexts = refused.context();
    contexts
        .map(|(kind, value)| (kind, value.clone()))
        .collect()
}

/// A message of the parser for people, wrapped to the width of the terminal.
pub(crate) fn for_people(message: &str, hint: Option<&str>, width: Option<u16>) -> String {
    let hint = hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    let mut text = indented(&format!("{message}{hint}"), 0, width);
    for (word, style) in [("error:", ERROR), ("tip:", GOOD), ("Usage:", STRONG)] {
        text = text.replacen(word, &format!("{style}{word}{style:#}"), 1);
    }
    text.replacen("\nhint:", &format!("\n{HINT}hint:{HINT:#}"), 1) + "\n"
}

/// The value of `--format` in arguments that the parser refused.
pub(crate) fn asked_format(words: &[OsString]) -> Format {
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
