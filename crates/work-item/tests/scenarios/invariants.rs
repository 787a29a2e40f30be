//! Owns what holds of every item, whatever commands it was given.

use proptest::prelude::*;
use shared_kernel::Aggregate;
use work_item::{
    Priority, RiskTier, Status, TestRatio, TestRun, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemType,
};

use crate::given::{Item, at, coverage, name, reason, task, title};

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
    ChangePriority(usize),
    Retitle(u8),
    Describe(Option<u8>),
    RecordTestRun(Option<u8>, [u32; 3]),
    Approve(u8),
}

impl Command {
    fn ask(&self, item: &WorkItem, seconds: i64) -> Result<Vec<WorkItemEvent>, WorkItemError> {
        let (why, at) = (reason("why"), at(seconds));
        match self {
            Self::Start => item.start(at),
            Self::Block => item.block(why, at),
            Self::Unblock => item.unblock(at),
            Self::Complete => item.complete(Some(why), at),
            Self::Cancel => item.cancel(why, at),
            Self::Reopen => item.reopen(why, at),
            Self::Assign(who) => item.assign(name(&format!("n{who}"))),
            Self::Unassign => item.unassign(),
            Self::ChangePriority(n) => item.change_priority(Priority::ALL[*n]),
            Self::Retitle(n) => item.retitle(title(&format!("t{n}"))),
            Self::Describe(n) => item.describe(n.map(|n| format!("d{n}").parse().unwrap())),
            Self::RecordTestRun(percent, [positive, negative, edge_case]) => {
                item.record_test_run(TestRun {
                    coverage: percent.map(|percent| coverage(f64::from(percent))),
                    ratio: TestRatio::new(*positive, *negative, *edge_case).ok(),
                })
            }
            Self::Approve(who) => item.approve(name(&format!("n{who}"))),
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
        1 => (0..Priority::ALL.len()).prop_map(Command::ChangePriority),
        1 => (0..3_u8).prop_map(Command::Retitle),
        1 => prop::option::of(0..2_u8).prop_map(Command::Describe),
        4 => (prop::option::of(70..=100_u8), prop::array::uniform3(0..3_u32))
            .prop_map(|(percent, counts)| Command::RecordTestRun(percent, counts)),
        2 => (0..3_u8).prop_map(Command::Approve),
    ]
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
    fn no_sequence_of_commands_leaves_the_table_or_the_rules(
        tier in prop::sample::select(RiskTier::ALL),
        kind in prop::sample::select(WorkItemType::ALL),
        commands in prop::collection::vec((any_command(), -5..100_i64), 0..60),
    ) {
        let mut item = Item::new(task().with_risk_tier(tier).with_type(kind));
        let mut seconds = 0;
        for (command, step) in commands {
            seconds += step;
            let before = item.state.clone();
            let answer = item.take(|state| command.ask(state, seconds));
            let (from, to) = (before.status(), item.state.status());

            // A refusal changes nothing; a step is one of the table; a closed item stays as it is.
            prop_assert!(answer.is_ok() || item.state == before);
            prop_assert!(from == to || from.may_become(to), "{from} to {to}");
            if !from.is_open() && to == from {
                prop_assert_eq!(&item.state, &before);
            }
            prop_assert!(from != Status::Done || to == from || matches!(command, Command::Reopen));

            // What is done has shown what its tier asks for.
            if to == Status::Done {
                let failures = tier.gate().failures(item.state.latest_test_run());
                prop_assert!(kind == WorkItemType::Spike || failures.is_empty());
                let assignee = item.state.assignee();
                let approved = item.state.approvers().any(|by| Some(by) != assignee);
                prop_assert!(!tier.needs_approval() || approved);
                prop_assert!(item.state.cycle_time().is_some_and(|time| !time.is_negative()));
            } else {
                prop_assert_eq!(item.state.cycle_time(), None);
            }

            // Replay, and a snapshot, give the live state at each step.
            prop_assert_eq!(&replay(&item.events), &item.state);
            let json = serde_json::to_string(&item.state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<WorkItem>(&json).unwrap(), &item.state);
        }
    }
}

#[test]
fn a_snapshot_and_the_rest_of_the_history_give_what_replay_gives() {
    let item = Item::new(task())
        .after(|item| item.start(at(1)))
        .after(|item| item.assign(name("ada")))
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
