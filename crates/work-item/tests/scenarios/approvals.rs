//! Scenarios: approvals by actors who did not work on the item.

use work_item::{
    GateFailure, GateLevel, RiskTier, Status, Transition, Work, WorkItemError, WorkItemEvent,
    Workers,
};

use crate::given::{Item, alone, at, enough, item_that_is, name, note, reason, task, title, who};

/// The workers of an item after these events, each with the name of its actor.
fn workers(events: &[WorkItemEvent], actors: &[&str]) -> Workers {
    assert_eq!(events.len(), actors.len());
    let mut workers = Workers::new();
    for (event, actor) in events.iter().zip(actors) {
        workers.take(event, Some(&name(actor)));
    }
    workers
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
        ("agent:tester", Work::Tested),
    ] {
        let approver = who(text);
        let refusal = item.state.approve(approver.clone(), &workers).unwrap_err();
        assert_eq!(
            refusal,
            WorkItemError::ApproverWorkedOnIt { approver, work }
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
    assert_eq!(before.work_of(&name("grace")), None);

    let after = workers(
        &item.events,
        &["ada", "ada", "ada", "grace", "ada", "grace"],
    );
    let refused = WorkItemError::QualityGateNotMet {
        level: GateLevel::L2,
        failures: vec![GateFailure::NoApproval],
    };
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
    assert_eq!(workers.work_of(&name("ada")), None);
    let reopened = Work::Moved(Transition::Reopen);
    assert_eq!(workers.work_of(&name("ben")), Some(reopened));
    assert!(item.state.approve(who("ada"), &workers).is_ok());
    assert!(item.state.approve(who("ben"), &workers).is_err());
}

#[test]
fn an_event_without_an_actor_is_nobodys_work() {
    let item = tested(RiskTier::T4);
    let mut workers = Workers::new();
    for event in &item.events {
        workers.take(event, None);
    }
    assert_eq!(workers, Workers::new());
}

#[test]
fn tiers_below_t4_need_no_approval() {
    let item = tested(RiskTier::T3);
    let workers = workers(&item.events, &["ada", "ada", "ada"]);
    let completed = item.state.complete(None, &alone(), &workers, at(7200));
    assert!(completed.is_ok());
}
