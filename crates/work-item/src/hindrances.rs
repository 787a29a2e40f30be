//! The hindrances to completing a work item.

use std::fmt;

use crate::{GateFailure, GateLevel, Status, WorkItemId};

/// Everything that prevents the completion of an open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrances {
    /// The status of the item, unless it is in progress.
    pub not_in_progress: Option<Status>,
    /// The open children, in the order of their creation.
    pub open_children: Vec<OpenItem>,
    /// The open blockers, in the order in which they were added.
    pub open_blockers: Vec<OpenItem>,
    /// The quality gate that the risk tier of the item requires.
    pub level: GateLevel,
    /// The unmet requirements of the gate.
    pub gate_failures: Vec<GateFailure>,
}

/// A child or a blocker that is neither done nor cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenItem {
    /// The child or blocker.
    pub id: WorkItemId,
    /// Its status.
    pub status: Status,
}

impl Hindrances {
    /// Whether nothing prevents the completion.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.not_in_progress.is_none() && !self.wait_for_others() && self.gate_failures.is_empty()
    }

    /// Whether the item waits for a child or a blocker.
    #[must_use]
    pub fn wait_for_others(&self) -> bool {
        !self.open_children.is_empty() || !self.open_blockers.is_empty()
    }
}

impl fmt::Display for Hindrances {
    /// Writes all hindrances, separated by semicolons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = |role: &'static str| {
            move |open: &OpenItem| format!("{role} {} is {}", open.id, open.status)
        };
        let children = self.open_children.iter().map(open("child"));
        let blockers = self.open_blockers.iter().map(open("blocker"));
        let failures = self.gate_failures.iter().map(|failure| {
            let level = self.level;
            format!("quality gate {level}: {failure}")
        });
        let status = self.not_in_progress.map(|status| format!("it is {status}"));
        let others = children.chain(blockers);
        let all: Vec<_> = status.into_iter().chain(others).chain(failures).collect();
        f.write_str(&all.join("; "))
    }
}
