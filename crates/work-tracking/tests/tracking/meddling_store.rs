//! Owns a store that does something else than it is asked, or something more, a few times.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use conformance::double::EventDouble;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use persistence_memory::MemoryEventStore;
use shared_kernel::store::{AppendReceipt, LogPage, LogQuery, StreamPage, StreamQuery};
use shared_kernel::{
    Append, AppendError, EventStore, GlobalPosition, StoreError, StreamId, StreamVersion,
};

/// What becomes of an append.
pub(crate) enum Meddling {
    /// It is refused: the store is busy.
    Busy,
    /// It is refused: the store is closed.
    Closed,
    /// It lands, and nobody is told.
    UnknownAndLanded,
    /// It does not land, and nobody is told.
    UnknownAndLost,
    /// Another append lands right before it.
    After(Append),
    /// Somebody does something right before it, on this very store.
    Meanwhile(BoxFuture<'static, ()>),
}

/// A store in memory that meddles with the next appends, one after the other, and then no more.
pub(crate) struct MeddlingStore {
    pub(crate) inner: MemoryEventStore,
    appends: Mutex<VecDeque<Meddling>>,
    busy_reads: Mutex<u32>,
    busy_loads: Mutex<u32>,
    log: Mutex<Option<LogMeddling>>,
}

/// What becomes of the next page of the log.
pub(crate) enum LogMeddling {
    /// The event at this position is missing.
    Without(GlobalPosition),
    /// The event at this position comes twice.
    Twice(GlobalPosition),
    /// Another append lands right after it was read.
    Before(Append),
}

impl MeddlingStore {
    pub(crate) fn new(inner: MemoryEventStore) -> Self {
        Self {
            inner,
            appends: Mutex::default(),
            busy_reads: Mutex::default(),
            busy_loads: Mutex::default(),
            log: Mutex::default(),
        }
    }

    pub(crate) fn meddle(&self, appends: impl IntoIterator<Item = Meddling>) {
        self.appends.lock().unwrap().extend(appends);
    }

    /// Right before the next append, somebody does something.
    pub(crate) fn meanwhile(&self, done: impl Future<Output = ()> + Send + 'static) {
        self.meddle([Meddling::Meanwhile(done.boxed())]);
    }

    /// The next so many questions for the version of a stream find the store busy.
    pub(crate) fn be_busy_reading(&self, times: u32) {
        *self.busy_reads.lock().unwrap() = times;
    }

    /// The next so many readings of a stream find the store busy.
    pub(crate) fn be_busy_loading(&self, times: u32) {
        *self.busy_loads.lock().unwrap() = times;
    }

    pub(crate) fn meddle_with_log(&self, meddling: LogMeddling) {
        *self.log.lock().unwrap() = Some(meddling);
    }

    fn one_less(busy: &Mutex<u32>) -> Result<(), StoreError> {
        let mut busy = busy.lock().unwrap();
        match busy.checked_sub(1) {
            None => Ok(()),
            Some(left) => {
                *busy = left;
                Err(Self::busy())
            }
        }
    }

    fn busy() -> StoreError {
        StoreError::Busy {
            location: "memory".into(),
        }
    }
}

#[async_trait]
impl EventDouble for MeddlingStore {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let unknown = || AppendError::OutcomeUnknown {
            source: "the line went dead".into(),
        };
        let meddling = self.appends.lock().unwrap().pop_front();
        match meddling {
            None => {}
            Some(Meddling::Busy) => return Err(Self::busy().into()),
            Some(Meddling::Closed) => {
                let location = "memory".into();
                return Err(StoreError::Closed { location }.into());
            }
            Some(Meddling::UnknownAndLost) => return Err(unknown()),
            Some(Meddling::UnknownAndLanded) => {
                self.inner.append(append).await?;
                return Err(unknown());
            }
            Some(Meddling::After(other)) => {
                self.inner.append(other).await?;
            }
            Some(Meddling::Meanwhile(done)) => done.await,
        }
        self.inner.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        Self::one_less(&self.busy_loads)?;
        self.inner.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = self.inner.read_log_page(query).await?;
        let meddling = self.log.lock().unwrap().take();
        match meddling {
            None => {}
            Some(LogMeddling::Without(position)) => {
                page.items.retain(|event| event.position != position);
            }
            Some(LogMeddling::Twice(position)) => {
                let twice = page
                    .items
                    .iter()
                    .position(|event| event.position == position);
                let twice = twice.unwrap();
                page.items.insert(twice, page.items[twice].clone());
            }
            Some(LogMeddling::Before(other)) => {
                self.inner.append(other).await.unwrap();
            }
        }
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        Self::one_less(&self.busy_reads)?;
        self.inner.stream_version(stream).await
    }
}
