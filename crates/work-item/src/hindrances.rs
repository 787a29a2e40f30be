//! Owns what keeps a work item from being completed, all of it at once.

use std::fmt;

use crate::{
    GateFailure, GateLevel, OpenItem, Surroundings, WorkItem, WorkItemError, WorkItemType,
};

/// Everything that keeps an item that is in progress from being completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrances {
    /// The children that are neither done nor cancelled, in the order of their creation.
    pub open_children: Vec<OpenItem>,
    /// The items which block it and are neither done nor cancelled, in the order in which they were
    /// added.
    pub open_blockers: Vec<OpenItem>,
    /// The gate that its risk tier asks for.
    pub level: GateLevel,
    /// All in which it falls short of the gate.
    pub gate_failures: Vec<GateFailure>,
}

impl Hindrances {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.wait_for_others() && self.gate_failures.is_empty()
    }

    /// Whether other items are among them.
    #[must_use]
    pub fn wait_for_others(&self) -> bool {
        !self.open_children.is_empty() || !self.open_blockers.is_empty()
    }
}

impl fmt::Display for Hindrances {
    /// All of them, with semicolons in between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = |what: &'static str| {
            move |open: &OpenItem| format!("{what} {} is {}", open.id, open.status)
        };
        let children = self.open_children.iter().map(open("child"));
        let blockers = self.open_blockers.iter().map(open("blocker"));
        let failures = self.gate_failures.iter().map(|failure| {
            let level = self.level;
            format!("quality gate {level}: {failure}")
        });
        let all: Vec<_> = children.chain(blockers).chain(failures).collect();
        f.write_str(&all.join("; "))
    }
}

impl WorkItem {
    /// Everything that keeps the item from being completed, apart from where it stands itself.
    ///
    /// # Errors
    /// [`WorkItemError::Unseen`] where a child or a blocker is not in the surroundings.
    pub fn hindrances(&self, around: &Surroundings) -> Result<Hindrances, WorkItemError> {
        Ok(Hindrances {
            open_children: around.open(self.children.iter().copied())?,
            open_blockers: around.open(self.blockers())?,
            level: self.risk_tier.gate(),
            gate_failures: self.missing_evidence(),
        })
    }

    fn missing_evidence(&self) -> Vec<GateFailure> {
        let mut failures = match self.item_type {
            WorkItemType::Spike => Vec::new(),
            _ => self
                .risk_tier
                .gate()
                .failures(self.latest_test_run.as_ref()),
        };
        let assignee = self.assignee.as_ref();
        let approved = self.approvers.iter().any(|by| Some(by) != assignee);
        if self.risk_tier.needs_approval() && !approved {
            failures.push(GateFailure::NoApproval);
        }
        failures
    }
}
