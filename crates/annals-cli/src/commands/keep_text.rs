//! The text of a command that is refused because its actor lost the item.

use std::collections::BTreeSet;

use shared_kernel::repository::AsOf;
use shared_kernel::{EventEnvelope, Metadata, StreamVersion};
use work_item::{Note, Participant, Touch, WorkItem};
use work_tracking::{CommandContext, CommandOutcome, TrackingError, WorkTracker};

use crate::order::Order;
use crate::run_error::{CONFLICT, REFUSED, RunError};
use crate::session::{Session, note};

/// Keeps the text of a command that was refused, as a note of each item that another actor has, if
/// the user asked for it. A repetition of the command keeps it once.
pub(super) async fn keep(order: &Order, error: &RunError, session: &mut Session<'_, '_>) {
    let text = order.action.reason().filter(|_| order.keeps_text);
    let Some(text) = text.and_then(|text| text.as_str().parse::<Note>().ok()) else {
        return;
    };
    if ![REFUSED, CONFLICT].contains(&error.exit_code()) {
        return;
    }
    let mut seen = BTreeSet::new();
    for item in &order.items {
        let Ok(present) = session.tracker.show(*item).await else {
            continue;
        };
        if !seen.insert(present.item.id().snowflake()) {
            continue;
        }
        let (tracker, metadata) = (&session.tracker, session.metadata());
        let said = match keep_at(&present.item, &text, tracker, metadata).await {
            Ok(None) => continue,
            Ok(Some(kept)) => {
                let (number, version) = (kept.item.id().number(), kept.version);
                format!("your text is kept as a note of {number}, version {version}")
            }
            Err(error) => {
                let number = present.item.id().number();
                format!("your text could not be kept as a note of {number}: {error}")
            }
        };
        note(session.environment, session.format, &said);
    }
}

/// Adds the note, unless the item is not lost or has this note already.
async fn keep_at(
    item: &WorkItem,
    text: &Note,
    tracker: &WorkTracker,
    metadata: Metadata,
) -> Result<Option<CommandOutcome>, TrackingError> {
    let by = metadata.actor.clone().map(Participant::from);
    if item.check_claim(by.as_ref(), Touch::Status, None).is_ok() {
        return Ok(None);
    }
    let now = AsOf::Version(StreamVersion::MAX);
    let notes = tracker.notes_as_of(item.id(), now).await?;
    let is_kept =
        |one: &EventEnvelope<Note>| one.event == *text && one.metadata.actor == metadata.actor;
    if notes.iter().any(is_kept) {
        return Ok(None);
    }
    let context = CommandContext::from(metadata);
    Ok(Some(tracker.note(item.id(), text.clone(), &context).await?))
}
