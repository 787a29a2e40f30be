//! Owns the state of a work item: what its events add up to.
//!
//! How events change it stands in `history`, what it decides in `commands`.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared_kernel::ActorName;

use crate::{
    Dependency, DependencyKind, Description, Priority, Reason, RiskTier, Status, TestRun, Title,
    WorkItemId, WorkItemType,
};

/// A work item: the sum of its events.
///
/// It serializes for snapshots; all that decides about commands is in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    pub(crate) id: WorkItemId,
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
    pub(crate) assignee: Option<ActorName>,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest_test_run: Option<TestRun>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) approvers: BTreeSet<ActorName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cycle_time: Option<SignedDuration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<Reason>,
    pub(crate) children: Vec<WorkItemId>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) notes: u64,
}

impl WorkItem {
    /// Which item it is.
    #[must_use]
    pub fn id(&self) -> WorkItemId {
        self.id
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// What kind of work it is.
    #[must_use]
    pub fn item_type(&self) -> WorkItemType {
        self.item_type
    }

    /// How urgent it is.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// How much harm it can do.
    #[must_use]
    pub fn risk_tier(&self) -> RiskTier {
        self.risk_tier
    }

    /// What it is about.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }

    /// The item that it lies in.
    #[must_use]
    pub fn parent(&self) -> Option<WorkItemId> {
        self.parent
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why it stands there, where the last step had a reason.
    #[must_use]
    pub fn status_reason(&self) -> Option<&Reason> {
        self.status_reason.as_ref()
    }

    /// Who has it.
    #[must_use]
    pub fn assignee(&self) -> Option<&ActorName> {
        self.assignee.as_ref()
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When it was started for the first time.
    #[must_use]
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// The latest run of the tests since it was created or reopened.
    #[must_use]
    pub fn latest_test_run(&self) -> Option<&TestRun> {
        self.latest_test_run.as_ref()
    }

    /// Who has approved since it was created or reopened, in the order of their names.
    pub fn approvers(&self) -> impl Iterator<Item = &ActorName> {
        self.approvers.iter()
    }

    /// How long it took from its first start until it was done; `None` while it is not.
    #[must_use]
    pub fn cycle_time(&self) -> Option<SignedDuration> {
        self.cycle_time
    }

    /// How it was resolved, where that was said; `None` while it is not done.
    #[must_use]
    pub fn resolution(&self) -> Option<&Reason> {
        self.resolution.as_ref()
    }

    /// The items that it depends on, in the order in which they were added.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// The items that block it, in the order in which they were added.
    pub fn blockers(&self) -> impl Iterator<Item = WorkItemId> {
        self.depends(DependencyKind::Blocks)
    }

    /// The items that it is related to, in the order in which they were added.
    pub fn related(&self) -> impl Iterator<Item = WorkItemId> {
        self.depends(DependencyKind::Relates)
    }

    /// The items that lie in it, in the order of their creation.
    #[must_use]
    pub fn children(&self) -> &[WorkItemId] {
        &self.children
    }

    /// How many notes there are about it. What they say stands in its history only: it decides
    /// nothing.
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
