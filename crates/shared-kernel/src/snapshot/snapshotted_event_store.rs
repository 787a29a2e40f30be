//! Owns the port of stores that keep events and snapshots in one place and read both at once. The
//! numbers are those of the contract's laws.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;

use crate::snapshot::{SnapshotRecord, StateSchema};
use crate::store::{DEFAULT_PAGE_SIZE, StreamPage, StreamQuery};
use crate::{EventStore, SnapshotStore, StoreError, StreamId, StreamVersion};

/// An event store and the snapshot store beside it, in one place: a load asks once, where the two
/// ports have to be asked one after the other.
///
/// What it adds is speed. Each answer is one that the two ports give as well.
#[async_trait]
pub trait SnapshottedEventStore: EventStore + SnapshotStore {
    /// Reads the newest snapshot that a query asks for, and the first page of the
    /// [tail](SnapshotQuery::tail) that goes with it.
    ///
    /// - **Snapshot** (24): the one that [`SnapshotStore::load`] gives for the same stream, schema
    ///   and version. It is not held against the stream: one that is ahead of it is given, with an
    ///   empty tail.
    /// - **Tail** (15, 16): what [`EventStore::read_stream_page`] gives for the tail's query; a
    ///   store may give fewer events and say where to go on.
    /// - **Consistency**: both are of one moment, so that a snapshot whose event was in the store
    ///   when it was saved comes with that event.
    /// - **Concurrency** (23): no lock or cursor is held once the answer is there.
    ///
    /// # Errors
    /// [`StoreError`], whichever of the two cannot be read.
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError>;
}

/// Which snapshot of a stream to begin with, and how far to read.
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
    /// The shape of the state that is wanted.
    pub schema: StateSchema,
    /// The highest version wanted, of the snapshot and of the tail.
    pub at_most: StreamVersion,
    /// How many events a page of the tail holds at most. It changes nothing of what is read.
    pub page_size: NonZeroUsize,
}

/// A snapshot and what came after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotAndTail {
    /// The newest snapshot that was asked for, or `None`.
    pub snapshot: Option<SnapshotRecord>,
    /// The first page of the tail, forward.
    pub tail: StreamPage,
}

impl SnapshotQuery {
    /// The newest snapshot of a stream, and all that came after it.
    #[must_use]
    pub fn new(stream: StreamId, schema: StateSchema) -> Self {
        Self {
            stream,
            schema,
            at_most: StreamVersion::MAX,
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// Nothing past a version, neither snapshot nor events.
    #[must_use]
    pub fn at_most(self, at_most: StreamVersion) -> Self {
        Self { at_most, ..self }
    }

    /// At most so many events in one page.
    #[must_use]
    pub fn page_size(self, page_size: NonZeroUsize) -> Self {
        Self { page_size, ..self }
    }

    /// The query of the events that go with a snapshot at this version: from the last event that is
    /// in it on, which proves that the snapshot is not ahead of its stream. Without a snapshot, all
    /// events from the first one on.
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
