//! Carrying out a command: directly, or on a view in memory and then in one append.
//!
//! A command on several items, or under a key, runs on an overlay of the store. Each item sees the
//! changes of those before it. Then one append writes all events, with the record of the key, and
//! expects every stream that was used at the version that was read. After a conflict, all of it
//! runs again on a new overlay.

use std::sync::Arc;

use persistence_memory::MemoryOverlay;
use shared_kernel::Append;
use shared_kernel::snowflake::SnowflakeGenerator;
use work_item::Participant;
use work_tracking::{CommandContext, ItemRef, WorkTracker};

use super::now_ready;
use crate::command_key::{Done, KeptCommand, KeyedCommand};
use crate::composition::{Creator, overlaid_tracker};
use crate::order::{Action, Order};
use crate::run_error::RunError;
use crate::session::Session;

/// Carries out a command, once if it has a key.
pub(super) async fn carry_out(
    order: &Order,
    session: &mut Session<'_, '_>,
) -> Result<Done, RunError> {
    if !matches!(order.action, Action::Add(_)) {
        return with_ids(order, None, session).await;
    }
    let creator = Creator::lease(&session.store, &session.environment.clock).await?;
    let done = with_ids(order, Some(&creator), session).await;
    creator.release(&session.store).await;
    done
}

async fn with_ids(
    order: &Order,
    creator: Option<&Creator>,
    session: &mut Session<'_, '_>,
) -> Result<Done, RunError> {
    let metadata = session.metadata();
    if order.guard.key.is_some() || order.is_compound() {
        let ids = creator.map(Creator::ids);
        return Box::pin(in_one_append(order, ids.as_ref(), session)).await;
    }
    let tracker = creator.map_or(&session.tracker, |creator| &creator.tracker);
    let outcomes = order.execute(tracker, &*session.store.events, &metadata);
    let outcomes = outcomes.await?;
    let known = now_ready::dependents(order, session).await;
    let asker = metadata.actor.map(Participant::from);
    let answers = now_ready::answers(outcomes, &known, &session.tracker, asker.as_ref());
    Ok(Done {
        answers: answers.await,
        created_store: session.is_new,
    })
}

/// The outcome of an attempt.
enum Attempt {
    New(Done),
    Repeated(KeptCommand),
}

async fn in_one_append(
    order: &Order,
    ids: Option<&Arc<SnowflakeGenerator>>,
    session: &mut Session<'_, '_>,
) -> Result<Done, RunError> {
    let (metadata, is_new) = (session.metadata(), session.is_new);
    let key = order.guard.key.as_ref();
    let keyed = key.map(|key| KeyedCommand::new(key, &order.canonical(&metadata)));
    let keyed = keyed.transpose()?;
    let known = now_ready::dependents(order, session).await;
    let asker = metadata.actor.clone().map(Participant::from);
    let (store, clock) = (&session.store, &session.environment.clock);
    let (keyed, metadata, known, asker) = (&keyed, &metadata, &known, asker.as_ref());
    let draft = || async move {
        if let Some(keyed) = keyed
            && let Some(kept) = keyed.find(&store.events).await?
        {
            return Ok((Append::new(), Attempt::Repeated(kept)));
        }
        let overlay = MemoryOverlay::over(Arc::clone(&store.events), Arc::clone(clock)).await?;
        let tracker = overlaid_tracker(store, &overlay, clock, ids)?;
        let outcomes = match (order.execute(&tracker, &overlay, metadata).await, keyed) {
            (Ok(outcomes), _) => outcomes,
            (Err(error), None) => return Err(error),
            // Another process may have done this very command before the overlay was taken.
            (Err(error), Some(keyed)) => match keyed.find(&store.events).await? {
                Some(kept) => return Ok((Append::new(), Attempt::Repeated(kept))),
                None => return Err(error),
            },
        };
        let done = Done {
            answers: now_ready::answers(outcomes, known, &tracker, asker).await,
            created_store: is_new,
        };
        let mut append = overlay.pending();
        if let Some(keyed) = keyed
            && !done.answers.is_empty()
        {
            append = append.and(keyed.record(&done, clock, metadata)?);
        }
        Ok::<_, RunError>((append, Attempt::New(done)))
    };
    let attempt = session.tracker.in_one_append(draft).await;
    let (tracker, context) = (&session.tracker, CommandContext::from(metadata.clone()));
    match attempt {
        Ok(Attempt::New(done)) => {
            let length = order.action.claim_length();
            for answer in &done.answers {
                tracker.renew(&answer.outcome.item, length, &context).await;
            }
            Ok(done)
        }
        // A command that is repeated or refused renews the claims of its actor, too, but for no new
        // length.
        Ok(Attempt::Repeated(kept)) => {
            let done = kept.done(tracker).await?;
            for answer in &done.answers {
                renew(answer.outcome.item.id(), tracker, &context).await;
            }
            Ok(done)
        }
        Err(error) => {
            for item in &order.items {
                renew(*item, tracker, &context).await;
            }
            Err(error)
        }
    }
}

/// Renews the claim of an item as it is now.
async fn renew(item: impl Into<ItemRef> + Send, tracker: &WorkTracker, context: &CommandContext) {
    if let Ok(present) = tracker.show(item).await {
        tracker.renew(&present.item, None, context).await;
    }
}
