//! The state of a work item.
//!
//! `history` applies events to it, `commands` decides on new events.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Alias, Claim, Dependency, DependencyKind, Description, LostClaim, Participant, Priority,
    Reason, RiskTier, Status, TestRun, Title, WorkItemId, WorkItemType,
};

/// A work item: the state that its events produce.
///
/// It implements serde's traits so that snapshots can store it. It holds everything that commands
/// check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    pub(crate) id: WorkItemId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<Alias>,
    pub(crate) title: Title,
    pub(crate) item_type: WorkItemType,
    pub(crate) priority: Priority,
    pub(crate) risk_tier: RiskTier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Description>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<WorkItemId>,
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status_reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assignee: Option<Participant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<Claim>,
    /// The number of claims so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) claims: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lost_claims: Vec<LostClaim>,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest_test_run: Option<TestRun>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) approvers: Vec<Participant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cycle_time: Option<SignedDuration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<Reason>,
    pub(crate) children: Vec<WorkItemId>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) notes: u64,
}

impl WorkItem {
    /// The identity: snowflake and number, for example `WORK-007`.
    #[must_use]
    pub fn id(&self) -> WorkItemId {
        self.id
    }

    /// Its names in other trackers and stores.
    #[must_use]
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// The kind of work: epic, story, task, subtask, bug or spike.
    #[must_use]
    pub fn item_type(&self) -> WorkItemType {
        self.item_type
    }

    /// The priority.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// The risk tier; it decides which quality gate the item must pass.
    #[must_use]
    pub fn risk_tier(&self) -> RiskTier {
        self.risk_tier
    }

    /// The description.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }

    /// The item that contains it.
    #[must_use]
    pub fn parent(&self) -> Option<WorkItemId> {
        self.parent
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The reason of the last status change; `None` if that change had no reason.
    #[must_use]
    pub fn status_reason(&self) -> Option<&Reason> {
        self.status_reason.as_ref()
    }

    /// The person or agent to whom it is assigned.
    #[must_use]
    pub fn assignee(&self) -> Option<&Participant> {
        self.assignee.as_ref()
    }

    /// The time of its creation.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The time of its first start; a later reopening does not change it.
    #[must_use]
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// The latest test run since it was created or last reopened.
    #[must_use]
    pub fn latest_test_run(&self) -> Option<&TestRun> {
        self.latest_test_run.as_ref()
    }

    /// The approvers since it was created or last reopened, ordered by name.
    pub fn approvers(&self) -> impl Iterator<Item = &Participant> {
        self.approvers.iter()
    }

    /// The time from its first start to its completion; `None` unless it is done.
    #[must_use]
    pub fn cycle_time(&self) -> Option<SignedDuration> {
        self.cycle_time
    }

    /// The resolution given at its completion; `None` unless it is done with one.
    #[must_use]
    pub fn resolution(&self) -> Option<&Reason> {
        self.resolution.as_ref()
    }

    /// The items that it depends on, in the order in which they were added: blockers and related
    /// items.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// The items that block it, in the order in which they were added.
    pub fn blockers(&self) -> impl Iterator<Item = WorkItemId> {
        self.depends(DependencyKind::Blocks)
    }

    /// The related items, in the order in which they were added. It does not wait for them.
    pub fn related(&self) -> impl Iterator<Item = WorkItemId> {
        self.depends(DependencyKind::Relates)
    }

    /// The items that it contains, in the order of their creation.
    #[must_use]
    pub fn children(&self) -> &[WorkItemId] {
        &self.children
    }

    /// The number of its notes. Their texts are in its history only, because no command checks
    /// them.
    #[must_use]
    pub fn notes(&self) -> u64 {
        self.notes
    }

    fn depends(&self, kind: DependencyKind) -> impl Iterator<Item = WorkItemId> {
        let dependencies = self.dependencies.iter();
        dependencies
            .filter(move |dependency| dependency.kind == kind)
            .map(|dependency| dependency.on)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
