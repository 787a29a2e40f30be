//! Keys that make commands repeatable, and their records in the log.
//!
//! The record of a key is the only event of a stream, and is written in the append of the command:
//!
//! ```text
//! annals start 7 --key a1      append  work_item-… : StatusChanged, WorkItemAssigned
//!                                      command_key-<hash of a1>, expected empty: CommandDone
//! ```
//!
//! So either all of it is there or nothing, also after a crash. Of two processes with the same key
//! one writes; the other one meets a conflict, reads the record, and gives the answer of the first.
//! A refused command writes nothing, so it is not remembered.

use std::str::FromStr;
use std::sync::Arc;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serialization::JsonEventCodec;
use sha2::{Digest, Sha256};
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventIdGenerator;
use shared_kernel::random::SystemRandomness;
use shared_kernel::repository::AsOf;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::StreamQuery;
use shared_kernel::time::Clock;
use shared_kernel::{
    Append, DomainEvent, EventStore, EventStoreExt, ExpectedVersion, Metadata, NewEvent, StreamId,
    StreamVersion,
};
use thiserror::Error;
use work_item::{OpenItem, Status, WorkItemId};
use work_tracking::{CommandOutcome, ItemRef, TrackedItem, WorkTracker};

use crate::command_error::CommandError;
use crate::run_error::RunError;

/// The key of a command: one line of 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandKey(String);

/// The text is not a key.
#[derive(Debug, Error)]
#[error("a key has 1 to 200 characters, and no control characters")]
pub(crate) struct InvalidKey;

impl FromStr for CommandKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_one_line = !text.contains(char::is_control);
        match is_one_line && (1..=200).contains(&text.chars().count()) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidKey),
        }
    }
}

/// An event of a key. Its names are the stored format and must not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
enum CommandKeyEvent {
    /// The command of the key was done.
    CommandDone {
        key: String,
        /// The SHA-256 hash of the command with all of its arguments.
        arguments: String,
        /// Whether the command created the store.
        created_store: bool,
        /// The answers, one for each item.
        answers: Vec<KeptAnswer>,
    },
}

/// All that an answer needs besides the events of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptAnswer {
    item: Snowflake,
    /// The version after the command.
    version: u64,
    /// The number of its events in the command.
    events: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open_blockers: Vec<KeptBlocker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_parent: Option<KeptItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    now_ready: Vec<KeptItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptBlocker {
    item: WorkItemId,
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptItem {
    item: Snowflake,
    version: u64,
}

/// What a command has done, item by item.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answers: Vec<Answer>,
    /// Whether the command created the store.
    pub(crate) created_store: bool,
}

/// What a command has done to an item.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: CommandOutcome,
    /// The items that are ready because the item is closed.
    pub(crate) now_ready: Vec<TrackedItem>,
}

/// The key of a command, and the hash of its arguments.
pub(crate) struct KeyedCommand {
    key: CommandKey,
    arguments: String,
    stream: StreamId,
    codec: JsonEventCodec<CommandKeyEvent>,
}

/// A record of a command that was done.
pub(crate) struct KeptCommand {
    created_store: bool,
    answers: Vec<KeptAnswer>,
}

impl KeyedCommand {
    /// The command with a key; `arguments` is the canonical text of all of its arguments.
    pub(crate) fn new(key: &CommandKey, arguments: &str) -> Result<Self, RunError> {
        let name = format!("command_key-{}", &hex(&Sha256::digest(&key.0))[..32]);
        Ok(Self {
            key: key.clone(),
            arguments: hex(&Sha256::digest(arguments)),
            stream: StreamId::new(name)?,
            codec: JsonEventCodec::new().map_err(|error| RunError::Internal(error.into()))?,
        })
    }

    /// The record of the command, if it was done.
    ///
    /// # Errors
    /// [`CommandError::KeyReused`] if another command was done under the key.
    pub(crate) async fn find(
        &self,
        events: &Arc<dyn EventStore>,
    ) -> Result<Option<KeptCommand>, RunError> {
        let query = StreamQuery::new(self.stream.clone()).limit(1);
        let Some(recorded) = events.read_stream(query).try_next().await? else {
            return Ok(None);
        };
        let decoded = self.codec.decode(&recorded).ok();
        let Some(CommandKeyEvent::CommandDone {
            key,
            arguments,
            created_store,
            answers,
        }) = decoded.and_then(|events| events.into_single())
        else {
            let key = self.key.0.clone();
            return Err(CommandError::KeyUnreadable { key }.into());
        };
        if (&key, &arguments) != (&self.key.0, &self.arguments) {
            return Err(CommandError::KeyReused { key }.into());
        }
        Ok(Some(KeptCommand {
            created_store,
            answers,
        }))
    }

    /// The append of the record.
    pub(crate) fn record(
        &self,
        done: &Done,
        clock: &Arc<dyn Clock>,
        metadata: &Metadata,
    ) -> Result<Append, RunError> {
        let event = CommandKeyEvent::CommandDone {
            key: self.key.0.clone(),
            arguments: self.arguments.clone(),
            created_store: done.created_store,
            answers: done.answers.iter().map(KeptAnswer::of).collect(),
        };
        let internal = |error: Box<dyn std::error::Error + Send + Sync>| RunError::Internal(error);
        let encoded = self.codec.encode(&event);
        let encoded = encoded.map_err(|error| internal(error.into()))?;
        let ids = EventIdGenerator::new(Arc::clone(clock), Arc::new(SystemRandomness));
        let id = ids.generate().map_err(|error| internal(error.into()))?;
        let event = NewEvent::new(id, encoded.event_type, encoded.payload)
            .with_schema_version(encoded.schema_version)
            .with_metadata(metadata.clone());
        let stream = self.stream.clone();
        Ok(Append::new().write(stream, ExpectedVersion::NoStream, vec![event]))
    }
}

impl KeptCommand {
    /// The answer of the command as it was, from the events of the log.
    pub(crate) async fn done(self, tracker: &WorkTracker) -> Result<Done, RunError> {
        let mut answers = Vec::with_capacity(self.answers.len());
        for kept in self.answers {
            answers.push(kept.answer(tracker).await?);
        }
        Ok(Done {
            answers,
            created_store: self.created_store,
        })
    }
}

impl KeptAnswer {
    fn of(Answer { outcome, now_ready }: &Answer) -> Self {
        let blocker = |open: &OpenItem| KeptBlocker {
            item: open.id,
            status: open.status,
        };
        Self {
            item: outcome.item.id().snowflake(),
            version: outcome.version.get(),
            events: outcome.events.len() as u64,
            open_blockers: outcome.open_blockers.iter().map(blocker).collect(),
            changed_parent: outcome.changed_parent.as_ref().map(KeptItem::from),
            now_ready: now_ready.iter().map(KeptItem::from).collect(),
        }
    }

    async fn answer(self, tracker: &WorkTracker) -> Result<Answer, RunError> {
        let version = StreamVersion::new(self.version)?;
        let (item, then) = (ItemRef::Id(self.item), AsOf::Version(version));
        let tracked = tracker.show_as_of(item, then).await?;
        let before = self.version.saturating_sub(self.events);
        let history = tracker.history_as_of(item, then).await?;
        let events = history.try_filter_map(async |envelope| {
            Ok((envelope.version.get() > before).then_some(envelope.event))
        });
        let open = |blocker: KeptBlocker| OpenItem {
            id: blocker.item,
            status: blocker.status,
        };
        let changed_parent = match self.changed_parent {
            None => None,
            Some(parent) => Some(parent.shown(tracker).await?),
        };
        let mut now_ready = Vec::with_capacity(self.now_ready.len());
        for item in self.now_ready {
            now_ready.push(item.shown(tracker).await?);
        }
        let outcome = CommandOutcome {
            item: tracked.item,
            version: tracked.version,
            events: events.try_collect().await?,
            open_blockers: self.open_blockers.into_iter().map(open).collect(),
            changed_parent,
        };
        Ok(Answer { outcome, now_ready })
    }
}

impl From<&TrackedItem> for KeptItem {
    fn from(tracked: &TrackedItem) -> Self {
        Self {
            item: tracked.item.id().snowflake(),
            version: tracked.version.get(),
        }
    }
}

impl KeptItem {
    /// The item as it was.
    async fn shown(self, tracker: &WorkTracker) -> Result<TrackedItem, RunError> {
        let then = AsOf::Version(StreamVersion::new(self.version)?);
        Ok(tracker.show_as_of(ItemRef::Id(self.item), then).await?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_format_of_a_record_does_not_change() {
        let event = CommandKeyEvent::CommandDone {
            key: "a1".to_owned(),
            arguments: "00".to_owned(),
            created_store: false,
            answers: vec![KeptAnswer {
                item: Snowflake::new(7001).unwrap(),
                version: 3,
                events: 2,
                open_blockers: Vec::new(),
                changed_parent: Some(KeptItem {
                    item: Snowflake::new(7000).unwrap(),
                    version: 2,
                }),
                now_ready: vec![KeptItem {
                    item: Snowflake::new(7002).unwrap(),
                    version: 4,
                }],
            }],
        };
        let json = concat!(
            r#"{"CommandDone":{"key":"a1","arguments":"00","created_store":false,"answers":["#,
            r#"{"item":"7001","version":3,"events":2,"changed_parent":{"item":"7000","version":2},"#,
            r#""now_ready":[{"item":"7002","version":4}]}]}}"#
        );
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<CommandKeyEvent>(json).unwrap(),
            event
        );
    }

    #[test]
    fn a_key_is_one_line() {
        let most = "ä".repeat(200);
        for text in ["a", "run 7/step 3", &most] {
            assert!(text.parse::<CommandKey>().is_ok(), "{text}");
        }
        for text in ["", "a\nb", &"x".repeat(201)] {
            assert!(text.parse::<CommandKey>().is_err(), "{text}");
        }
    }
}
