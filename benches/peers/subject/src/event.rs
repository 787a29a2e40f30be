//! The measured events: about 150 bytes of payload and 100 bytes of metadata each.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

const NOTE: &str = "what was measured, what was left, what was noticed on the way; enough words \
    for a payload of some one hundred and fifty bytes";

/// An event to append.
#[derive(Debug, Clone)]
pub struct Event {
    /// The event id, a UUID of version 7: ids rise with time.
    pub id: Uuid,
    /// The id of its command.
    pub correlation: Uuid,
}

impl Event {
    /// The event type.
    pub const TYPE: &'static str = "Counted";
    /// The actor.
    pub const ACTOR: &'static str = "measuring-program";

    fn new() -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            correlation: id,
        }
    }

    /// The payload.
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

/// The payload as a type for a codec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The counted amount.
    pub amount: u64,
    /// A note about it.
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
    /// The name of the stream.
    pub stream: String,
    /// The expected version before the append.
    pub expected: u64,
    /// The events to append.
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
