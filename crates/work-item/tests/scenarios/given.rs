//! The histories with which scenarios begin.

use jiff::{SignedDuration, Timestamp};
use shared_kernel::Aggregate;
use shared_kernel::event::ActorName;
use shared_kernel::snowflake::Snowflake;
use work_item::{
    BlockerGraph, Coverage, DependencyKind, KnownStatuses, NewWorkItem, Note, Parent, Reason,
    Status, TestRatio, TestRun, Title, WorkItem, WorkItemError, WorkItemEvent, WorkItemId,
    WorkItemType, WorkNumber,
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
    let started = |pending: Item| pending.after(|item| item.start(at(3600)));
    match status {
        Status::Pending => pending,
        Status::InProgress => started(pending),
        Status::Blocked => started(pending).after(|item| item.block(reason("waits"), at(3600))),
        Status::Done => started(pending)
            .after(|item| item.record_test_run(enough()))
            .after(|item| item.complete(None, &alone(), at(3600))),
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

pub(crate) fn coverage(percent: f64) -> Coverage {
    Coverage::from_percent(percent).unwrap()
}

/// A run that passes every gate.
pub(crate) fn enough() -> TestRun {
    TestRun::new()
        .with_coverage(coverage(95.5))
        .with_ratio(TestRatio::new(6, 3, 1).unwrap())
}
