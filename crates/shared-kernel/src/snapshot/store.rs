//! Owns the port of the snapshot store. The numbers are those of the contract's laws.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;

use crate::snapshot::{SnapshotRecord, StateSchema};
use crate::{StoreError, StreamId, StreamVersion};

/// Keeps snapshots: a cache beside the event store, never a source of truth.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// Keeps a snapshot.
    ///
    /// - **Order** (24): an older one never replaces a newer one; several per stream and schema are
    ///   kept side by side. Saving the same stream, schema and version again replaces that one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError>;

    /// The newest snapshot of a stream in that schema at or below `at_most`, or `None` (24).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError>;

    /// Removes all snapshots of a stream in that schema but the newest `keep`, and says how many
    /// were removed. Snapshots of other streams and schemas stay.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: SnapshotStore + ?Sized> SnapshotStore for Arc<S> {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        (**self).save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        (**self).load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        (**self).prune(stream, schema, keep).await
    }
}
