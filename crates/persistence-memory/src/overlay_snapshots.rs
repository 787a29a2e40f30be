//! The snapshots of an overlay: those of the store below it, and its own.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};

use crate::MemorySnapshotStore;

/// A view of a snapshot store that keeps new snapshots in memory. It belongs to a
/// [`MemoryOverlay`](crate::MemoryOverlay): a snapshot of events that the store below never sees
/// must not be saved there.
#[derive(Clone)]
pub struct MemoryOverlaySnapshots {
    base: Arc<dyn SnapshotStore>,
    own: MemorySnapshotStore,
}

impl MemoryOverlaySnapshots {
    /// A view of a snapshot store.
    #[must_use]
    pub fn over(base: Arc<dyn SnapshotStore>) -> Self {
        let own = MemorySnapshotStore::new();
        Self { base, own }
    }
}

#[async_trait]
impl SnapshotStore for MemoryOverlaySnapshots {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.own.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        match self.own.load(stream, schema, at_most).await? {
            Some(own) => Ok(Some(own)),
            None => self.base.load(stream, schema, at_most).await,
        }
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.own.prune(stream, schema, keep).await
    }
}
