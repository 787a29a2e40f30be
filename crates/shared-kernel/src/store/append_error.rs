//! The error of an append.

use thiserror::Error;

use crate::codec::FormatError;
use crate::store::{Conflict, InvalidAppend};
use crate::{EventId, StoreError, StreamId};

/// An append failed. Except for [`OutcomeUnknown`](Self::OutcomeUnknown), nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// An expectation was wrong: load again, and decide again.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// An event id is recorded already, with other content, in another stream, or without the other
    /// events of this append ([law 13](crate::laws#law-13)).
    #[error(
        "event id {event_id} is already used in stream `{stream}`, for another event or append"
    )]
    IdReused {
        /// The recorded id.
        event_id: EventId,
        /// The stream in which it is recorded.
        stream: StreamId,
    },
    /// Every store refuses this append.
    #[error(transparent)]
    Invalid(#[from] InvalidAppend),
    /// The events may be recorded or not, for example because the disk failed during the commit.
    /// Append the same events again: if they are recorded, that is a repetition
    /// ([law 14](crate::laws#law-14)).
    #[error("the outcome of the append is unknown; append the same events again to find out")]
    OutcomeUnknown {
        /// The failure that hides the outcome.
        source: FormatError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppendError {
    /// Whether the events may be recorded in spite of the error.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. })
    }

    /// Whether the same append, with the same event ids, can succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::OutcomeUnknown { .. } => true,
            Self::Store(error) => error.is_transient(),
            Self::Conflict(_) | Self::IdReused { .. } | Self::Invalid(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use jiff::Timestamp;

    use super::*;
    use crate::{ExpectedVersion, StreamVersion};

    fn stream() -> StreamId {
        StreamId::new("a").unwrap()
    }

    fn busy() -> StoreError {
        StoreError::busy("here")
    }

    fn closed() -> StoreError {
        StoreError::Closed {
            location: "here".into(),
        }
    }

    #[test]
    fn only_an_unknown_outcome_and_a_busy_store_are_transient() {
        let unknown = AppendError::OutcomeUnknown {
            source: "lost".into(),
        };
        assert!(unknown.is_transient());
        assert!(AppendError::from(busy()).is_transient());
        let conflict = Conflict {
            stream: stream(),
            expected: ExpectedVersion::NoStream,
            actual: StreamVersion::FIRST,
        };
        let invalid = InvalidAppend::StreamRepeated { stream: stream() };
        let reused = AppendError::IdReused {
            event_id: EventId::from_parts(Timestamp::UNIX_EPOCH, [1; 10]),
            stream: stream(),
        };
        for error in [conflict.into(), invalid.into(), reused, closed().into()] {
            assert!(!AppendError::is_transient(&error), "{error:?}");
        }
    }

    #[test]
    fn the_failure_behind_an_unknown_outcome_is_the_source() {
        let unknown = AppendError::OutcomeUnknown {
            source: Box::new(closed()),
        };
        let source = unknown
            .source()
            .and_then(|source| source.downcast_ref::<StoreError>());
        assert!(matches!(source, Some(StoreError::Closed { .. })));
    }
}
