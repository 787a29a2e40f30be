//! The invariants of an item after any sequence of commands.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use proptest::prelude::*;
use shared_kernel::{Aggregate, StreamVersion};
use work_item::{
    DependencyKind, Field, FieldChange, FieldValue, KnownStatuses, Parent, Priority, RiskTier,
    Status, TestRatio, TestRun, WorkItem, WorkItemError, WorkItemEvent, WorkItemType, Workers,
};

use crate::given::{
    Item, at, coverage, from_files, id, name, note, reason, task, title, unblocked, who,
    with_statuses,
};

#[derive(Debug, Clone)]
enum Command {
    Start,
    Block,
    Unblock,
    Complete,
    Cancel,
    Reopen,
    Assign(u8),
    Unassign,
    Claim(u8, Option<i64>),
    Release(u8),
    ChangePriority(usize),
    Retitle(u8),
    Describe(Option<u8>),
    RecordTestRun(Option<u8>, [u32; 3], bool),
    Approve(u8),
    AddChild(u64, WorkItemType),
    AddDependency(u64, DependencyKind),
    RemoveDependency(u64),
    Note(u8),
}

impl Command {
    /// Gives the item, a child of item 2, a command. The other items have the given statuses.
    fn ask(
        &self,
        item: &WorkItem,
        around: &KnownStatuses,
        workers: &Workers,
        seconds: i64,
    ) -> Result<Vec<WorkItemEvent>, WorkItemError> {
        let (why, at) = (reason("why"), at(seconds));
        match self {
            Self::Start => item.start(None, at),
            Self::Block => item.block(why, at),
            Self::Unblock => item.unblock(at),
            Self::Complete => item.complete(Some(why), around, workers, at),
            Self::Cancel => item.cancel(why, at),
            Self::Reopen => item.reopen(why, around, at),
            Self::Assign(to) => item.assign(who(&format!("n{to}"))),
            Self::Unassign => item.unassign(),
            Self::Claim(by, length) => {
                let until = length.map(|length| crate::given::at(seconds + length));
                item.claim_for(who(&format!("agent:n{by}")), until, None, at)
            }
            Self::Release(by) => item.release(Some(&who(&format!("agent:n{by}"))), at),
            Self::ChangePriority(n) => item.change_priority(Priority::ALL[*n]),
            Self::Retitle(n) => item.retitle(title(&format!("t{n}"))),
            Self::Describe(n) => item.describe(n.map(|n| format!("d{n}").parse().unwrap())),
            Self::RecordTestRun(Some(percent), tests, true) if *tests != [0; 3] => {
                item.record_test_run(from_files((u64::from(*percent), 100), *tests))
            }
            Self::RecordTestRun(percent, [positive, negative, edge_case], _) => item
                .record_test_run(TestRun {
                    coverage: percent.map(|percent| coverage(f64::from(percent))),
                    ratio: TestRatio::new(*positive, *negative, *edge_case).ok(),
                    files: Vec::new(),
                }),
            Self::Approve(by) => item.approve(who(&format!("n{by}")), workers),
            Self::AddChild(n, kind) => item.add_child(id(*n), *kind),
            Self::AddDependency(n, kind) => item.add_dependency(id(*n), *kind, &unblocked(OTHERS)),
            Self::RemoveDependency(n) => item.remove_dependency(id(*n)),
            Self::Note(n) => item.note(note(&format!("n{n}"))),
        }
    }
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => Just(Command::Start),
        1 => Just(Command::Block),
        2 => Just(Command::Unblock),
        3 => Just(Command::Complete),
        1 => Just(Command::Cancel),
        3 => Just(Command::Reopen),
        1 => (0..2_u8).prop_map(Command::Assign),
        1 => Just(Command::Unassign),
        2 => (0..2_u8, prop::option::of(0..9_i64))
            .prop_map(|(by, length)| Command::Claim(by, length)),
        1 => (0..2_u8).prop_map(Command::Release),
        1 => (0..Priority::ALL.len()).prop_map(Command::ChangePriority),
        1 => (0..3_u8).prop_map(Command::Retitle),
        1 => prop::option::of(0..2_u8).prop_map(Command::Describe),
        4 => (prop::option::of(70..=100_u8), prop::array::uniform3(0..3_u32), any::<bool>())
            .prop_map(|(percent, counts, files)| Command::RecordTestRun(percent, counts, files)),
        2 => (0..3_u8).prop_map(Command::Approve),
        2 => (OTHERS, prop::sample::select(WorkItemType::ALL))
            .prop_map(|(n, kind)| Command::AddChild(n, kind)),
        2 => (1..OTHERS.end, prop::sample::select(DependencyKind::ALL))
            .prop_map(|(n, kind)| Command::AddDependency(n, kind)),
        2 => (1..OTHERS.end).prop_map(Command::RemoveDependency),
        1 => (0..2_u8).prop_map(Command::Note),
    ]
}

/// The numbers of the other items; the first one is the parent.
const OTHERS: Range<u64> = 2..6;

/// The statuses of the other items at a command; most of them are closed.
fn any_statuses() -> impl Strategy<Value = Vec<Status>> {
    let status = prop_oneof![
        5 => Just(Status::Done),
        2 => Just(Status::Cancelled),
        2 => prop::sample::select(Status::ALL),
    ];
    prop::collection::vec(status, OTHERS.count())
}

/// The fields of a state that have a value.
fn fields(state: &WorkItem) -> HashMap<Field, FieldValue> {
    let value = |field: &Field| Some((*field, state.field(*field)?));
    Field::ALL.iter().filter_map(value).collect()
}

/// The fields of a state after the changes of a difference.
fn applied(state: &WorkItem, changes: Vec<FieldChange>) -> HashMap<Field, FieldValue> {
    let mut fields = fields(state);
    for FieldChange { field, from, to } in changes {
        assert_eq!(fields.remove(&field), from, "{field}");
        fields.extend(to.map(|to| (field, to)));
    }
    fields
}

fn replay(events: &[WorkItemEvent]) -> WorkItem {
    let mut state = <WorkItem as Aggregate>::create(&events[0]).unwrap();
    for event in &events[1..] {
        state.apply(event).unwrap();
    }
    state
}

proptest! {
    #[test]
    fn every_sequence_of_commands_keeps_the_table_and_the_rules(
        tier in prop::sample::select(RiskTier::ALL),
        kind in prop::sample::select(WorkItemType::ALL),
        commands in prop::collection::vec(
            (any_command(), 0..3_u8, any_statuses(), -5..100_i64),
            0..60,
        ),
    ) {
        let parent = kind.parent().map(|item_type| Parent {
            id: id(OTHERS.start),
            item_type,
            status: Status::Pending,
        });
        let mut item = Item::new_in(task().with_risk_tier(tier).with_type(kind), parent);
        let mut seconds = 0;
        let mut workers = Workers::new();
        let mut states = vec![item.state.clone()];
        for (command, actor, statuses, step) in commands {
            let around = with_statuses(OTHERS.zip(statuses));
            seconds += step;
            let before = item.state.clone();
            let recorded = item.events.len();
            let worked = workers.clone();
            let answer = item.take(|state| command.ask(state, &around, &worked, seconds));
            let (from, to) = (before.status(), item.state.status());

            // A refusal changes nothing, a transition is in the table, and a closed item does not
            // change.
            prop_assert!(answer.is_ok() || item.state == before);
            prop_assert!(from == to || from.may_become(to), "{from} to {to}");
            if !from.is_open() && to == from {
                let changes = before.changes_to(&item.state);
                prop_assert!(changes.iter().all(|change| change.field == Field::Notes));
            }
            prop_assert!(from != Status::Done || to == from || matches!(command, Command::Reopen));

            for (place, event) in item.events.iter().enumerate().skip(recorded) {
                let version = StreamVersion::new(place as u64 + 1).unwrap();
                workers.take(version, event, Some(&name(&format!("n{actor}"))));
            }

            // Only fields that the new events can change have changed.
            let new = item.events[recorded..].iter();
            let can_change: HashSet<_> = new.flat_map(WorkItemEvent::fields).collect();
            for change in before.changes_to(&item.state) {
                prop_assert!(can_change.contains(&change.field), "{change:?}");
            }

            // An item does not depend on itself and has at most one dependency on another item; the
            // same holds for children.
            let on: Vec<_> = item.state.dependencies().iter().map(|d| d.on).collect();
            prop_assert!(!on.contains(&item.state.id()));
            prop_assert_eq!(on.iter().collect::<HashSet<_>>().len(), on.len());
            let children: HashSet<_> = item.state.children().iter().collect();
            prop_assert_eq!(children.len(), item.state.children().len());

            // Children and blockers are closed at its completion; its parent is open at a
            // reopening.
            let is_open = |id| around.status_of(id).unwrap().is_open();
            if (from, to) == (Status::InProgress, Status::Done) {
                prop_assert!(!item.state.children().iter().any(|child| is_open(*child)));
                prop_assert!(!item.state.blockers().any(is_open));
            }
            if (from, to) == (Status::Done, Status::InProgress) {
                prop_assert!(item.state.parent().is_none_or(is_open));
            }

            // A done item has passed the gate of its tier.
            if to == Status::Done {
                let failures = tier.gate().failures(item.state.latest_test_run());
                prop_assert!(kind == WorkItemType::Spike || failures.is_empty());
                let mut approvers = item.state.approvers();
                let approved = approvers.any(|by| worked.work_of(&by.name).is_none());
                prop_assert!(from == to || !tier.needs_approval() || approved);
                prop_assert!(item.state.cycle_time().is_some_and(|time| !time.is_negative()));
            } else {
                prop_assert_eq!(item.state.cycle_time(), None);
            }

            // Replay, and a snapshot, give the live state at each step.
            prop_assert_eq!(&replay(&item.events), &item.state);
            prop_assert_eq!(before.changes_to(&item.state).is_empty(), item.state == before);
            let json = serde_json::to_string(&item.state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<WorkItem>(&json).unwrap(), &item.state);
            states.push(item.state.clone());
        }

        // The difference of any two states leads from the one to the other.
        for (a, b) in states.iter().flat_map(|a| states.iter().map(move |b| (a, b))) {
            prop_assert_eq!(applied(a, a.changes_to(b)), fields(b));
        }
    }
}

#[test]
fn a_snapshot_and_the_events_after_it_give_the_replayed_state() {
    let item = Item::new(task())
        .after(|item| item.start(None, at(1)))
        .after(|item| item.assign(who("ada")))
        .after(|item| item.block(reason("waits"), at(2)))
        .after(|item| item.cancel(reason("no use"), at(3)));
    for cut in 1..=item.events.len() {
        let snapshot = serde_json::to_string(&replay(&item.events[..cut])).unwrap();
        let mut state: WorkItem = serde_json::from_str(&snapshot).unwrap();
        for event in &item.events[cut..] {
            state.apply(event).unwrap();
        }
        assert_eq!(state, item.state, "cut at {cut}");
    }
}
