//! Owns what the use cases give back of an item.

use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::WorkItem;

/// An item, and the version of its stream that the state belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedItem {
    /// The item.
    pub item: WorkItem,
    /// How many events it is the sum of.
    pub version: StreamVersion,
}

/// What a command has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// The item after the command.
    pub item: WorkItem,
    /// The version of its stream after the command.
    pub version: StreamVersion,
    /// How many events of the item were recorded; 0 where all was already as the command wanted it.
    pub recorded: usize,
}

impl CommandOutcome {
    pub(crate) fn of(root: AggregateRoot<WorkItem>, recorded: usize) -> Self {
        Self {
            version: root.version(),
            item: root.into_state(),
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
