//! The answers of the use cases about one item.

use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::WorkItem;

/// An item, and the version of its stream that the state belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedItem {
    /// The item.
    pub item: WorkItem,
    /// The number of its events.
    pub version: StreamVersion,
}

/// The outcome of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// The item after the command.
    pub item: WorkItem,
    /// The version of its stream after the command.
    pub version: StreamVersion,
    /// The number of events of the item that were recorded; 0 where the item was already as the
    /// command wanted it.
    pub recorded: usize,
}

impl CommandOutcome {
    /// The outcome once all that is pending is saved.
    pub(crate) fn of(root: &AggregateRoot<WorkItem>, recorded: usize) -> Self {
        Self {
            version: root.current_version(),
            item: root.state().clone(),
            recorded,
        }
    }
}

impl From<AggregateRoot<WorkItem>> for TrackedItem {
    fn from(root: AggregateRoot<WorkItem>) -> Self {
        Self {
            version: root.version(),
            item: root.into_state(),
        }
    }
}
