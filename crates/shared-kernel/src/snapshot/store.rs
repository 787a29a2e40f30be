//! The port of the snapshot store.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;

use crate::snapshot::{SnapshotRecord, StateSchema};
use crate::{StoreError, StreamId, StreamVersion};

/// Stores snapshots. They are a cache of the event store, and can always be deleted.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// Saves a snapshot.
    ///
    /// - **Order** ([law 24](crate::laws#law-24)): an older snapshot never replaces a newer one; a
    ///   store keeps several for each stream and schema. A second snapshot with the same stream,
    ///   schema and version replaces the first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError>;

    /// The newest snapshot of a stream and schema at or below `at_most`; `None` if there is no such
    /// snapshot ([law 24](crate::laws#law-24)).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError>;

    /// Removes all snapshots of a stream and schema except the newest `keep`, and returns the
    /// number of removed ones. Snapshots of other streams and schemas stay.
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
