//! Owns the port of the event store. What each method promises is tested for every adapter by the
//! `conformance` crate; the numbers are those of the contract's laws.

use std::sync::Arc;

use async_trait::async_trait;

use crate::store::{
    AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use crate::{
    Append, AppendError, EventId, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};

/// An append-only log of events in streams, with optimistic concurrency.
///
/// What callers use day by day is in [`EventStoreExt`](crate::EventStoreExt).
///
/// - **Order** (19, 20): global position order is commit order; a reader that has seen a position
///   never later finds an event at or below it.
/// - **Immutability** (11): nothing changes or removes an event.
/// - **Sharing**: a store is used through `&self` from any number of tasks; adapters hand out
///   cheap clones or sit in an [`Arc`].
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Appends all events of `append`, or none.
    ///
    /// - **Atomicity** (5, 6): over one stream or several; one broken expectation refuses all of
    ///   it, and a refused append leaves no hole in versions or positions.
    /// - **Order** (9): the events lie side by side in the log, in input order.
    /// - **Empty input** (7): nothing is written, the expectations are still checked.
    /// - **Size** (10): at most [`Append::MAX_EVENTS`] events; a larger append is
    ///   [`TooManyEvents`](crate::store::InvalidAppend::TooManyEvents).
    /// - **Idempotence** (12, 13): an append whose every event is already recorded is answered with
    ///   what it was given then, whatever it expects; this is looked at before the expectations.
    /// - **Cancellation** (14): dropping the future leaves all of the append or nothing; doing it
    ///   again finds out.
    ///
    /// # Errors
    /// [`AppendError`]; but for `OutcomeUnknown` nothing was written.
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError>;

    /// Reads one page of a stream.
    ///
    /// - **Order** (15): by version, in the direction asked for; backward mirrors forward.
    /// - **Empty input** (15): a stream that never was, `from` past `to`, and limit 0 give an empty
    ///   page without a next one.
    /// - **Size** (16): at most [`page_limit`](StreamQuery::page_limit) events; a store may give
    ///   fewer and say where to go on.
    /// - **Concurrency** (23): no lock or cursor is held once the page is there.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError>;

    /// Reads one page of the whole log: the same promises as
    /// [`read_stream_page`](Self::read_stream_page), by position.
    ///
    /// - **Filter** (19): applied before the limit.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError>;

    /// The version of a stream, 0 where it never was.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError>;

    /// The position of the last event, or `None` in a new store (1).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError>;

    /// The event with this id, or `None` where it is unknown (21).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError>;

    /// One page of the list of streams that have events, in the byte order of their names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError>;

    /// Waits until the log has an event past `position` and gives the position of the last one.
    ///
    /// - **Wake-up** (23): within a second of the event, also when another process wrote it.
    /// - **Concurrency** (23): a waiting reader blocks no writer and holds nothing open.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError>;
}

/// Passes every method of the port on to the store behind a pointer.
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

            async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
                (**self).head().await
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
