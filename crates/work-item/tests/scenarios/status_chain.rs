//! Scenarios: the events that explain the status of an item.

use shared_kernel::DomainEvent;
use work_item::{Bearing, Status, StatusChain, WorkItemEvent};

use crate::given::{
    Item, alone, at, blocked_by, enough, id, nobody, note, reason, task, title, unblocked, who,
    with_statuses, with_subtask,
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
        .after(|item| item.assign(who("ada")))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("grace"), &nobody()))
        .after(|item| item.start(None, at(1)))
        .after(|item| item.retitle(title("y")))
        .after(|item| item.describe(Some("z".parse().unwrap())))
        .after(|item| item.change_priority(work_item::Priority::Low))
        .after(|item| item.unassign())
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("linus"), &nobody()))
        .after(|item| item.note(note("n")))
        .after(with_subtask(2))
        .after(blocked_by(3))
        .after(|item| item.remove_dependency(id(3)))
        .after(blocked_by(4))
        .after(|item| {
            item.complete(
                None,
                &with_statuses([(2, Status::Done), (4, Status::Done)]),
                &nobody(),
                at(2),
            )
        });
    assert_eq!(
        chain(&item.events),
        [
            (0, "WorkItemCreated", Bearing::Status),
            (3, "CompletionApproved", Bearing::Evidence),
            (4, "StatusChanged", Bearing::Status),
            (9, "TestSuiteExecuted", Bearing::Evidence),
            (10, "CompletionApproved", Bearing::Evidence),
            (15, "DependencyAdded", Bearing::Dependency),
            (16, "StatusChanged", Bearing::Status),
            (17, "WorkItemCompleted", Bearing::Status),
        ]
    );
}

#[test]
fn evidence_before_a_reopening_does_not_count() {
    let item = Item::new(task())
        .after(|item| item.start(None, at(1)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("grace"), &nobody()))
        .after(|item| item.complete(None, &alone(), &nobody(), at(2)))
        .after(|item| item.reopen(reason("broke"), &alone(), at(3)))
        .after(|item| item.block(reason("waits"), at(4)))
        .after(|item| item.approve(who("linus"), &nobody()));
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
        .after(|item| item.start(None, at(1)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.block(reason("waits"), at(4)))
        .after(|item| item.unblock(at(5)));
    let evidence = chain(&item.events)
        .into_iter()
        .filter(|(.., bearing)| *bearing == Bearing::Evidence);
    assert_eq!(evidence.count(), 1);
}

#[test]
fn only_dependencies_that_block_it_now_are_in_the_chain() {
    let relates = work_item::DependencyKind::Relates;
    let item = Item::new(task())
        .after(blocked_by(3))
        .after(|item| item.add_dependency(id(4), relates, &unblocked([4])))
        .after(blocked_by(5))
        .after(|item| item.remove_dependency(id(3)))
        .after(blocked_by(3));
    let created = (0, "WorkItemCreated", Bearing::Status);
    let added = |place| (place, "DependencyAdded", Bearing::Dependency);
    assert_eq!(chain(&item.events), [created, added(3), added(5)]);
}
