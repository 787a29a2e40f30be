//! Owns the ways in which a work item refuses a command.

use shared_kernel::ActorName;
use thiserror::Error;

use crate::{
    DependencyKind, DescriptionInvalid, GateFailure, GateLevel, Hindrances, NoteInvalid,
    ReasonInvalid, Status, TitleInvalid, Transition, WorkItemId, WorkItemType,
};

/// A command that a work item refuses; nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorkItemError {
    /// The item does not stand where the command could lead on from.
    #[error("cannot {by} an item that is {from}: it would become {to}")]
    InvalidTransition {
        /// What was asked for.
        by: Transition,
        /// Where the item stands.
        from: Status,
        /// Where it would have led.
        to: Status,
    },
    /// The item is done or cancelled and takes no edits.
    #[error("an item that is {status} takes no edits")]
    Closed {
        /// Where the item stands.
        status: Status,
    },
    /// The item does not yet show what its risk tier asks for, and waits for no other.
    #[error("quality gate {level} is not met: {}", list(.failures))]
    QualityGateNotMet {
        /// The gate that the risk tier asks for.
        level: GateLevel,
        /// Everything that is missing, at least one thing.
        failures: Vec<GateFailure>,
    },
    /// The item waits for others: children or blockers are open.
    #[error("the item cannot be completed yet: {hindrances}")]
    CompletionHindered {
        /// Everything that keeps it from being completed, also what is missing for its gate.
        hindrances: Hindrances,
    },
    /// The assignee of an item cannot approve its completion.
    #[error("{assignee} is the assignee and cannot approve; somebody else has to")]
    ApprovedByAssignee {
        /// Who has the item.
        assignee: ActorName,
    },
    /// A test run without coverage and without tests shows nothing.
    #[error("a test run needs a coverage or counts of tests")]
    EmptyTestRun,
    /// An item of this kind does not lie in one of that kind.
    #[error("{} cannot lie in {}{}", a(*.child), a(*.parent), expected(.child))]
    ParentKindInvalid {
        /// The kind of the item.
        child: WorkItemType,
        /// The kind of its parent.
        parent: WorkItemType,
    },
    /// The item would lie open in one that is done or cancelled.
    #[error("{parent} is {status} and takes no open items")]
    ParentClosed {
        /// The item that it lies in.
        parent: WorkItemId,
        /// Where that one stands.
        status: Status,
    },
    /// An item cannot depend on itself.
    #[error("an item cannot depend on itself")]
    DependsOnItself,
    /// The item depends on the other one already.
    #[error("the item depends on {on} already ({kind})")]
    DuplicateDependency {
        /// The other item.
        on: WorkItemId,
        /// In which way it depends on it.
        kind: DependencyKind,
    },
    /// The item does not depend on the other one.
    #[error("the item does not depend on {on}")]
    NoSuchDependency {
        /// The other item.
        on: WorkItemId,
    },
    /// Items would wait for each other in a circle.
    #[error("the items would wait for each other: {}", arrows(.way))]
    DependencyCycle {
        /// The circle, each item followed by one that blocks it; the item itself stands first and
        /// last.
        way: Vec<WorkItemId>,
    },
    /// A decision rests on another item, and nobody told where that one stands.
    #[error("the decision rests on {item}, which was not looked at")]
    Unseen {
        /// The other item.
        item: WorkItemId,
    },
    /// The title is refused.
    #[error(transparent)]
    TitleInvalid(#[from] TitleInvalid),
    /// The description is refused.
    #[error(transparent)]
    DescriptionInvalid(#[from] DescriptionInvalid),
    /// The reason is refused.
    #[error(transparent)]
    ReasonInvalid(#[from] ReasonInvalid),
    /// The note is refused.
    #[error(transparent)]
    NoteInvalid(#[from] NoteInvalid),
}

fn list(failures: &[GateFailure]) -> String {
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    failures.join("; ")
}

fn arrows(way: &[WorkItemId]) -> String {
    let way: Vec<_> = way.iter().map(ToString::to_string).collect();
    way.join(" → ")
}

/// The kind of an item with its article.
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
    fn a_refused_gate_names_all_that_is_missing() {
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
    fn a_refused_parent_comes_with_the_kind_that_would_do() {
        let refused = |child| {
            let parent = WorkItemType::Epic;
            WorkItemError::ParentKindInvalid { child, parent }.to_string()
        };
        assert_eq!(
            refused(WorkItemType::Subtask),
            "a subtask cannot lie in an epic, only in a task"
        );
        assert_eq!(refused(WorkItemType::Bug), "a bug cannot lie in an epic");
    }
}
