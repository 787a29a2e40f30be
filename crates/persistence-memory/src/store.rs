//! The combined store in memory: events and snapshots.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, LogPage, LogPart, LogQuery, LogTransfer, StoreId,
    StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::time::Clock;
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, SnapshotStore,
    StoreError, StreamId, StreamVersion,
};

use crate::{MemoryEventStore, MemorySnapshotStore, page};

/// A combined store of events and snapshots in memory. A clone is another handle on the same data.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    events: MemoryEventStore,
    snapshots: MemorySnapshotStore,
}

impl MemoryStore {
    /// An empty store with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with the given clock; see [`MemoryEventStore::with_clock`].
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            events: MemoryEventStore::with_clock(clock),
            snapshots: MemorySnapshotStore::new(),
        }
    }
}

#[async_trait]
impl SnapshottedEventStore for MemoryStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let SnapshotQuery {
            stream,
            schema,
            at_most,
            ..
        } = query;
        let (snapshot, found) = {
            // Both locks are held together, so snapshot and events belong to one moment. No other
            // code holds both, so there is no deadlock.
            let shelves = self.snapshots.shelves();
            let snapshot = shelves.newest(stream, schema, *at_most).cloned();
            let tail = query.tail(snapshot.as_ref().map(|snapshot| snapshot.version));
            (snapshot, page::stream_page(&self.events.log(), &tail))
        };
        Ok(SnapshotAndTail {
            snapshot,
            tail: page::recorded(found),
        })
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.events.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.events.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.events.read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.events.stream_version(stream).await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.events.id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.events.head().await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.events.position_at(time).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.events.find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.events.list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.events.wait_past(position).await
    }
}

#[async_trait]
impl LogTransfer for MemoryStore {
    async fn import(&self, part: LogPart) -> Result<(), ImportError> {
        self.events.import(part).await
    }

    async fn freeze(
        &self,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        self.events.freeze(destination).await
    }

    async fn unfreeze(&self) -> Result<(), StoreError> {
        self.events.unfreeze().await
    }

    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError> {
        self.events.frozen_for().await
    }
}

#[async_trait]
impl SnapshotStore for MemoryStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.snapshots.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.snapshots.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.snapshots.prune(stream, schema, keep).await
    }
}
