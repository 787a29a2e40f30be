//! The refusals of commands on several items, under a key, or on the basis of a handle.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use serialization::tokens::{O200kBase, TokenCounter};
use shared_kernel::StreamVersion;
use thiserror::Error;

use crate::context::shorten;
use crate::handle::Handle;

/// A command was refused, and nothing was written.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    /// A version is that of one item.
    #[error("--expect needs a command on one item")]
    ExpectWithSeveral,
    /// A server that only reads was asked for tools that write.
    #[error("with --read-only, no tool writes, and --allow has {tools}")]
    ToolsThatWrite {
        /// The names of the tools, with commas between them.
        tools: String,
    },
    /// A command that writes nothing has no key.
    #[error("what-if writes nothing, so it takes no --key")]
    KeyOfNothing,
    /// Another command was done under the key.
    #[error("the key {key} was used for another command")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The record of a key cannot be used.
    #[error("the record of the key {key} cannot be read")]
    KeyUnreadable {
        /// The key.
        key: String,
    },
    /// Some citations lead to no event.
    #[error("{count} citation(s) of the text lead to no event")]
    Unresolved {
        /// Their number.
        count: usize,
    },
    /// The log has no such position yet.
    #[error("the handle {handle} is not from this store: its log ends at @{end}")]
    HandleAhead {
        /// The handle.
        handle: Handle,
        /// The last position of the log.
        end: u64,
    },
    /// Some of the items refused the command.
    #[error("{} of {of} items refused the command, so nothing was changed", refused.len())]
    SeveralRefused {
        /// The number of items.
        of: usize,
        /// The items that refused it.
        refused: Vec<RefusedItem>,
    },
    /// The item has changed since the handle.
    #[error("{item} has changed since {seen}: it had version {from}, and has version {to} now")]
    ChangedSince {
        /// The item, as the user named it.
        item: String,
        /// The handle.
        seen: Handle,
        /// The version at the handle.
        from: StreamVersion,
        /// The present version.
        to: StreamVersion,
        /// The newest events since then.
        changes: Vec<SeenChange>,
        /// The number of events before those.
        earlier: usize,
    },
}

/// An item that refused a command.
#[derive(Debug)]
pub(crate) struct RefusedItem {
    /// The item, as the user named it.
    pub(crate) item: String,
    pub(crate) exit_code: u8,
    /// The message for people.
    pub(crate) lines: Vec<String>,
    /// The content of the error object for programs.
    pub(crate) error: Value,
}

/// An event since a handle.
#[derive(Debug, Clone, JsonSchema, Serialize)]
pub(crate) struct SeenChange {
    pub(crate) version: u64,
    pub(crate) actor: Option<String>,
    pub(crate) event_type: &'static str,
    pub(crate) what: String,
}

/// The largest number of tokens of the changes since a handle. With the message and the hint, the
/// refusal has at most 300.
const MOST_TOKENS: usize = 190;
/// The longest text of a change, in characters.
const LONGEST: usize = 60;

impl CommandError {
    /// The refusal of a command on the basis of a handle. It drops the oldest changes if they would
    /// be too long.
    pub(crate) fn changed_since(
        item: String,
        seen: Handle,
        (from, to): (StreamVersion, StreamVersion),
        changes: Vec<SeenChange>,
    ) -> Self {
        let short = |change: SeenChange| SeenChange {
            what: shorten(&change.what, LONGEST).into_owned(),
            actor: change
                .actor
                .map(|name| shorten(&name, LONGEST).into_owned()),
            ..change
        };
        let mut changes: Vec<_> = changes.into_iter().map(short).collect();
        let all = changes.len();
        // Each change has more than five tokens.
        changes.drain(..all.saturating_sub(MOST_TOKENS / 5));
        let counter = O200kBase::new();
        while changes.len() > 1 && counter.count(&json!(changes).to_string()) > MOST_TOKENS {
            changes.remove(0);
        }
        if counter.count(&json!(changes).to_string()) > MOST_TOKENS {
            changes.clear();
        }
        let earlier = all - changes.len();
        Self::ChangedSince {
            item,
            seen,
            from,
            to,
            changes,
            earlier,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::ExpectWithSeveral | Self::ToolsThatWrite { .. } | Self::KeyOfNothing => 2,
            Self::HandleAhead { .. } | Self::Unresolved { .. } => 3,
            Self::KeyReused { .. } | Self::ChangedSince { .. } => 4,
            Self::KeyUnreadable { .. } => 5,
            Self::SeveralRefused { refused, .. } => {
                refused.iter().map(|one| one.exit_code).max().unwrap_or(3)
            }
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::ExpectWithSeveral => "use --seen with the handle of a context".to_owned(),
            Self::KeyOfNothing => "omit --key".to_owned(),
            Self::ToolsThatWrite { .. } => "omit these tools, or --read-only".to_owned(),
            Self::KeyReused { .. } => {
                "a repetition needs the same actor and arguments; use a new key for a new command"
                    .to_owned()
            }
            Self::HandleAhead { .. } => "`annals context ITEM` shows a handle".to_owned(),
            Self::Unresolved { .. } => {
                "correct them; `annals context ITEM` shows versions".to_owned()
            }
            Self::ChangedSince { item, .. } => {
                format!("decide again; `annals context {item}` shows it as it is now")
            }
            Self::SeveralRefused { .. } | Self::KeyUnreadable { .. } => return None,
        })
    }

    /// The lines below the message for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::SeveralRefused { refused, .. } => refused
                .iter()
                .flat_map(|one| {
                    let first = one.lines.first().map(String::as_str).unwrap_or_default();
                    let first = format!("  - {}: {first}", one.item);
                    let rest = one.lines.iter().skip(1).map(|line| format!("  {line}"));
                    std::iter::once(first).chain(rest)
                })
                .collect(),
            Self::ChangedSince {
                changes, earlier, ..
            } => {
                let dropped = (*earlier > 0).then(|| format!("  - {earlier} earlier event(s)"));
                let line = |one: &SeenChange| {
                    let by = one
                        .actor
                        .as_ref()
                        .map_or_else(String::new, |by| format!(" by {by}"));
                    format!(
                        "  - version {}{by}: {} {}",
                        one.version, one.event_type, one.what
                    )
                };
                dropped
                    .into_iter()
                    .chain(changes.iter().map(line))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The further fields of the error object for programs.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::SeveralRefused { refused, .. } => {
                let one = |one: &RefusedItem| {
                    let mut error = one.error.clone();
                    error["item"] = json!(one.item);
                    error
                };
                vec![("refused", refused.iter().map(one).collect())]
            }
            Self::ChangedSince {
                changes,
                earlier,
                to,
                ..
            } => vec![
                ("version", json!(to.get())),
                ("changes", json!(changes)),
                ("earlier_changes", json!(earlier)),
            ],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_since_a_handle_have_few_tokens() {
        let change = |version: u64, text: &str| SeenChange {
            version,
            actor: Some("\u{1f980}".repeat(100)),
            event_type: "NoteAdded",
            what: text.repeat(100),
        };
        for text in ["word ", "\u{0}", "漢🦀\"", "\\"] {
            let changes = (1..=500).map(|version| change(version, text)).collect();
            let seen = "@4611686018427387903".parse().unwrap();
            let versions = (StreamVersion::from(3), StreamVersion::MAX);
            let error = CommandError::changed_since("WORK-001".to_owned(), seen, versions, changes);
            let fields: serde_json::Map<_, _> = error
                .fields()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let object = json!({"error": {
                "kind": "conflict", "exit_code": 4, "message": error.to_string(),
                "hint": error.hint(), "fields": fields,
            }});
            let tokens = O200kBase::new().count(&object.to_string());
            assert!(tokens <= 300, "{tokens}: {object}");
            let CommandError::ChangedSince {
                changes, earlier, ..
            } = error
            else {
                panic!("another error")
            };
            assert_eq!(changes.len() + earlier, 500);
        }
    }
}
