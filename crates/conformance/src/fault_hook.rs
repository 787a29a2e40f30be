//! The fault hook: a store whose storage fails on command.
//!
//! An adapter counts the operations of its storage in a [`FaultCounter`]. Example: disk writes,
//! database pages, statements, steps of SQLite's progress handler. A law calls
//! [`fail_after`](FaultCounter::fail_after), uses the store, and calls
//! [`heal`](FaultCounter::heal).
//!
//! ```text
//! fail_after(2)   operation 1 ok, operation 2 ok, operation 3 fails, operation 4 fails, …
//! heal()          all operations succeed again
//! ```
//!
//! An adapter without a hook of its own can use [`FailingStore::around`], which fails whole calls
//! of the port. A hook below the adapter tests more: the adapter's own error paths.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::store::{
    AppendReceipt, LogPage, LogQuery, StoreId, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};

use crate::double::{Delegating, EventDouble};

/// A store and the counter that makes its storage fail.
pub struct FailingStore {
    /// The store.
    pub store: Arc<dyn EventStore>,
    /// The counter of its storage.
    pub faults: Arc<FaultCounter>,
}

impl FailingStore {
    /// Makes whole calls of `store` fail.
    ///
    /// A read is one operation. An append is two: if the first fails, the append never reaches
    /// `store` and the error is [`StoreError::Backend`]; if the second fails, the append has landed
    /// and the error is [`AppendError::OutcomeUnknown`].
    #[must_use]
    pub fn around(store: Arc<dyn EventStore>) -> Self {
        let faults = Arc::new(FaultCounter::new());
        let double = FailingCalls {
            inner: store,
            faults: Arc::clone(&faults),
        };
        Self {
            store: Arc::new(Delegating::new(double)),
            faults,
        }
    }
}

impl fmt::Debug for FailingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailingStore")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Counts the operations of a storage and decides which of them fail.
///
/// ```
/// use conformance::FaultCounter;
///
/// let faults = FaultCounter::new();
/// faults.fail_after(1);
/// assert_eq!([(); 3].map(|()| faults.next_fails()), [false, true, true]);
/// faults.heal();
/// assert!(!faults.next_fails());
/// assert_eq!(faults.operations(), 4);
/// ```
#[derive(Debug)]
pub struct FaultCounter {
    operations: AtomicU64,
    /// The number of the first operation that fails, counted from 0; `u64::MAX` without a fault.
    first_failing: AtomicU64,
}

impl FaultCounter {
    /// A counter at 0, without a fault.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            operations: AtomicU64::new(0),
            first_failing: AtomicU64::new(u64::MAX),
        }
    }

    /// For the storage: counts one operation and returns whether it must fail.
    pub fn next_fails(&self) -> bool {
        let number = self.operations.fetch_add(1, Ordering::SeqCst);
        number >= self.first_failing.load(Ordering::SeqCst)
    }

    /// The number of operations so far, the failed ones included.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::SeqCst)
    }

    /// Lets the next `operations` operations succeed; every later one fails until
    /// [`heal`](Self::heal).
    pub fn fail_after(&self, operations: u64) {
        let first = self.operations().saturating_add(operations);
        self.first_failing.store(first, Ordering::SeqCst);
    }

    /// Ends the fault.
    pub fn heal(&self) {
        self.first_failing.store(u64::MAX, Ordering::SeqCst);
    }

    /// Whether a fault is set, even if no operation has met it yet.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.first_failing.load(Ordering::SeqCst) != u64::MAX
    }
}

impl Default for FaultCounter {
    fn default() -> Self {
        Self::new()
    }
}

/// A double that fails whole calls.
struct FailingCalls {
    inner: Arc<dyn EventStore>,
    faults: Arc<FaultCounter>,
}

impl FailingCalls {
    fn count(&self) -> Result<(), StoreError> {
        if self.faults.next_fails() {
            return Err(StoreError::Backend {
                location: "of a fault hook".to_owned(),
                source: "the storage fails on command".into(),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl EventDouble for FailingCalls {
    fn events(&self) -> &dyn EventStore {
        &*self.inner
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.count()?;
        let receipt = self.inner.append(append).await?;
        self.count().map_err(|error| AppendError::OutcomeUnknown {
            source: error.into(),
        })?;
        Ok(receipt)
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.count()?;
        self.inner.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.count()?;
        self.inner.read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.count()?;
        self.inner.stream_version(stream).await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.count()?;
        self.inner.id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.count()?;
        self.inner.head().await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.count()?;
        self.inner.position_at(time).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.count()?;
        self.inner.find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.count()?;
        self.inner.list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.count()?;
        self.inner.wait_past(position).await
    }
}
