//! Texts on the command line that begin with a dash: `annals note 1 "- first"`.
//!
//! The argument parser takes a word with a dash for options. This module rewrites the words so that
//! it cannot: `--description "- x"` becomes `"--description=- x"`, and `note 1 "- x" --expect 3`
//! becomes `note 1 --expect 3 -- "- x"`. A word that could be a misspelt option stays as it is.
//!
//! A word with a dash, a letter and a space is a text, too, although the letter can be an option:
//! `annals note 1 "-Fix it"`. Only if there is a file `ix it`, it means `-F "ix it"`.
//!
//! It also reads `what-if 3 -- done` as `what-if done 3`, and `what-if 3 4 -- note x` as
//! `what-if note --also 4 3 x`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;

/// The names of the arguments without an option that are texts.
const TEXTS: [&str; 2] = ["title", "text"];

/// The words of a command line in which no text is taken for an option.
pub(crate) fn with_texts(words: Vec<OsString>) -> Vec<OsString> {
    let mut cli = Cli::command();
    // The options of all commands become options of each command.
    cli.build();
    let words = with_command_first(words, &cli);
    let mut named = words.iter().skip(1).filter_map(|word| word.to_str());
    let Some(mut command) = named.by_ref().find_map(|word| cli.find_subcommand(word)) else {
        return words;
    };
    // `what-if note`: the command of a command.
    while let Some(inner) = named
        .by_ref()
        .find_map(|word| command.find_subcommand(word))
    {
        command = inner;
    }
    let mut positionals = command.get_positionals();
    let takes_text = positionals.any(|argument| TEXTS.contains(&argument.get_id().as_str()));
    let mut given = words.into_iter();
    let (mut known, mut texts) = (Vec::<OsString>::new(), Vec::new());
    for word in given.by_ref().take_while(|word| word != "--") {
        if !word.to_str().is_some_and(|word| is_text(word, command)) {
            known.push(word);
            continue;
        }
        match known.last_mut().map(|last| (option(last, command), last)) {
            Some((Some(option), last)) if is_text_option(option) => {
                last.push("=");
                last.push(word);
            }
            Some((None, _)) if takes_text => texts.push(word),
            _ => known.push(word),
        }
    }
    let behind: Vec<_> = given.chain(texts).collect();
    if !behind.is_empty() {
        known.push("--".into());
        known.extend(behind);
    }
    known
}

/// The words of `what-if ITEM… -- COMMAND …` with the command before its items.
fn with_command_first(mut words: Vec<OsString>, cli: &Command) -> Vec<OsString> {
    let place = |wanted: &str| words.iter().position(|word| word == wanted);
    let (Some(begin), Some(dashes)) = (place("what-if"), place("--")) else {
        return words;
    };
    let what_if = cli.find_subcommand("what-if");
    let command = |word: &OsString| what_if?.find_subcommand(word.to_str()?);
    let items = words.get(begin + 1..dashes).unwrap_or_default();
    let has_items = !items.is_empty() && items.iter().all(|word| command(word).is_none());
    let Some(found) = words
        .get(dashes + 1)
        .and_then(command)
        .filter(|found| has_items && takes(found, "item"))
    else {
        return words;
    };
    // `note 1 TEXT` has its further items in an option.
    let others = items.get(1..).unwrap_or_default();
    let has_options = items
        .iter()
        .any(|word| word.to_string_lossy().starts_with('-'));
    let also = match takes(found, "also") && !others.is_empty() && !has_options {
        true => vec![OsString::from("--also"), others.join(OsStr::new(","))],
        false => Vec::new(),
    };
    let command = words.remove(dashes + 1);
    words.remove(dashes);
    if !also.is_empty() {
        words.drain(begin + 2..dashes);
    }
    words.splice(begin + 1..begin + 1, [command].into_iter().chain(also));
    words
}

/// Whether a command has an argument or option of this name.
fn takes(command: &Command, name: &str) -> bool {
    command
        .get_arguments()
        .any(|argument| argument.get_id() == name)
}

/// Whether a word begins with a dash and can be neither an option nor a number.
fn is_text(word: &str, command: &Command) -> bool {
    let Some(rest) = word.strip_prefix('-') else {
        return false;
    };
    if let Some(long) = rest.strip_prefix('-') {
        let name = long.split('=').next().unwrap_or_default();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        return !name.chars().all(is_name);
    }
    match rest.chars().next() {
        None => false,
        Some(first) if first.is_alphabetic() => {
            rest.contains(char::is_whitespace) && !names_file(rest, command)
        }
        Some(_) => !rest.chars().all(|c| c.is_ascii_digit()),
    }
}

/// Whether the letters after a dash are an option and the path of a file: `Fmy notes.txt`.
fn names_file(letters: &str, command: &Command) -> bool {
    let mut options = command.get_opts();
    options.any(|option| {
        let path = option
            .get_short()
            .and_then(|letter| letters.strip_prefix(letter));
        has_value(option, "FILE") && path.is_some_and(|path| Path::new(path).exists())
    })
}

/// The option of a command that takes the next word as its value.
fn option<'c>(word: &OsString, command: &'c Command) -> Option<&'c Arg> {
    let mut options = command.get_opts();
    options.find(|option| {
        let long = option.get_long().map(|name| format!("--{name}"));
        let short = option.get_short().map(|name| format!("-{name}"));
        [long, short]
            .into_iter()
            .flatten()
            .any(|name| *word == *name)
    })
}

fn is_text_option(option: &Arg) -> bool {
    has_value(option, "TEXT")
}

/// Whether the help shows an option with this word for its value: `--reason <TEXT>`.
fn has_value(option: &Arg, word: &str) -> bool {
    let names = option.get_value_names().unwrap_or_default();
    names.iter().any(|name| name.as_str() == word)
}
