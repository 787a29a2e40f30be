//! The text of a command that is refused because its actor lost the item.

use shared_kernel::repository::AsOf;
use shared_kernel::{EventEnvelope, Metadata, StreamVersion};
use work_item::{Note, Participant, Touch, WorkItemId};
use work_tracking::{CommandContext, TrackedItem, TrackingError, WorkTracker};

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
    for item in &order.items {
        let (tracker, metadata) = (&session.tracker, session.metadata());
        let Ok(id) = tracker.show(*item).await.map(|found| found.item.id()) else {
            continue;
        };
        let number = id.number();
        let said = match keep_at(id, &text, tracker, metadata).await {
            Ok(None) => continue,
            Ok(Some(version)) => {
                format!("your text is kept as a note of {number}, version {version}")
            }
            Err(error) => format!("your text could not be kept as a note of {number}: {error}"),
        };
        note(session.environment, session.format, &said);
    }
}

/// Adds the note, and returns its version, or that of the same note of the same actor. It adds none
/// to an item that is open and not lost.
async fn keep_at(
    item: WorkItemId,
    text: &Note,
    tracker: &WorkTracker,
    metadata: Metadata,
) -> Result<Option<StreamVersion>, TrackingError> {
    let by = metadata.actor.clone().map(Participant::from);
    let context = CommandContext::from(metadata);
    loop {
        let TrackedItem {
            item: state,
            version,
        } = tracker.show(item).await?;
        let is_lost = state.check_claim(by.as_ref(), Touch::Status, None).is_err();
        let own = [state.resolution(), state.status_reason()];
        let is_there = own
            .iter()
            .flatten()
            .any(|own| own.as_str() == text.as_str());
        if (state.status().is_open() && !is_lost) || is_there {
            return Ok(None);
        }
        let notes = tracker.notes_as_of(item, AsOf::Version(version)).await?;
        let is_kept = |one: &&EventEnvelope<Note>| {
            one.event == *text && one.metadata.actor == context.metadata.actor
        };
        if let Some(kept) = notes.iter().find(is_kept) {
            return Ok(Some(kept.version));
        }
        // Of several processes with one text, the others meet a conflict, and find the note.
        let context = context.clone().at_version(version);
        match tracker.note(item, text.clone(), &context).await {
            Err(TrackingError::Conflict { .. }) => {}
            noted => return noted.map(|noted| Some(noted.version)),
        }
    }
}
