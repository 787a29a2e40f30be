//! The errors of rendering and of restoring events.

use shared_kernel::GlobalPosition;
use thiserror::Error;

use crate::toon;

/// The reason why a text cannot be restored to events.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The text is not valid TOON.
    #[error("the event tables are not valid TOON")]
    Toon(#[source] toon::DecodeError),
    /// The text is not a JSON array of events with all their fields.
    #[error("the events are not a JSON array of recorded events")]
    Json(#[from] serde_json::Error),
    /// The text is a view, which leaves out data.
    #[error("a view of events cannot be restored; render the events without loss")]
    View,
    /// The text is another TOON document.
    #[error("the document has no key `event_log`, so it has no event tables")]
    NotAnEventLog,
    /// This version does not know the format of the tables.
    #[error("the event tables have the unknown format `{found}`")]
    UnknownFormat {
        /// The format in the document.
        found: String,
    },
    /// A key outside the tables, for example `since`, is missing or has an invalid value.
    #[error("the key `{key}` of the document is missing or invalid")]
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
    /// A cell is missing or invalid.
    #[error("row {row} of `{event_type}`: the column `{column}` is missing or invalid")]
    Cell {
        /// The event type of the table.
        event_type: String,
        /// The row in its table, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// Two rows have the same position in the log.
    #[error("two events have the position {position}")]
    RepeatedPosition {
        /// The position.
        position: GlobalPosition,
    },
    /// An event in JSON does not have exactly one payload, or its hexadecimal digits are invalid.
    #[error("event {event} needs exactly one valid payload, payload_text or payload_hex")]
    Payload {
        /// The event in the array, counted from 1.
        event: usize,
    },
}

/// The reason why events cannot be rendered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The budget is too small even for the line that lists the dropped content.
    #[error("a budget of {budget} tokens is too small; the list of dropped content takes {needed}")]
    BudgetTooSmall {
        /// The tokens allowed.
        budget: usize,
        /// The tokens needed to say that everything was dropped.
        needed: usize,
    },
    /// TOON could not be written.
    #[error("the event tables cannot be written as TOON")]
    Toon(#[from] toon::EncodeError),
    /// JSON could not be written.
    #[error("the events cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}
