//! The filter of a list of items.

use work_item::{Participant, Status, WorkItem, WorkItemType};

/// A filter of items. An item passes if it meets every condition; an empty filter accepts all.
///
/// For example, a filter with two statuses and one type accepts the items of that type with either
/// status.
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
    /// The accepted statuses; empty for all.
    pub statuses: Vec<Status>,
    /// The accepted types; empty for all.
    pub item_types: Vec<WorkItemType>,
    /// The accepted assignees, who [match](Participant::matches) by name and kind; empty for all,
    /// and for items without an assignee.
    pub assignees: Vec<Participant>,
}

impl ItemFilter {
    /// A filter that accepts every item.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts this status, too. The first call excludes all other statuses.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.statuses.push(status);
        self
    }

    /// Accepts this type, too. The first call excludes all other types.
    #[must_use]
    pub fn item_type(mut self, item_type: WorkItemType) -> Self {
        self.item_types.push(item_type);
        self
    }

    /// Accepts this assignee, too. The first call excludes all others.
    #[must_use]
    pub fn assignee(mut self, assignee: Participant) -> Self {
        self.assignees.push(assignee);
        self
    }

    /// Whether the filter accepts an item.
    #[must_use]
    pub fn accepts(&self, item: &WorkItem) -> bool {
        let assigned = |item: &WorkItem| {
            let assignee = item.assignee();
            assignee.is_some_and(|assignee| self.assignees.iter().any(|who| who.matches(assignee)))
        };
        (self.statuses.is_empty() || self.statuses.contains(&item.status()))
            && (self.item_types.is_empty() || self.item_types.contains(&item.item_type()))
            && (self.assignees.is_empty() || assigned(item))
    }
}
