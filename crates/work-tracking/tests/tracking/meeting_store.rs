//! Owns a store that has all contestants of a race decide before the first of them lands.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use persistence_memory::MemoryEventStore;
use shared_kernel::{
    Append, AppendError, AppendReceipt, EventId, EventStore, GlobalPosition, LogPage, LogQuery,
    RecordedEvent, StoreError, StreamId, StreamPage, StreamQuery, StreamVersion, StreamsPage,
    StreamsQuery,
};
use tokio::sync::Barrier;

/// The view that one contestant has of a common store. Once it is told to, its next append waits
/// for the first appends of all others.
pub(crate) struct MeetingStore {
    inner: Arc<MemoryEventStore>,
    meeting: Mutex<Option<Arc<Barrier>>>,
}

impl MeetingStore {
    pub(crate) fn new(inner: Arc<MemoryEventStore>) -> Self {
        Self {
            inner,
            meeting: Mutex::default(),
        }
    }

    /// The next append waits there for the others.
    pub(crate) fn meet(&self, barrier: Arc<Barrier>) {
        *self.meeting.lock().unwrap() = Some(barrier);
    }
}

#[async_trait]
impl EventStore for MeetingStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let meeting = self.meeting.lock().unwrap().take();
        if let Some(barrier) = meeting {
            barrier.wait().await;
        }
        self.inner.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.inner.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.inner.read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.inner.stream_version(stream).await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.inner.head().await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.inner.find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.inner.list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.inner.wait_past(position).await
    }
}
