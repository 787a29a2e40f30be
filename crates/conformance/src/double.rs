//! Delegating store doubles: each call goes to an inner store unless the double overrides it.
//!
//! A test implements [`EventDouble`] with the one or two methods that it changes, and wraps the
//! result in [`Delegating`], which is an event store. Example: a store that refuses the first
//! append as busy and then does what the inner store does.
//!
//! ```
//! use std::sync::atomic::{AtomicBool, Ordering};
//!
//! use async_trait::async_trait;
//! use conformance::double::{Delegating, EventDouble};
//! use persistence_memory::MemoryEventStore;
//! use shared_kernel::store::AppendReceipt;
//! use shared_kernel::{Append, AppendError, EventStore, StoreError};
//!
//! #[derive(Default)]
//! struct BusyOnce {
//!     inner: MemoryEventStore,
//!     refused: AtomicBool,
//! }
//!
//! #[async_trait]
//! impl EventDouble for BusyOnce {
//!     fn events(&self) -> &dyn EventStore {
//!         &self.inner
//!     }
//!
//!     async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
//!         if !self.refused.swap(true, Ordering::SeqCst) {
//!             return Err(StoreError::busy("a double").into());
//!         }
//!         self.inner.append(append).await
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = Delegating::new(BusyOnce::default());
//! assert!(store.append(Append::new()).await.unwrap_err().is_transient());
//! assert!(store.append(Append::new()).await.is_ok());
//! assert_eq!(store.head().await.unwrap(), None);
//! # });
//! ```

use std::num::NonZeroU32;
use std::ops::Deref;

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::store::{
    AppendReceipt, LogPage, LogQuery, StoreId, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, SnapshotStore,
    StoreError, StreamId, StreamVersion,
};

/// Makes a store of a double.
///
/// It dereferences to the double, so that a test reaches the double's own methods too.
#[derive(Debug, Clone, Default)]
pub struct Delegating<D>(D);

impl<D> Delegating<D> {
    /// The store of this double.
    pub const fn new(double: D) -> Self {
        Self(double)
    }
}

impl<D> Deref for Delegating<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}

/// A double of an event store. Each method calls the same method of [`events`](Self::events) unless
/// it is overridden.
#[async_trait]
#[expect(
    missing_docs,
    reason = "the methods are those of EventStore and documented there"
)]
pub trait EventDouble: Send + Sync {
    /// The inner store.
    fn events(&self) -> &dyn EventStore;

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.events().append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.events().read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.events().read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.events().stream_version(stream).await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.events().id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.events().head().await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.events().position_at(time).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.events().find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.events().list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.events().wait_past(position).await
    }
}

/// A double of a snapshot store. Each method calls the same method of
/// [`snapshots`](Self::snapshots) unless it is overridden.
#[async_trait]
#[expect(
    missing_docs,
    reason = "the methods are those of SnapshotStore and documented there"
)]
pub trait SnapshotDouble: Send + Sync {
    /// The inner store.
    fn snapshots(&self) -> &dyn SnapshotStore;

    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.snapshots().save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.snapshots().load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.snapshots().prune(stream, schema, keep).await
    }
}

/// A double of a store that reads a snapshot and the events after it in one call.
#[async_trait]
#[expect(
    missing_docs,
    reason = "the method is that of SnapshottedEventStore and documented there"
)]
pub trait SnapshottedEventDouble: EventDouble + SnapshotDouble {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError>;
}

#[async_trait]
impl<D: EventDouble> EventStore for Delegating<D> {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.0.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.0.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.0.read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.0.stream_version(stream).await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.0.id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.0.head().await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.0.position_at(time).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.0.find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.0.list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.0.wait_past(position).await
    }
}

#[async_trait]
impl<D: SnapshotDouble> SnapshotStore for Delegating<D> {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.0.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.0.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.0.prune(stream, schema, keep).await
    }
}

#[async_trait]
impl<D: SnapshottedEventDouble> SnapshottedEventStore for Delegating<D> {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.0.read_from_snapshot(query).await
    }
}
