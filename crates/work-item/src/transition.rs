//! The transitions between the statuses of a work item.

use crate::Status;
use crate::word::words;

words! {
    /// A change from one status to another; [`Status`] has a diagram of them.
    ///
    /// ```
    /// use work_item::{Status, Transition};
    ///
    /// assert_eq!(Transition::Reopen.target(), Status::InProgress);
    /// assert!(Transition::Reopen.leads_from(Status::Done));
    /// assert!(!Transition::Start.leads_from(Status::Done));
    /// ```
    Transition, "transition" {
        /// Start a pending item.
        Start = "start",
        /// Let an item in progress wait.
        Block = "block",
        /// Continue a blocked item.
        Unblock = "unblock",
        /// Finish an item in progress.
        Complete = "complete",
        /// Give up an open item for good.
        Cancel = "cancel",
        /// Continue an item that was done.
        Reopen = "reopen",
        /// Give an item in progress back.
        Release = "release",
        /// Take over that an item was finished in another tracker. It has no evidence here.
        CloseElsewhere = "close_elsewhere",
    }
}

impl Transition {
    /// The status after the transition.
    #[must_use]
    pub const fn target(self) -> Status {
        match self {
            Self::Start | Self::Unblock | Self::Reopen => Status::InProgress,
            Self::Release => Status::Pending,
            Self::Block => Status::Blocked,
            Self::Complete | Self::CloseElsewhere => Status::Done,
            Self::Cancel => Status::Cancelled,
        }
    }

    /// The only transition from one status directly to another; `None` if there is none.
    #[must_use]
    pub fn between(from: Status, to: Status) -> Option<Self> {
        let connects = |step: &&Self| step.leads_from(from) && step.target() == to;
        Self::ALL.iter().find(connects).copied()
    }

    /// Whether the transition is allowed from a status.
    #[must_use]
    pub const fn leads_from(self, status: Status) -> bool {
        match self {
            Self::Start | Self::CloseElsewhere => matches!(status, Status::Pending),
            Self::Block | Self::Complete | Self::Release => {
                matches!(status, Status::InProgress)
            }
            Self::Unblock => matches!(status, Status::Blocked),
            Self::Cancel => status.is_open(),
            Self::Reopen => matches!(status, Status::Done),
        }
    }
}

impl Status {
    /// Whether a transition leads from this status directly to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        Transition::between(self, next).is_some()
    }
}
