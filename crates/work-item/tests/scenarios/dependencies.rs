//! Scenarios: dependencies that are allowed, and those that are refused.

use work_item::{
    BlockerGraph, Dependency, DependencyKind, Status, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId,
};

use crate::given::{Item, blocked_by, id, numbered, task, task_that_is, unblocked};

const BLOCKS: DependencyKind = DependencyKind::Blocks;
const RELATES: DependencyKind = DependencyKind::Relates;

/// Items by number, each with the numbers of its blockers.
fn graph(items: &[(u64, &[u64])]) -> BlockerGraph {
    let mut graph = BlockerGraph::new();
    for (number, blockers) in items {
        graph.learn(&blocked(*number, blockers));
    }
    graph
}

fn blocked(number: u64, blockers: &[u64]) -> WorkItem {
    let created = Item {
        state: numbered(number),
        events: Vec::new(),
    };
    let blocked = |item: Item, blocker: &u64| item.after(blocked_by(*blocker));
    blockers.iter().fold(created, blocked).state
}

fn path(numbers: &[u64]) -> Vec<WorkItemId> {
    numbers.iter().map(|number| id(*number)).collect()
}

#[test]
fn a_dependency_has_one_of_two_kinds() {
    let item = Item::new(task());
    let added = item.state.add_dependency(id(2), BLOCKS, &unblocked([2]));
    let event = WorkItemEvent::DependencyAdded {
        on: id(2),
        kind: BLOCKS,
    };
    assert_eq!(added, Ok(vec![event]));

    let item = item
        .after(blocked_by(2))
        .after(|item| item.add_dependency(id(3), RELATES, &BlockerGraph::new()))
        .after(blocked_by(4));
    let dependency = |number, kind| Dependency {
        on: id(number),
        kind,
    };
    assert_eq!(
        item.state.dependencies(),
        [
            dependency(2, BLOCKS),
            dependency(3, RELATES),
            dependency(4, BLOCKS)
        ]
    );
    assert_eq!(item.state.blockers().collect::<Vec<_>>(), [id(2), id(4)]);
    assert_eq!(item.state.related().collect::<Vec<_>>(), [id(3)]);
    assert_eq!(
        item.state.dependency_on(id(3)),
        Some(dependency(3, RELATES))
    );
    assert_eq!(item.state.dependency_on(id(5)), None);
}

#[test]
fn a_removed_dependency_can_be_added_with_another_kind() {
    let item = Item::new(task()).after(blocked_by(2)).after(blocked_by(3));
    let removed = WorkItemEvent::DependencyRemoved {
        on: id(2),
        kind: BLOCKS,
    };
    assert_eq!(item.state.remove_dependency(id(2)), Ok(vec![removed]));
    let item = item.after(|item| item.remove_dependency(id(2)));
    assert_eq!(item.state.blockers().collect::<Vec<_>>(), [id(3)]);
    let item = item.after(|item| item.add_dependency(id(2), RELATES, &BlockerGraph::new()));
    assert_eq!(item.state.related().collect::<Vec<_>>(), [id(2)]);
}

#[test]
fn an_item_does_not_depend_on_itself() {
    let item = Item::new(task()).state;
    for &kind in DependencyKind::ALL {
        let answer = item.add_dependency(id(1), kind, &unblocked([1]));
        assert_eq!(answer, Err(WorkItemError::DependsOnItself));
    }
}

#[test]
fn an_item_has_one_dependency_at_most_on_another_item() {
    for &has in DependencyKind::ALL {
        for &wanted in DependencyKind::ALL {
            let item =
                Item::new(task()).after(|item| item.add_dependency(id(2), has, &unblocked([2])));
            let answer = item.state.add_dependency(id(2), wanted, &unblocked([2]));
            let refused = WorkItemError::DuplicateDependency {
                on: id(2),
                kind: has,
            };
            assert_eq!(answer, Err(refused), "{wanted} where it {has}");
        }
    }
}

#[test]
fn removing_a_missing_dependency_is_refused() {
    let item = Item::new(task()).after(blocked_by(2)).state;
    let refused = WorkItemError::NoSuchDependency { on: id(3) };
    assert_eq!(item.remove_dependency(id(3)), Err(refused));
}

#[test]
fn a_closed_item_refuses_changes_of_its_dependencies() {
    for status in [Status::Done, Status::Cancelled] {
        let item = task_that_is(status).state;
        let refused = Err(WorkItemError::Closed { status });
        // The status is checked before any other reason.
        for number in [1, 2] {
            assert_eq!(
                item.add_dependency(id(number), BLOCKS, &BlockerGraph::new()),
                refused
            );
        }
        assert_eq!(item.remove_dependency(id(2)), refused);
    }
}

#[test]
fn two_items_do_not_block_each_other() {
    let item = Item::new(task()).state;
    let answer = item.add_dependency(id(2), BLOCKS, &graph(&[(2, &[1])]));
    let refused = WorkItemError::DependencyCycle {
        path: path(&[1, 2, 1]),
    };
    assert_eq!(answer, Err(refused.clone()));
    assert_eq!(
        refused.to_string(),
        "the items would wait for each other: WORK-001 → WORK-002 → WORK-001"
    );
    // Items may relate to each other.
    let related = item.add_dependency(id(2), RELATES, &graph(&[(2, &[1])]));
    assert_eq!(related.map(|events| events.len()), Ok(1));
}

#[test]
fn a_circle_over_many_items_is_refused_with_its_shortest_path() {
    let item = Item::new(task()).state;
    let graph = graph(&[(2, &[3, 5]), (3, &[4]), (4, &[1]), (5, &[1]), (6, &[])]);
    let answer = item.add_dependency(id(2), BLOCKS, &graph);
    let shortest = path(&[1, 2, 5, 1]);
    assert_eq!(
        answer,
        Err(WorkItemError::DependencyCycle { path: shortest })
    );
    let answer = item.add_dependency(id(3), BLOCKS, &graph);
    let only = path(&[1, 3, 4, 1]);
    assert_eq!(answer, Err(WorkItemError::DependencyCycle { path: only }));
    assert!(item.add_dependency(id(6), BLOCKS, &graph).is_ok());
}

#[test]
fn two_paths_to_one_item_are_not_a_circle() {
    let item = Item::new(task()).state;
    let diamond = graph(&[(2, &[3, 4]), (3, &[5]), (4, &[5]), (5, &[])]);
    assert!(item.add_dependency(id(2), BLOCKS, &diamond).is_ok());
}

#[test]
fn a_circle_of_other_items_ends_the_search_and_is_not_reported() {
    // Valid histories contain no circle, but the search must end with one, too.
    let item = Item::new(task()).state;
    let circle = graph(&[(2, &[3]), (3, &[2, 4]), (4, &[])]);
    assert!(item.add_dependency(id(2), BLOCKS, &circle).is_ok());
}

#[test]
fn an_unloaded_item_is_an_error_and_not_assumed_harmless() {
    let item = Item::new(task()).state;
    let unseen = |number| Err(WorkItemError::NotLoaded { item: id(number) });
    let answer = |graph: &BlockerGraph| item.add_dependency(id(2), BLOCKS, graph);
    assert_eq!(answer(&BlockerGraph::new()), unseen(2));
    assert_eq!(answer(&graph(&[(2, &[3, 4]), (3, &[])])), unseen(4));
    // After a found circle the rest of the graph is irrelevant.
    let answer = answer(&graph(&[(2, &[3, 4]), (4, &[1])]));
    assert!(matches!(answer, Err(WorkItemError::DependencyCycle { path }) if path.len() == 4));
}

#[test]
fn learning_an_item_returns_each_unknown_blocker_once() {
    let mut graph = BlockerGraph::new();
    assert_eq!(graph.learn(&blocked(2, &[3, 4])), [id(3), id(4)]);
    assert_eq!(graph.learn(&blocked(3, &[5, 2])), [id(5)]);
    assert_eq!(graph.learn(&blocked(4, &[5, 3])), []);
    assert_eq!(graph.learn(&blocked(5, &[])), []);
    assert_eq!(graph.path(id(4), id(5)), Ok(Some(path(&[4, 5]))));
    assert_eq!(graph.path(id(5), id(5)), Ok(Some(path(&[5]))));
    assert_eq!(graph.path(id(5), id(4)), Ok(None));
    assert_eq!(graph.path(id(2), id(9)), Ok(None));
}

#[test]
fn learning_an_item_does_not_return_known_items() {
    let mut graph = BlockerGraph::new();
    assert_eq!(graph.learn(&blocked(2, &[])), []);
    assert_eq!(graph.learn(&blocked(3, &[2])), []);
}
