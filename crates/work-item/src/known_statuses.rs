//! The statuses of other items that a decision needs.
//!
//! The events of an item name its parent, its children and its blockers, but not their statuses.
//! The caller loads those and passes them in.

use std::collections::HashMap;

use shared_kernel::snowflake::Snowflake;

use crate::{OpenItem, Status, WorkItem, WorkItemError, WorkItemId};

/// The statuses of other items, as far as the caller has loaded them.
///
/// ```
/// use shared_kernel::snowflake::Snowflake;
/// use work_item::{Status, KnownStatuses, WorkItemId, WorkNumber};
///
/// let child = WorkItemId::new(Snowflake::new(7002)?, WorkNumber::new(2)?);
/// let known = KnownStatuses::new().with(child, Status::Blocked);
/// assert_eq!(known.status_of(child), Some(Status::Blocked));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownStatuses {
    /// `None` for an item that cannot be read.
    statuses: HashMap<Snowflake, Option<Status>>,
}

impl KnownStatuses {
    /// No statuses.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the status of an item.
    #[must_use]
    pub fn with(mut self, item: WorkItemId, status: Status) -> Self {
        self.statuses.insert(item.snowflake(), Some(status));
        self
    }

    /// Adds an item with an unreadable history. It hinders the completion of an item that waits for
    /// it.
    #[must_use]
    pub fn with_unreadable(mut self, item: WorkItemId) -> Self {
        self.statuses.insert(item.snowflake(), None);
        self
    }

    /// The status of an item; `None` if it was not added or cannot be read.
    #[must_use]
    pub fn status_of(&self, item: WorkItemId) -> Option<Status> {
        self.statuses.get(&item.snowflake()).copied().flatten()
    }

    /// The status of an item that a decision needs.
    pub(crate) fn require(&self, item: WorkItemId) -> Result<Status, WorkItemError> {
        self.status_of(item)
            .ok_or(WorkItemError::NotLoaded { item })
    }

    pub(crate) fn is_unreadable(&self, item: WorkItemId) -> bool {
        self.statuses.get(&item.snowflake()) == Some(&None)
    }

    /// The open ones of these items, in the order given, without the unreadable ones.
    pub(crate) fn open_among(
        &self,
        items: impl Iterator<Item = WorkItemId>,
    ) -> Result<Vec<OpenItem>, WorkItemError> {
        let mut open = Vec::new();
        for id in items.filter(|id| !self.is_unreadable(*id)) {
            let status = self.require(id)?;
            if status.is_open() {
                open.push(OpenItem { id, status });
            }
        }
        Ok(open)
    }
}

impl<'a> FromIterator<&'a WorkItem> for KnownStatuses {
    fn from_iter<I: IntoIterator<Item = &'a WorkItem>>(items: I) -> Self {
        items
            .into_iter()
            .fold(Self::new(), |known, item| known.with(item.id, item.status))
    }
}
