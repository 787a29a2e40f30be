//! The event store of a handle: appends go through the queue of the writer, reads are statements.

use std::time::Duration;

use async_trait::async_trait;
use futures_timer::Delay;
use futures_util::future::{Either, select};
use shared_kernel::store::{
    AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};

use crate::codec::batch::encode;
use crate::error::ReadError;
use crate::store::SqliteStore;
use crate::write::job::{AppendRequest, Job};

/// How often a waiting reader looks for the events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let batches = encode(&append)
            .map_err(|error| self.failed(ReadError::Sqlite(sqlx::Error::Encode(error.into()))))?;
        let request = AppendRequest {
            append,
            batches,
            asked_at: self.options().clock.now(),
        };
        self.submit(request, Job::Append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.version(stream).await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.end_of_log().await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.streams_page(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        let mut committed = self.committed();
        loop {
            if let Some(head) = self.head().await?.filter(|head| *head > position) {
                return Ok(head);
            }
            let change = std::pin::pin!(committed.changed());
            let woken = select(change, Delay::new(LOOK_EVERY)).await;
            if let Either::Left((Err(_), delay)) = woken {
                // The writer has ended; only other processes write now.
                delay.await;
            }
        }
    }
}
