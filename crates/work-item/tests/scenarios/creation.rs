//! Scenarios: creating an item.

use shared_kernel::{Aggregate, DomainEvent};
use work_item::{
    NewWorkItem, Parent, Priority, RiskTier, Status, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemType,
};

use crate::given::{Item, at, id, task, title};

#[test]
fn the_default_is_a_pending_task_of_medium_priority_and_tier_t1() {
    let item = Item::new(task()).state;
    assert_eq!((item.id(), item.title()), (id(1), &title("Keep the log")));
    assert_eq!(item.status(), Status::Pending);
    assert_eq!(item.item_type(), WorkItemType::Task);
    assert_eq!(item.priority(), Priority::Medium);
    assert_eq!(item.risk_tier(), RiskTier::T1);
    assert_eq!(item.created_at(), at(0));
    assert_eq!(item.description(), None);
    assert_eq!(item.parent(), None);
    assert_eq!(item.assignee(), None);
    assert_eq!(item.started_at(), None);
    assert_eq!(item.latest_test_run(), None);
    assert_eq!(item.approvers().count(), 0);
    assert_eq!(item.cycle_time(), None);
    assert_eq!(item.resolution(), None);
    assert_eq!(item.status_reason(), None);
    assert_eq!(item.children(), []);
    assert_eq!(item.dependencies(), []);
    assert_eq!(item.notes(), 0);
}

#[test]
fn a_new_item_keeps_every_given_value() {
    let parent = Parent {
        id: id(9),
        item_type: WorkItemType::Epic,
        status: Status::Blocked,
    };
    let new = NewWorkItem::new(title("A story"))
        .with_type(WorkItemType::Story)
        .with_priority(Priority::Critical)
        .with_risk_tier(RiskTier::T3)
        .with_description("Once upon a time".parse().unwrap());
    let item = Item::new_in(new, Some(parent)).state;
    assert_eq!(item.item_type(), WorkItemType::Story);
    assert_eq!(item.priority(), Priority::Critical);
    assert_eq!(item.risk_tier(), RiskTier::T3);
    assert_eq!(item.description().unwrap().as_str(), "Once upon a time");
    assert_eq!(item.parent().unwrap().number(), id(9).number());
}

#[test]
fn only_a_story_in_an_epic_a_task_in_a_story_and_a_subtask_in_a_task() {
    let lies_in = [
        (WorkItemType::Story, WorkItemType::Epic),
        (WorkItemType::Task, WorkItemType::Story),
        (WorkItemType::Subtask, WorkItemType::Task),
    ];
    for &child in WorkItemType::ALL {
        for &parent in WorkItemType::ALL {
            let of_type = |item_type| task().with_type(item_type);
            let lies_in_it = Parent::from(&Item::new(of_type(parent)).state);
            let created = WorkItem::create(id(2), of_type(child), Some(lies_in_it), at(0));
            if lies_in.contains(&(child, parent)) {
                assert!(created.is_ok(), "{child} in {parent}");
            } else {
                let refused = WorkItemError::ParentKindInvalid { child, parent };
                assert_eq!(created, Err(refused));
            }
        }
        assert!(WorkItem::create(id(1), task().with_type(child), None, at(0)).is_ok());
    }
}

#[test]
fn a_history_begins_with_the_creation_and_has_no_other() {
    let created = WorkItem::create(id(1), task(), None, at(0)).unwrap();
    assert_eq!(created.event_type(), "WorkItemCreated");
    let retitled = WorkItemEvent::WorkItemRetitled { title: title("x") };
    assert!(<WorkItem as Aggregate>::create(&retitled).is_err());

    let mut item = Item::new(task()).state;
    let before = item.clone();
    assert!(item.apply(&created).is_err());
    assert_eq!(item, before);
}
