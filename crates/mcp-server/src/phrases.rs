//! The commands in hints and next steps, as calls of tools.
//!
//! Example: "start it first with `annals start ITEM`" becomes "start it first with
//! `move items=ITEM to=start`". A hint about the store is left out: a model cannot act on it.

use serde_json::Value;

use crate::tools::MOVES;

/// The words of hints about the store and the command line.
const OF_THE_STORE: [&str; 9] = [
    "--store",
    "--help",
    "ANNALS_",
    "annals restore",
    "annals init",
    "annals import",
    "annals unfreeze",
    "annals views",
    "annals list` and",
];

/// The beginnings of the advice of the argument parser.
const ADVICE: [&str; 3] = ["\n\nUsage:", "\n\n  tip:", "\n\nFor more information"];

/// Rewrites the hints of an error and of the errors in it, or takes them away.
///
/// Of a message, the advice to read the help is left out, and `failures` is, because the message
/// has the same sentences.
pub(crate) fn rewrite_error(error: &mut Value) {
    match error {
        Value::Array(entries) => entries.iter_mut().for_each(rewrite_error),
        Value::Object(fields) => {
            fields.remove("failures");
            match fields.get_mut("hint") {
                Some(Value::String(hint)) if OF_THE_STORE.iter().any(|one| hint.contains(one)) => {
                    fields.remove("hint");
                }
                Some(Value::String(hint)) => *hint = rewritten(hint),
                _ => {}
            }
            if let Some(Value::String(message)) = fields.get_mut("message") {
                let end = ADVICE
                    .iter()
                    .filter_map(|advice| message.find(advice))
                    .min();
                message.truncate(end.unwrap_or(message.len()));
            }
            fields.values_mut().for_each(rewrite_error);
        }
        _ => {}
    }
}

/// Rewrites the next steps of a context.
pub(crate) fn rewrite_next(context: &mut Value) {
    let next = context.get_mut("next").and_then(Value::as_array_mut);
    for step in next.into_iter().flatten() {
        if let Some(call) = step.as_str().and_then(call) {
            *step = Value::String(call);
        }
    }
}

/// A text in which each command between backticks is a call.
fn rewritten(text: &str) -> String {
    // No tool lists all items.
    let text = text.replace(
        "`annals list` shows all items",
        "`search words=…` finds items",
    );
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        1 => call(part).unwrap_or_else(|| part.to_owned()),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The call for a command; `None` if no tool does it.
fn call(command: &str) -> Option<String> {
    let mut words = command.strip_prefix("annals ")?.split(' ');
    let name = words.next()?;
    let item = words
        .clone()
        .find(|word| !word.starts_with('-'))
        .unwrap_or("ITEM");
    Some(match name {
        "show" => format!("state_at item={item}"),
        "why" | "history" | "context" => format!("{name} item={item}"),
        "next" if command.ends_with("--claim") => "next claim=true".to_owned(),
        "next" => "next".to_owned(),
        "ready" => format!("next explain={item}"),
        "add" => "add title=…".to_owned(),
        "note" => format!("record item={item} note=…"),
        "test-run" if command.contains("FILE") => {
            format!("record item={item} lcov=FILE junit=FILE")
        }
        "test-run" => format!("record item={item} positive=… negative=… edge=… coverage=…"),
        name if MOVES.contains(&name) && command.contains("--reason") => {
            format!("move items=[{item}] to={name} reason=…")
        }
        name if MOVES.contains(&name) => format!("move items=[{item}] to={name}"),
        _ => return None,
    })
}
