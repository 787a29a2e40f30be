//! Owns the answer to what changed in an item between two moments.

use shared_kernel::repository::AsOf;
use work_item::FieldChange;

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// What changed in an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDiff {
    /// The item as it was.
    pub from: TrackedItem,
    /// The item as it was or is at the other moment.
    pub to: TrackedItem,
    /// The fields that differ, in the order of [`Field::ALL`](work_item::Field::ALL).
    pub changes: Vec<FieldChange>,
}

impl WorkTracker {
    /// What changed in an item between two versions, positions or times; a moment past the end of
    /// its history is the present. The second moment may come before the first: then it tells what
    /// would have to be undone.
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] where the item did not exist at one of the moments,
    /// [`TrackingError::NotFound`] where it never did, and those of loading.
    pub async fn diff(
        &self,
        item: impl Into<ItemRef> + Send,
        from: AsOf,
        to: AsOf,
    ) -> Result<ItemDiff, TrackingError> {
        let item = item.into();
        let from = self.show_as_of(item, from).await?;
        let to = self.show_as_of(item, to).await?;
        let changes = from.item.changes_to(&to.item);
        Ok(ItemDiff { from, to, changes })
    }
}
