//! The statuses of a work item.

use crate::word::words;

words! {
    /// The status of a work item.
    ///
    /// ```text
    ///           start            complete
    /// pending ────────► in_progress ────────► done
    ///         ◄────────  │  ▲   ▲               │
    ///          release   │  │   │               │
    ///              block │  │   └─── reopen ────┘
    ///                    ▼  │ unblock
    ///                  blocked
    ///
    /// cancel: pending, in_progress or blocked ────► cancelled
    /// close_elsewhere: pending ────► done
    /// ```
    ///
    /// ```
    /// use work_item::Status;
    ///
    /// assert!(Status::InProgress.may_become(Status::Done));
    /// assert!(!Status::Cancelled.may_become(Status::InProgress));
    /// ```
    Status, "status" {
        /// Work has not started.
        Pending = "pending",
        /// Work is going on.
        InProgress = "in_progress",
        /// Work waits for something.
        Blocked = "blocked",
        /// The work is finished.
        Done = "done",
        /// The item was given up for good.
        Cancelled = "cancelled",
    }
}

impl Status {
    /// Whether an item with this status can be edited: true unless it is done or cancelled.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}
