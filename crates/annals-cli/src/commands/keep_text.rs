//! The text of a command that is refused because its actor lost the item.

use work_item::{Note, Participant, Touch};
use work_tracking::CommandContext;

use crate::order::Order;
use crate::run_error::RunError;
use crate::session::{Session, note};

/// Keeps the text of a command that was refused, as a note of each item that another actor has
/// claimed, if the user asked for it.
pub(super) async fn keep(order: &Order, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let text = order.action.reason().filter(|_| order.keeps_text);
    let Some(text) = text.and_then(|text| text.as_str().parse::<Note>().ok()) else {
        return Ok(());
    };
    let metadata = session.metadata();
    let by = metadata.actor.clone().map(Participant::from);
    let context = CommandContext::from(metadata);
    for item in &order.items {
        let present = session.tracker.show(*item).await?.item;
        if present
            .check_claim(by.as_ref(), Touch::Status, None)
            .is_ok()
        {
            continue;
        }
        let kept = session.tracker.note(*item, text.clone(), &context).await?;
        let number = kept.item.id().number();
        let text = format!(
            "your text is kept as a note of {number}, version {}",
            kept.version
        );
        note(session.environment, session.format, &text);
    }
    Ok(())
}
