//! Scenarios: the events that explain the status of an item.

use shared_kernel::DomainEvent;
use work_item::{Bearing, Status, StatusChain, WorkItemEvent};

use crate::given::{
    Item, alone, at, blocked_by, enough, name, note, reason, task, title, with_statuses,
    with_subtask,
};

/// The links of an item's chain, each as its place in the history, its type and its bearing.
fn chain(events: &[WorkItemEvent]) -> Vec<(usize, &'static str, Bearing)> {
    let mut chain = StatusChain::default();
    for (place, event) in events.iter().enumerate() {
        chain.take(event, (place, event.event_type()));
    }
    let links = chain.finish().into_iter();
    links
        .map(|link| (link.event.0, link.event.1, link.bearing))
        .collect()
}

#[test]
fn the_chain_of_a_new_item_is_its_creation() {
    let item = Item::new(task());
    assert_eq!(
        chain(&item.events),
        [(0, "WorkItemCreated", Bearing::Status)]
    );
    assert_eq!(chain(&[]), []);
}

#[test]
fn the_chain_holds_transitions_and_valid_evidence_only() {
    let item = Item::new(task())
        .after(|item| item.assign(name("ada")))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(name("grace")))
        .after(|item| item.start(at(1)))
        .after(|item| item.retitle(title("y")))
        .after(|item| item.describe(Some("z".parse().unwrap())))
        .after(|item| item.change_priority(work_item::Priority::Low))
        .after(|item| item.unassign())
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(name("linus")))
        .after(|item| item.note(note("n")))
        .after(with_subtask(2))
        .after(blocked_by(3))
        .after(|item| item.remove_dependency(crate::given::id(3)))
        .after(|item| item.complete(None, &with_statuses([(2, Status::Done)]), at(2)));
    assert_eq!(
        chain(&item.events),
        [
            (0, "WorkItemCreated", Bearing::Status),
            (3, "CompletionApproved", Bearing::Evidence),
            (4, "StatusChanged", Bearing::Status),
            (9, "TestSuiteExecuted", Bearing::Evidence),
            (10, "CompletionApproved", Bearing::Evidence),
            (15, "StatusChanged", Bearing::Status),
            (16, "WorkItemCompleted", Bearing::Status),
        ]
    );
}

#[test]
fn evidence_before_a_reopening_does_not_count() {
    let item = Item::new(task())
        .after(|item| item.start(at(1)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(name("grace")))
        .after(|item| item.complete(None, &alone(), at(2)))
        .after(|item| item.reopen(reason("broke"), &alone(), at(3)))
        .after(|item| item.block(reason("waits"), at(4)))
        .after(|item| item.approve(name("linus")));
    let types: Vec<_> = chain(&item.events)
        .into_iter()
        .map(|(place, _, bearing)| (place, bearing))
        .collect();
    assert_eq!(
        types,
        [
            (0, Bearing::Status),
            (1, Bearing::Status),
            (4, Bearing::Status),
            (5, Bearing::Status),
            (6, Bearing::Status),
            (7, Bearing::Status),
            (8, Bearing::Evidence),
        ]
    );
}

#[test]
fn evidence_before_a_block_still_counts() {
    let item = Item::new(task())
        .after(|item| item.start(at(1)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.block(reason("waits"), at(4)))
        .after(|item| item.unblock(at(5)));
    let evidence = chain(&item.events)
        .into_iter()
        .filter(|(.., bearing)| *bearing == Bearing::Evidence);
    assert_eq!(evidence.count(), 1);
}
