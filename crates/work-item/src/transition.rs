//! Owns the steps between the states of a work item: where each leads from and to.

use crate::Status;
use crate::word::words;

words! {
    /// A step from one state to another.
    ///
    /// ```
    /// use work_item::{Status, Transition};
    ///
    /// assert_eq!(Transition::Reopen.target(), Status::InProgress);
    /// assert!(Transition::Reopen.leads_from(Status::Done));
    /// assert!(!Transition::Start.leads_from(Status::Done));
    /// ```
    Transition, "transition" {
        /// Work begins.
        Start = "start",
        /// Work has to wait.
        Block = "block",
        /// Work goes on.
        Unblock = "unblock",
        /// Work is finished.
        Complete = "complete",
        /// Work is given up.
        Cancel = "cancel",
        /// Finished work is taken up again.
        Reopen = "reopen",
    }
}

impl Transition {
    /// The state that the step leads to.
    #[must_use]
    pub const fn target(self) -> Status {
        match self {
            Self::Start | Self::Unblock | Self::Reopen => Status::InProgress,
            Self::Block => Status::Blocked,
            Self::Complete => Status::Done,
            Self::Cancel => Status::Cancelled,
        }
    }

    /// The one step that leads from a state straight to another; `None` where none does.
    #[must_use]
    pub fn between(from: Status, to: Status) -> Option<Self> {
        let leads = |step: &&Self| step.leads_from(from) && step.target() == to;
        Self::ALL.iter().find(leads).copied()
    }

    /// Whether the step can be taken from a state.
    #[must_use]
    pub const fn leads_from(self, status: Status) -> bool {
        match self {
            Self::Start => matches!(status, Status::Pending),
            Self::Block | Self::Complete => matches!(status, Status::InProgress),
            Self::Unblock => matches!(status, Status::Blocked),
            Self::Cancel => status.is_open(),
            Self::Reopen => matches!(status, Status::Done),
        }
    }
}
