//! Owns which items of a list are wanted.

use shared_kernel::event::ActorName;
use work_item::{Status, WorkItem, WorkItemType};

/// Which items of a list are wanted: those that meet every condition. Without any, all.
///
/// ```
/// use work_item::Status;
/// use work_tracking::ItemFilter;
///
/// let open = ItemFilter::new().status(Status::Pending).status(Status::InProgress);
/// assert_eq!(open.statuses.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// The states wanted; empty for all.
    pub statuses: Vec<Status>,
    /// The kinds of work wanted; empty for all.
    pub item_types: Vec<WorkItemType>,
    /// Those who may have the item; empty for everybody and nobody.
    pub assignees: Vec<ActorName>,
}

impl ItemFilter {
    /// Every item.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also items in this state; the first call shuts out all others.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.statuses.push(status);
        self
    }

    /// Also items of this kind; the first call shuts out all others.
    #[must_use]
    pub fn item_type(mut self, item_type: WorkItemType) -> Self {
        self.item_types.push(item_type);
        self
    }

    /// Also items that this one has; the first call shuts out all others.
    #[must_use]
    pub fn assignee(mut self, assignee: ActorName) -> Self {
        self.assignees.push(assignee);
        self
    }

    /// Whether an item is wanted.
    #[must_use]
    pub fn accepts(&self, item: &WorkItem) -> bool {
        let assigned = |item: &WorkItem| {
            item.assignee()
                .is_some_and(|assignee| self.assignees.contains(assignee))
        };
        (self.statuses.is_empty() || self.statuses.contains(&item.status()))
            && (self.item_types.is_empty() || self.item_types.contains(&item.item_type()))
            && (self.assignees.is_empty() || assigned(item))
    }
}
