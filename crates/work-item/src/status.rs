//! Owns the states that a work item goes through, and which may follow which.

use crate::Transition;
use crate::word::words;

words! {
    /// Where a work item stands.
    ///
    /// | from | to |
    /// |---|---|
    /// | pending | in_progress, cancelled |
    /// | in_progress | blocked, done, cancelled |
    /// | blocked | in_progress, cancelled |
    /// | done | in_progress (only by reopening) |
    /// | cancelled | – |
    ///
    /// ```
    /// use work_item::Status;
    ///
    /// assert!(Status::InProgress.may_become(Status::Done));
    /// assert!(!Status::Cancelled.may_become(Status::InProgress));
    /// ```
    Status, "status" {
        /// Nobody has started it.
        Pending = "pending",
        /// It is worked on.
        InProgress = "in_progress",
        /// It waits for something.
        Blocked = "blocked",
        /// It is finished.
        Done = "done",
        /// It was given up for good.
        Cancelled = "cancelled",
    }
}

impl Status {
    /// Whether there is a way from this state to `next` in one step.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        Transition::between(self, next).is_some()
    }

    /// Whether a work item in this state takes edits: neither done nor cancelled.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}
