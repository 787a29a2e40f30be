//! Owns what the use cases give back of an item.

use shared_kernel::StreamVersion;
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
    /// How many events were recorded; 0 where all was already as the command wanted it.
    pub recorded: usize,
}
