//! Owns what can happen to a work item, as it is recorded.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared_kernel::{ActorName, DomainEvent};

use crate::{
    Coverage, DependencyKind, Description, Note, Priority, Reason, RiskTier, Status, Title,
    Transition, WorkItemId, WorkItemType,
};

/// Something that happened to a work item.
///
/// The name of a variant is the name of its event type, and the fields are those of the payload;
/// both are kept for ever. A field that says nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub enum WorkItemEvent {
    /// The item came into being; always the first event of its stream.
    WorkItemCreated {
        /// Which item it is.
        id: WorkItemId,
        /// What it is called.
        title: Title,
        /// What kind of work it is.
        item_type: WorkItemType,
        /// How urgent it is.
        priority: Priority,
        /// How much harm it can do.
        risk_tier: RiskTier,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
        /// The item that it lies in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<WorkItemId>,
        /// When it was created.
        at: Timestamp,
    },
    /// The item was started, blocked, unblocked, completed, cancelled or reopened.
    #[event(schema = 2)]
    StatusChanged {
        /// What was done; since schema version 2.
        by: Transition,
        /// Where it stood.
        from: Status,
        /// Where it stands now.
        to: Status,
        /// Why; always there for a block, a cancellation and a reopening.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// When it changed.
        at: Timestamp,
    },
    /// A run of the tests was recorded.
    TestSuiteExecuted {
        /// How much of the code was run, where it was measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coverage: Option<Coverage>,
        /// How many positive tests there were.
        positive: u32,
        /// How many negative tests there were.
        negative: u32,
        /// How many tests of edge cases there were.
        edge_case: u32,
    },
    /// Somebody approved that the item may be completed.
    CompletionApproved {
        /// Who.
        approver: ActorName,
    },
    /// The item was finished; right after its `StatusChanged`.
    WorkItemCompleted {
        /// The time from its first start to now, an ISO 8601 duration in serialized data.
        cycle_time: SignedDuration,
        /// How it was resolved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution: Option<Reason>,
    },
    /// The item got another title.
    WorkItemRetitled {
        /// What it is called now.
        title: Title,
    },
    /// The item got another description, or lost the one it had.
    WorkItemDescribed {
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
    },
    /// The item got more or less urgent.
    PriorityChanged {
        /// How urgent it was.
        from: Priority,
        /// How urgent it is.
        to: Priority,
    },
    /// The item was given to somebody.
    WorkItemAssigned {
        /// Who has it now.
        assignee: ActorName,
    },
    /// The item was taken from whoever had it.
    WorkItemUnassigned {
        /// Who had it.
        assignee: ActorName,
    },
    /// Another item was created in this one; in the append that created it.
    ChildAdded {
        /// The item that was created.
        child: WorkItemId,
    },
    /// The item came to depend on another one.
    DependencyAdded {
        /// The other item.
        on: WorkItemId,
        /// In which way.
        kind: DependencyKind,
    },
    /// The item depends on another one no more.
    DependencyRemoved {
        /// The other item.
        on: WorkItemId,
        /// In which way it did.
        kind: DependencyKind,
    },
    /// Something was written down about the item.
    NoteAdded {
        /// What.
        text: Note,
    },
}
