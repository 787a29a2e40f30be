//! The tree of an item from the rows.

use std::collections::HashMap;

use read_models_sqlite::sqlx;
use shared_kernel::codec::FormatError;
use shared_kernel::snowflake::Snowflake;
use work_item::WorkItemId;
use work_tracking::{ItemTree, TrackedItem};

use crate::{ItemViews, ViewError};

/// An item and its descendants.
const TREE: &str = "\
WITH RECURSIVE tree (snowflake) AS (
  VALUES (?)
  UNION
  SELECT child.snowflake FROM tree JOIN items AS child ON child.parent = tree.snowflake
)
SELECT version, state FROM tree JOIN items USING (snowflake)";

impl ItemViews {
    /// An item with all its descendants. On rows that are current, the answer equals
    /// `WorkTracker::tree`. `None` if there is no such item, or if two histories contradict each
    /// other.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn tree(&self, item: Snowflake) -> Result<Option<ItemTree>, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let rows = sqlx::query(TREE).bind(item.as_i64());
        let rows = rows.fetch_all(&mut reader).await;
        let rows = rows.map_err(|error| ViewError::row(&build, error))?;
        let items = rows.iter().map(|row| {
            let tracked = self.tracked(row)?;
            Ok((tracked.item.id(), tracked))
        });
        let items: Result<HashMap<WorkItemId, TrackedItem>, FormatError> = items.collect();
        let mut items = items.map_err(|error| ViewError::row(&build, error))?;
        let root = items.keys().copied().find(|id| id.snowflake() == item);
        let root = root.and_then(|root| items.remove(&root));
        Ok(root.and_then(|root| ItemTree::grow(root, &mut items)))
    }
}
