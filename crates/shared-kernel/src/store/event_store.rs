//! The port of the event store. The crate `conformance` tests the laws that its methods name.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::store::{
    AppendReceipt, LogPage, LogQuery, StoreId, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use crate::{
    Append, AppendError, EventId, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};

/// An append-only log of events in streams, with optimistic concurrency.
///
/// [`EventStoreExt`](crate::EventStoreExt) has the convenient methods for callers.
///
/// - **Order** (laws [19](crate::laws#law-19), [20](crate::laws#law-20)): the order of positions is
///   the commit order. Once a reader has seen position 57, every new event has position 58 or
///   higher.
/// - **Immutability** ([law 11](crate::laws#law-11)): no event is changed or removed.
/// - **Sharing**: any number of tasks use a store through `&self`. Adapters have cheap clones, or
///   are put in an [`Arc`].
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Appends all events of `append`, or none.
    ///
    /// - **Atomicity** (laws [5](crate::laws#law-5), [6](crate::laws#law-6)): over one stream or
    ///   several. One wrong expectation refuses the whole append, and a refused append leaves no
    ///   hole in versions or positions.
    /// - **Order** ([law 9](crate::laws#law-9)): the events are contiguous in the log, in input
    ///   order.
    /// - **Empty input** ([law 7](crate::laws#law-7)): nothing is written, and the expectations are
    ///   checked.
    /// - **Size** ([law 10](crate::laws#law-10)): at most [`Append::MAX_EVENTS`] events with
    ///   [`Append::MAX_BYTES`]; a larger append is [`Invalid`](AppendError::Invalid).
    /// - **Idempotence** (laws [12](crate::laws#law-12), [13](crate::laws#law-13)): if all events
    ///   are recorded already, the append returns the original receipt, and its expectations are
    ///   ignored.
    /// - **Cancellation** ([law 14](crate::laws#law-14)): if the future is dropped, all of the
    ///   append is recorded, or nothing. To find out, repeat the append.
    ///
    /// # Errors
    /// [`AppendError`]. Except for `OutcomeUnknown`, nothing was written.
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError>;

    /// Reads one page of a stream.
    ///
    /// - **Order** ([law 15](crate::laws#law-15)): by version, in the direction of the query.
    ///   Backward is the mirror of forward.
    /// - **Empty input** ([law 15](crate::laws#law-15)): a stream without events, `from` above
    ///   `to`, and limit 0 give an empty page without a next one.
    /// - **Size** ([law 16](crate::laws#law-16)): at most [`page_limit`](StreamQuery::page_limit)
    ///   events. A store may return fewer, with [`next`](crate::store::Page::next) set.
    /// - **Concurrency** ([law 23](crate::laws#law-23)): once the page is returned, the store holds
    ///   no lock and no cursor.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError>;

    /// Reads one page of the whole log, with the promises of
    /// [`read_stream_page`](Self::read_stream_page), in the order of positions.
    ///
    /// - **Filter** ([law 19](crate::laws#law-19)): applied before the limit.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError>;

    /// The version of a stream; 0 if it has no events.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError>;

    /// The id of the store, the same for all handles and for backups.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn id(&self) -> Result<StoreId, StoreError>;

    /// The position of the last event; `None` in a new store ([law 1](crate::laws#law-1)).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError>;

    /// The position of the last event that was recorded at or before a time; `None` if there is no
    /// such event ([law 55](crate::laws#law-55)). A moment of the past is all events up to it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError>;

    /// The event with this id; `None` if there is no such event ([law 21](crate::laws#law-21)).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError>;

    /// One page of the list of streams that have events, in the byte order of their names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError>;

    /// Waits until the log has an event after `position`, and returns the position of the last
    /// event.
    ///
    /// - **Wake-up** ([law 23](crate::laws#law-23)): within a second of the event, even if another
    ///   process wrote it.
    /// - **Concurrency** ([law 23](crate::laws#law-23)): a waiting reader blocks no writer, and
    ///   holds nothing open.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError>;
}

/// Implements the port for a pointer to a store.
macro_rules! event_store_behind {
    ($pointer:ty) => {
        #[async_trait]
        impl<S: EventStore + ?Sized> EventStore for $pointer {
            async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
                (**self).append(append).await
            }

            async fn read_stream_page(
                &self,
                query: &StreamQuery,
            ) -> Result<StreamPage, StoreError> {
                (**self).read_stream_page(query).await
            }

            async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
                (**self).read_log_page(query).await
            }

            async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
                (**self).stream_version(stream).await
            }

            async fn id(&self) -> Result<StoreId, StoreError> {
                (**self).id().await
            }

            async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
                (**self).head().await
            }

            async fn position_at(
                &self,
                time: Timestamp,
            ) -> Result<Option<GlobalPosition>, StoreError> {
                (**self).position_at(time).await
            }

            async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
                (**self).find_event(id).await
            }

            async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
                (**self).list_streams(query).await
            }

            async fn wait_past(
                &self,
                position: GlobalPosition,
            ) -> Result<GlobalPosition, StoreError> {
                (**self).wait_past(position).await
            }
        }
    };
}

event_store_behind!(Arc<S>);
event_store_behind!(&S);
