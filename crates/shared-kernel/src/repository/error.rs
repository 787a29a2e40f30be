//! The error of the repository, and that of taking a snapshot.

use thiserror::Error;

use crate::aggregate::{HistoryError, StageError};
use crate::codec::EncodeError;
use crate::store::Conflict;
use crate::text::InvalidText;
use crate::{AppendError, Inapplicable, StoreError, StreamId};

/// The repository could not load, save or execute.
///
/// Nothing was written, unless [`is_outcome_unknown`](Self::is_outcome_unknown): then the command
/// may have taken effect; look before giving it again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// The stream has no aggregate, and the caller needs one.
    #[error("there is no aggregate in stream `{stream}`")]
    NotFound {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// A command that should create an aggregate decided on no event.
    #[error("nothing was created in stream `{stream}`: the command decided on no event")]
    NothingCreated {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// The history does not fit the aggregate.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The event store could not be read.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// Another writer was faster: where the caller named a version, where the aggregate to be
    /// created exists, or each time until the [time limit](crate::repository::RetryPolicy).
    #[error("another writer was faster (attempts: {attempts})")]
    Conflict {
        /// The number of attempts.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// The append failed otherwise.
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
    /// The state cannot take an event that its own command decided on: a bug of the aggregate,
    /// whose `apply` does not follow its commands.
    #[error("the state of `{stream}` cannot take an event that its own command decided on")]
    Inapplicable {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The reason that the aggregate gave.
        source: Inapplicable,
    },
    /// An earlier append of this aggregate has an unknown outcome, and events were raised after it.
    /// Save the aggregate alone first, then together with others.
    #[error("it is not known whether an earlier append to `{stream}` landed; save it alone first")]
    Unsettled {
        /// The stream of the aggregate.
        stream: StreamId,
    },
}

impl RepositoryError {
    /// The conflict, where another writer was faster.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Conflict { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether the events may be in the store all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let unknown = AppendError::is_outcome_unknown;
        matches!(self, Self::Append { source, .. } if unknown(source))
    }

    /// Whether the very same load or save can succeed later without any change.
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

    /// This failure, coming after one that left the outcome of the very same append unknown. A
    /// conflict proves that the append did not land. Any other failure proves nothing, so the
    /// outcome stays unknown.
    pub(super) fn after_unknown_outcome(self) -> Self {
        if self.conflict().is_some() || self.is_outcome_unknown() {
            return self;
        }
        Self::of_append(AppendError::OutcomeUnknown {
            source: Box::new(self),
        })
    }
}

/// A snapshot could not be taken. The events are in the store all the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The repository has no snapshot store.
    #[error("the repository has no snapshot store")]
    NoStore,
    /// Events are pending, and a snapshot holds acknowledged events only.
    #[error("events of `{stream}` are not saved yet; save them first")]
    Unsaved {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// The type of the aggregate is no valid name for the schema of its snapshots.
    #[error("the aggregate's type cannot name the schema of a snapshot")]
    Schema(#[from] InvalidText),
    /// The state cannot be written in the format.
    #[error("the state cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The snapshot store failed to save it.
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
        let busy = || {
            let location = "x".into();
            RepositoryError::of_append(StoreError::Busy { location }.into())
        };
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
