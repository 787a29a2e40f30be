//! Owns the ways in which a use case can fail.

use shared_kernel::{
    Conflict, ExecuteError, FormatError, HistoryError, Inapplicable, LoadError,
    RandomnessUnavailable, SaveError, SnowflakeError, StoreError, StreamId,
};
use thiserror::Error;
use work_item::{WorkItemError, WorkItemId};

use crate::{ItemRef, RegisterError};

/// A use case failed. But for a [`Save`](Self::Save) whose outcome is unknown, nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrackingError {
    /// The item refused the command.
    #[error(transparent)]
    Refused(#[from] WorkItemError),
    /// There is no such item.
    #[error("there is no item {item}")]
    NotFound {
        /// The item asked for.
        item: ItemRef,
    },
    /// There was no such item yet at the moment asked about.
    #[error("there was no item {item} yet")]
    NotYet {
        /// The item asked for.
        item: ItemRef,
    },
    /// The parent that an item was to be created in does not exist.
    #[error("there is no parent {parent}")]
    ParentNotFound {
        /// The parent asked for.
        parent: ItemRef,
    },
    /// The item that another one was to depend on, or to depend on no more, does not exist.
    #[error("there is no item {on} to depend on")]
    DependencyNotFound {
        /// The item asked for.
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
    /// Another writer was faster, each time or where a version was named.
    #[error("gave up{} after {attempts} attempt(s)", on(*item))]
    Conflict {
        /// The item that the command was for, as the caller named it; `None` where it was to be
        /// created. The stream of the conflict may be that of another one.
        item: Option<ItemRef>,
        /// How many attempts were made.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// An item could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What was decided could not be saved.
    #[error("gave up after {attempts} attempt(s)")]
    Save {
        /// How many attempts were made.
        attempts: u32,
        /// The last failure.
        source: SaveError,
    },
    /// A command failed in another way that the repository knows of.
    #[error("the command failed")]
    Command {
        /// What the repository said.
        source: FormatError,
    },
    /// An item cannot take an event that it decided on; the program and its history differ.
    #[error("an event that was decided on does not fit `{stream}`")]
    Inapplicable {
        /// The stream of the item.
        stream: StreamId,
        /// What the item said.
        source: Inapplicable,
    },
    /// The register of numbers cannot be read or written.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// There is no id to be had for a new item.
    #[error("no id can be made for a new item")]
    Id(#[from] SnowflakeError),
    /// There is no chance to be had for the id of a command.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What kind of failure it is, for those who only have to choose what to say.
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
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Refused(_) => FailureKind::Refused,
            Self::NotFound { .. }
            | Self::NotYet { .. }
            | Self::ParentNotFound { .. }
            | Self::DependencyNotFound { .. }
            | Self::Load(LoadError::NotFound { .. }) => FailureKind::NotFound,
            Self::Conflict { .. } => FailureKind::Conflict,
            Self::Load(_)
            | Self::Save { .. }
            | Self::Command { .. }
            | Self::Inapplicable { .. }
            | Self::Dangling { .. }
            | Self::NotItsChild { .. }
            | Self::Register(_)
            | Self::Id(_)
            | Self::Randomness(_)
            | Self::Store(_) => FailureKind::Storage,
        }
    }

    /// Whether doing the same again can succeed without anybody's help.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Load(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }

    /// What a command on an item failed with.
    pub(crate) fn of_command(error: ExecuteError<Refusal>, item: ItemRef) -> Self {
        match error {
            ExecuteError::Rejected(Refusal::Refused(error)) => Self::Refused(error),
            ExecuteError::Rejected(Refusal::Inapplicable { stream, source }) => {
                Self::Inapplicable { stream, source }
            }
            ExecuteError::Load(LoadError::NotFound { .. }) => Self::NotFound { item },
            ExecuteError::Load(error) => Self::Load(error),
            ExecuteError::Conflict { attempts, source } => Self::Conflict {
                item: Some(item),
                attempts,
                source,
            },
            ExecuteError::Save { attempts, source } => Self::Save { attempts, source },
            other => Self::Command {
                source: other.into(),
            },
        }
    }
}

/// What was given up, in words.
fn on(item: Option<ItemRef>) -> String {
    item.map_or_else(String::new, |item| format!(" on {item}"))
}

impl From<HistoryError> for TrackingError {
    fn from(error: HistoryError) -> Self {
        Self::Load(error.into())
    }
}

/// Why an item did not come to a decision.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Refused(WorkItemError),
    #[error("an event that was decided on does not fit `{stream}`")]
    Inapplicable {
        stream: StreamId,
        source: Inapplicable,
    },
}
