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
    /// The unreadable children and blockers; their statuses are unknown.
    pub unreadable: Vec<WorkItemId>,
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

/// One reason why an item cannot be completed. Its text is a sentence, the same in all answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// It has this status, so it is not in progress.
    NotInProgress(Status),
    /// A child is open.
    OpenChild(OpenItem),
    /// A blocker is open.
    OpenBlocker(OpenItem),
    /// The history of a child or a blocker cannot be read.
    Unreadable(WorkItemId),
    /// A requirement of the quality gate is not met.
    Gate {
        /// The gate.
        level: GateLevel,
        /// The requirement.
        failure: GateFailure,
    },
}

impl Hindrances {
    /// The single hindrances: the status, open children, open blockers, unreadable items, then the
    /// requirements of the gate.
    pub fn iter(&self) -> impl Iterator<Item = Hindrance> {
        let status = self.not_in_progress.map(Hindrance::NotInProgress);
        let children = self.open_children.iter().copied();
        let blockers = self.open_blockers.iter().copied();
        let unreadable = self.unreadable.iter().copied();
        status
            .into_iter()
            .chain(children.map(Hindrance::OpenChild))
            .chain(blockers.map(Hindrance::OpenBlocker))
            .chain(unreadable.map(Hindrance::Unreadable))
            .chain(Hindrance::of_gate(self.level, &self.gate_failures))
    }

    /// Whether nothing prevents the completion.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.not_in_progress.is_none() && !self.wait_for_others() && self.gate_failures.is_empty()
    }

    /// Whether the item waits for a child or a blocker, or may wait for an unreadable one.
    #[must_use]
    pub fn wait_for_others(&self) -> bool {
        !self.open_children.is_empty()
            || !self.open_blockers.is_empty()
            || !self.unreadable.is_empty()
    }
}

impl Hindrance {
    /// The unmet requirements of a gate.
    pub fn of_gate(level: GateLevel, failures: &[GateFailure]) -> impl Iterator<Item = Self> {
        let failures = failures.iter().cloned();
        failures.map(move |failure| Self::Gate { level, failure })
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInProgress(status) => write!(f, "it is {status}"),
            Self::OpenChild(open) => write!(f, "child {} is {}", open.id, open.status),
            Self::OpenBlocker(open) => write!(f, "blocker {} is {}", open.id, open.status),
            Self::Unreadable(id) => write!(f, "{id} cannot be read"),
            Self::Gate { failure, .. } => failure.fmt(f),
        }
    }
}

impl fmt::Display for Hindrances {
    /// Writes all hindrances, separated by semicolons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.iter().map(|one| one.to_string()).collect();
        f.write_str(&all.join("; "))
    }
}
