//! The error of an unsound history.

use thiserror::Error;

use crate::codec::DecodeError;
use crate::{EventId, Inapplicable, StreamId, StreamVersion};

/// The history of an aggregate is unsound ([law 33](crate::laws#law-33)). Each variant names the
/// stream of the aggregate, and the version and id of the first event that does not fit.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The event belongs to another stream.
    #[error("event {event_id} at version {version} in the history of `{stream}` is of `{found}`")]
    ForeignStream {
        /// The stream that is loaded.
        stream: StreamId,
        /// The stream of the event.
        found: StreamId,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// Events are missing before this one. For example, version 5 follows version 3.
    #[error(
        "the history of `{stream}` has a gap: event {event_id} has version {version}, {expected} was due"
    )]
    Gap {
        /// The stream that is loaded.
        stream: StreamId,
        /// The expected version.
        expected: StreamVersion,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// The version is not higher than the one before.
    #[error(
        "the history of `{stream}` goes back: event {event_id} has version {version} after version {after}"
    )]
    NotIncreasing {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version of the event before it.
        after: StreamVersion,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
    },
    /// The event cannot be decoded: its type or schema is unknown, or its payload does not fit.
    #[error("event {event_id} at version {version} of `{stream}` cannot be read")]
    Undecodable {
        /// The stream that is loaded.
        stream: StreamId,
        /// The version of the event.
        version: StreamVersion,
        /// The event.
        event_id: EventId,
        /// The error of the codec.
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
        /// The reason that the aggregate gave.
        source: Inapplicable,
    },
}
