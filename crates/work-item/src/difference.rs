//! Owns how two states of an item differ, field by field, under names that are kept for ever.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::word::words;
use crate::{Coverage, TestKind, WorkItem};

words! {
    /// A field of a work item as differences name it.
    Field, "field" {
        /// What it is called.
        Title = "title",
        /// What kind of work it is.
        ItemType = "type",
        /// Where it stands.
        Status = "status",
        /// Why it stands there.
        StatusReason = "status_reason",
        /// How urgent it is.
        Priority = "priority",
        /// How much harm it can do.
        RiskTier = "risk_tier",
        /// What it is about.
        Description = "description",
        /// The item that it lies in.
        Parent = "parent",
        /// Who has it.
        Assignee = "assignee",
        /// When it was created.
        CreatedAt = "created_at",
        /// When it was started for the first time.
        StartedAt = "started_at",
        /// The coverage of its latest test run, in percent.
        Coverage = "coverage_percent",
        /// The positive tests of its latest test run.
        PositiveTests = "positive",
        /// The negative tests of its latest test run.
        NegativeTests = "negative",
        /// The tests of edge cases of its latest test run.
        EdgeCaseTests = "edge_case",
        /// Who has approved.
        Approvers = "approvers",
        /// How long it took from its first start until it was done.
        CycleTime = "cycle_time",
        /// How it was resolved.
        Resolution = "resolution",
        /// The items that lie in it.
        Children = "children",
        /// The items that block it.
        Blockers = "blockers",
        /// The items that it is related to.
        Related = "related",
        /// How many notes there are about it.
        Notes = "notes",
    }
}

/// What stands in a field. In serialized data it is the bare value: a text, a number, a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FieldValue {
    /// A word, a name, a number such as `WORK-007`, or free text.
    Text(String),
    /// A count.
    Count(u64),
    /// A coverage.
    Coverage(Coverage),
    /// A moment.
    Time(Timestamp),
    /// A span of time.
    Duration(SignedDuration),
    /// Names or numbers, in their order; at least one.
    List(Vec<String>),
}

/// A field that stands otherwise in one state than in the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Which field.
    pub field: Field,
    /// What stood in it; `None` where nothing did.
    pub from: Option<FieldValue>,
    /// What stands in it; `None` where nothing does.
    pub to: Option<FieldValue>,
}

impl WorkItem {
    /// What is otherwise in `later` than in this state, in the order of [`Field::ALL`]; nothing
    /// where they are alike. Meant for two states of one item.
    ///
    /// ```
    /// use shared_kernel::{Aggregate, Snowflake};
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

    /// What stands in a field.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<FieldValue> {
        let tests = |kind| {
            let ratio = self.latest_test_run?.ratio?;
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
            Field::CreatedAt => Some(FieldValue::Time(self.created_at)),
            Field::StartedAt => self.started_at.map(FieldValue::Time),
            Field::Coverage => self.latest_test_run?.coverage.map(FieldValue::Coverage),
            Field::PositiveTests => tests(TestKind::Positive),
            Field::NegativeTests => tests(TestKind::Negative),
            Field::EdgeCaseTests => tests(TestKind::EdgeCase),
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

fn text(value: impl fmt::Display) -> Option<FieldValue> {
    Some(FieldValue::Text(value.to_string()))
}

fn list<T: fmt::Display>(values: impl Iterator<Item = T>) -> Option<FieldValue> {
    let values: Vec<_> = values.map(|value| value.to_string()).collect();
    (!values.is_empty()).then_some(FieldValue::List(values))
}

impl fmt::Display for FieldValue {
    /// The value as people read it; the entries of a list with commas in between.
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
