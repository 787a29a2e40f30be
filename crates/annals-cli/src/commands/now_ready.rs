//! The items that a closed item has made ready.

use work_item::WorkItem;
use work_tracking::TrackedItem;

use crate::read_model;
use crate::session::Session;

/// The items that are ready now because `closed` is done or cancelled. The change is recorded, so
/// an error here only leaves them out of the answer.
pub(super) async fn after(closed: &WorkItem, session: &mut Session<'_, '_>) -> Vec<TrackedItem> {
    let known = read_model::dependents(closed.id().into(), session).await;
    let (Ok(known), Ok(asker)) = (known, session.asker()) else {
        return Vec::new();
    };
    let ready = session.tracker.ready_after(closed, known, asker.as_ref());
    ready.await.unwrap_or_default()
}
