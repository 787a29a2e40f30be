//! The items that a command has made ready.

use std::collections::BTreeSet;

use work_item::Participant;
use work_tracking::{CommandOutcome, KnownDependents, TrackedItem, WorkTracker};

use crate::command_key::Answer;
use crate::order::Order;
use crate::read_model;
use crate::session::Session;

/// What the rows know of the items that wait for each item that a command closes. It is empty for
/// another command. What cannot be read is found in the log.
pub(super) async fn dependents(
    order: &Order,
    session: &mut Session<'_, '_>,
) -> Vec<KnownDependents> {
    let mut known = Vec::new();
    if order.action.closes() {
        for item in &order.items {
            let dependents = read_model::dependents(*item, session).await;
            known.push(dependents.unwrap_or_default());
        }
    }
    known
}

/// The outcomes of a command, each with the items that are ready because of it. An error here only
/// leaves them out of the answer: the change counts.
pub(super) async fn answers(
    outcomes: Vec<CommandOutcome>,
    known: &[KnownDependents],
    tracker: &WorkTracker,
    asker: Option<&Participant>,
) -> Vec<Answer> {
    let (mut answers, mut known) = (Vec::with_capacity(outcomes.len()), known.iter());
    for outcome in outcomes {
        let now_ready = match known.next() {
            Some(known) if !outcome.events.is_empty() => {
                let ready = tracker.ready_after(&outcome.item, known.clone(), asker);
                ready.await.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        answers.push(Answer { outcome, now_ready });
    }
    // An item that waited for several of them is named once, with the last one.
    let mut named = BTreeSet::new();
    for answer in answers.iter_mut().rev() {
        let is_new = |ready: &TrackedItem| named.insert(ready.item.id().snowflake());
        answer.now_ready.retain(is_new);
    }
    answers
}
