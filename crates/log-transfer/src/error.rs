//! The errors of exports and imports.

use shared_kernel::store::{InvalidPart, StoreId};
use shared_kernel::{AppendError, EventId, GlobalPosition, StoreError, StreamId, StreamVersion};
use thiserror::Error;

/// An export or an import failed. What an import has written so far stays; a repetition goes on
/// behind it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The export would begin or end behind the end of the log.
    #[error("position {asked} is behind the end of the log, which is at {head}")]
    BehindTheEnd {
        /// The position given.
        asked: GlobalPosition,
        /// The position of the last event, or 0.
        head: GlobalPosition,
    },
    /// The range of the export ends before it begins.
    #[error("the export would begin after position {after} and end at {through}")]
    Backward {
        /// The position before the first event.
        after: GlobalPosition,
        /// The position of the last event.
        through: GlobalPosition,
    },
    /// The store has returned no event at a position within the log. Check the store.
    #[error("the store returned no event at position {missing}, within its log")]
    Hole {
        /// The position.
        missing: GlobalPosition,
    },
    /// A line is not part of an export, or is not the next line of it.
    #[error(transparent)]
    Line(#[from] BadLine),
    /// The store ends before the export begins. Import what is in between first.
    #[error("the export begins at position {first}, and the store ends at {head}")]
    Gap {
        /// The first position of the export.
        first: GlobalPosition,
        /// The last position of the store, or 0.
        head: GlobalPosition,
    },
    /// The store has the id of the exported one, and another event at a position. One of the two
    /// logs has gone on by itself, for example because a program wrote into the new store before
    /// the last import.
    #[error(
        "the store and the export are of the same log, and have different events at position \
         {position}"
    )]
    Fork {
        /// The first position with different events.
        position: GlobalPosition,
    },
    /// The store has a stream of the same name with other events.
    #[error(
        "stream `{stream}` has other events here: it has {here} event(s), and its event {there} in \
         the export is not among them"
    )]
    Clash {
        /// The stream.
        stream: StreamId,
        /// The version of the stream in the store.
        here: StreamVersion,
        /// The version of the first event in the export that is not in the store.
        there: StreamVersion,
    },
    /// The store has an event id in another stream.
    #[error("the id {id} of an event of stream `{stream}` is recorded here in stream `{other}`")]
    IdElsewhere {
        /// The id.
        id: EventId,
        /// The stream in the export.
        stream: StreamId,
        /// The stream in the store.
        other: StreamId,
    },
    /// The store got another id during the import.
    #[error("the store has taken over the log {found} during the import of {expected}")]
    OtherLog {
        /// The id of the export.
        expected: StoreId,
        /// The id of the store.
        found: StoreId,
    },
    /// No store could have recorded these events.
    #[error(transparent)]
    Invalid(#[from] InvalidPart),
    /// The store refused an append.
    #[error(transparent)]
    Append(AppendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AppendError> for TransferError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => Self::Store(error),
            error => Self::Append(error),
        }
    }
}

/// A line is not part of an export, or is not the next line of it.
#[derive(Debug, Error)]
#[error("line {line}: {problem}")]
pub struct BadLine {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// The reason.
    pub problem: LineProblem,
}

/// The reason why a line is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// The first line does not begin an export.
    #[error(
        "this is no export of a log; the first line of one begins with {{\"format\":\"annals-export/"
    )]
    NotAnExport,
    /// A newer program made the export.
    #[error("the format of the export is {found}, and this program knows {known}; use a newer one")]
    OtherFormat {
        /// The format of the export.
        found: String,
        /// The format that this program knows.
        known: &'static str,
    },
    /// The check does not fit the line.
    #[error("the line was changed")]
    Changed,
    /// Another line is due.
    #[error(
        "it has position {found}, and {due} is due: a line is missing, doubled or out of place"
    )]
    OutOfPlace {
        /// The position of the line.
        found: GlobalPosition,
        /// The next position.
        due: GlobalPosition,
    },
    /// The line has a right check, and is no line of an export all the same.
    #[error("it is no line of an export: {0}")]
    Malformed(String),
    /// The last line contradicts the lines before it.
    #[error("the last line does not fit the lines before it: {0}")]
    Trailer(String),
    /// There is a line after the last one of an export.
    #[error("the export has ended before this line; import each export by itself")]
    AfterTheEnd,
    /// A line is longer than that of the largest event.
    #[error("the line is longer than that of any event")]
    TooLong,
    /// The lines end without the last line of an export.
    #[error("the export is cut: its last lines are missing")]
    Cut,
}
