//! Folding the history of an item: its state, and the version that set each field.

use std::collections::{HashMap, VecDeque};

use jiff::{Timestamp, TimestampRound, Unit};
use shared_kernel::{
    Aggregate, DomainEvent, EventEnvelope, GlobalPosition, Inapplicable, StreamVersion,
};
use work_item::{
    Field, FieldValue, GateFailure, Hindrance, Hindrances, KnownStatuses, OpenItem, Status,
    WorkItem, WorkItemError, WorkItemEvent, WorkItemId, Workers,
};
use work_tracking::TrackedItem;

use super::rows::{
    Cell, ChangeRow, DependencyRow, Facts, HindranceRow, ParentRow, StateRow, WaitingRow,
};
use crate::handle::Handle;
use crate::view::ClaimView;
use crate::wording::{self, claimed};

/// The fields, most important first. Title, children and dependencies have their own places in the
/// answer.
const FIELDS: [Field; 19] = [
    Field::Status,
    Field::StatusReason,
    Field::Assignee,
    Field::Priority,
    Field::ItemType,
    Field::RiskTier,
    Field::Parent,
    Field::Description,
    Field::Coverage,
    Field::PositiveTests,
    Field::NegativeTests,
    Field::EdgeCaseTests,
    Field::EvidenceFiles,
    Field::Approvers,
    Field::Resolution,
    Field::CycleTime,
    Field::StartedAt,
    Field::CreatedAt,
    Field::Notes,
];

/// The children and dependencies that were loaded.
type Others<'a> = HashMap<WorkItemId, &'a TrackedItem>;

/// The surroundings of an item.
#[derive(Default)]
pub(crate) struct Around {
    /// The item that contains it.
    pub(crate) parent: Option<TrackedItem>,
    /// The items that wait for it.
    pub(crate) waiting: Vec<TrackedItem>,
    /// Whether the item is that of another actor than the asker.
    pub(crate) is_of_another: bool,
    /// The claim of the item, with its renewals if the moment is the present.
    pub(crate) claim: Option<ClaimView>,
    /// The position at which all of it was read.
    pub(crate) handle: Option<Handle>,
    /// The moment requested with `--as-of`.
    pub(crate) as_of: Option<String>,
}

/// The state and the changes of an item after some of its events.
pub(crate) struct Record {
    item: WorkItem,
    version: StreamVersion,
    created: GlobalPosition,
    position: GlobalPosition,
    at: Timestamp,
    stream: String,
    versions: HashMap<Field, u64>,
    test_run: Option<u64>,
    workers: Workers,
    changes: VecDeque<ChangeRow>,
    earlier: u64,
    most_changes: usize,
}

impl Record {
    /// Begins with the first event. At most `most_changes` changes are kept, the newest ones.
    pub(crate) fn begin(
        first: &EventEnvelope<WorkItemEvent>,
        most_changes: usize,
    ) -> Result<Self, Inapplicable> {
        let item = <WorkItem as Aggregate>::create(&first.event)?;
        let version = first.version.get();
        let versions = Field::ALL.iter().map(|field| (*field, version)).collect();
        let mut record = Self {
            item,
            version: first.version,
            created: first.position,
            position: first.position,
            at: first.recorded_at,
            stream: first.stream.to_string(),
            versions,
            test_run: None,
            workers: Workers::new(),
            changes: VecDeque::new(),
            earlier: 0,
            most_changes,
        };
        record.keep(first);
        Ok(record)
    }

    /// Applies the next event.
    pub(crate) fn take(
        &mut self,
        envelope: &EventEnvelope<WorkItemEvent>,
    ) -> Result<(), Inapplicable> {
        let fields = envelope.event.fields();
        let before: Vec<_> = fields.iter().map(|field| self.item.field(*field)).collect();
        self.item.apply(&envelope.event)?;
        let actor = envelope.metadata.actor.as_ref();
        let actor = actor.map(|actor| &actor.name);
        self.workers.take(envelope.version, &envelope.event, actor);
        self.version = envelope.version;
        self.position = envelope.position;
        self.at = envelope.recorded_at;
        let version = envelope.version.get();
        // A run with the same results as the one before is new evidence too.
        let is_run = matches!(envelope.event, WorkItemEvent::TestSuiteExecuted { .. });
        if is_run {
            self.test_run = Some(version);
        }
        for (field, before) in fields.iter().zip(before) {
            if is_run || self.item.field(*field) != before {
                self.versions.insert(*field, version);
            }
        }
        self.keep(envelope);
        Ok(())
    }

    /// The version of the last applied event.
    pub(crate) fn version(&self) -> StreamVersion {
        self.version
    }

    /// The position of the first event.
    pub(crate) fn created(&self) -> GlobalPosition {
        self.created
    }

    /// The position of the last applied event.
    pub(crate) fn position(&self) -> GlobalPosition {
        self.position
    }

    /// The item after the last applied event.
    pub(crate) fn item(&self) -> &WorkItem {
        &self.item
    }

    /// Everything that prevents the completion of the item. `known` must have the statuses of its
    /// children and blockers.
    pub(crate) fn hindrances(&self, known: &KnownStatuses) -> Result<Hindrances, WorkItemError> {
        self.item.hindrances(known, &self.workers)
    }

    /// The facts. An item that is not among `others` gets a number, but no status and no title.
    pub(crate) fn facts(
        self,
        hindrances: Option<&Hindrances>,
        others: &[TrackedItem],
        around: Around,
    ) -> Facts {
        let Around {
            parent,
            waiting,
            claim,
            is_of_another,
            handle,
            as_of,
        } = around;
        let next = match as_of {
            None if is_of_another => vec!["annals next --claim".to_owned()],
            None => next_commands(&self.item, hindrances),
            Some(_) => Vec::new(),
        };
        let others = &others
            .iter()
            .map(|other| (other.item.id(), other))
            .collect();
        Facts {
            number: self.item.id().to_string(),
            title: self.item.title().to_string(),
            version: self.version.get(),
            handle: handle.map(|handle| handle.to_string()),
            updated_at: time(self.at),
            as_of,
            stream: self.stream.clone(),
            parent: parent.as_ref().map(parent_row),
            state: self.states(claim.as_ref()),
            hindrances: hindrances.map_or_else(Vec::new, |all| self.hinders(all, others)),
            depends_on: self.depends_on(others),
            waiting: waiting.iter().map(waiting_row).collect(),
            changes: self.changes.into(),
            earlier: self.earlier,
            next,
        }
    }

    fn keep(&mut self, envelope: &EventEnvelope<WorkItemEvent>) {
        self.changes.push_back(ChangeRow {
            version: envelope.version.get(),
            recorded_at: time(envelope.recorded_at),
            actor: envelope.metadata.actor.as_ref().map(wording::actor),
            event_type: envelope.event.event_type(),
            what: wording::describe(&envelope.event),
        });
        if self.changes.len() > self.most_changes {
            self.changes.pop_front();
            self.earlier += 1;
        }
    }

    /// The fields with a value. The claim stands behind the assignee, which is its claimant.
    fn states(&self, claim: Option<&ClaimView>) -> Vec<StateRow> {
        let mut rows = Vec::new();
        for field in FIELDS {
            rows.extend(self.state(field));
            if let (Field::Assignee, Some(claim)) = (field, claim) {
                let until = claim.until.map_or_else(|| "its release".to_owned(), time);
                let version = self.versions.get(&Field::ClaimTerm);
                rows.push(StateRow {
                    field: "claim",
                    value: Cell::Text(format!("{} until {until}", claim.claimant)),
                    version: version.copied().unwrap_or_default(),
                });
            }
        }
        rows
    }

    fn state(&self, field: Field) -> Option<StateRow> {
        let value = match self.item.field(field)? {
            figure if self.item.is_claimed(field) => {
                Cell::Text(format!("{figure}{}", claimed(true)))
            }
            FieldValue::Count(0) if field == Field::Notes => return None,
            FieldValue::Count(count) => Cell::Count(count),
            FieldValue::Time(at) => Cell::Text(time(at)),
            other => Cell::Text(other.to_string()),
        };
        Some(StateRow {
            field: field.as_str(),
            value,
            version: self.versions.get(&field).copied()?,
        })
    }

    fn hinders(&self, hindrances: &Hindrances, others: &Others<'_>) -> Vec<HindranceRow> {
        let (own, now) = (self.item.id(), self.version.get());
        let row = |hindrance: Hindrance| {
            let what = hindrance.to_string();
            let (id, version) = match hindrance {
                Hindrance::NotInProgress(_) => {
                    let set = self.versions.get(&Field::Status);
                    (own, set.copied().unwrap_or_default())
                }
                Hindrance::OpenChild(OpenItem { id, .. })
                | Hindrance::OpenBlocker(OpenItem { id, .. })
                | Hindrance::Unreadable(id) => {
                    (id, others.get(&id).map_or(0, |found| found.version.get()))
                }
                // A failed requirement follows from the latest test run; a missing run or approval
                // follows from the whole history.
                Hindrance::Gate { failure, .. } => match failure {
                    GateFailure::ApprovalByWorker { version, .. }
                    | GateFailure::UnattributedWork { version } => (own, version.get()),
                    GateFailure::NoApproval => (own, now),
                    _ => {
                        let run = self.item.latest_test_run().and(self.test_run);
                        (own, run.unwrap_or(now))
                    }
                },
            };
            HindranceRow {
                what,
                number: id.to_string(),
                version,
            }
        };
        hindrances.iter().map(row).collect()
    }

    /// The open items, then the closed ones; each of them as blockers, children and related items.
    fn depends_on(&self, others: &Others<'_>) -> Vec<DependencyRow> {
        let item = &self.item;
        let blockers = item.blockers().map(|id| (id, "blocks"));
        let children = item.children().iter().map(|id| (*id, "child"));
        let related = item.related().map(|id| (id, "relates"));
        let mut rows: Vec<_> = blockers.chain(children).chain(related).collect();
        let is_closed = |found: &&TrackedItem| !found.item.status().is_open();
        rows.sort_by_key(|(id, _)| others.get(id).is_some_and(is_closed));
        let row = |(id, kind): (WorkItemId, &'static str)| {
            let found = others.get(&id);
            DependencyRow {
                number: id.to_string(),
                kind,
                status: found.map(|found| found.item.status().as_str()),
                title: found.map(|found| found.item.title().to_string()),
                version: found.map(|found| found.version.get()),
            }
        };
        rows.into_iter().map(row).collect()
    }
}

fn parent_row(parent: &TrackedItem) -> ParentRow {
    ParentRow {
        number: parent.item.id().to_string(),
        title: parent.item.title().to_string(),
        description: parent.item.description().map(ToString::to_string),
        version: parent.version.get(),
    }
}

fn waiting_row(waiting: &TrackedItem) -> WaitingRow {
    WaitingRow {
        number: waiting.item.id().to_string(),
        status: waiting.item.status().as_str(),
        title: waiting.item.title().to_string(),
        version: waiting.version.get(),
    }
}

/// The commands that an item can take next.
fn next_commands(item: &WorkItem, hindrances: Option<&Hindrances>) -> Vec<String> {
    let number = item.id().number();
    let hindrances: Vec<_> = hindrances.iter().flat_map(|all| all.iter()).collect();
    let lacks_approval = |one: &Hindrance| {
        matches!(
            one,
            Hindrance::Gate {
                failure: GateFailure::NoApproval | GateFailure::ApprovalByWorker { .. },
                ..
            }
        )
    };
    let lacks_results = |one: &Hindrance| {
        matches!(one, Hindrance::Gate { failure, .. } if !matches!(
            failure,
            GateFailure::NoApproval
                | GateFailure::ApprovalByWorker { .. }
                | GateFailure::UnattributedWork { .. }
        ))
    };
    let has_blocker = |one: &Hindrance| matches!(one, Hindrance::OpenBlocker(_));
    let mut next = Vec::new();
    match item.status() {
        Status::Pending if !hindrances.iter().any(has_blocker) => {
            next.push(format!("annals start {number}"));
        }
        Status::Blocked => next.push(format!("annals unblock {number}")),
        _ => {}
    }
    if hindrances.iter().any(lacks_results) {
        next.push(match item.risk_tier().gate().needs_files() {
            true => format!("annals test-run {number} --junit FILE --lcov FILE"),
            false => format!("annals test-run {number}"),
        });
    }
    if hindrances.iter().any(lacks_approval) {
        next.push(format!("annals approve {number}"));
    }
    if item.status() == Status::InProgress && hindrances.is_empty() {
        next.push(format!("annals done {number}"));
    }
    next
}

/// A time in UTC, cut to seconds; the version gives the exact order.
pub(crate) fn time(at: Timestamp) -> String {
    let to_seconds = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(jiff::RoundMode::Floor);
    at.round(to_seconds).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use shared_kernel::event::ActorName;
    use shared_kernel::snowflake::Snowflake;
    use shared_kernel::{EventId, Metadata};
    use work_item::{DependencyKind, NewWorkItem, WorkNumber};

    use super::*;

    fn id(number: u64) -> WorkItemId {
        let snowflake = Snowflake::new(7000 + number as i64).unwrap();
        WorkItemId::new(snowflake, WorkNumber::new(number).unwrap())
    }

    fn created(number: u64) -> WorkItemEvent {
        let new = NewWorkItem::new(format!("Item {number}").parse().unwrap());
        WorkItem::create(id(number), new, None, at()).unwrap()
    }

    fn at() -> Timestamp {
        "2026-01-05T08:00:00.9Z".parse().unwrap()
    }

    fn record(events: &[WorkItemEvent], most_changes: usize) -> Record {
        let envelope = |(index, event): (usize, &WorkItemEvent)| EventEnvelope {
            stream: id(1).stream_id(),
            version: StreamVersion::new(index as u64 + 1).unwrap(),
            position: GlobalPosition::new(index as u64 + 1).unwrap(),
            recorded_at: at(),
            id: EventId::from_parts(at(), [index as u8; 10]),
            metadata: Metadata::new(),
            event: event.clone(),
        };
        let mut history = events.iter().enumerate().map(envelope);
        let mut record = Record::begin(&history.next().unwrap(), most_changes).unwrap();
        for envelope in history {
            record.take(&envelope).unwrap();
        }
        record
    }

    fn other(number: u64, version: u64, status: Status) -> TrackedItem {
        let mut item = <WorkItem as Aggregate>::create(&created(number)).unwrap();
        if status == Status::Cancelled {
            let cancelled = item.cancel("r".parse().unwrap(), at()).unwrap();
            item.apply(&cancelled[0]).unwrap();
        }
        TrackedItem {
            item,
            version: StreamVersion::new(version).unwrap(),
        }
    }

    fn assigned(name: &str) -> WorkItemEvent {
        WorkItemEvent::WorkItemAssigned {
            assignee: ActorName::new(name).unwrap(),
            kind: None,
        }
    }

    fn depends(on: u64, kind: DependencyKind) -> WorkItemEvent {
        WorkItemEvent::DependencyAdded { on: id(on), kind }
    }

    const RUN: WorkItemEvent = WorkItemEvent::TestSuiteExecuted {
        coverage: None,
        positive: 1,
        negative: 0,
        edge_case: 0,
        files: Vec::new(),
    };

    #[test]
    fn a_field_cites_the_event_that_set_it_last() {
        let record = record(&[created(1), RUN, assigned("ada"), RUN, assigned("ben")], 9);
        let facts = record.facts(None, &[], Around::default());
        let version = |field: &str| {
            facts
                .state
                .iter()
                .find(|row| row.field == field)
                .unwrap()
                .version
        };
        assert_eq!(version("assignee"), 5);
        assert_eq!(version("priority"), 1);
        assert_eq!(version("positive"), 4, "the same run again is new evidence");
        assert_eq!(facts.version, 5);
        assert_eq!(facts.updated_at, "2026-01-05T08:00:00Z");
    }

    #[test]
    fn open_dependencies_and_blockers_come_first() {
        let record = record(
            &[
                created(1),
                depends(2, DependencyKind::Relates),
                depends(3, DependencyKind::Blocks),
                depends(4, DependencyKind::Blocks),
                depends(5, DependencyKind::Relates),
            ],
            9,
        );
        let others = [
            other(2, 8, Status::Pending),
            other(3, 2, Status::Cancelled),
            other(4, 6, Status::Pending),
        ];
        let facts = record.facts(None, &others, Around::default());
        let told: Vec<_> = facts
            .depends_on
            .iter()
            .map(|row| (row.number.as_str(), row.kind, row.status, row.version))
            .collect();
        assert_eq!(
            told,
            [
                ("WORK-004", "blocks", Some("pending"), Some(6)),
                ("WORK-002", "relates", Some("pending"), Some(8)),
                ("WORK-005", "relates", None, None),
                ("WORK-003", "blocks", Some("cancelled"), Some(2)),
            ]
        );
        assert_eq!(facts.depends_on[0].title.as_deref(), Some("Item 4"));
    }

    #[test]
    fn a_hindrance_cites_the_other_item_the_run_or_the_whole_history() {
        let record = record(
            &[
                created(1),
                depends(4, DependencyKind::Blocks),
                RUN,
                assigned("ada"),
            ],
            9,
        );
        let others = [other(4, 6, Status::Pending)];
        let hindrances = Hindrances {
            not_in_progress: Some(Status::Pending),
            open_children: Vec::new(),
            open_blockers: vec![OpenItem {
                id: id(4),
                status: Status::Pending,
            }],
            unreadable: vec![id(5)],
            level: work_item::GateLevel::L2,
            gate_failures: vec![GateFailure::NoNegativeTests, GateFailure::NoApproval],
        };
        let facts = record.facts(Some(&hindrances), &others, Around::default());
        let told = facts
            .hindrances
            .iter()
            .map(|row| (row.number.as_str(), row.version));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("WORK-001", 1),
                ("WORK-004", 6),
                ("WORK-005", 0),
                ("WORK-001", 3),
                ("WORK-001", 4)
            ]
        );
    }

    #[test]
    fn only_as_many_changes_are_kept_as_can_be_shown() {
        let record = record(&[created(1), RUN, RUN, RUN], 2);
        let facts = record.facts(None, &[], Around::default());
        let versions: Vec<_> = facts.changes.iter().map(|row| row.version).collect();
        assert_eq!((versions, facts.earlier), (vec![3, 4], 2));
    }
}
