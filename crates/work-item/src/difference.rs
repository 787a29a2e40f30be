//! The differences between two states of a work item, field by field.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::word::words;
use crate::{Coverage, DependencyKind, TestKind, WorkItem, WorkItemEvent};

words! {
    /// A field of a work item. Programs read these names in the output, so they never change.
    Field, "field" {
        /// The title.
        Title = "title",
        /// The kind of work.
        ItemType = "type",
        /// The status.
        Status = "status",
        /// The reason of the last status change.
        StatusReason = "status_reason",
        /// The priority.
        Priority = "priority",
        /// The risk tier.
        RiskTier = "risk_tier",
        /// The description.
        Description = "description",
        /// The item that contains it.
        Parent = "parent",
        /// The assignee.
        Assignee = "assignee",
        /// The actor that has claimed it.
        ClaimedBy = "claimed_by",
        /// The end of the claim without a renewal.
        ClaimedUntil = "claimed_until",
        /// The number of the claim.
        ClaimTerm = "claim_term",
        /// The time of its creation.
        CreatedAt = "created_at",
        /// The time of its first start.
        StartedAt = "started_at",
        /// The coverage of its latest test run, in percent.
        Coverage = "coverage_percent",
        /// The number of positive tests in its latest test run.
        PositiveTests = "positive",
        /// The number of negative tests in its latest test run.
        NegativeTests = "negative",
        /// The number of edge case tests in its latest test run.
        EdgeCaseTests = "edge_case",
        /// The files of its latest test run.
        EvidenceFiles = "evidence_files",
        /// The approvers.
        Approvers = "approvers",
        /// The time from its first start to its completion.
        CycleTime = "cycle_time",
        /// The resolution.
        Resolution = "resolution",
        /// The items that it contains.
        Children = "children",
        /// The items that block it.
        Blockers = "blockers",
        /// The related items.
        Related = "related",
        /// The number of its notes.
        Notes = "notes",
    }
}

/// The value of a field. It is serialized without a tag: `"done"`, `3`, `["WORK-001"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FieldValue {
    /// A word, a name, a work item number such as `WORK-007`, or free text.
    Text(String),
    /// A count.
    Count(u64),
    /// A coverage.
    Coverage(Coverage),
    /// A point in time.
    Time(Timestamp),
    /// A span of time.
    Duration(SignedDuration),
    /// Names or work item numbers, at least one.
    List(Vec<String>),
}

/// A field with different values in two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// The value in the earlier state; `None` if it had none.
    pub from: Option<FieldValue>,
    /// The value in the later state; `None` if it has none.
    pub to: Option<FieldValue>,
}

impl WorkItem {
    /// The fields that differ between this state and `later`, in the order of [`Field::ALL`]. Use
    /// it for two states of the same item.
    ///
    /// ```
    /// use shared_kernel::Aggregate;
    /// use shared_kernel::snowflake::Snowflake;
    /// use work_item::{Field, FieldValue, NewWorkItem, WorkItem, WorkItemId, WorkNumber};
    ///
    /// let id = WorkItemId::new(Snowflake::new(7001)?, WorkNumber::FIRST);
    /// let at = "2026-01-09T10:00:00Z".parse()?;
    /// let created = WorkItem::create(id, NewWorkItem::new("x".parse()?), None, at)?;
    /// let before = <WorkItem as Aggregate>::create(&created)?;
    /// let mut after = before.clone();
    /// after.apply(&before.retitle("y".parse()?)?[0])?;
    ///
    /// let changes = before.changes_to(&after);
    /// assert_eq!(changes.len(), 1);
    /// assert_eq!(changes[0].field, Field::Title);
    /// assert_eq!(changes[0].to, Some(FieldValue::Text("y".to_owned())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn changes_to(&self, later: &Self) -> Vec<FieldChange> {
        let change = |field: &Field| {
            let (from, to) = (self.field(*field), later.field(*field));
            (from != to).then_some(FieldChange {
                field: *field,
                from,
                to,
            })
        };
        Field::ALL.iter().filter_map(change).collect()
    }

    /// The value of a field; `None` if it has none.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<FieldValue> {
        let tests = |kind| {
            let ratio = self.latest_test_run.as_ref()?.ratio?;
            Some(FieldValue::Count(u64::from(ratio.count(kind))))
        };
        match field {
            Field::Title => text(&self.title),
            Field::ItemType => text(self.item_type),
            Field::Status => text(self.status),
            Field::StatusReason => self.status_reason.as_ref().and_then(text),
            Field::Priority => text(self.priority),
            Field::RiskTier => text(self.risk_tier),
            Field::Description => self.description.as_ref().and_then(text),
            Field::Parent => self.parent.and_then(text),
            Field::Assignee => self.assignee.as_ref().and_then(text),
            Field::ClaimedBy => self.claim.as_ref().and_then(|claim| text(&claim.claimant)),
            Field::ClaimedUntil => self.claim.as_ref()?.until.map(FieldValue::Time),
            Field::ClaimTerm => Some(FieldValue::Count(self.claim.as_ref()?.term)),
            Field::CreatedAt => Some(FieldValue::Time(self.created_at)),
            Field::StartedAt => self.started_at.map(FieldValue::Time),
            Field::Coverage => {
                let coverage = self.latest_test_run.as_ref()?.coverage;
                coverage.map(FieldValue::Coverage)
            }
            Field::PositiveTests => tests(TestKind::Positive),
            Field::NegativeTests => tests(TestKind::Negative),
            Field::EdgeCaseTests => tests(TestKind::EdgeCase),
            Field::EvidenceFiles => list(self.latest_test_run.as_ref()?.files.iter()),
            Field::Approvers => list(self.approvers.iter()),
            Field::CycleTime => self.cycle_time.map(FieldValue::Duration),
            Field::Resolution => self.resolution.as_ref().and_then(text),
            Field::Children => list(self.children.iter()),
            Field::Blockers => list(self.blockers()),
            Field::Related => list(self.related()),
            Field::Notes => Some(FieldValue::Count(self.notes)),
        }
    }
}

impl WorkItem {
    /// Whether the field is a figure of the latest test run that was not read from a file.
    #[must_use]
    pub fn is_claimed(&self, field: Field) -> bool {
        let Some(run) = &self.latest_test_run else {
            return false;
        };
        match field {
            Field::Coverage => run.coverage.is_some() && !run.coverage_is_proven(),
            Field::PositiveTests | Field::NegativeTests | Field::EdgeCaseTests => {
                run.ratio.is_some() && !run.ratio_is_proven()
            }
            _ => false,
        }
    }
}

impl WorkItemEvent {
    /// The fields that the event can change; for the creation, all fields.
    ///
    /// Other fields keep their values. Example: a `WorkItemRetitled` can change the title only, so
    /// a caller that looks for changes compares one field and not the whole item.
    #[must_use]
    pub const fn fields(&self) -> &'static [Field] {
        match self {
            Self::WorkItemCreated { .. } => Field::ALL,
            // A reopening also removes the evidence and the resolution, and the end of work the
            // claim.
            Self::StatusChanged { .. } => &[
                Field::Status,
                Field::StatusReason,
                Field::ClaimedBy,
                Field::ClaimedUntil,
                Field::ClaimTerm,
                Field::StartedAt,
                Field::Coverage,
                Field::PositiveTests,
                Field::NegativeTests,
                Field::EdgeCaseTests,
                Field::EvidenceFiles,
                Field::Approvers,
                Field::CycleTime,
                Field::Resolution,
            ],
            Self::TestSuiteExecuted { .. } => &[
                Field::Coverage,
                Field::PositiveTests,
                Field::NegativeTests,
                Field::EdgeCaseTests,
                Field::EvidenceFiles,
            ],
            Self::CompletionApproved { .. } => &[Field::Approvers],
            Self::WorkItemCompleted { .. } => &[Field::CycleTime, Field::Resolution],
            Self::WorkItemRetitled { .. } => &[Field::Title],
            Self::WorkItemDescribed { .. } => &[Field::Description],
            Self::PriorityChanged { .. } => &[Field::Priority],
            Self::WorkItemAssigned { .. }
            | Self::WorkItemUnassigned { .. }
            | Self::WorkItemClaimed { .. }
            | Self::ClaimReleased { .. } => &[
                Field::Assignee,
                Field::ClaimedBy,
                Field::ClaimedUntil,
                Field::ClaimTerm,
            ],
            Self::ChildAdded { .. } => &[Field::Children],
            Self::DependencyAdded { kind, .. } | Self::DependencyRemoved { kind, .. } => match kind
            {
                DependencyKind::Blocks => &[Field::Blockers],
                DependencyKind::Relates => &[Field::Related],
            },
            Self::NoteAdded { .. } => &[Field::Notes],
        }
    }
}

fn text(value: impl fmt::Display) -> Option<FieldValue> {
    Some(FieldValue::Text(value.to_string()))
}

fn list<T: fmt::Display>(values: impl Iterator<Item = T>) -> Option<FieldValue> {
    let values: Vec<_> = values.map(|value| value.to_string()).collect();
    (!values.is_empty()).then_some(FieldValue::List(values))
}

impl fmt::Display for FieldValue {
    /// Writes the value for people; the entries of a list are separated by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Coverage(coverage) => coverage.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Duration(duration) => write!(f, "{duration:#}"),
            Self::List(values) => f.write_str(&values.join(", ")),
        }
    }
}
