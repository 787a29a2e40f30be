//! The differences of an item between two moments.

use shared_kernel::repository::AsOf;
use work_item::FieldChange;

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// The differences of an item between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDiff {
    /// The item at the first moment.
    pub from: TrackedItem,
    /// The item at the second moment.
    pub to: TrackedItem,
    /// The fields that differ, in the order of [`Field::ALL`](work_item::Field::ALL).
    pub changes: Vec<FieldChange>,
}

impl WorkTracker {
    /// Compares an item at two versions, positions or times. A moment after its last event means
    /// its present state. If `to` is before `from`, the changes lead back: an item that was
    /// retitled from "x" to "y" in version 2 has, from version 2 to version 1, the change "y" to
    /// "x".
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] if the item did not exist at one of the moments,
    /// [`TrackingError::NotFound`] if it never existed, and the errors of loading.
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
