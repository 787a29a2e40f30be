//! Owns the double of a store that reads a snapshot and its tail at once, over those of the two ports.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared_kernel::{
    Append, AppendError, AppendReceipt, EventId, EventStore, GlobalPosition, LogPage, LogQuery,
    RecordedEvent, SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshotStore,
    SnapshottedEventStore, StateSchema, StoreError, StreamId, StreamPage, StreamQuery,
    StreamVersion, StreamsPage, StreamsQuery,
};

use crate::doubles::{Events, Snapshots};

pub(crate) struct Joined {
    events: Arc<Events>,
    snapshots: Arc<Snapshots>,
    errors: Mutex<VecDeque<StoreError>>,
    reads: Mutex<Vec<SnapshotQuery>>,
}

impl Joined {
    pub(crate) fn over(events: &Arc<Events>, snapshots: &Arc<Snapshots>) -> Arc<Self> {
        Arc::new(Self {
            events: Arc::clone(events),
            snapshots: Arc::clone(snapshots),
            errors: Mutex::default(),
            reads: Mutex::default(),
        })
    }

    pub(crate) fn fail_next_read(&self, error: StoreError) {
        self.errors.lock().unwrap().push_back(error);
    }

    /// What was read at once since this was last asked.
    pub(crate) fn take_reads(&self) -> Vec<SnapshotQuery> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

#[async_trait]
impl SnapshottedEventStore for Joined {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.reads.lock().unwrap().push(query.clone());
        if let Some(error) = self.errors.lock().unwrap().pop_front() {
            return Err(error);
        }
        let planted = self.snapshots.faults.lock().unwrap().always.clone();
        let snapshot = match planted {
            Some(planted) => Some(planted),
            None => {
                let stored = &self.snapshots.inner;
                stored
                    .load(&query.stream, &query.schema, query.at_most)
                    .await?
            }
        };
        let tail = query.tail(snapshot.as_ref().map(|snapshot| snapshot.version));
        let tail = self.events.inner.read_stream_page(&tail).await?;
        Ok(SnapshotAndTail { snapshot, tail })
    }
}

#[async_trait]
impl EventStore for Joined {
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

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.events.head().await
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
impl SnapshotStore for Joined {
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
