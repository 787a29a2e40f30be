//! Owns what can be wrong with a document, and with a wish.

use shared_kernel::GlobalPosition;
use thiserror::Error;

use crate::toon;

/// Why no events can be restored from a text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It is no TOON.
    #[error("the event tables are no TOON")]
    Toon(#[source] toon::DecodeError),
    /// It is no JSON of events with all their fields.
    #[error("the events are no JSON array of recorded events")]
    Json(#[from] serde_json::Error),
    /// It is a view: what the view left out cannot be restored.
    #[error("a view of events tells too little to restore them; render them without loss")]
    View,
    /// It is TOON of something else.
    #[error("the document has no key `event_log`, so it is no event tables")]
    NotAnEventLog,
    /// It is of a form that this version does not know.
    #[error("event tables of the unknown form `{found}`")]
    UnknownFormat {
        /// The form found.
        found: String,
    },
    /// What the document says once, for all tables, is missing or makes no sense.
    #[error("the key `{key}` of the document is missing or tells nothing")]
    DocumentKey {
        /// The key.
        key: &'static str,
    },
    /// A table has no rows.
    #[error("the table of `{event_type}` has no rows")]
    Table {
        /// The event type of the table.
        event_type: String,
    },
    /// A cell is missing or makes no sense.
    #[error("row {row} of `{event_type}` tells no {column}")]
    Cell {
        /// The event type of the table.
        event_type: String,
        /// The row in its table, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// Two rows tell the same place in the log.
    #[error("two events are said to be at position {position}")]
    RepeatedPosition {
        /// The place.
        position: GlobalPosition,
    },
    /// An event in JSON has not exactly one payload.
    #[error("event {event} has no payload, or one that cannot be read")]
    Payload {
        /// The event in the array, counted from 1.
        event: usize,
    },
}

/// Why events are not rendered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The budget is too small for the very line that says what was dropped.
    #[error("{budget} tokens are too few: to say what was dropped takes {needed}")]
    BudgetTooSmall {
        /// The tokens allowed.
        budget: usize,
        /// The tokens needed to say that all was dropped.
        needed: usize,
    },
    /// TOON could not be written.
    #[error("the event tables cannot be written as TOON")]
    Toon(#[from] toon::EncodeError),
    /// JSON could not be written.
    #[error("the events cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}
