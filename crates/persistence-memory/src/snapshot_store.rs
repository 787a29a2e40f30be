//! The snapshot store in memory.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};

use crate::microsecond::truncated;

/// A snapshot store in memory. A clone is another handle on the same snapshots.
#[derive(Debug, Clone, Default)]
pub struct MemorySnapshotStore {
    shelves: Arc<RwLock<Shelves>>,
}

/// All snapshots, by stream and schema: for example, those of `lamp-7` in `lamp/2` are one shelf.
#[derive(Debug, Default)]
pub(crate) struct Shelves(HashMap<(StreamId, StateSchema), Shelf>);

/// The snapshots of one stream in one schema, from the oldest to the newest.
type Shelf = BTreeMap<StreamVersion, SnapshotRecord>;

impl MemorySnapshotStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn shelves(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    /// The newest snapshot of a stream and schema at or below a version. With snapshots at the
    /// versions 100 and 200, version 150 finds the one at 100.
    pub(crate) fn newest(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Option<&SnapshotRecord> {
        let shelf = self.0.get(&(stream.clone(), schema.clone()))?;
        let (_, newest) = shelf.range(..=at_most).next_back()?;
        Some(newest)
    }
}

#[async_trait]
impl SnapshotStore for MemorySnapshotStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        let snapshot = SnapshotRecord {
            taken_at: truncated(snapshot.taken_at),
            ..snapshot
        };
        let key = (snapshot.stream.clone(), snapshot.schema.clone());
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.0.entry(key).or_default();
        shelf.insert(snapshot.version, snapshot);
        Ok(())
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        Ok(self.shelves().newest(stream, schema, at_most).cloned())
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        let key = (stream.clone(), schema.clone());
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        let Some(shelf) = shelves.0.get_mut(&key) else {
            return Ok(0);
        };
        let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
        let mut removed = 0;
        while shelf.len() > keep {
            shelf.pop_first();
            removed += 1;
        }
        Ok(removed)
    }
}
