//! Owns what an item is told of the items around it when it has to decide.
//!
//! An item knows from its own events which items are around it, and not where they stand.

use std::collections::HashMap;

use shared_kernel::Snowflake;

use crate::{Status, WorkItem, WorkItemError, WorkItemId};

/// Where other items stand, as far as the caller has seen.
///
/// ```
/// use shared_kernel::Snowflake;
/// use work_item::{Status, Surroundings, WorkItemId, WorkNumber};
///
/// let child = WorkItemId::new(Snowflake::new(7002)?, WorkNumber::new(2)?);
/// let around = Surroundings::new().with(child, Status::Blocked);
/// assert_eq!(around.status_of(child), Some(Status::Blocked));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    statuses: HashMap<Snowflake, Status>,
}

/// An item that is neither done nor cancelled, where one that is was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenItem {
    /// Which item it is.
    pub id: WorkItemId,
    /// Where it stands.
    pub status: Status,
}

impl Surroundings {
    /// Nothing was seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and an item was seen to stand here.
    #[must_use]
    pub fn with(mut self, item: WorkItemId, status: Status) -> Self {
        self.statuses.insert(item.snowflake(), status);
        self
    }

    /// Where an item was seen to stand; `None` where nobody looked.
    #[must_use]
    pub fn status_of(&self, item: WorkItemId) -> Option<Status> {
        self.statuses.get(&item.snowflake()).copied()
    }

    /// Where an item stands that a decision rests on.
    pub(crate) fn seen(&self, item: WorkItemId) -> Result<Status, WorkItemError> {
        self.status_of(item).ok_or(WorkItemError::Unseen { item })
    }

    /// Those of some items that are open, in the order given.
    pub(crate) fn open(
        &self,
        items: impl Iterator<Item = WorkItemId>,
    ) -> Result<Vec<OpenItem>, WorkItemError> {
        let mut open = Vec::new();
        for id in items {
            let status = self.seen(id)?;
            if status.is_open() {
                open.push(OpenItem { id, status });
            }
        }
        Ok(open)
    }
}

impl<'a> FromIterator<&'a WorkItem> for Surroundings {
    fn from_iter<I: IntoIterator<Item = &'a WorkItem>>(items: I) -> Self {
        items
            .into_iter()
            .fold(Self::new(), |seen, item| seen.with(item.id, item.status))
    }
}
