//! Owns the loading of many items at once.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use shared_kernel::repository::AsOf;
use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::{WorkItem, WorkItemId};

use crate::{TrackingError, WorkTracker};

/// How many items are loaded side by side.
const SIDE_BY_SIDE: usize = 8;

impl WorkTracker {
    /// Loads items that the history of another one names, in the order given, each once.
    pub(crate) async fn load_all(
        &self,
        ids: Vec<WorkItemId>,
    ) -> Result<Vec<AggregateRoot<WorkItem>>, TrackingError> {
        self.load_all_as_of(ids, AsOf::Version(StreamVersion::MAX))
            .await
    }

    /// The same, as they were then.
    pub(crate) async fn load_all_as_of(
        &self,
        mut ids: Vec<WorkItemId>,
        as_of: AsOf,
    ) -> Result<Vec<AggregateRoot<WorkItem>>, TrackingError> {
        let mut seen = HashSet::with_capacity(ids.len());
        ids.retain(|id| seen.insert(*id));
        let load = async |id: WorkItemId| {
            let root = self.items.load_as_of(&id.stream_id(), as_of).await?;
            root.ok_or(TrackingError::Dangling { item: id })
        };
        let roots = stream::iter(ids).map(load).buffered(SIDE_BY_SIDE);
        roots.try_collect().await
    }
}
