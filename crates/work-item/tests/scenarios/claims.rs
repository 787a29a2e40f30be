//! Scenarios: claims of one item, their loss, and the commands that need one.

use jiff::Timestamp;
use work_item::{Status, Touch, Transition, WorkItem, WorkItemError, WorkItemEvent};

use crate::given::{Item, alone, at, enough, nobody, reason, task, task_that_is, who};

const QUARTER: i64 = 900;

/// The item after an actor has claimed it for a quarter of an hour.
fn claimed(item: Item, by: &str, from: i64) -> Item {
    item.after(|item| claim(item, by, from))
}

fn claim(item: &WorkItem, by: &str, from: i64) -> Result<Vec<WorkItemEvent>, WorkItemError> {
    item.claim_for(who(by), Some(at(from + QUARTER)), None, at(from))
}

fn is_allowed(item: &Item, by: &str, touch: Touch) -> Result<(), WorkItemError> {
    item.state.check_claim(Some(&who(by)), touch, None)
}

fn held(claimant: &str, since: i64, until: i64) -> WorkItemError {
    WorkItemError::Claimed {
        claimant: who(claimant),
        since: at(since),
        until: Some(at(until)),
    }
}

#[test]
fn a_claim_assigns_the_item_and_leaves_its_status() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let claim = item.state.claim().unwrap();
    assert_eq!((&claim.claimant, claim.term), (&who("agent:a"), 1));
    assert_eq!(claim.until, Some(at(QUARTER)));
    assert_eq!(item.state.assignee(), Some(&who("agent:a")));
    assert_eq!(item.state.status(), Status::Pending);
}

#[test]
fn a_claim_is_free_at_its_end_and_not_before() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let early = claim(&item.state, "agent:b", QUARTER - 1);
    assert_eq!(early, Err(held("agent:a", 0, QUARTER)));
    let item = claimed(item, "agent:b", QUARTER);
    let took_over = item.events.last().unwrap();
    let WorkItemEvent::WorkItemClaimed {
        term, took_over, ..
    } = took_over
    else {
        panic!("{took_over:?}")
    };
    assert_eq!((*term, took_over), (2, &Some(who("agent:a"))));
}

#[test]
fn a_renewed_lease_moves_the_end_of_a_claim() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let claim = |renewed: Timestamp, now| {
        let state = &item.state;
        state.claim_for(who("agent:b"), None, Some(renewed), at(now))
    };
    let longer = at(2 * QUARTER);
    assert_eq!(
        claim(longer, 2 * QUARTER - 1),
        Err(held("agent:a", 0, 2 * QUARTER))
    );
    assert!(claim(longer, 2 * QUARTER).is_ok());
    // A lease that ends earlier does not shorten the claim.
    assert!(claim(at(1), QUARTER - 1).is_err());
}

#[test]
fn a_claim_of_the_claimant_changes_nothing_before_its_end() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    assert_eq!(claim(&item.state, "agent:a", 5), Ok(Vec::new()));
    let again = claimed(item, "agent:a", QUARTER);
    let claim = again.state.claim().unwrap();
    assert_eq!((claim.term, claim.since), (2, at(QUARTER)));
    assert_eq!(is_allowed(&again, "agent:a", Touch::Status), Ok(()));
}

#[test]
fn a_claimant_who_was_overtaken_changes_nothing_but_may_add_a_note() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let item = claimed(item, "agent:b", QUARTER);
    let lost = WorkItemError::ClaimLost {
        by: who("agent:a"),
        at: at(QUARTER),
        holder: Some(who("agent:b")),
    };
    for touch in [Touch::Content, Touch::Status] {
        assert_eq!(is_allowed(&item, "agent:a", touch), Err(lost.clone()));
        assert_eq!(is_allowed(&item, "agent:b", touch), Ok(()));
    }
    for touch in [Touch::Note, Touch::Claim] {
        assert_eq!(is_allowed(&item, "agent:a", touch), Ok(()));
    }
    // The third claim is one of the first claimant, who may change the item again.
    let item = claimed(item, "agent:a", 2 * QUARTER);
    assert_eq!(is_allowed(&item, "agent:a", Touch::Status), Ok(()));
    assert!(is_allowed(&item, "agent:b", Touch::Content).is_err());
}

#[test]
fn a_person_who_was_overtaken_is_refused_as_well() {
    let item = claimed(Item::new(task()), "ada", 0);
    let item = claimed(item, "agent:b", QUARTER);
    assert!(matches!(
        is_allowed(&item, "ada", Touch::Status),
        Err(WorkItemError::ClaimLost { .. })
    ));
    // A person takes the claim of an agent at any time; an agent does not.
    let item = claimed(item, "ada", QUARTER + 1);
    assert_eq!(is_allowed(&item, "ada", Touch::Status), Ok(()));
    assert!(is_allowed(&item, "agent:b", Touch::Status).is_err());
}

#[test]
fn an_agent_does_not_move_an_item_that_another_actor_has_claimed() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let refused = is_allowed(&item, "agent:b", Touch::Status);
    assert_eq!(refused, Err(held("agent:a", 0, QUARTER)));
    assert_eq!(is_allowed(&item, "agent:b", Touch::Content), Ok(()));
    assert_eq!(is_allowed(&item, "ada", Touch::Status), Ok(()));
    assert_eq!(
        item.state.check_claim(None, Touch::Status, None),
        Ok(()),
        "an unknown actor counts as a person"
    );
    // Another agent of the same name with another kind is another actor.
    assert_eq!(is_allowed(&item, "person:a", Touch::Status), Ok(()));
}

#[test]
fn a_started_item_stays_with_a_person_whose_claim_is_over() {
    let begun = Item::new(task()).after(|item| item.start(Some(who("ada")), at(0)));
    let first = claimed(begun, "ada", 1);
    let second = claimed(Item::new(task()), "ada", 1).after(|item| item.start(None, at(2)));
    let blocked = second
        .clone()
        .after(|item| item.block(reason("no power"), at(3)));
    let late = QUARTER + 10;
    for item in [&first, &second, &blocked] {
        let assignee = who("ada");
        let refused = claim(&item.state, "agent:a", late);
        assert_eq!(refused, Err(WorkItemError::Assigned { assignee }));
        assert!(!item.state.is_claim_over(None, at(late)));
        assert!(claim(&item.state, "grace", late).is_ok());
    }
    let released = second.after(|item| item.release(Some(&who("ada")), at(late)));
    assert!(claim(&released.state, "agent:a", late).is_ok());
    // A claim of what nobody has started ends.
    let pending = claimed(Item::new(task()), "ada", 1);
    assert!(pending.state.is_claim_over(None, at(late)));
    assert!(claim(&pending.state, "agent:a", late).is_ok());
}

#[test]
fn a_claim_without_an_end_takes_the_place_of_one_with_an_end() {
    let item = claimed(Item::new(task()), "ada", 0);
    let item = item.after(|item| item.claim_for(who("ada"), None, None, at(1)));
    let claim = item.state.claim().unwrap();
    assert_eq!((claim.term, claim.until), (2, None));
    let shorter = item.state.claim_for(who("ada"), Some(at(9)), None, at(2));
    assert_eq!(shorter, Ok(Vec::new()), "it is kept");
}

#[test]
fn an_agent_does_not_move_an_item_that_a_person_has_started() {
    let started = Item::new(task()).after(|item| item.start(Some(who("ada")), at(1)));
    let blocked = started
        .clone()
        .after(|item| item.block(reason("no power"), at(2)));
    let assignee = who("ada");
    for item in [&started, &blocked] {
        for touch in [Touch::Claim, Touch::Status] {
            let refused = is_allowed(item, "agent:a", touch);
            let assignee = assignee.clone();
            assert_eq!(refused, Err(WorkItemError::Assigned { assignee }));
        }
        for touch in [Touch::Note, Touch::Content] {
            assert_eq!(is_allowed(item, "agent:a", touch), Ok(()));
        }
        assert_eq!(is_allowed(item, "grace", Touch::Status), Ok(()));
    }
    // A started item that is assigned to an agent is that agent's.
    let handed = started.clone().after(|item| item.assign(who("agent:b")));
    assert_eq!(is_allowed(&handed, "agent:b", Touch::Status), Ok(()));
    assert!(is_allowed(&handed, "agent:a", Touch::Status).is_err());
    // It is free after its release; and what a person has not started may be arranged by agents.
    let free = started.after(|item| item.release(Some(&who("ada")), at(3)));
    let assigned = Item::new(task()).after(|item| item.assign(who("ada")));
    for item in [free, assigned] {
        assert_eq!(is_allowed(&item, "agent:a", Touch::Status), Ok(()));
    }
}

#[test]
fn an_agent_does_not_claim_an_item_of_a_person() {
    let item = Item::new(task()).after(|item| item.start(Some(who("ada")), at(1)));
    let refused = claim(&item.state, "agent:a", 2);
    let assignee = who("ada");
    assert_eq!(refused, Err(WorkItemError::Assigned { assignee }));
    let taken = claimed(item.clone(), "grace", 2);
    assert_eq!(taken.state.assignee(), Some(&who("grace")));
    let own = Item::new(task()).after(|item| item.assign(who("agent:a")));
    assert_eq!(
        claimed(own, "agent:a", 2).state.claim().map(|it| it.term),
        Some(1)
    );
}

#[test]
fn a_release_gives_work_in_progress_back() {
    let item = claimed(Item::new(task()), "agent:a", 0)
        .after(|item| item.start(None, at(1)))
        .after(|item| item.release(Some(&who("agent:a")), at(2)));
    assert_eq!(item.state.status(), Status::Pending);
    assert_eq!((item.state.claim(), item.state.assignee()), (None, None));
    assert_eq!(is_allowed(&item, "agent:a", Touch::Status), Ok(()));
    assert_eq!(item.state.started_at(), Some(at(1)));
    let again = claimed(item, "agent:b", 3);
    assert_eq!(again.state.claim().unwrap().term, 2);
}

#[test]
fn a_release_by_another_actor_is_a_loss() {
    let item = claimed(Item::new(task()), "agent:a", 0)
        .after(|item| item.release(Some(&who("ada")), at(2)));
    assert_eq!(
        is_allowed(&item, "agent:a", Touch::Content),
        Err(WorkItemError::ClaimLost {
            by: who("agent:a"),
            at: at(2),
            holder: None,
        })
    );
}

#[test]
fn a_release_of_an_item_without_a_claim_removes_the_assignee() {
    let item = Item::new(task())
        .after(|item| item.start(Some(who("ada")), at(1)))
        .after(|item| item.release(Some(&who("ada")), at(2)));
    let steps: Vec<_> = item.events.iter().skip(3).collect();
    assert!(matches!(
        steps[..],
        [
            WorkItemEvent::StatusChanged {
                by: Transition::Release,
                ..
            },
            WorkItemEvent::WorkItemUnassigned { .. }
        ]
    ));
    assert_eq!(item.state.release(None, at(3)), Ok(Vec::new()));
}

#[test]
fn an_assignment_to_another_actor_ends_the_claim() {
    let item = claimed(Item::new(task()), "agent:a", 0);
    let same = item.state.assign(who("agent:a"));
    assert_eq!(same, Ok(Vec::new()));
    for item in [
        item.clone().after(|item| item.assign(who("agent:b"))),
        item.after(WorkItem::unassign),
    ] {
        assert_eq!(item.state.claim(), None);
        assert!(is_allowed(&item, "agent:a", Touch::Status).is_err());
    }
}

#[test]
fn a_closed_item_has_no_claim_and_forgets_who_lost_one() {
    let started = claimed(Item::new(task()), "agent:a", 0);
    let started = claimed(started, "agent:b", QUARTER)
        .after(|item| item.start(None, at(QUARTER)))
        .after(|item| item.record_test_run(enough()));
    let done = started.clone().after(|item| {
        let none = alone();
        item.complete(None, &none, &nobody(), at(QUARTER))
    });
    let cancelled = started.after(|item| item.cancel(reason("no use"), at(QUARTER)));
    for item in [done, cancelled] {
        assert_eq!(item.state.claim(), None);
        assert_eq!(is_allowed(&item, "agent:a", Touch::Content), Ok(()));
        assert!(matches!(
            claim(&item.state, "agent:a", QUARTER),
            Err(WorkItemError::Closed { .. })
        ));
    }
}

#[test]
fn a_claim_without_an_end_is_never_over() {
    let item =
        task_that_is(Status::Pending).after(|item| item.claim_for(who("ada"), None, None, at(0)));
    let later = at(1_000_000_000);
    let refused = item.state.claim_for(who("agent:a"), None, None, later);
    assert!(matches!(
        refused,
        Err(WorkItemError::Claimed { until: None, .. })
    ));
}

#[test]
fn refusals_say_who_has_the_item_and_since_when() {
    let texts = [
        held("agent:a", 0, QUARTER).to_string(),
        WorkItemError::ClaimLost {
            by: who("agent:a"),
            at: at(0),
            holder: None,
        }
        .to_string(),
    ];
    assert_eq!(
        texts,
        [
            "agent:a has claimed the item since 2026-01-09T10:00:00Z, until 2026-01-09T10:15:00Z",
            "agent:a lost the claim of the item at 2026-01-09T10:00:00Z; it is not assigned now",
        ]
    );
}
