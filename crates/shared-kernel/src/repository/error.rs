//! The errors of the repository and of taking a snapshot.

use thiserror::Error;

use crate::aggregate::{HistoryError, StageError};
use crate::codec::EncodeError;
use crate::store::Conflict;
use crate::text::InvalidText;
use crate::{AppendError, Inapplicable, StoreError, StreamId};

/// The repository could not load, save or execute.
///
/// Nothing was written, unless [`is_outcome_unknown`](Self::is_outcome_unknown): then the events
/// may be recorded. Load the aggregate before you execute the command again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// The stream has no events, and the caller needs an aggregate.
    #[error("there is no aggregate in stream `{stream}`")]
    NotFound {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// A command that should create an aggregate returned no event.
    #[error("nothing was created in stream `{stream}`: the command returned no event")]
    NothingCreated {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// All events of the stream are unknown to this program, and its codec skips them. A new
    /// aggregate could contradict them.
    #[error(
        "the codec skipped all events of stream `{stream}`, because this program does not know \
         them; no aggregate is created there; update the program"
    )]
    SkippedBeginning {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// An aggregate was to be created in a stream whose records decode to no event
    /// ([law 54](crate::laws#law-54)). For example, a codec drops both records of the stream.
    #[error(
        "stream `{}` has {} record(s), and none of them decodes to an event; create the aggregate \
         after them with `execute_or_create`",
        source.stream,
        source.actual
    )]
    OnlyEmptyRecords {
        /// The conflict. Its actual version is the number of records.
        source: Conflict,
    },
    /// The history is unsound ([law 33](crate::laws#law-33)).
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The event store could not be read.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// Another writer was faster. The command named a version, or was to create an aggregate that
    /// exists, or lost every attempt until the [time limit](crate::repository::RetryPolicy).
    #[error("another writer was faster (attempts: {attempts})")]
    Conflict {
        /// The number of attempts.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// The append failed, and not by a conflict.
    #[error("the events could not be saved (attempts: {attempts})")]
    Append {
        /// The number of attempts.
        attempts: u32,
        /// The last failure; never a conflict.
        source: AppendError,
    },
    /// The pending events could not be encoded, or no id could be made for them.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The state cannot take an event that its own command returned: a bug of the aggregate. For
    /// example, a command dims a lamp to 0 %, and `apply` refuses 0 %.
    #[error("the state of `{stream}` cannot take an event that its own command returned")]
    Inapplicable {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The reason that the aggregate gave.
        source: Inapplicable,
    },
    /// An earlier append of this aggregate has an unknown outcome, and events were raised after it.
    /// Save the aggregate alone first, then together with others.
    #[error(
        "an earlier append to `{stream}` has an unknown outcome; save that aggregate alone first"
    )]
    EarlierOutcomeUnknown {
        /// The stream of the aggregate.
        stream: StreamId,
    },
}

impl RepositoryError {
    /// The conflict, if another writer was faster.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Conflict { source, .. } | Self::OnlyEmptyRecords { source } => Some(source),
            _ => None,
        }
    }

    /// Whether the events may be recorded in spite of the error.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let unknown = AppendError::is_outcome_unknown;
        matches!(self, Self::Append { source, .. } if unknown(source))
    }

    /// Whether the same load or save can succeed later, without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Read(error) => error.is_transient(),
            Self::Append { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// The error of one attempt to append.
    pub(super) fn of_append(error: AppendError) -> Self {
        match error {
            AppendError::Conflict(source) => Self::of_conflict(source),
            source => Self::Append {
                attempts: 1,
                source,
            },
        }
    }

    /// The conflict of one attempt.
    pub(super) fn of_conflict(source: Conflict) -> Self {
        Self::Conflict {
            attempts: 1,
            source,
        }
    }

    /// The same after a number of attempts.
    pub(super) fn after_attempts(mut self, made: u32) -> Self {
        if let Self::Conflict { attempts, .. } | Self::Append { attempts, .. } = &mut self {
            *attempts = made;
        }
        self
    }

    /// This failure, after an earlier attempt of the same append had an unknown outcome. A conflict
    /// proves that the append is not recorded. Any other failure proves nothing, so the outcome
    /// stays unknown.
    pub(super) fn after_unknown_outcome(self) -> Self {
        if self.conflict().is_some() || self.is_outcome_unknown() {
            return self;
        }
        Self::of_append(AppendError::OutcomeUnknown {
            source: Box::new(self),
        })
    }
}

/// A snapshot could not be taken. The events are recorded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The repository has no snapshot store.
    #[error("the repository has no snapshot store; add one with `with_snapshots`")]
    NoStore,
    /// Events are pending, and a snapshot holds acknowledged events only.
    #[error("events of `{stream}` are not saved yet; save them first")]
    Unsaved {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// The codec skipped events that this program does not know, so the state lacks them. A newer
    /// program would take the snapshot for the whole state.
    #[error(
        "the codec skipped events of `{stream}` that this program does not know, so its state is \
         no snapshot"
    )]
    SkippedEvents {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// [`Aggregate::TYPE`](crate::Aggregate::TYPE) is not a valid name of a state schema.
    #[error("the type of the aggregate is not a valid name for the schema of its snapshots")]
    Schema(#[from] InvalidText),
    /// The codec cannot encode the state.
    #[error("the state cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The snapshot store failed to save the snapshot.
    #[error("the snapshot could not be stored")]
    Save(#[source] StoreError),
    /// The snapshot is stored, but older ones could not be removed.
    #[error("older snapshots could not be removed")]
    Prune(#[source] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExpectedVersion, StreamVersion};

    fn unknown() -> RepositoryError {
        RepositoryError::of_append(AppendError::OutcomeUnknown {
            source: "lost".into(),
        })
    }

    #[test]
    fn only_a_conflict_proves_that_an_append_did_not_land() {
        let busy = || RepositoryError::of_append(StoreError::busy("x").into());
        assert!(!busy().is_outcome_unknown());
        assert!(busy().after_unknown_outcome().is_outcome_unknown());
        assert!(unknown().after_unknown_outcome().is_outcome_unknown());
        let conflict = AppendError::from(Conflict {
            stream: StreamId::new("s").unwrap(),
            expected: ExpectedVersion::NoStream,
            actual: StreamVersion::FIRST,
        });
        let settled = RepositoryError::of_append(conflict).after_unknown_outcome();
        assert!(settled.conflict().is_some());
    }
}
