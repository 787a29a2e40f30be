//! The histories with which scenarios begin.

use jiff::{SignedDuration, Timestamp};
use shared_kernel::Aggregate;
use shared_kernel::event::ActorName;
use shared_kernel::snowflake::Snowflake;
use work_item::{
    BlockerGraph, Coverage, DependencyKind, EvidenceFile, FileCounts, KnownStatuses, NewWorkItem,
    Note, Parent, Participant, Reason, Sha256, Status, TestPatterns, TestRun, Title, WorkItem,
    WorkItemError, WorkItemEvent, WorkItemId, WorkItemType, WorkNumber, Workers,
};

/// An item that applies the events of its commands, and keeps them.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) state: WorkItem,
    pub(crate) events: Vec<WorkItemEvent>,
}

impl Item {
    /// A new item.
    pub(crate) fn new(new: NewWorkItem) -> Self {
        Self::new_in(new, None)
    }

    /// A new item with a parent.
    pub(crate) fn new_in(new: NewWorkItem, parent: Option<Parent>) -> Self {
        let created = WorkItem::create(id(1), new, parent, at(0)).unwrap();
        Self {
            state: <WorkItem as Aggregate>::create(&created).unwrap(),
            events: vec![created],
        }
    }

    /// Runs a command and applies its events.
    pub(crate) fn take(
        &mut self,
        command: impl FnOnce(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError>,
    ) -> Result<(), WorkItemError> {
        for event in command(&self.state)? {
            self.state.apply(&event).unwrap();
            self.events.push(event);
        }
        Ok(())
    }

    /// The same item after a command that it accepts.
    pub(crate) fn after(
        mut self,
        command: impl FnOnce(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError>,
    ) -> Self {
        self.take(command).unwrap();
        self
    }
}

/// A task with the given status, an hour after its creation.
pub(crate) fn task_that_is(status: Status) -> Item {
    item_that_is(status, task())
}

/// An item with the given status, an hour after its creation.
pub(crate) fn item_that_is(status: Status, new: NewWorkItem) -> Item {
    let pending = Item::new(new);
    let started = |pending: Item| pending.after(|item| item.start(None, at(3600)));
    match status {
        Status::Pending => pending,
        Status::InProgress => started(pending),
        Status::Blocked => started(pending).after(|item| item.block(reason("waits"), at(3600))),
        Status::Done => started(pending)
            .after(|item| item.record_test_run(enough()))
            .after(|item| item.complete(None, &alone(), &nobody(), at(3600))),
        Status::Cancelled => pending.after(|item| item.cancel(reason("no use"), at(3600))),
    }
}

pub(crate) fn task() -> NewWorkItem {
    NewWorkItem::new(title("Keep the log"))
}

/// No statuses: enough for an item without parent, children and blockers.
pub(crate) fn alone() -> KnownStatuses {
    KnownStatuses::new()
}

/// No workers: every approval counts.
pub(crate) fn nobody() -> Workers {
    Workers::new()
}

/// The statuses of the items with these numbers.
pub(crate) fn with_statuses(around: impl IntoIterator<Item = (u64, Status)>) -> KnownStatuses {
    let around = around.into_iter();
    around.fold(alone(), |known, (number, status)| {
        known.with(id(number), status)
    })
}

/// A new item with the given number.
pub(crate) fn numbered(number: u64) -> WorkItem {
    let created = WorkItem::create(id(number), task(), None, at(0)).unwrap();
    <WorkItem as Aggregate>::create(&created).unwrap()
}

/// A graph of items without blockers.
pub(crate) fn unblocked(numbers: impl IntoIterator<Item = u64>) -> BlockerGraph {
    let mut graph = BlockerGraph::new();
    for number in numbers {
        assert_eq!(graph.learn(&numbered(number)), []);
    }
    graph
}

/// The same item, blocked by the one with that number.
pub(crate) fn blocked_by(
    number: u64,
) -> impl Fn(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError> {
    move |item| item.add_dependency(id(number), DependencyKind::Blocks, &unblocked([number]))
}

/// The same item with a subtask.
pub(crate) fn with_subtask(
    number: u64,
) -> impl Fn(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError> {
    move |item| item.add_child(id(number), WorkItemType::Subtask)
}

pub(crate) fn id(number: u64) -> WorkItemId {
    let snowflake = Snowflake::try_from(7000 + number).unwrap();
    WorkItemId::new(snowflake, WorkNumber::new(number).unwrap())
}

/// The time this many seconds after the start of the day.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-09T10:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

pub(crate) fn title(text: &str) -> Title {
    text.parse().unwrap()
}

pub(crate) fn reason(text: &str) -> Reason {
    text.parse().unwrap()
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().unwrap()
}

pub(crate) fn name(text: &str) -> ActorName {
    text.parse().unwrap()
}

/// A participant whose kind is known only if the text has a prefix.
pub(crate) fn who(text: &str) -> Participant {
    text.parse().unwrap()
}

pub(crate) fn coverage(percent: f64) -> Coverage {
    Coverage::from_percent(percent).unwrap()
}

/// A run that passes every gate.
pub(crate) fn enough() -> TestRun {
    from_files((955, 1000), [6, 3, 1])
}

/// A run with results from a coverage file and a test report.
pub(crate) fn from_files((covered, total): (u64, u64), tests: [u32; 3]) -> TestRun {
    let [positive, negative, edge_case] = tests;
    let lines = FileCounts::Lines { covered, total };
    let tests = FileCounts::Tests {
        positive,
        negative,
        edge_case,
        skipped: 0,
        patterns: TestPatterns::default(),
    };
    let run = TestRun::new().with_file(file("coverage.info", lines));
    run.unwrap().with_file(file("tests.xml", tests)).unwrap()
}

pub(crate) fn file(name: &str, counts: FileCounts) -> EvidenceFile {
    EvidenceFile {
        name: name.parse().unwrap(),
        size: 99,
        sha256: Sha256::from_bytes([15; 32]),
        counts,
    }
}
