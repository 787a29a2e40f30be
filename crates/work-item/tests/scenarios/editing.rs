//! Scenarios: assignee, priority, title and description.

use work_item::{Description, Priority, Status, WorkItem, WorkItemError, WorkItemEvent};

use crate::given::{at, enough, name, nobody, task_that_is, title, who};

type Edit = fn(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError>;

fn description() -> Description {
    "What it is about".parse().unwrap()
}

/// Each edit, and whether its repetition records nothing.
const EDITS: &[(&str, Edit, bool)] = &[
    ("assign", |item| item.assign(who("ada")), true),
    (
        "change_priority",
        |item| item.change_priority(Priority::High),
        true,
    ),
    ("retitle", |item| item.retitle(title("Another")), true),
    ("describe", |item| item.describe(Some(description())), true),
    (
        "record_test_run",
        |item| item.record_test_run(enough()),
        false,
    ),
    (
        "approve",
        |item| item.approve(who("grace"), &nobody()),
        true,
    ),
];

#[test]
fn an_open_item_accepts_every_edit() {
    for status in [Status::Pending, Status::InProgress, Status::Blocked] {
        for (edit, command, _) in EDITS {
            let item = task_that_is(status);
            let events = command(&item.state).unwrap();
            assert_eq!(events.len(), 1, "{edit} while {status}");
            assert_ne!(
                item.clone().after(command).state,
                item.state,
                "{edit} while {status}"
            );
        }
    }
}

#[test]
fn a_closed_item_refuses_every_edit_even_without_a_change() {
    for status in [Status::Done, Status::Cancelled] {
        let item = task_that_is(status).state;
        let refused = Err(WorkItemError::Closed { status });
        for (edit, command, _) in EDITS {
            assert_eq!(command(&item), refused, "{edit}");
        }
        assert_eq!(item.unassign(), refused);
        assert_eq!(item.describe(None), refused);
        assert_eq!(item.retitle(item.title().clone()), refused);
    }
}

#[test]
fn setting_the_present_value_records_nothing() {
    for (edit, command, idempotent) in EDITS {
        let item = task_that_is(Status::InProgress).after(command).state;
        assert_eq!(command(&item).unwrap().is_empty(), *idempotent, "{edit}");
    }
    let fresh = task_that_is(Status::Pending).state;
    assert_eq!(fresh.unassign(), Ok(vec![]));
    assert_eq!(fresh.describe(None), Ok(vec![]));
    assert_eq!(fresh.change_priority(fresh.priority()), Ok(vec![]));
    assert_eq!(fresh.retitle(title("  Keep the log ")), Ok(vec![]));
}

#[test]
fn an_item_is_reassigned_and_unassigned() {
    let item = task_that_is(Status::Pending).after(|item| item.assign(who("ada")));
    assert_eq!(item.state.assignee(), Some(&who("ada")));
    let item = item.after(|item| item.assign(who("grace")));
    assert_eq!(item.state.assignee(), Some(&who("grace")));
    let unassigned = WorkItemEvent::WorkItemUnassigned {
        assignee: name("grace"),
        kind: None,
    };
    assert_eq!(item.state.unassign(), Ok(vec![unassigned]));
    let item = item.after(|item| item.unassign());
    assert_eq!(item.state.assignee(), None);
}

#[test]
fn an_assignee_keeps_its_kind() {
    let item = task_that_is(Status::Pending).after(|item| item.assign(who("agent:builder")));
    assert_eq!(item.state.assignee(), Some(&who("agent:builder")));
    let person = item.clone().after(|item| item.assign(who("builder")));
    assert_eq!(person.state.assignee(), Some(&who("builder")));
    // A kind that was not recorded counts as a person.
    assert_eq!(person.state.assign(who("person:builder")), Ok(vec![]));
    let unassigned = WorkItemEvent::WorkItemUnassigned {
        assignee: name("builder"),
        kind: who("agent:builder").kind,
    };
    assert_eq!(item.state.unassign(), Ok(vec![unassigned]));
}

#[test]
fn a_start_assigns_its_actor_unless_the_item_is_assigned() {
    let start = |item: &WorkItem| item.start(Some(who("agent:builder")), at(1));
    let item = task_that_is(Status::Pending).after(start);
    assert_eq!(item.state.assignee(), Some(&who("agent:builder")));
    assert_eq!(item.events.len(), 3);

    let assigned = task_that_is(Status::Pending).after(|item| item.assign(who("ada")));
    let started = assigned.after(start);
    assert_eq!(started.state.assignee(), Some(&who("ada")));
    assert_eq!(started.events.len(), 3);

    let unknown = task_that_is(Status::Pending).after(|item| item.start(None, at(1)));
    assert_eq!(unknown.state.assignee(), None);
}

#[test]
fn a_change_of_priority_records_the_old_and_the_new_one() {
    let item = task_that_is(Status::Pending);
    let changed = WorkItemEvent::PriorityChanged {
        from: Priority::Medium,
        to: Priority::Critical,
    };
    assert_eq!(
        item.state.change_priority(Priority::Critical),
        Ok(vec![changed])
    );
    let item = item.after(|item| item.change_priority(Priority::Critical));
    assert_eq!(item.state.priority(), Priority::Critical);
}

#[test]
fn titles_and_descriptions_are_replaced_and_descriptions_removed() {
    let item = task_that_is(Status::Pending)
        .after(|item| item.retitle(title("Another")))
        .after(|item| item.describe(Some(description())));
    assert_eq!(item.state.title(), &title("Another"));
    assert_eq!(item.state.description(), Some(&description()));
    let item = item.after(|item| item.describe(None));
    assert_eq!(item.state.description(), None);
}
