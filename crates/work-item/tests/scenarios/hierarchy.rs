//! Scenarios: parents and children.

use shared_kernel::Aggregate;
use work_item::{
    NewWorkItem, Parent, Status, WorkItem, WorkItemError, WorkItemEvent, WorkItemType,
};

use crate::given::{
    Item, alone, at, enough, id, item_that_is, nobody, reason, task, task_that_is, with_statuses,
    with_subtask,
};

/// A done subtask of task 9.
fn done_subtask() -> Item {
    let parent = Parent {
        id: id(9),
        item_type: WorkItemType::Task,
        status: Status::InProgress,
    };
    Item::new_in(task().with_type(WorkItemType::Subtask), Some(parent))
        .after(|item| item.start(None, at(1)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.complete(None, &alone(), &nobody(), at(2)))
}

#[test]
fn a_parent_lists_its_children_in_the_order_of_their_creation() {
    let item = task_that_is(Status::Pending);
    let added = item.state.add_child(id(3), WorkItemType::Subtask);
    assert_eq!(added, Ok(vec![WorkItemEvent::ChildAdded { child: id(3) }]));
    let item = item.after(with_subtask(3)).after(with_subtask(2));
    assert_eq!(item.state.children(), [id(3), id(2)]);
}

#[test]
fn a_child_is_listed_once() {
    let item = task_that_is(Status::Blocked).after(with_subtask(2));
    assert_eq!(
        item.state.add_child(id(2), WorkItemType::Subtask),
        Ok(vec![])
    );
}

#[test]
fn a_parent_accepts_only_children_of_the_kind_below_its_own() {
    for &parent in WorkItemType::ALL {
        let item = item_that_is(Status::InProgress, task().with_type(parent)).state;
        for &child in WorkItemType::ALL {
            let answer = item.add_child(id(2), child);
            if child.parent() == Some(parent) {
                assert_eq!(answer, Ok(vec![WorkItemEvent::ChildAdded { child: id(2) }]));
            } else {
                let refused = WorkItemError::ParentKindInvalid { child, parent };
                assert_eq!(answer, Err(refused));
            }
        }
    }
}

#[test]
fn a_done_or_cancelled_item_accepts_no_children() {
    let new = || NewWorkItem::new("x".parse().unwrap()).with_type(WorkItemType::Subtask);
    for &status in Status::ALL {
        let parent = task_that_is(status).state;
        let created = WorkItem::create(id(2), new(), Some(Parent::from(&parent)), at(0));
        let added = parent.add_child(id(2), WorkItemType::Subtask);
        if status.is_open() {
            assert!(created.is_ok() && added.is_ok(), "{status}");
        } else {
            let refused = WorkItemError::ParentClosed {
                parent: id(1),
                status,
            };
            assert_eq!(created, Err(refused.clone()));
            assert_eq!(added, Err(refused));
        }
    }
}

#[test]
fn a_done_child_is_reopened_in_an_open_parent_only() {
    let child = done_subtask().state;
    for &status in Status::ALL {
        let answer = child.reopen(reason("broke"), &with_statuses([(9, status)]), at(3));
        if status.is_open() {
            assert_eq!(answer.map(|events| events.len()), Ok(1), "{status}");
        } else {
            let refused = WorkItemError::ParentClosed {
                parent: id(9),
                status,
            };
            assert_eq!(answer, Err(refused));
        }
    }
}

#[test]
fn a_child_is_not_reopened_without_the_status_of_its_parent() {
    let child = done_subtask().state;
    for around in [
        alone(),
        with_statuses([(1, Status::Pending), (2, Status::Pending)]),
    ] {
        let answer = child.reopen(reason("broke"), &around, at(3));
        assert_eq!(answer, Err(WorkItemError::NotLoaded { item: id(9) }));
    }
}

#[test]
fn cancelling_a_parent_keeps_its_children() {
    let item = task_that_is(Status::InProgress).after(with_subtask(2));
    let item = item.after(|item| item.cancel(reason("no use"), at(4000)));
    assert_eq!(item.state.status(), Status::Cancelled);
    assert_eq!(item.state.children(), [id(2)]);
}

#[test]
fn applying_the_history_of_a_parent_validates_nothing() {
    // Applying an event does not validate it again: here a done item gets a child.
    let mut done = task_that_is(Status::Done).state;
    done.apply(&WorkItemEvent::ChildAdded { child: id(2) })
        .unwrap();
    assert_eq!(done.children(), [id(2)]);
    assert_eq!(done.status(), Status::Done);
}
