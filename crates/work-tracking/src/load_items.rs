//! Loading several items concurrently.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use shared_kernel::repository::AsOf;
use shared_kernel::{AggregateRoot, StreamVersion};
use work_item::{KnownStatuses, WorkItem, WorkItemId};

use crate::dependents::readable;
use crate::{TrackedItem, TrackingError, WorkTracker};

/// Items that belong to another one, for example its children, as far as they can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadedItems {
    /// The items, in the given order.
    pub found: Vec<TrackedItem>,
    /// The items with an unreadable history.
    pub unreadable: Vec<WorkItemId>,
}

impl LoadedItems {
    /// The statuses of the items.
    #[must_use]
    pub fn statuses(&self) -> KnownStatuses {
        let found = self.found.iter().map(|one| &one.item);
        let unreadable = self.unreadable.iter();
        unreadable.fold(found.collect(), |known: KnownStatuses, id| {
            known.with_unreadable(*id)
        })
    }
}

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
        ids: Vec<WorkItemId>,
        as_of: AsOf,
    ) -> Result<Vec<AggregateRoot<WorkItem>>, TrackingError> {
        let load = async |id| self.load_one(id, as_of).await;
        let roots = stream::iter(once_each(ids)).map(load);
        roots.buffered(CONCURRENT_LOADS).try_collect().await
    }

    /// Loads items as of a moment, in the given order and without repetitions. An item
    /// with an unreadable history does not fail the others.
    ///
    /// # Errors
    /// The errors of the store.
    pub async fn load_readable(
        &self,
        ids: impl IntoIterator<Item = WorkItemId>,
        as_of: AsOf,
    ) -> Result<LoadedItems, TrackingError> {
        let load = async |id| (id, self.load_one(id, as_of).await);
        let items = stream::iter(once_each(ids)).map(load);
        let mut items = items.buffered(CONCURRENT_LOADS);
        let mut loaded = LoadedItems::default();
        while let Some((id, root)) = items.next().await {
            match readable(root)? {
                Some(root) => loaded.found.push(root.into()),
                None => loaded.unreadable.push(id),
            }
        }
        Ok(loaded)
    }

    async fn load_one(
        &self,
        id: WorkItemId,
        as_of: AsOf,
    ) -> Result<AggregateRoot<WorkItem>, TrackingError> {
        let root = self.items.load_as_of(&id.stream_id(), as_of).await?;
        root.ok_or(TrackingError::Dangling { item: id })
    }
}

fn once_each(ids: impl IntoIterator<Item = WorkItemId>) -> Vec<WorkItemId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
