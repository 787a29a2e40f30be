//! The event store in memory: the port over a shared log, and the wake-up of waiting readers.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::random::SystemRandomness;
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, LogPage, LogPart, LogQuery, LogTransfer, StoreId,
    StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::time::{Clock, SystemClock};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};
use tokio::sync::watch;

use crate::entry::{Content, Entry};
use crate::log::{LOCATION, Log, moved};
use crate::page;

/// An event store in memory. A clone is another handle on the same events.
///
/// - The first poll of an append completes it, so dropping its future leaves all of it or nothing.
/// - A page of the log examines at most 4,096 events. With a filter that accepts few events, some
///   pages are empty, and writers do not wait for the search.
/// - Payloads are shared between writer, store and readers, and never copied.
/// - The lock is held only to copy pointers. An append is validated before it takes the lock, and
///   the records of a page are built after the lock is released.
#[derive(Clone)]
pub struct MemoryEventStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    log: RwLock<Log>,
    /// The position of the last event, for waiting readers. It never decreases.
    head: watch::Sender<GlobalPosition>,
}

impl MemoryEventStore {
    /// An empty store with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store with the given clock, for example a `ManualClock` in a test.
    ///
    /// The clock is read while the store is locked and must not use the store.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                log: RwLock::default(),
                head: watch::Sender::new(GlobalPosition::START),
            }),
        }
    }

    /// Ignores poisoning: only the clock can panic under the lock, and it is read before the log
    /// changes.
    pub(crate) fn log(&self) -> RwLockReadGuard<'_, Log> {
        let log = self.shared.log.read();
        log.unwrap_or_else(PoisonError::into_inner)
    }

    fn log_mut(&self) -> RwLockWriteGuard<'_, Log> {
        let log = self.shared.log.write();
        log.unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the readers that wait for this position.
    fn announce(&self, last: GlobalPosition) {
        // Two writers may reach this line in either order; the head keeps the larger position.
        self.shared.head.send_if_modified(|head| {
            let further = last > *head;
            *head = last.max(*head);
            further
        });
    }

    fn append_now(&self, append: &Append) -> Result<AppendReceipt, AppendError> {
        let contents = Content::of(append);
        let mut log = self.log_mut();
        // The clock is read under the lock, so recorded times follow the order of the appends.
        log.append(append, contents, self.shared.clock.now())
    }
}

impl Default for MemoryEventStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryEventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryEventStore")
            .field("head", &self.log().head())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl EventStore for MemoryEventStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let receipt = self.append_now(&append)?;
        if let Some(last) = receipt.last_position() {
            self.announce(last);
        }
        Ok(receipt)
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let found = page::stream_page(&self.log(), query);
        Ok(page::recorded(found))
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let found = page::log_page(&self.log(), query);
        Ok(page::recorded(found))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        Ok(self.log().version_of(stream))
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        if let Some(id) = self.log().id {
            return Ok(id);
        }
        // The first handle that is asked makes the id.
        let fresh = StoreId::fresh(&SystemRandomness).map_err(|error| StoreError::Backend {
            location: LOCATION.to_owned(),
            source: error.into(),
        })?;
        Ok(*self.log_mut().id.get_or_insert(fresh))
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        Ok(self.log().head())
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        Ok(self.log().position_at(time))
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let found = self.log().find(id).cloned();
        Ok(found.as_ref().map(Entry::record))
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        Ok(page::streams_page(&self.log(), query))
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        // A watch keeps its last value, so an append between `subscribe` and `wait_for` is seen.
        let mut head = self.shared.head.subscribe();
        let reached = head.wait_for(|head| *head > position).await;
        reached.map(|head| *head).map_err(|_| StoreError::Closed {
            location: LOCATION.to_owned(),
        })
    }
}

#[async_trait]
impl LogTransfer for MemoryEventStore {
    async fn import(&self, part: LogPart) -> Result<(), ImportError> {
        let last = part.events.last().map(|event| event.position);
        self.log_mut().import(part)?;
        if let Some(last) = last {
            self.announce(last);
        }
        Ok(())
    }

    async fn freeze(
        &self,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        let mut log = self.log_mut();
        match log.destination.get_or_insert_with(|| destination.clone()) {
            same if same == destination => Ok(log.head()),
            other => Err(moved(other)),
        }
    }

    async fn unfreeze(&self) -> Result<(), StoreError> {
        self.log_mut().destination = None;
        Ok(())
    }

    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError> {
        Ok(self.log().destination.clone())
    }
}
