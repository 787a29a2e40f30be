//! Loading several items concurrently.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use shared_kernel::repository::AsOf;
use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::{WorkItem, WorkItemId};

use crate::{TrackingError, WorkTracker};

/// The number of concurrent loads.
const CONCURRENT_LOADS: usize = 8;

impl WorkTracker {
    /// Loads items in the given order and skips repetitions: the ids a, b, a load a and b. An item
    /// that does not exist is an error, because the ids come from the history of another item.
    pub(crate) async fn load_all(
        &self,
        ids: Vec<WorkItemId>,
    ) -> Result<Vec<AggregateRoot<WorkItem>>, TrackingError> {
        self.load_all_as_of(ids, AsOf::Version(StreamVersion::MAX))
            .await
    }

    /// The same, as of a moment in the past.
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
        let roots = stream::iter(ids).map(load).buffered(CONCURRENT_LOADS);
        roots.try_collect().await
    }
}
