//! The errors of a projector.

use shared_kernel::{EventId, GlobalPosition, StoreError};
use thiserror::Error;

use crate::{BatchError, Build, Failure, InvalidModelName, ModelName, ReadModelError};

/// A projection did not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The projection has no valid name.
    #[error(transparent)]
    Name(#[from] InvalidModelName),
    /// No build of this version was finished yet.
    #[error("the read model {model} has no rows of version {version} yet; catch up first")]
    NotBuilt {
        /// The read model.
        model: ModelName,
        /// The version of the projection.
        version: u32,
    },
    /// The rows were made by another definition of the same version.
    #[error(
        "the projection {} was changed without a new version; count its VERSION up.\n\
        The rows were made with\n{made_with}\nand the program has\n{now}",
        build.model
    )]
    Changed {
        /// The build.
        build: Build,
        /// The definition of the rows.
        made_with: String,
        /// The definition of the program.
        now: String,
    },
    /// The log has another event at the position of the rows, or none: it was restored or
    /// replaced.
    #[error(
        "the rows of {build} belong to another history: they end with event {known} at position \
        {at}, and the log has {}; build them again",
        found.map_or("no event there".to_owned(), |found| format!("event {found} there"))
    )]
    Stale {
        /// The build.
        build: Build,
        /// The position of the rows.
        at: GlobalPosition,
        /// The event of the rows at this position.
        known: EventId,
        /// The event of the log at this position.
        found: Option<EventId>,
    },
    /// An event cannot be applied.
    #[error("the projection has stopped: {0}")]
    Stopped(Failure),
    /// The tables of the projection could not be created.
    #[error("the tables of {build} cannot be created: {reason}")]
    Create {
        /// The build.
        build: Build,
        /// The error of the projection, with its sources.
        reason: String,
    },
    /// The position was not reached in time.
    #[error("position {position} was not reached in time; the rows are at position {at}")]
    TimedOut {
        /// The position that was waited for.
        position: GlobalPosition,
        /// The position of the rows.
        at: GlobalPosition,
    },
    /// No such event is parked, and the read model has not stopped at it.
    #[error("event {event} is not parked; `parked` and `live` name the events that can be skipped")]
    NotParked {
        /// The event.
        event: EventId,
    },
    /// A reason is needed to skip an event.
    #[error("a skipped event needs a reason; say why it is left out")]
    NoReason,
    /// There is no earlier build to return to.
    #[error("the read model {model} has no earlier build of version {version}")]
    NoEarlierBuild {
        /// The read model.
        model: ModelName,
        /// The version of the projection.
        version: u32,
    },
    /// Too many events were delivered and not acknowledged.
    #[error("{limit} events are delivered and not acknowledged; acknowledge some of them first")]
    TooManyInFlight {
        /// The most events that may be unacknowledged.
        limit: usize,
    },
    /// The log has a hole.
    #[error("the log has no event at position {missing}, although it has one at {found}")]
    HistoryGap {
        /// The position without an event.
        missing: GlobalPosition,
        /// The position of the event that was read instead.
        found: GlobalPosition,
    },
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// The rows could not be read or written.
    #[error(transparent)]
    Models(#[from] ReadModelError),
}

impl ProjectionError {
    /// Whether the same call can succeed soon, without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Log(error) => error.is_transient(),
            Self::Models(error) => error.is_transient() || error.is_lost_build(),
            _ => false,
        }
    }

    /// Whether a server is away, and may come back.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Log(StoreError::Unreachable { .. })
                | Self::Models(ReadModelError::Unreachable { .. })
        )
    }

    /// Whether another owner has taken the segment over.
    pub(super) fn is_fenced(&self) -> bool {
        matches!(self, Self::Models(ReadModelError::Fenced { .. }))
    }
}

impl ReadModelError {
    /// Whether another owner has changed the segment or the builds meanwhile.
    pub(crate) fn is_lost_build(&self) -> bool {
        matches!(
            self,
            Self::Fenced { .. }
                | Self::Moved { .. }
                | Self::NoSuchBuild { .. }
                | Self::Switched { .. }
        )
    }
}

impl From<BatchError> for ProjectionError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::HistoryGap { missing, found } => Self::HistoryGap { missing, found },
            BatchError::Log(error) => Self::Log(error),
        }
    }
}
