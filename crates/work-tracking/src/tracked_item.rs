//! The results of the use cases about one item.

use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::{OpenItem, WorkItem, WorkItemEvent};

/// The state of an item at a version of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedItem {
    /// The item.
    pub item: WorkItem,
    /// The number of events in this state.
    pub version: StreamVersion,
}

/// The outcome of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// The item after the command.
    pub item: WorkItem,
    /// The version of its stream after the command.
    pub version: StreamVersion,
    /// The recorded events of the item; none if the command changed nothing, for example a
    /// `retitle` to the same title.
    pub events: Vec<WorkItemEvent>,
    /// The open blockers of an item that was started; empty for all other commands.
    pub open_blockers: Vec<OpenItem>,
    /// The parent of a created item, with the child; `None` for all other commands.
    pub changed_parent: Option<TrackedItem>,
}

impl CommandOutcome {
    /// The outcome after all pending events are saved.
    pub(crate) fn of(root: &AggregateRoot<WorkItem>, events: Vec<WorkItemEvent>) -> Self {
        Self {
            version: root.current_version(),
            item: root.state().clone(),
            events,
            open_blockers: Vec::new(),
            changed_parent: None,
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
