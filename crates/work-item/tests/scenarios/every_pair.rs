//! The outcome of every command in every status.

use work_item::{
    DependencyKind, Priority, Status, WorkItem, WorkItemError, WorkItemEvent, WorkItemType,
};

use crate::given::{
    Item, alone, at, blocked_by, enough, id, nobody, note, reason, task, title, unblocked, who,
};

type Command = fn(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError>;

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    /// The item accepts the command and has this status afterwards.
    To(Status),
    /// The status does not allow the transition.
    NoStep,
    /// The item is open, but not in progress, and so it cannot be completed.
    Hindered,
    /// The item is closed and refuses edits.
    NoEdit,
    /// The item is closed and refuses children.
    NoChild,
}

const P: Answer = Answer::To(Status::Pending);
const I: Answer = Answer::To(Status::InProgress);
const B: Answer = Answer::To(Status::Blocked);
const D: Answer = Answer::To(Status::Done);
const C: Answer = Answer::To(Status::Cancelled);
const S: Answer = Answer::NoStep;
const H: Answer = Answer::Hindered;
const E: Answer = Answer::NoEdit;
const K: Answer = Answer::NoChild;

/// The commands, and their outcomes while pending, in progress, blocked, done and cancelled.
const TABLE: &[(&str, Command, [Answer; 5])] = &[
    ("start", |item| item.start(None, at(9)), [I, S, S, S, S]),
    (
        "block",
        |item| item.block(reason("r"), at(9)),
        [S, B, S, S, S],
    ),
    ("unblock", |item| item.unblock(at(9)), [S, S, I, S, S]),
    (
        "complete",
        |item| {
            let around = alone().with(id(3), Status::Done);
            item.complete(None, &around, &nobody(), at(9))
        },
        [H, D, H, S, S],
    ),
    (
        "cancel",
        |item| item.cancel(reason("r"), at(9)),
        [C, C, C, S, S],
    ),
    (
        "reopen",
        |item| item.reopen(reason("r"), &alone(), at(9)),
        [S, S, S, I, S],
    ),
    (
        "claim",
        |item| item.claim_for(who("agent:a"), None, None, at(9)),
        [P, I, B, E, E],
    ),
    ("release", |item| item.release(None, at(9)), [P, P, B, E, E]),
    ("assign", |item| item.assign(who("ada")), [P, I, B, E, E]),
    ("unassign", WorkItem::unassign, [P, I, B, E, E]),
    (
        "change_priority",
        |item| item.change_priority(Priority::Low),
        [P, I, B, E, E],
    ),
    ("retitle", |item| item.retitle(title("t")), [P, I, B, E, E]),
    ("describe", |item| item.describe(None), [P, I, B, E, E]),
    (
        "record_test_run",
        |item| item.record_test_run(enough()),
        [P, I, B, E, E],
    ),
    (
        "approve",
        |item| item.approve(who("grace"), &nobody()),
        [P, I, B, E, E],
    ),
    (
        "add_dependency",
        |item| item.add_dependency(id(2), DependencyKind::Blocks, &unblocked([2])),
        [P, I, B, E, E],
    ),
    (
        "remove_dependency",
        |item| item.remove_dependency(id(3)),
        [P, I, B, E, E],
    ),
    (
        "add_child",
        |item| item.add_child(id(2), WorkItemType::Subtask),
        [P, I, B, K, K],
    ),
    ("note", |item| item.note(note("n")), [P, I, B, D, C]),
];

/// A tested task with the given status, blocked by item 3.
fn item_that_is(status: Status) -> Item {
    let pending = Item::new(task())
        .after(blocked_by(3))
        .after(|item| item.record_test_run(enough()));
    let started = |pending: Item| pending.after(|item| item.start(None, at(1)));
    let command = |name: &str| TABLE.iter().find(|(found, ..)| *found == name).unwrap().1;
    match status {
        Status::Pending => pending,
        Status::InProgress => started(pending),
        Status::Blocked => started(pending).after(command("block")),
        Status::Done => started(pending).after(command("complete")),
        Status::Cancelled => pending.after(command("cancel")),
    }
}

#[test]
fn every_command_in_every_status_has_the_outcome_of_the_table() {
    for (name, command, answers) in TABLE {
        for (&status, expected) in Status::ALL.iter().zip(answers) {
            let mut item = item_that_is(status);
            let before = item.state.clone();
            let answer = match item.take(command) {
                Ok(()) => Answer::To(item.state.status()),
                Err(WorkItemError::InvalidTransition { from, .. }) if from == status => S,
                Err(WorkItemError::CompletionHindered { hindrances }) => {
                    assert_eq!(hindrances.not_in_progress, Some(status));
                    H
                }
                Err(WorkItemError::Closed { status: found }) if found == status => E,
                Err(WorkItemError::ParentClosed { status: found, .. }) if found == status => K,
                Err(other) => panic!("{name} while {status}: {other}"),
            };
            assert_eq!(answer, *expected, "{name} while {status}");
            if !matches!(answer, Answer::To(_)) {
                assert_eq!(item.state, before, "{name} while {status}");
            }
        }
    }
}
