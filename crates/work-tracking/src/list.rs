//! The list of items. One pass over the log rebuilds every item.

use std::cmp::Reverse;

use shared_kernel::GlobalPosition;

use crate::fold::Folded;
use crate::{ItemOrder, ListQuery, TrackedItem, TrackingError, WorkTracker};

/// The progress of a list. For example, `read` 4,096 of `end` 10,000 is 41 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListProgress {
    /// The last position read so far.
    pub read: GlobalPosition,
    /// The position at which the list ends.
    pub end: GlobalPosition,
}

impl WorkTracker {
    /// Lists the items that a filter accepts, ordered by number, or answers a [`ListQuery`]. All
    /// items are as of one position of the log: its last position when the call begins.
    ///
    /// It reads all events of all items page by page and calls `progress` after each page. In
    /// memory it keeps one page of events and the state of every item.
    ///
    /// # Errors
    /// [`TrackingError::Repository`] for the first event that cannot be decoded or applied,
    /// [`TrackingError::Store`].
    pub async fn list(
        &self,
        wanted: impl Into<ListQuery>,
        progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Vec<TrackedItem>, TrackingError> {
        let wanted = wanted.into();
        let mut listed = self.fold(None, progress, |_, _, _| {}).await?;
        listed.retain(|it| wanted.filter.accepts(&it.tracked.item, it.updated_at));
        let number = |it: &Folded| (it.tracked.item.id().number(), it.created);
        match wanted.order {
            ItemOrder::Number => listed.sort_by_key(number),
            ItemOrder::Updated => listed.sort_by_key(|it| (Reverse(it.updated_at), number(it))),
            ItemOrder::Priority => {
                listed.sort_by_key(|it| (Reverse(it.tracked.item.priority()), number(it)));
            }
        }
        listed.truncate(wanted.limit.unwrap_or(usize::MAX));
        Ok(listed.into_iter().map(|it| it.tracked).collect())
    }
}
