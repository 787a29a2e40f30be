//! Owns the ways in which a history does not fit the aggregate that is loaded from it.

use thiserror::Error;

use crate::codec::DecodeError;
use crate::{EventId, Inapplicable, StreamId, StreamVersion};

/// A history does not fit ([law 33](crate::laws#law-33)). Each variant names the stream that was
/// loaded, and the version and id of the event that does not fit.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The event is of another stream than the one that is loaded.
    #[error("event {event_id} at version {version} in the history of `{stream}` is of `{found}`")]
    ForeignStream {
        /// The stream that is loaded.
        stream: StreamId,
        /// The stream that the event is in.
        found: StreamId,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// Events are missing before this one.
    #[error(
        "the history of `{stream}` has a gap: event {event_id} has version {version}, {expected} was due"
    )]
    Gap {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version that was due.
        expected: StreamVersion,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// The version does not come after the one before: it is the same or a lower one.
    #[error(
        "the history of `{stream}` goes back: event {event_id} has version {version} after version {after}"
    )]
    NotIncreasing {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version that the history had reached.
        after: StreamVersion,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// The event cannot be read: its type or schema is unknown, or its payload does not fit.
    #[error("event {event_id} at version {version} of `{stream}` cannot be read")]
    Undecodable {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
        /// What the codec said.
        source: DecodeError,
    },
    /// The state cannot take the event.
    #[error("event {event_id} at version {version} of `{stream}` does not fit the state")]
    Inapplicable {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
        /// What the aggregate said.
        source: Inapplicable,
    },
}
