//! The events of a work item.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared_kernel::DomainEvent;
use shared_kernel::event::{ActorKind, ActorName};

use crate::{
    Alias, Coverage, DependencyKind, Description, EvidenceFile, Note, Participant, Priority,
    Reason, RiskTier, Status, Title, Transition, WorkItemId, WorkItemType,
};

/// An event of a work item.
///
/// The name of a variant is the name of its event type, and the fields are those of the payload;
/// both are kept for ever. A field that says nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub enum WorkItemEvent {
    /// The item was created; always the first event of its stream.
    WorkItemCreated {
        /// The new item.
        id: WorkItemId,
        /// Its title.
        title: Title,
        /// Its kind of work.
        item_type: WorkItemType,
        /// Its priority.
        priority: Priority,
        /// Its risk tier.
        risk_tier: RiskTier,
        /// Its description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
        /// The item that contains it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<WorkItemId>,
        /// The names that it has in other trackers and stores.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<Alias>,
        /// The time of the creation.
        at: Timestamp,
    },
    /// The item was started, blocked, unblocked, completed, cancelled, reopened, released, or taken
    /// over as closed from another tracker.
    #[event(schema = 2)]
    StatusChanged {
        /// The transition; since schema version 2.
        by: Transition,
        /// The status before.
        from: Status,
        /// The status after.
        to: Status,
        /// The reason; always present for a block, a cancellation and a reopening.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// The time of the change.
        at: Timestamp,
    },
    /// A test run was recorded.
    TestSuiteExecuted {
        /// The coverage; `None` if it was not measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coverage: Option<Coverage>,
        /// The number of positive tests.
        positive: u32,
        /// The number of negative tests.
        negative: u32,
        /// The number of edge case tests.
        edge_case: u32,
        /// The files from which these results were read; empty if they are claimed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<EvidenceFile>,
    },
    /// A person or an agent approved the completion of the item.
    CompletionApproved {
        /// The approver.
        approver: ActorName,
        /// The kind of the approver; `None` in old events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ActorKind>,
    },
    /// The item was finished; always directly after its `StatusChanged`.
    WorkItemCompleted {
        /// The time from its first start to its completion, serialized as an ISO 8601 duration, for
        /// example `PT1H30M`.
        cycle_time: SignedDuration,
        /// The resolution.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution: Option<Reason>,
    },
    /// The title was changed.
    WorkItemRetitled {
        /// The new title.
        title: Title,
    },
    /// The description was replaced or removed.
    WorkItemDescribed {
        /// The new description; `None` if it was removed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
    },
    /// The priority was changed.
    PriorityChanged {
        /// The priority before.
        from: Priority,
        /// The priority after.
        to: Priority,
    },
    /// The item was assigned.
    WorkItemAssigned {
        /// The new assignee.
        assignee: ActorName,
        /// The kind of the assignee; `None` in old events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ActorKind>,
    },
    /// The assignee was removed.
    WorkItemUnassigned {
        /// The assignee before.
        assignee: ActorName,
        /// The kind of the assignee; `None` in old events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ActorKind>,
    },
    /// An actor claimed the item, and it is assigned to that actor. A renewal is no event.
    WorkItemClaimed {
        /// The actor.
        claimant: ActorName,
        /// The kind of the actor; `None` if it is unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ActorKind>,
        /// The number of the claim, counted from 1 for each item.
        term: u64,
        /// The end of the claim without a renewal; `None` for a claim until its release.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// The former claimant: its claim was over, or a person took it from an agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_over: Option<Participant>,
        /// The time of the claim.
        at: Timestamp,
    },
    /// The claim and the assignment ended before the item was closed.
    ClaimReleased {
        /// The actor that had the claim.
        claimant: ActorName,
        /// The kind of the actor; `None` if it is unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ActorKind>,
        /// The actor that took the claim away; `None` if the claimant gave it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Participant>,
        /// The time of the release.
        at: Timestamp,
    },
    /// A child was created. This event is in the same append as the creation of the child.
    ChildAdded {
        /// The child.
        child: WorkItemId,
    },
    /// A dependency on another item was added.
    DependencyAdded {
        /// The other item.
        on: WorkItemId,
        /// The kind of dependency.
        kind: DependencyKind,
    },
    /// The dependency on another item was removed.
    DependencyRemoved {
        /// The other item.
        on: WorkItemId,
        /// The kind of dependency that it was.
        kind: DependencyKind,
    },
    /// A note was added.
    NoteAdded {
        /// The note.
        text: Note,
    },
}
