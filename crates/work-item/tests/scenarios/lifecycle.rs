//! Scenarios: from pending to done or cancelled.

use jiff::SignedDuration;
use work_item::{Status, Transition, WorkItem, WorkItemError, WorkItemEvent, WorkItemType};

use crate::given::{alone, at, enough, item_that_is, nobody, reason, task, task_that_is};

/// The arguments of each transition; it can fail because of the status only.
fn command(step: Transition, item: &WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError> {
    match step {
        Transition::Start => item.start(None, at(7200)),
        Transition::Block => item.block(reason("why"), at(7200)),
        Transition::Unblock => item.unblock(at(7200)),
        Transition::Complete => item.complete(None, &alone(), &nobody(), at(7200)),
        Transition::Cancel => item.cancel(reason("why"), at(7200)),
        Transition::Release => item.release(None, at(7200)),
        Transition::CloseElsewhere => item.close_elsewhere(reason("why"), at(7200)),
        Transition::Reopen => item.reopen(reason("why"), &alone(), at(7200)),
    }
}

const STEPS: &[(Transition, Status, Status)] = &[
    (Transition::Start, Status::Pending, Status::InProgress),
    (Transition::Cancel, Status::Pending, Status::Cancelled),
    (Transition::CloseElsewhere, Status::Pending, Status::Done),
    (Transition::Block, Status::InProgress, Status::Blocked),
    (Transition::Complete, Status::InProgress, Status::Done),
    (Transition::Release, Status::InProgress, Status::Pending),
    (Transition::Cancel, Status::InProgress, Status::Cancelled),
    (Transition::Unblock, Status::Blocked, Status::InProgress),
    (Transition::Cancel, Status::Blocked, Status::Cancelled),
    (Transition::Reopen, Status::Done, Status::InProgress),
];

#[test]
fn every_transition_in_every_status_has_the_outcome_of_the_table() {
    for &from in Status::ALL {
        for &step in Transition::ALL {
            let item = item_that_is(from, task().with_type(WorkItemType::Spike));
            let answer = command(step, &item.state);
            let to = step.target();
            if STEPS.contains(&(step, from, to)) {
                let after = item.after(|item| command(step, item)).state;
                assert_eq!(after.status(), to, "{step} from {from}");
            } else if step == Transition::Complete && from.is_open() {
                let Err(WorkItemError::CompletionHindered { hindrances }) = answer else {
                    panic!("{answer:?}")
                };
                assert_eq!(hindrances.not_in_progress, Some(from));
            } else if step == Transition::Release {
                // A release is more than a transition: it also ends the assignment.
                let closed = WorkItemError::Closed { status: from };
                let expected = if from.is_open() {
                    Ok(Vec::new())
                } else {
                    Err(closed)
                };
                assert_eq!(answer, expected);
            } else {
                let refused = WorkItemError::InvalidTransition { by: step, from, to };
                assert_eq!(answer, Err(refused));
            }
        }
    }
}

#[test]
fn every_pair_of_statuses_agrees_with_the_table() {
    for &from in Status::ALL {
        for &to in Status::ALL {
            let listed = STEPS.iter().find(|(_, f, t)| (*f, *t) == (from, to));
            assert_eq!(from.may_become(to), listed.is_some(), "{from} to {to}");
            let step = listed.map(|(step, _, _)| *step);
            assert_eq!(Transition::between(from, to), step, "{from} to {to}");
        }
    }
}

#[test]
fn a_transition_records_both_statuses_its_time_and_its_reason() {
    let blocked = task_that_is(Status::InProgress)
        .state
        .block(reason("no disk"), at(5));
    let expected = WorkItemEvent::StatusChanged {
        by: Transition::Block,
        from: Status::InProgress,
        to: Status::Blocked,
        reason: Some(reason("no disk")),
        at: at(5),
    };
    assert_eq!(blocked, Ok(vec![expected]));

    let started = task_that_is(Status::Pending).state.start(None, at(5));
    let expected = WorkItemEvent::StatusChanged {
        by: Transition::Start,
        from: Status::Pending,
        to: Status::InProgress,
        reason: None,
        at: at(5),
    };
    assert_eq!(started, Ok(vec![expected]));
}

#[test]
fn the_reason_of_the_last_transition_is_kept() {
    let blocked = task_that_is(Status::Blocked);
    assert_eq!(blocked.state.status_reason(), Some(&reason("waits")));
    let unblocked = blocked.after(|item| item.unblock(at(7200)));
    assert_eq!(unblocked.state.status_reason(), None);
    let cancelled = unblocked.after(|item| item.cancel(reason("too late"), at(7201)));
    assert_eq!(cancelled.state.status_reason(), Some(&reason("too late")));
}

#[test]
fn completing_records_the_time_since_the_first_start() {
    let item = task_that_is(Status::Blocked)
        .after(|item| item.unblock(at(5000)))
        .after(|item| item.record_test_run(enough()));
    assert_eq!(item.state.started_at(), Some(at(3600)));

    let done = item
        .state
        .complete(Some(reason("it works")), &alone(), &nobody(), at(3600 + 90))
        .unwrap();
    let [WorkItemEvent::StatusChanged { from, to, .. }, completed] = done.as_slice() else {
        panic!("a step and a completion: {done:?}");
    };
    assert_eq!((*from, *to), (Status::InProgress, Status::Done));
    assert_eq!(
        *completed,
        WorkItemEvent::WorkItemCompleted {
            cycle_time: SignedDuration::from_secs(90),
            resolution: Some(reason("it works")),
        }
    );

    let item = item
        .after(|item| item.complete(Some(reason("it works")), &alone(), &nobody(), at(3600 + 90)));
    assert_eq!(item.state.cycle_time(), Some(SignedDuration::from_secs(90)));
    assert_eq!(item.state.resolution(), Some(&reason("it works")));
}

#[test]
fn a_clock_that_goes_backwards_gives_no_negative_duration() {
    let item = task_that_is(Status::InProgress)
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.complete(None, &alone(), &nobody(), at(3599)));
    assert_eq!(item.state.cycle_time(), Some(SignedDuration::ZERO));
}

#[test]
fn a_reopened_item_keeps_its_start_and_loses_its_end() {
    let item = task_that_is(Status::Done)
        .after(|item| item.reopen(reason("it broke"), &alone(), at(9000)));
    assert_eq!(item.state.status(), Status::InProgress);
    assert_eq!(item.state.status_reason(), Some(&reason("it broke")));
    assert_eq!(item.state.cycle_time(), None);
    assert_eq!(item.state.resolution(), None);
    assert_eq!(item.state.started_at(), Some(at(3600)));

    let again = item
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.complete(None, &alone(), &nobody(), at(3600 + 9000)));
    assert_eq!(
        again.state.cycle_time(),
        Some(SignedDuration::from_secs(9000))
    );
}

#[test]
fn an_item_that_was_closed_elsewhere_is_done_without_evidence_and_needs_it_after_a_reopening() {
    let item = task_that_is(Status::Pending);
    let item = item.after(|item| item.close_elsewhere(reason("closed in Beads"), at(60)));
    assert_eq!(item.state.status(), Status::Done);
    let why = item.state.status_reason().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("closed in Beads"));
    assert_eq!(item.state.latest_test_run(), None);
    assert_eq!(
        (item.state.cycle_time(), item.state.started_at()),
        (None, None)
    );
    let item = item.after(|item| item.reopen(reason("look again"), &alone(), at(120)));
    let refused = item.state.complete(None, &alone(), &nobody(), at(180));
    assert!(matches!(
        refused,
        Err(WorkItemError::QualityGateNotMet { .. })
    ));
}
