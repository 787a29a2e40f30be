//! Scenarios: approvals by actors who did not work on the item.

use shared_kernel::StreamVersion;
use work_item::{
    GateFailure, GateLevel, RiskTier, Status, Transition, Work, WorkItemError, WorkItemEvent,
    Workers,
};

use crate::given::{Item, alone, at, enough, item_that_is, name, note, reason, task, title, who};

/// The workers of an item after these events, each with the name of its actor.
fn workers(events: &[WorkItemEvent], actors: &[&str]) -> Workers {
    assert_eq!(events.len(), actors.len());
    let mut workers = Workers::new();
    for ((place, event), actor) in events.iter().enumerate().zip(actors) {
        workers.take(version(place), event, Some(&name(actor)));
    }
    workers
}

/// The version after the event at a place of the history.
fn version(place: usize) -> StreamVersion {
    StreamVersion::new(place as u64 + 1).unwrap()
}

/// The way in which an actor worked on an item first.
fn work(workers: &Workers, actor: &str) -> Option<Work> {
    workers.work_of(&name(actor)).map(|first| first.work)
}

fn tested(tier: RiskTier) -> Item {
    item_that_is(Status::InProgress, task().with_risk_tier(tier))
        .after(|item| item.record_test_run(enough()))
}

#[test]
fn an_actor_who_moved_or_tested_the_item_cannot_approve() {
    let item = tested(RiskTier::T4);
    let workers = workers(&item.events, &["author", "starter", "tester"]);
    for (text, work) in [
        ("starter", Work::Moved(Transition::Start)),
        ("Starter", Work::Moved(Transition::Start)),
        ("agent:TESTER", Work::Tested),
    ] {
        let approver = who(text);
        let refusal = item.state.approve(approver.clone(), &workers).unwrap_err();
        assert_eq!(
            refusal,
            WorkItemError::ApproverWorkedOnIt {
                approver,
                work,
                version: version(if work == Work::Tested { 2 } else { 1 }),
            }
        );
        let reason = format!("{text} cannot approve the item: {text} {work}");
        assert_eq!(refusal.to_string(), reason);
    }
    assert_eq!(item.state.approvers().count(), 0);
}

#[test]
fn an_author_an_assignee_and_a_commentator_can_approve() {
    let item = tested(RiskTier::T4)
        .after(|item| item.assign(who("owner")))
        .after(|item| item.note(note("seen")))
        .after(|item| item.retitle(title("Keep both logs")));
    let actors = ["author", "ada", "ada", "lead", "reader", "editor"];
    let workers = workers(&item.events, &actors);
    for text in ["author", "owner", "lead", "reader", "editor", "stranger"] {
        let approved = item.clone().after(|item| item.approve(who(text), &workers));
        let completed = approved.state.complete(None, &alone(), &workers, at(7200));
        assert!(completed.is_ok(), "{text}");
    }
}

#[test]
fn an_approver_who_works_on_the_item_later_no_longer_counts() {
    let item = tested(RiskTier::T4)
        .after(|item| item.approve(who("grace"), &Workers::new()))
        .after(|item| item.block(reason("waits"), at(4000)))
        .after(|item| item.unblock(at(5000)));
    let before = workers(&item.events[..4], &["ada", "ada", "ada", "grace"]);
    assert_eq!(work(&before, "grace"), None);

    let after = workers(
        &item.events,
        &["ada", "ada", "ada", "grace", "ada", "grace"],
    );
    let refused = WorkItemError::QualityGateNotMet {
        level: GateLevel::L2,
        failures: vec![
            GateFailure::NoApproval,
            GateFailure::ApprovalByWorker {
                approver: who("grace"),
                work: Work::Moved(Transition::Unblock),
                version: version(5),
            },
        ],
    };
    assert!(
        refused
            .to_string()
            .ends_with("the approval of grace does not count: grace unblocked it (version 6)")
    );
    let completion = |item: &Item| item.state.complete(None, &alone(), &after, at(7200));
    assert_eq!(completion(&item), Err(refused));
    assert!(item.state.approve(who("grace"), &after).is_err());

    let item = item.after(|item| item.approve(who("linus"), &after));
    assert_eq!(
        item.state.approvers().collect::<Vec<_>>(),
        [&who("grace"), &who("linus")]
    );
    assert!(completion(&item).is_ok());
}

#[test]
fn a_reopening_forgets_the_workers_before_it_but_is_work_itself() {
    let item = tested(RiskTier::T1)
        .after(|item| item.complete(None, &alone(), &Workers::new(), at(7200)))
        .after(|item| item.reopen(reason("it broke"), &alone(), at(7300)));
    let actors = ["ada", "ada", "ada", "ada", "ada", "ben"];
    let workers = workers(&item.events, &actors);
    assert_eq!(work(&workers, "ada"), None);
    let reopened = Work::Moved(Transition::Reopen);
    assert_eq!(work(&workers, "ben"), Some(reopened));
    assert!(item.state.approve(who("ada"), &workers).is_ok());
    assert!(item.state.approve(who("ben"), &workers).is_err());
}

#[test]
fn while_the_actor_of_some_work_is_unknown_no_approval_counts() {
    let item = tested(RiskTier::T4).after(|item| item.approve(who("grace"), &Workers::new()));
    let mut workers = workers(&item.events[..2], &["ada", "ada"]);
    workers.take(version(2), &item.events[2], None);
    let refused = WorkItemError::QualityGateNotMet {
        level: GateLevel::L2,
        failures: vec![GateFailure::UnattributedWork {
            version: version(2),
        }],
    };
    let completed = item.state.complete(None, &alone(), &workers, at(7200));
    assert_eq!(completed, Err(refused));

    let done = item
        .after(|item| item.complete(None, &alone(), &Workers::new(), at(7200)))
        .after(|item| item.reopen(reason("it broke"), &alone(), at(7300)));
    let reopened = done.events.last().unwrap();
    workers.take(version(6), reopened, Some(&name("ada")));
    assert_eq!(workers.unattributed(), None);
}

#[test]
fn an_approval_in_the_name_of_another_counts_as_that_of_its_actor() {
    let item = tested(RiskTier::T4).after(|item| item.approve(who("grace"), &Workers::new()));
    let by_worker = workers(&item.events, &["ada", "ada", "ada", "Ada"]);
    assert_eq!(
        work(&by_worker, "grace"),
        Some(Work::Moved(Transition::Start))
    );
    let completed = item.state.complete(None, &alone(), &by_worker, at(7200));
    assert!(completed.is_err());
    let by_grace = workers(&item.events, &["ada", "ada", "ada", "grace"]);
    let completed = item.state.complete(None, &alone(), &by_grace, at(7200));
    assert!(completed.is_ok());
}

#[test]
fn tiers_below_t4_need_no_approval() {
    let item = tested(RiskTier::T3);
    let workers = workers(&item.events, &["ada", "ada", "ada"]);
    let completed = item.state.complete(None, &alone(), &workers, at(7200));
    assert!(completed.is_ok());
}
