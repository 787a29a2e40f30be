//! The errors with which a work item refuses a command.

use jiff::Timestamp;
use shared_kernel::StreamVersion;
use thiserror::Error;

use crate::{
    DependencyKind, DescriptionInvalid, GateFailure, GateLevel, Hindrances, NoteInvalid,
    Participant, ReasonInvalid, Status, TitleInvalid, Transition, Work, WorkItemId, WorkItemType,
};

/// The reason why a work item refuses a command. A refused command has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorkItemError {
    /// The status of the item does not allow the transition.
    #[error("cannot {by} an item that is {from}: it would become {to}")]
    InvalidTransition {
        /// The refused transition.
        by: Transition,
        /// The status of the item.
        from: Status,
        /// The status after the transition.
        to: Status,
    },
    /// The item is done or cancelled and cannot be edited.
    #[error("an item that is {status} cannot be edited")]
    Closed {
        /// The status of the item.
        status: Status,
    },
    /// The item is in progress and lacks evidence that its risk tier requires. No child or blocker
    /// is open.
    #[error("quality gate {level} is not met: {}", list(.failures))]
    QualityGateNotMet {
        /// The gate that the risk tier requires.
        level: GateLevel,
        /// All unmet requirements, at least one.
        failures: Vec<GateFailure>,
    },
    /// The item is pending or blocked, or it waits for others: at least one child or blocker is
    /// open.
    #[error("the item cannot be completed yet: {hindrances}")]
    CompletionHindered {
        /// Everything that prevents the completion.
        hindrances: Hindrances,
    },
    /// An actor who worked on an item cannot approve its completion.
    #[error("{approver} cannot approve the item: {approver} {work}")]
    ApproverWorkedOnIt {
        /// The approver.
        approver: Participant,
        /// The first work of the approver since the item was created or last reopened.
        work: Work,
        /// The version of the item after that work.
        version: StreamVersion,
    },
    /// The figures of a test run are not those of its files.
    #[error("the figures of the test run are not those of its files")]
    ContradictoryEvidence,
    /// The test run has neither a coverage nor counts of tests.
    #[error("a test run needs a coverage or counts of tests")]
    EmptyTestRun,
    /// The parent has the wrong kind.
    #[error("{} cannot be in {}{}", a(*.child), a(*.parent), expected(.child))]
    ParentKindInvalid {
        /// The kind of the child.
        child: WorkItemType,
        /// The kind of the parent.
        parent: WorkItemType,
    },
    /// The parent is done or cancelled, so it cannot get an open child.
    #[error("the parent {parent} is {status} and accepts no open items")]
    ParentClosed {
        /// The parent.
        parent: WorkItemId,
        /// Its status.
        status: Status,
    },
    /// An item cannot depend on itself.
    #[error("an item cannot depend on itself")]
    DependsOnItself,
    /// The item already depends on the other one.
    #[error("the item already depends on {on} ({kind})")]
    DuplicateDependency {
        /// The other item.
        on: WorkItemId,
        /// The kind of the existing dependency.
        kind: DependencyKind,
    },
    /// The item does not depend on the other one.
    #[error("the item does not depend on {on}")]
    NoSuchDependency {
        /// The other item.
        on: WorkItemId,
    },
    /// Items would wait for each other in a circle.
    #[error("the items would wait for each other: {}", arrows(.path))]
    DependencyCycle {
        /// The circle, each item followed by one of its blockers. The item itself is first and
        /// last: A, B, A if A would wait for B and B waits for A.
        path: Vec<WorkItemId>,
    },
    /// Another actor has claimed the item.
    #[error("{claimant} has claimed the item since {since}{}", and_until(.until.as_ref()))]
    Claimed {
        /// The actor that has the claim.
        claimant: Participant,
        /// The time of the claim.
        since: Timestamp,
        /// The end of the claim, which can be over; `None` if it has none.
        until: Option<Timestamp>,
    },
    /// The actor of the command lost its claim of the item.
    #[error("{by} lost the claim of the item at {at}; {}", and_holder(.holder.as_ref()))]
    ClaimLost {
        /// The actor of the command.
        by: Participant,
        /// The time of the loss.
        at: Timestamp,
        /// The actor to whom the item is assigned now.
        holder: Option<Participant>,
    },
    /// The item is assigned to another actor.
    #[error("the item is assigned to {assignee}")]
    Assigned {
        /// The assignee.
        assignee: Participant,
    },
    /// The decision needs another item that the caller did not pass in.
    #[error("the decision needs {item}, which was not loaded")]
    NotLoaded {
        /// The other item.
        item: WorkItemId,
    },
    /// The title is invalid.
    #[error(transparent)]
    TitleInvalid(#[from] TitleInvalid),
    /// The description is invalid.
    #[error(transparent)]
    DescriptionInvalid(#[from] DescriptionInvalid),
    /// The reason is invalid.
    #[error(transparent)]
    ReasonInvalid(#[from] ReasonInvalid),
    /// The note is invalid.
    #[error(transparent)]
    NoteInvalid(#[from] NoteInvalid),
}

fn and_until(until: Option<&Timestamp>) -> String {
    until.map_or_else(String::new, |until| format!(", until {until}"))
}

fn and_holder(holder: Option<&Participant>) -> String {
    holder.map_or_else(
        || "it is not assigned now".to_owned(),
        |holder| format!("{holder} has it now"),
    )
}

fn list(failures: &[GateFailure]) -> String {
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    failures.join("; ")
}

fn arrows(path: &[WorkItemId]) -> String {
    let path: Vec<_> = path.iter().map(ToString::to_string).collect();
    path.join(" → ")
}

/// The kind of an item with its article: `an epic`.
fn a(item_type: WorkItemType) -> String {
    let article = match item_type {
        WorkItemType::Epic => "an",
        _ => "a",
    };
    format!("{article} {item_type}")
}

fn expected(child: &WorkItemType) -> String {
    let expected = child.parent();
    expected.map_or_else(String::new, |parent| format!(", only in {}", a(parent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_gate_names_every_missing_requirement() {
        let refused = WorkItemError::QualityGateNotMet {
            level: GateLevel::L0,
            failures: vec![GateFailure::NoTestRun, GateFailure::NoPositiveTests],
        };
        assert_eq!(
            refused.to_string(),
            "quality gate L0 is not met: no test run is recorded; no positive tests"
        );
    }

    #[test]
    fn a_refused_parent_comes_with_the_expected_kind() {
        let refused = |child| {
            let parent = WorkItemType::Epic;
            WorkItemError::ParentKindInvalid { child, parent }.to_string()
        };
        assert_eq!(
            refused(WorkItemType::Subtask),
            "a subtask cannot be in an epic, only in a task"
        );
        assert_eq!(refused(WorkItemType::Bug), "a bug cannot be in an epic");
    }
}
