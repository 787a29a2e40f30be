//! Owns the ways in which a repository can fail, one type for each thing that it does.

use thiserror::Error;

use crate::{
    AppendError, Conflict, EncodeError, HistoryError, InvalidText, StageError, StoreError, StreamId,
};

/// An aggregate could not be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no such aggregate, and the caller asked for one that there is.
    #[error("there is no aggregate in stream `{stream}`")]
    NotFound {
        /// The stream asked for.
        stream: StreamId,
    },
    /// The history does not fit the aggregate.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The event store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoadError {
    /// Whether doing the same again can succeed without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::NotFound { .. } | Self::History(_) => false,
        }
    }
}

/// An aggregate could not be saved; what is pending is pending still.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The append did not land, or nobody knows whether it did.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The pending events could not be made ready; the store was not touched.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Nobody knows whether an earlier append of this aggregate landed, and events were raised on
    /// top of it. Before it can go into one append with others, it has to be settled by a save of
    /// its own. The store was not touched.
    #[error("it is not known whether an earlier append to `{stream}` landed; save it alone first")]
    Unsettled {
        /// The stream of the aggregate.
        stream: StreamId,
    },
}

impl SaveError {
    /// The conflict, where that is what refused the append.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Append(AppendError::Conflict(conflict)) => Some(conflict),
            _ => None,
        }
    }

    /// Whether nobody knows if the append landed.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Append(AppendError::OutcomeUnknown { .. }))
    }

    /// This failure, coming after one that left the outcome of the very same append unknown. A
    /// conflict settles that it did not land; whatever else it is, it says nothing of that, so the
    /// outcome stays unknown.
    #[must_use]
    pub fn after_unknown_outcome(self) -> Self {
        match self {
            settled if settled.conflict().is_some() => settled,
            unknown if unknown.is_outcome_unknown() => unknown,
            other => Self::Append(AppendError::OutcomeUnknown {
                source: Box::new(other),
            }),
        }
    }

    /// Whether saving the very same aggregate again can succeed without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Append(error) => error.is_transient(),
            Self::Stage(_) | Self::Unsettled { .. } => false,
        }
    }
}

/// A command could not be executed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecuteError<E> {
    /// The domain refused the command; nothing was written.
    #[error(transparent)]
    Rejected(E),
    /// The aggregate could not be loaded, or there is none.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Another writer was faster, each time or where the caller had named a version; nothing was
    /// written.
    #[error("gave up after {attempts} attempt(s)")]
    Conflict {
        /// How many attempts were made.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// The aggregate could not be saved.
    ///
    /// Where the cause is [`AppendError::OutcomeUnknown`], the command may have taken effect: look
    /// before giving it again.
    #[error("gave up after {attempts} attempt(s)")]
    Save {
        /// How many attempts were made.
        attempts: u32,
        /// The last failure.
        source: SaveError,
    },
}

/// A snapshot could not be taken. The events are in the store all the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The repository was given no snapshot store.
    #[error("the repository has no snapshot store")]
    NoStore,
    /// Events are pending: a snapshot never holds what no store has acknowledged.
    #[error("events of `{stream}` are not saved yet")]
    Unsaved {
        /// The stream of the aggregate.
        stream: StreamId,
    },
    /// The type of the aggregate makes no valid name for the schema of its snapshots.
    #[error("the aggregate's type cannot name the schema of a snapshot")]
    Schema(#[from] InvalidText),
    /// The state cannot be written in the format.
    #[error("the state cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The snapshot store could not keep it.
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

    fn unknown() -> SaveError {
        AppendError::OutcomeUnknown {
            source: "lost".into(),
        }
        .into()
    }

    #[test]
    fn only_a_conflict_settles_that_an_append_did_not_land() {
        let busy = || {
            SaveError::from(AppendError::from(StoreError::Busy {
                location: "x".into(),
            }))
        };
        assert!(!busy().is_outcome_unknown());
        assert!(busy().after_unknown_outcome().is_outcome_unknown());
        assert!(unknown().after_unknown_outcome().is_outcome_unknown());
        let conflict = Conflict {
            stream: StreamId::new("s").unwrap(),
            expected: ExpectedVersion::NoStream,
            actual: StreamVersion::FIRST,
        };
        let settled = SaveError::from(AppendError::from(conflict)).after_unknown_outcome();
        assert!(settled.conflict().is_some());
    }
}
