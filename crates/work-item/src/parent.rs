//! Owns what an item has to know of the one that it lies in, and which items that one takes.

use crate::{Status, WorkItem, WorkItemError, WorkItemId, WorkItemType};

/// The item that another one lies in; it must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Which item it is.
    pub id: WorkItemId,
    /// What kind of work it is.
    pub item_type: WorkItemType,
    /// Where it stands.
    pub status: Status,
}

impl Parent {
    /// Whether an item of some kind may begin to lie in this one.
    pub(crate) fn check_takes(self, child: WorkItemType) -> Result<(), WorkItemError> {
        if child.parent() != Some(self.item_type) {
            return Err(WorkItemError::ParentKindInvalid {
                child,
                parent: self.item_type,
            });
        }
        check_open(self.id, self.status)
    }
}

/// Whether a parent is open, as one has to be in which work is to begin.
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
