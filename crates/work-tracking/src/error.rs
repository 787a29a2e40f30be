//! The error of the use cases.

use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::EncodeError;
use shared_kernel::snowflake::SnowflakeError;
use shared_kernel::store::Conflict;
use shared_kernel::{EventEnvelope, Inapplicable, RepositoryError, StoreError};
use thiserror::Error;
use work_item::{WorkItemError, WorkItemEvent, WorkItemId};

use crate::{ItemRef, MergeClash, RegisterError};

/// A use case failed and wrote nothing, with one exception: after a
/// [`Repository`](Self::Repository) error with an
/// [unknown outcome](RepositoryError::is_outcome_unknown), the command may have been written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrackingError {
    /// The item refused the command.
    #[error(transparent)]
    Refused(#[from] WorkItemError),
    /// The item does not exist.
    #[error("there is no item {item}")]
    NotFound {
        /// The item, as the caller named it.
        item: ItemRef,
    },
    /// The item did not exist yet at that moment.
    #[error("there was no item {item} yet")]
    NotYet {
        /// The item, as the caller named it.
        item: ItemRef,
    },
    /// The metadata of an approval has no actor.
    #[error("an approval needs an actor in the metadata of the command")]
    NoActor,
    /// The parent of the new item does not exist.
    #[error("there is no parent {parent}")]
    ParentNotFound {
        /// The parent, as the caller named it.
        parent: ItemRef,
    },
    /// The other item of a dependency does not exist.
    #[error("there is no item {on} to depend on")]
    DependencyNotFound {
        /// The other item, as the caller named it.
        on: ItemRef,
    },
    /// The history of an item refers to another item that does not exist.
    #[error("an item refers to {item}, which does not exist")]
    Dangling {
        /// The missing item.
        item: WorkItemId,
    },
    /// Two histories contradict each other: the parent lists the child, but the child has another
    /// parent, none, or a kind that cannot be a child of this parent.
    #[error("{parent} lists {child} as a child, but {child} is not its child")]
    NotItsChild {
        /// The item that lists the child.
        parent: WorkItemId,
        /// The item that is not a child of it.
        child: WorkItemId,
    },
    /// Another writer was faster: once if the caller named a version, otherwise at every attempt
    /// until the time limit.
    #[error("gave up{} after {attempts} attempt(s)", on(*item))]
    Conflict {
        /// The item of the command, as the caller named it; `None` for a creation. The stream of
        /// the conflict may belong to another item, for example to the parent.
        item: Option<ItemRef>,
        /// The number of attempts.
        attempts: u32,
        /// The last conflict.
        source: Conflict,
    },
    /// Two stores cannot be merged.
    #[error("{} of the other store cannot be merged", streams(clashes.len()))]
    Clashes {
        /// The streams that stand in the way.
        clashes: Vec<MergeClash>,
    },
    /// The other store has more new events than one append can have.
    #[error(
        "the merge would add {events} events, with numbers and aliases; at most {} can be added",
        shared_kernel::Append::MAX_EVENTS
    )]
    TooLarge {
        /// The number of events.
        events: usize,
    },
    /// An event of the other store cannot be written with the numbers of this one.
    #[error("an event of the other store cannot be encoded")]
    Renumbered(#[from] EncodeError),
    /// Loading or saving an item failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The register of numbers cannot be read or written.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The generator produced no id for a new item.
    #[error("no id could be generated for the new item")]
    Id(#[from] SnowflakeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The kind of a failure, for callers that only choose a message or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The domain refused the command. Give another one, or more evidence.
    Refused,
    /// The named item does not exist.
    NotFound,
    /// Another writer was faster. Load the item and decide again.
    Conflict,
    /// The store failed, its data is damaged, or the clock or the random source failed.
    Storage,
}

impl TrackingError {
    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Refused(_) | Self::NoActor => FailureKind::Refused,
            Self::NotFound { .. }
            | Self::NotYet { .. }
            | Self::ParentNotFound { .. }
            | Self::DependencyNotFound { .. }
            | Self::Repository(RepositoryError::NotFound { .. }) => FailureKind::NotFound,
            Self::Conflict { .. }
            | Self::Clashes { .. }
            | Self::TooLarge { .. }
            | Self::Repository(RepositoryError::Conflict { .. }) => FailureKind::Conflict,
            Self::Repository(_)
            | Self::Dangling { .. }
            | Self::NotItsChild { .. }
            | Self::Register(_)
            | Self::Renumbered(_)
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

    /// The same error with the item of the command; `None` for a creation.
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

/// For example `1 stream`.
fn streams(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} stream{plural}")
}

/// The part of the message that names the item, for example ` on WORK-001`.
fn on(item: Option<ItemRef>) -> String {
    item.map_or_else(String::new, |item| format!(" on {item}"))
}

impl From<HistoryError> for TrackingError {
    fn from(error: HistoryError) -> Self {
        Self::Repository(error.into())
    }
}
