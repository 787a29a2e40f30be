//! The port of a combined store, which reads a snapshot and the events after it in one request.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;

use crate::snapshot::{SnapshotRecord, StateSchema};
use crate::store::{DEFAULT_PAGE_SIZE, StreamPage, StreamQuery};
use crate::{EventStore, SnapshotStore, StoreError, StreamId, StreamVersion};

/// A combined store of events and snapshots: a load makes one request instead of two.
///
/// It only adds speed. The two ports, called one after the other, return the same.
#[async_trait]
pub trait SnapshottedEventStore: EventStore + SnapshotStore {
    /// Reads the newest snapshot of a query, and the first page of its [tail](SnapshotQuery::tail):
    /// the events from the snapshot's own version on.
    ///
    /// For example, with a snapshot at version 100 and a stream of 125 events, the tail has the
    /// versions 100 to 125.
    ///
    /// - **Snapshot** ([law 24](crate::laws#law-24)): the same as from [`SnapshotStore::load`]. The
    ///   store does not compare it with the stream: a snapshot ahead of its stream is returned,
    ///   with an empty tail.
    /// - **Tail** (laws [15](crate::laws#law-15), [16](crate::laws#law-16)): the same as from
    ///   [`EventStore::read_stream_page`] with the query of the tail. A store may return fewer
    ///   events, with [`next`](crate::store::Page::next) set.
    /// - **Consistency**: both are read at one moment. If the event of a snapshot was recorded
    ///   before the snapshot was saved, the tail has that event.
    /// - **Concurrency** ([law 23](crate::laws#law-23)): once the answer is returned, the store
    ///   holds no lock and no cursor.
    ///
    /// # Errors
    /// [`StoreError`] if the snapshot or the events cannot be read.
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError>;
}

/// A query for the newest snapshot of a stream and the events after it.
///
/// ```
/// use shared_kernel::snapshot::{SnapshotQuery, StateSchema};
/// use shared_kernel::{StreamId, StreamVersion};
///
/// let query = SnapshotQuery::new(StreamId::new("order-1")?, StateSchema::new("order/1")?)
///     .at_most(StreamVersion::from(40));
///
/// let whole = query.tail(None).range;
/// assert_eq!((whole.from, whole.to), (StreamVersion::EMPTY, StreamVersion::from(40)));
/// let after_ten = query.tail(Some(StreamVersion::from(10))).range;
/// assert_eq!((after_ten.from, after_ten.to), (StreamVersion::from(10), StreamVersion::from(40)));
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotQuery {
    /// The stream.
    pub stream: StreamId,
    /// The state schema.
    pub schema: StateSchema,
    /// The highest version, of the snapshot and of the tail.
    pub at_most: StreamVersion,
    /// The number of events in a page of the tail at most. It does not change which events are
    /// read.
    pub page_size: NonZeroUsize,
}

/// A snapshot and the events after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotAndTail {
    /// The newest snapshot, or `None`.
    pub snapshot: Option<SnapshotRecord>,
    /// The first page of the tail, forward.
    pub tail: StreamPage,
}

impl SnapshotQuery {
    /// The newest snapshot of a stream, and all events after it.
    #[must_use]
    pub fn new(stream: StreamId, schema: StateSchema) -> Self {
        Self {
            stream,
            schema,
            at_most: StreamVersion::MAX,
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// Only a snapshot and events up to this version.
    #[must_use]
    pub fn at_most(self, at_most: StreamVersion) -> Self {
        Self { at_most, ..self }
    }

    /// At most this number of events in one page.
    #[must_use]
    pub fn page_size(self, page_size: NonZeroUsize) -> Self {
        Self { page_size, ..self }
    }

    /// The query for the events after a snapshot at this version, or for all events without one.
    ///
    /// It begins at the last event in the snapshot, which proves that the snapshot is not ahead of
    /// its stream. For example, with a snapshot at version 100 it begins at version 100.
    #[must_use]
    pub fn tail(&self, snapshot: Option<StreamVersion>) -> StreamQuery {
        StreamQuery::new(self.stream.clone())
            .versions(snapshot.unwrap_or(StreamVersion::EMPTY)..=self.at_most)
            .page_size(self.page_size)
    }
}

#[async_trait]
impl<S: SnapshottedEventStore + ?Sized> SnapshottedEventStore for Arc<S> {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        (**self).read_from_snapshot(query).await
    }
}
