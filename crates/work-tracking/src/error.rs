//! The error of the use cases.

use shared_kernel::aggregate::HistoryError;
use shared_kernel::snowflake::SnowflakeError;
use shared_kernel::store::Conflict;
use shared_kernel::{EventEnvelope, Inapplicable, RepositoryError, StoreError};
use thiserror::Error;
use work_item::{WorkItemError, WorkItemEvent, WorkItemId};

use crate::{ItemRef, RegisterError};

/// A use case failed. Nothing was written, unless the error is a [`Repository`](Self::Repository) one
/// whose [outcome is unknown](RepositoryError::is_outcome_unknown).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrackingError {
    /// The item refused the command.
    #[error(transparent)]
    Refused(#[from] WorkItemError),
    /// There is no such item.
    #[error("there is no item {item}")]
    NotFound {
        /// The item that was named.
        item: ItemRef,
    },
    /// The item did not exist yet at that moment.
    #[error("there was no item {item} yet")]
    NotYet {
        /// The item that was named.
        item: ItemRef,
    },
    /// The parent that an item was to be created in does not exist.
    #[error("there is no parent {parent}")]
    ParentNotFound {
        /// The parent that was named.
        parent: ItemRef,
    },
    /// The item that another one was to depend on, or to depend on no more, does not exist.
    #[error("there is no item {on} to depend on")]
    DependencyNotFound {
        /// The item that was named.
        on: ItemRef,
    },
    /// The history of an item names another one that is not there.
    #[error("an item names {item}, which is not there")]
    Dangling {
        /// The item that is not there.
        item: WorkItemId,
    },
    /// An item has another one among its children which does not lie in it; their histories
    /// contradict each other.
    #[error("{parent} counts {child} among its children, which does not lie in it")]
    NotItsChild {
        /// The item that says so.
        parent: WorkItemId,
        /// The item that says otherwise.
        child: WorkItemId,
    },
    /// Another writer was faster: where a version was named, or each time until the time limit.
    #[error("gave up{} after {attempts} attempt(s)", on(*item))]
    Conflict {
        /// The item that the command was for, as the caller named it; `None` where it was to be
        /// created. The stream of the conflict may be that of another one.
        item: Option<ItemRef>,
        /// The number of attempts.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// An item could not be loaded or saved.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The register of numbers cannot be read or written.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// No id could be made for a new item.
    #[error("no id can be made for a new item")]
    Id(#[from] SnowflakeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The kind of a failure, for callers that only choose a message or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The domain refused: another command, or more evidence, is needed.
    Refused,
    /// What was asked for is not there.
    NotFound,
    /// Another writer was faster: look again, decide again.
    Conflict,
    /// The store, or what lies in it, or the machine.
    Storage,
}

impl TrackingError {
    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Refused(_) => FailureKind::Refused,
            Self::NotFound { .. }
            | Self::NotYet { .. }
            | Self::ParentNotFound { .. }
            | Self::DependencyNotFound { .. }
            | Self::Repository(RepositoryError::NotFound { .. }) => FailureKind::NotFound,
            Self::Conflict { .. } | Self::Repository(RepositoryError::Conflict { .. }) => {
                FailureKind::Conflict
            }
            Self::Repository(_)
            | Self::Dangling { .. }
            | Self::NotItsChild { .. }
            | Self::Register(_)
            | Self::Id(_)
            | Self::Store(_) => FailureKind::Storage,
        }
    }

    /// The error of an event that does not fit the state before it.
    #[must_use]
    pub fn inapplicable(envelope: &EventEnvelope<WorkItemEvent>, source: Inapplicable) -> Self {
        HistoryError::Inapplicable {
            stream: envelope.stream.clone(),
            version: envelope.version,
            event_id: envelope.id,
            source,
        }
        .into()
    }

    /// The same, naming the item that the command was for; `None` where it was to be created.
    pub(crate) fn about(self, item: Option<ItemRef>) -> Self {
        match (self, item) {
            (Self::Repository(RepositoryError::Conflict { attempts, source }), item) => {
                Self::Conflict {
                    item,
                    attempts,
                    source,
                }
            }
            (Self::Repository(RepositoryError::NotFound { .. }), Some(item)) => {
                Self::NotFound { item }
            }
            (other, _) => other,
        }
    }
}

/// The item of a command that was given up, in words.
fn on(item: Option<ItemRef>) -> String {
    item.map_or_else(String::new, |item| format!(" on {item}"))
}

impl From<HistoryError> for TrackingError {
    fn from(error: HistoryError) -> Self {
        Self::Repository(error.into())
    }
}
