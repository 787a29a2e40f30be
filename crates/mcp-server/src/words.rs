//! The command that a tool call runs.
//!
//! No argument can become an option of the command line. A value of an option stands behind `=`,
//! and each other value behind `--`. Example: `add title="--actor=x"` runs `add -- --actor=x`.

use crate::arguments::Arguments;
use crate::cursor::FETCHED;

/// The words of a command: its name, its options, and its other values.
#[derive(Debug)]
pub(crate) struct Words {
    options: Vec<String>,
    values: Vec<String>,
}

impl Words {
    pub(crate) fn of(command: &str) -> Self {
        Self {
            options: vec![command.to_owned()],
            values: Vec::new(),
        }
    }

    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.options.push(format!("--{name}"));
        self
    }

    pub(crate) fn option(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.options.push(format!("--{name}={}", value.as_ref()));
        }
        self
    }

    pub(crate) fn values<'v>(mut self, values: impl IntoIterator<Item = &'v str>) -> Self {
        self.values.extend(values.into_iter().map(str::to_owned));
        self
    }

    /// The words in their order, with `--` before the values.
    pub(crate) fn joined(self) -> Vec<String> {
        let mut words = self.options;
        words.push("--".to_owned());
        words.extend(self.values);
        words
    }
}

/// The command of a call. `skipped` is the number of rows that the client has already.
pub(crate) fn words(tool: &str, given: &Arguments, skipped: usize) -> Result<Words, String> {
    let of_item = |command: &str| Words::of(command).values(given.text("item"));
    let limit = (skipped + FETCHED).to_string();
    Ok(match tool {
        "context" => of_item("context").option("as-of", given.text("as_of")),
        "state_at" => of_item("show").option("as-of", given.text("at")),
        "diff" => of_item("diff")
            .option("from", given.text("from"))
            .option("to", given.text("to")),
        "search" => Words::of("search")
            .option("limit", Some(limit))
            .option("fields", Some("number,title,status,excerpt"))
            .values(
                given
                    .text("words")
                    .into_iter()
                    .flat_map(str::split_whitespace),
            ),
        "next" => next(given, &limit)?,
        "add" => add(given),
        "record" => record(given)?,
        "move" => moved(given)?,
        // `why` and `history`
        command => of_item(command),
    })
}

fn next(given: &Arguments, limit: &str) -> Result<Words, String> {
    let (claim, length, explain) = (
        given.flag("claim"),
        given.text("for"),
        given.text("explain"),
    );
    match explain {
        Some(_) if claim => Err("next has either claim or explain".to_owned()),
        _ if length.is_some() && !claim => Err("for needs claim".to_owned()),
        _ if given.text("key").is_some() && !claim => Err("key needs claim".to_owned()),
        Some(_) => Ok(Words::of("ready").option("explain", explain)),
        None if claim => Ok(Words::of("next")
            .flag("claim")
            .option("for", length)
            .option("key", given.text("key"))),
        None => Ok(Words::of("ready").option("limit", Some(limit))),
    }
}

fn add(given: &Arguments) -> Words {
    let texts = [
        "type",
        "parent",
        "priority",
        "risk",
        "description",
        "assignee",
        "key",
    ];
    let words = texts.iter().fold(Words::of("add"), |words, name| {
        words.option(name, given.text(name))
    });
    let words = given
        .texts("on")
        .fold(words, |words, on| words.option("on", Some(on)));
    words.values(given.text("title"))
}

fn record(given: &Arguments) -> Result<Words, String> {
    let figures = ["positive", "negative", "edge", "coverage"];
    let (note, on, kind) = (given.text("note"), given.text("on"), given.text("kind"));
    let files = ["lcov", "junit"];
    let has_figures = figures.iter().any(|name| given.number(name).is_some())
        || files.iter().any(|name| given.text(name).is_some());
    if kind.is_some() && on.is_none() {
        return Err("kind needs on".to_owned());
    }
    let item = given.text("item");
    let words = match (note, has_figures, on) {
        (Some(note), false, None) => Words::of("note").values(item).values([note]),
        (None, true, None) => {
            let words = Words::of("test-run").values(item);
            let words = figures
                .iter()
                .fold(words, |words, name| words.option(name, given.number(name)));
            files
                .iter()
                .fold(words, |words, name| words.option(name, given.text(name)))
        }
        (None, false, Some(_)) => Words::of("depend")
            .option("on", on)
            .option("kind", kind)
            .values(item),
        _ => return Err("record needs one of note, results of a test run, and on".to_owned()),
    };
    Ok(guarded(words, given))
}

fn moved(given: &Arguments) -> Result<Words, String> {
    let to = given.text("to").unwrap_or_default();
    let (reason, length) = (given.text("reason"), given.text("for"));
    let option = match to {
        "done" => "resolution",
        "block" | "cancel" | "reopen" if reason.is_none() => {
            return Err(format!("to={to} needs a reason"));
        }
        "block" | "cancel" | "reopen" => "reason",
        _ if reason.is_some() => return Err(format!("to={to} takes no reason")),
        _ => "reason",
    };
    if length.is_some() && to != "claim" {
        return Err(format!("to={to} takes no length of a claim in for"));
    }
    if given.texts("items").count() > 1 && seen_version(given).is_some() {
        return Err("seen has the version of one item; for several, give a handle".to_owned());
    }
    let is_preview = given.flag("preview");
    if is_preview && given.text("key").is_some() {
        return Err("a preview writes nothing and takes no key".to_owned());
    }
    let mut words = match is_preview {
        true => Words::of("what-if"),
        false => Words::of(to),
    };
    if is_preview {
        words.options.push(to.to_owned());
    }
    let mut words = words.option(option, reason).option("for", length);
    if given.flag("keep_text") {
        if reason.is_none() {
            return Err("keep_text needs a reason".to_owned());
        }
        words = words.flag("keep-text");
    }
    Ok(guarded(words, given).values(given.texts("items")))
}

/// The command with its key, and with the handle or the version that the client has seen.
fn guarded(words: Words, given: &Arguments) -> Words {
    let words = words.option("key", given.text("key"));
    match seen_version(given) {
        Some(version) => words.option("expect", Some(version)),
        None => words.option("seen", given.text("seen")),
    }
}

/// The version in `seen`; `None` if it is a handle.
fn seen_version(given: &Arguments) -> Option<&str> {
    given
        .text("seen")
        .filter(|seen| seen.parse::<u64>().is_ok())
}
