//! Owns the events that every store gets: about 150 bytes of payload and 100 bytes of metadata.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

const NOTE: &str = "what was measured, what was left, what was noticed on the way; enough words \
    for a payload of some one hundred and fifty bytes";

/// An event before a store has taken it.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its identity, of version 7, so that ids rise with time.
    pub id: Uuid,
    /// The id of the command that it answers.
    pub correlation: Uuid,
}

impl Event {
    /// The name of its type.
    pub const TYPE: &'static str = "Counted";
    /// Who caused it.
    pub const ACTOR: &'static str = "measuring-program";

    fn new() -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            correlation: id,
        }
    }

    /// What happened.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload {
            amount: 1,
            note: NOTE.to_owned(),
        }
    }

    /// The payload as JSON.
    #[must_use]
    pub fn payload_text(&self) -> String {
        format!(r#"{{"amount":1,"note":"{NOTE}"}}"#)
    }

    /// The metadata as JSON, as our store writes it.
    #[must_use]
    pub fn metadata_text(&self) -> String {
        format!(
            r#"{{"correlation":"{}","actor":{{"kind":"agent","name":"{}"}}}}"#,
            self.correlation,
            Self::ACTOR
        )
    }
}

/// What happened, as a type that a codec writes and reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// How much was counted.
    pub amount: u64,
    /// What was said about it.
    pub note: String,
}

/// The name of a stream, as long as one with a snowflake id has.
#[must_use]
pub fn stream(category: &str, number: usize) -> String {
    format!("{category}-{number:019}")
}

/// Events for one stream.
#[derive(Debug, Clone)]
pub struct StreamWrite {
    /// Its name.
    pub stream: String,
    /// The version that it has to be at before.
    pub expected: u64,
    /// What is appended.
    pub events: Vec<Event>,
}

impl StreamWrite {
    /// New events for a stream.
    #[must_use]
    pub fn new(stream: String, expected: u64, events: usize) -> Self {
        let events = (0..events).map(|_| Event::new()).collect();
        Self {
            stream,
            expected,
            events,
        }
    }
}
