//! Owns the event store in memory: the port over a shared log, and the wake-up of its readers.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use shared_kernel::store::{
    AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::time::{Clock, SystemClock};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};
use tokio::sync::watch;

use crate::entry::{Brought, Entry};
use crate::log::{LOCATION, Log};
use crate::microsecond::truncated;
use crate::page;

/// An event store in memory. A clone is another handle on the same events.
///
/// - An append lands while its future is polled for the first time and never suspends, so that
///   dropping the future leaves all of it or nothing.
/// - A page of the log looks at a few thousand events at most: a filter that few events pass is
///   answered over several pages, some of them empty, and holds up no writer.
/// - Payloads are shared with whoever wrote or reads them, never copied.
/// - What can be done beside the lock is: an append is looked through before it, the records of a
///   page are made after it, so that readers and writers meet only for as long as it takes to find
///   or to place a few pointers.
#[derive(Clone)]
pub struct MemoryEventStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    log: RwLock<Log>,
    /// The position of the last event, for those who wait; it never goes back.
    head: watch::Sender<GlobalPosition>,
}

impl MemoryEventStore {
    /// An empty store that takes its time from the clock of the machine.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that takes its time from `clock`.
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

    /// A panic under the lock, of the clock, comes before the log is touched: the log stays sound.
    pub(crate) fn log(&self) -> RwLockReadGuard<'_, Log> {
        let log = self.shared.log.read();
        log.unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(&self, append: &Append) -> Result<AppendReceipt, AppendError> {
        let brought = Brought::by(append);
        let log = self.shared.log.write();
        let mut log = log.unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: whoever sees the log at a time sees all that it took until then.
        let now = truncated(self.shared.clock.now());
        log.append(append, brought, now)
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
            // Two appends may come here in either order.
            self.shared.head.send_if_modified(|head| {
                let further = last > *head;
                *head = last.max(*head);
                further
            });
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

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        Ok(self.log().head())
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let found = self.log().find(id).cloned();
        Ok(found.as_ref().map(Entry::record))
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        Ok(page::streams_page(&self.log(), query))
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        // A watch keeps its last value: what comes between subscribing and waiting is not missed.
        let mut head = self.shared.head.subscribe();
        let reached = head.wait_for(|head| *head > position).await;
        reached.map(|head| *head).map_err(|_| StoreError::Closed {
            location: LOCATION.to_owned(),
        })
    }
}
