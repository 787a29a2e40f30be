//! The text of a command that is refused because its actor lost the item.

use work_item::{Note, WorkItemError};
use work_tracking::{CommandContext, CommandOutcome, ItemRef, TrackingError};

use crate::run_error::RunError;
use crate::session::{Session, note};

/// The outcome of a command. If another actor has claimed the item, `text` is kept as a note of it.
pub(super) async fn or_keep(
    outcome: Result<CommandOutcome, TrackingError>,
    item: ItemRef,
    text: Option<String>,
    context: &CommandContext,
    session: &mut Session<'_, '_>,
) -> Result<CommandOutcome, RunError> {
    let error = match outcome {
        Ok(outcome) => return Ok(outcome),
        Err(error) => error,
    };
    let is_lost = matches!(
        error,
        TrackingError::Refused(WorkItemError::ClaimLost { .. } | WorkItemError::Claimed { .. })
    );
    if let Some(text) = text
        .filter(|_| is_lost)
        .and_then(|text| text.parse::<Note>().ok())
    {
        let context = CommandContext::from(context.metadata.clone());
        let kept = session.tracker.note(item, text, &context).await?;
        let number = kept.item.id().number();
        let text = format!(
            "your text is kept as a note of {number}, version {}",
            kept.version
        );
        note(session.environment, session.format, &text);
    }
    Err(error.into())
}
