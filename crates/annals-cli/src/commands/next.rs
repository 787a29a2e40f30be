//! The command `next`: the best ready item, shown or claimed.

use shared_kernel::Metadata;
use work_item::ClaimLength;
use work_tracking::{CommandContext, CommandOutcome};

use super::change;
use super::ready::{ReadyView, as_table};
use crate::cli::Next;
use crate::read_model::queue;
use crate::run_error::{NothingReady, RunError};
use crate::session::Session;

pub(crate) async fn run(arguments: Next, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if arguments.claim {
        let metadata = session.metadata();
        let claimed = claim(arguments.length, metadata, session).await?;
        return change::answer(claimed, session);
    }
    let ready = queue::ready(Some(1), session).await?;
    let Some(first) = ready.first() else {
        return Err(nothing_ready(session).await?.into());
    };
    let width = session.environment.width;
    session.answer(&ReadyView::from(first), || as_table(&ready, width))
}

/// Claims the first item that is ready when its claim is decided.
///
/// Another caller can take an item after the queue was read. Then its claim is refused, and the
/// next item is tried; after the last one, the queue is read again.
async fn claim(
    length: Option<ClaimLength>,
    metadata: Metadata,
    session: &mut Session<'_, '_>,
) -> Result<CommandOutcome, RunError> {
    let context = CommandContext::from(metadata);
    loop {
        let ready = queue::ready(Some(PAGE), session).await?;
        if ready.is_empty() {
            return Err(nothing_ready(session).await?.into());
        }
        for one in ready {
            let id = one.tracked.item.id();
            let claimed = session.tracker.claim_if_ready(id, length, &context);
            if let Some(outcome) = claimed.await? {
                return Ok(outcome);
            }
        }
    }
}

/// The number of items that are tried before the queue is read again.
const PAGE: usize = 50;

/// The reasons why no item is ready.
async fn nothing_ready(session: &mut Session<'_, '_>) -> Result<NothingReady, RunError> {
    let queue = queue::whole(session).await?;
    Ok(NothingReady {
        others: queue.others,
    })
}
