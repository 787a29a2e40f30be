//! Owns the ways in which a work item refuses a command.

use shared_kernel::ActorName;
use thiserror::Error;

use crate::{
    DescriptionInvalid, GateFailure, GateLevel, ReasonInvalid, Status, TitleInvalid, Transition,
    WorkItemType,
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
    /// The item does not yet show what its risk tier asks for.
    #[error("quality gate {level} is not met: {}", list(.failures))]
    QualityGateNotMet {
        /// The gate that the risk tier asks for.
        level: GateLevel,
        /// Everything that is missing, at least one thing.
        failures: Vec<GateFailure>,
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
    #[error("a {child} cannot lie in a {parent}{}", expected(.child))]
    ParentKindInvalid {
        /// The kind of the item.
        child: WorkItemType,
        /// The kind of its parent.
        parent: WorkItemType,
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
}

fn list(failures: &[GateFailure]) -> String {
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    failures.join("; ")
}

fn expected(child: &WorkItemType) -> String {
    let expected = child.parent();
    expected.map_or_else(String::new, |parent| format!(", only in a {parent}"))
}
