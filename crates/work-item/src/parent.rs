//! The parent of a work item, and the rule which children it accepts.

use crate::{Status, WorkItem, WorkItemError, WorkItemId, WorkItemType};

/// The facts about a parent that the creation of a child checks. The parent must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The parent.
    pub id: WorkItemId,
    /// Its kind of work.
    pub item_type: WorkItemType,
    /// Its status.
    pub status: Status,
}

impl Parent {
    /// Refuses a child of the wrong kind, and any child if this parent is done or cancelled.
    pub(crate) fn check_accepts(self, child: WorkItemType) -> Result<(), WorkItemError> {
        if child.parent() != Some(self.item_type) {
            return Err(WorkItemError::ParentKindInvalid {
                child,
                parent: self.item_type,
            });
        }
        check_open(self.id, self.status)
    }
}

/// Refuses a parent that is done or cancelled: it must not get open children.
pub(crate) fn check_open(parent: WorkItemId, status: Status) -> Result<(), WorkItemError> {
    if status.is_open() {
        Ok(())
    } else {
        Err(WorkItemError::ParentClosed { parent, status })
    }
}

impl From<&WorkItem> for Parent {
    fn from(item: &WorkItem) -> Self {
        Self {
            id: item.id(),
            item_type: item.item_type(),
            status: item.status(),
        }
    }
}
