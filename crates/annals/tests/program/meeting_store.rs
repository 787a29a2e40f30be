//! Owns a store whose next append waits until it is let through: so that all who race have decided
//! before the first of them lands, and none can rest on what another one wrote.

use std::sync::Mutex;

use async_trait::async_trait;
use persistence_sqlite::SqliteStore;
use shared_kernel::{
    Append, AppendError, AppendReceipt, EventId, EventStore, GlobalPosition, LogPage, LogQuery,
    RecordedEvent, StoreError, StreamId, StreamPage, StreamQuery, StreamVersion, StreamsPage,
    StreamsQuery,
};
use tokio::sync::oneshot::{self, Receiver, Sender};

/// The view that one process has of a file.
pub(crate) struct MeetingStore {
    inner: SqliteStore,
    meeting: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl MeetingStore {
    pub(crate) fn new(inner: SqliteStore) -> Self {
        Self {
            inner,
            meeting: Mutex::default(),
        }
    }

    /// Has the next append wait. The receiver is told when it is there, and the sender lets it
    /// through.
    pub(crate) fn meet(&self) -> (Receiver<()>, Sender<()>) {
        let (decided, has_decided) = oneshot::channel();
        let (let_land, lands) = oneshot::channel();
        *self.meeting.lock().unwrap() = Some((decided, lands));
        (has_decided, let_land)
    }
}

#[async_trait]
impl EventStore for MeetingStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let meeting = self.meeting.lock().unwrap().take();
        if let Some((decided, lands)) = meeting {
            decided.send(()).unwrap();
            lands.await.unwrap();
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
