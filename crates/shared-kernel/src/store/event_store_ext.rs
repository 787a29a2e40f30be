//! The convenient methods of an event store, built on the port.

use async_trait::async_trait;
use futures_util::stream::TryStreamExt;

use crate::store::paged_read::{Follow, read_pages};
use crate::store::{AppendReceipt, LogQuery, ReadStream, StreamQuery, StreamSummary, StreamsQuery};
use crate::stream::Category;
use crate::{
    Append, AppendError, EventStore, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent,
    StoreError, StreamId,
};

/// The convenient methods of every [`EventStore`].
///
/// The reads borrow the store. Each has a form `…_owned`, which takes the store by value and
/// returns a stream without a borrow, for a spawned task. The store is for example an
/// `Arc<dyn EventStore>`:
///
/// ```
/// use std::sync::Arc;
/// use futures_util::TryStreamExt;
/// use shared_kernel::store::{LogQuery, ReadStream};
/// use shared_kernel::{EventStore, EventStoreExt, RecordedEvent};
///
/// async fn count(mut events: ReadStream<'static, RecordedEvent>) -> usize {
///     let mut count = 0;
///     while let Ok(Some(_)) = events.try_next().await {
///         count += 1;
///     }
///     count
/// }
///
/// fn count_in_a_task(store: &Arc<dyn EventStore>) -> impl Future<Output = usize> + use<> {
///     count(Arc::clone(store).read_log_owned(LogQuery::new()))
/// }
/// ```
#[async_trait]
pub trait EventStoreExt: EventStore {
    /// Appends `events` to one stream.
    ///
    /// # Errors
    /// [`AppendError`], as [`append`](EventStore::append).
    async fn append_to(
        &self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<AppendReceipt, AppendError> {
        self.append(Append::new().write(stream, expected, events))
            .await
    }

    /// Reads one stream, event by event.
    fn read_stream(&self, query: StreamQuery) -> ReadStream<'_, RecordedEvent> {
        read_pages(self, query)
    }

    /// The same as [`read_stream`](Self::read_stream), by value.
    fn read_stream_owned(self, query: StreamQuery) -> ReadStream<'static, RecordedEvent>
    where
        Self: Sized + 'static,
    {
        read_pages(self, query)
    }

    /// Reads the log, event by event, up to its end.
    fn read_log(&self, query: LogQuery) -> ReadStream<'_, RecordedEvent> {
        read_pages(self, query)
    }

    /// The same as [`read_log`](Self::read_log), by value.
    fn read_log_owned(self, query: LogQuery) -> ReadStream<'static, RecordedEvent>
    where
        Self: Sized + 'static,
    {
        read_pages(self, query)
    }

    /// Reads the log from the query's `from` on, and then waits for new events: a subscription. It
    /// ends only at the limit of the query. It always reads forward, and ignores `to`.
    ///
    /// The stream ends after an error. Follow again from the position after the last event.
    fn follow(&self, query: LogQuery) -> ReadStream<'_, RecordedEvent> {
        read_pages(self, Follow::new(query))
    }

    /// The same as [`follow`](Self::follow), by value.
    fn follow_owned(self, query: LogQuery) -> ReadStream<'static, RecordedEvent>
    where
        Self: Sized + 'static,
    {
        read_pages(self, Follow::new(query))
    }

    /// Lists streams, one by one.
    fn streams(&self, query: StreamsQuery) -> ReadStream<'_, StreamSummary> {
        read_pages(self, query)
    }

    /// The same as [`streams`](Self::streams), by value.
    fn streams_owned(self, query: StreamsQuery) -> ReadStream<'static, StreamSummary>
    where
        Self: Sized + 'static,
    {
        read_pages(self, query)
    }

    /// Reads all of one stream into memory.
    ///
    /// # Errors
    /// [`StoreError`], as [`read_stream_page`](EventStore::read_stream_page).
    async fn read_whole_stream(&self, stream: StreamId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.read_stream(StreamQuery::new(stream))
            .try_collect()
            .await
    }

    /// The position of the last event of a category; `None` if it has no event. A projection of the
    /// category is up to date once its checkpoint is this position.
    ///
    /// # Errors
    /// [`StoreError`], as [`read_log_page`](EventStore::read_log_page).
    async fn head_of(&self, category: Category) -> Result<Option<GlobalPosition>, StoreError> {
        let last = LogQuery::new().category(category).backward().limit(1);
        let last = self.read_log(last).try_next().await?;
        Ok(last.map(|event| event.position))
    }
}

impl<S: EventStore + ?Sized> EventStoreExt for S {}
