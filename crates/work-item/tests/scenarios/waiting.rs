//! Scenarios: items that wait for children and blockers.

use work_item::{
    Coverage, GateFailure, GateLevel, Hindrances, NewWorkItem, OpenItem, RiskTier, Status,
    WorkItemError, WorkItemType,
};

use crate::given::{
    Item, alone, at, blocked_by, enough, id, item_that_is, nobody, numbered, task, with_statuses,
    with_subtask,
};

/// A task in progress with two subtasks, 2 and 3, behind the items 4 and 5.
fn waiting(new: NewWorkItem) -> Item {
    item_that_is(Status::InProgress, new)
        .after(with_subtask(2))
        .after(with_subtask(3))
        .after(blocked_by(4))
        .after(blocked_by(5))
}

fn tested() -> Item {
    waiting(task()).after(|item| item.record_test_run(enough()))
}

fn open(number: u64, status: Status) -> OpenItem {
    OpenItem {
        id: id(number),
        status,
    }
}

#[test]
fn an_item_is_completed_once_its_children_and_blockers_are_closed() {
    let closed = [Status::Done, Status::Cancelled];
    for child in closed {
        for blocker in closed {
            let around = with_statuses([(2, child), (3, child), (4, blocker), (5, blocker)]);
            let done = tested().after(|item| item.complete(None, &around, &nobody(), at(7200)));
            assert_eq!(done.state.status(), Status::Done);
        }
    }
}

#[test]
fn each_open_child_and_blocker_is_named_with_its_status() {
    for &status in Status::ALL.iter().filter(|status| status.is_open()) {
        let closed = [2, 3, 4, 5].map(|number| (number, Status::Done));
        for waits_for in [2, 3, 4, 5] {
            let around = with_statuses(closed).with(id(waits_for), status);
            let named = vec![open(waits_for, status)];
            let (open_children, open_blockers) = match waits_for {
                2 | 3 => (named, vec![]),
                _ => (vec![], named),
            };
            let hindrances = Hindrances {
                not_in_progress: None,
                open_children,
                open_blockers,
                unreadable: vec![],
                level: GateLevel::L0,
                gate_failures: vec![],
            };
            assert!(hindrances.wait_for_others() && !hindrances.is_empty());
            let refused = WorkItemError::CompletionHindered { hindrances };
            let answer = tested().state.complete(None, &around, &nobody(), at(7200));
            assert_eq!(answer, Err(refused));
        }
    }
}

#[test]
fn a_refusal_lists_children_blockers_and_gate_failures_all_at_once() {
    let item = waiting(task().with_risk_tier(RiskTier::T2)).state;
    let around = with_statuses([
        (2, Status::Pending),
        (3, Status::Blocked),
        (4, Status::InProgress),
        (5, Status::Done),
    ]);
    let Err(WorkItemError::CompletionHindered { hindrances }) =
        item.complete(None, &around, &nobody(), at(7200))
    else {
        panic!("it waits for others");
    };
    let required = Coverage::from_percent(80.0).unwrap();
    let expected = Hindrances {
        not_in_progress: None,
        open_children: vec![open(2, Status::Pending), open(3, Status::Blocked)],
        open_blockers: vec![open(4, Status::InProgress)],
        unreadable: vec![],
        level: GateLevel::L1,
        gate_failures: vec![
            GateFailure::NoTestRun,
            GateFailure::NoPositiveTests,
            GateFailure::NoNegativeTests,
            GateFailure::NoCoverage { required },
        ],
    };
    assert_eq!(hindrances, expected);
    assert_eq!(item.hindrances(&around, &nobody()), Ok(expected));
    assert_eq!(
        hindrances.to_string(),
        "child WORK-002 is pending; child WORK-003 is blocked; blocker WORK-004 is in_progress; \
         no test run is recorded; no positive tests; \
         no negative tests; no coverage is recorded; 80.00 % is required"
    );
}

#[test]
fn without_open_items_only_the_gate_refuses() {
    let item = waiting(task()).state;
    let around = with_statuses([2, 3, 4, 5].map(|number| (number, Status::Done)));
    let failures = vec![GateFailure::NoTestRun, GateFailure::NoPositiveTests];
    let refused = WorkItemError::QualityGateNotMet {
        level: GateLevel::L0,
        failures: failures.clone(),
    };
    assert_eq!(
        item.complete(None, &around, &nobody(), at(7200)),
        Err(refused)
    );
    let hindrances = item.hindrances(&around, &nobody()).unwrap();
    assert!(!hindrances.is_empty() && !hindrances.wait_for_others());
    assert_eq!(hindrances.gate_failures, failures);
}

#[test]
fn a_spike_needs_no_tests_but_waits_for_open_items() {
    let spike = item_that_is(Status::InProgress, task().with_type(WorkItemType::Spike))
        .after(blocked_by(4));
    let answer = |status| {
        spike
            .state
            .complete(None, &with_statuses([(4, status)]), &nobody(), at(7200))
    };
    assert!(answer(Status::Done).is_ok());
    assert!(matches!(
        answer(Status::Pending),
        Err(WorkItemError::CompletionHindered { hindrances }) if hindrances.gate_failures.is_empty()
    ));
}

#[test]
fn removed_and_relating_dependencies_hinder_nothing() {
    let item = tested().after(|item| item.remove_dependency(id(4)));
    let item = item.after(|item| item.remove_dependency(id(5)));
    let item = item.after(|item| {
        let relates = work_item::DependencyKind::Relates;
        item.add_dependency(id(4), relates, &work_item::BlockerGraph::new())
    });
    let around = with_statuses([(2, Status::Done), (3, Status::Done), (4, Status::Pending)]);
    assert!(
        item.state
            .complete(None, &around, &nobody(), at(7200))
            .is_ok()
    );
    assert!(
        item.state
            .hindrances(&around, &nobody())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_unloaded_item_is_an_error_and_not_assumed_done() {
    for missing in [2, 3, 4, 5] {
        let others = [2, 3, 4, 5].into_iter().filter(|other| *other != missing);
        let around = with_statuses(others.map(|other| (other, Status::Done)));
        let answer = tested().state.complete(None, &around, &nobody(), at(7200));
        assert_eq!(answer, Err(WorkItemError::NotLoaded { item: id(missing) }));
    }
}

#[test]
fn an_item_that_is_not_in_progress_is_refused_with_all_hindrances() {
    for status in [Status::Pending, Status::Blocked] {
        let item = item_that_is(status, task()).after(blocked_by(4)).state;
        let around = with_statuses([(4, Status::Pending)]);
        let expected = Hindrances {
            not_in_progress: Some(status),
            open_children: vec![],
            open_blockers: vec![open(4, Status::Pending)],
            unreadable: vec![],
            level: GateLevel::L0,
            gate_failures: vec![GateFailure::NoTestRun, GateFailure::NoPositiveTests],
        };
        assert_eq!(item.hindrances(&around, &nobody()), Ok(expected.clone()));
        let text = expected.to_string();
        assert!(text.starts_with(&format!("it is {status}; ")), "{text}");
        let refused = WorkItemError::CompletionHindered {
            hindrances: expected,
        };
        let answer = item.complete(None, &around, &nobody(), at(7200));
        assert_eq!(answer, Err(refused));
    }
}

#[test]
fn a_ready_item_that_is_not_in_progress_is_refused_too() {
    let item = item_that_is(Status::Pending, task()).after(|item| item.record_test_run(enough()));
    let answer = item.state.complete(None, &alone(), &nobody(), at(7200));
    let Err(WorkItemError::CompletionHindered { hindrances }) = answer else {
        panic!("it is refused")
    };
    assert!(!hindrances.is_empty() && hindrances.gate_failures.is_empty());
}

#[test]
fn known_statuses_are_collected_from_items() {
    let started = item_that_is(Status::InProgress, task()).state;
    let around = [&started, &numbered(2)].into_iter().collect();
    assert_eq!(
        with_statuses([(1, Status::InProgress), (2, Status::Pending)]),
        around
    );
    assert_eq!(around.status_of(id(3)), None);
}
