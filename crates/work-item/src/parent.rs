//! Owns what an item has to know of the one that it lies in.

use crate::{WorkItem, WorkItemId, WorkItemType};

/// The item that another one lies in; it must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Which item it is.
    pub id: WorkItemId,
    /// What kind of work it is.
    pub item_type: WorkItemType,
}

impl From<&WorkItem> for Parent {
    fn from(item: &WorkItem) -> Self {
        Self {
            id: item.id(),
            item_type: item.item_type(),
        }
    }
}
