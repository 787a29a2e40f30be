//! Test doubles of the ports: stores in memory with failures and other writers, and a timer that
//! records its pauses.

use std::collections::VecDeque;
use std::future::pending;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble};
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use shared_kernel::random::{Randomness, RandomnessUnavailable};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{AppendReceipt, Page, StreamPage, StreamQuery};
use shared_kernel::time::{ManualClock, Timer};
use shared_kernel::{
    Append, AppendError, EventStore, RecordedEvent, SnapshotStore, StoreError, StreamId,
    StreamVersion,
};

pub(crate) fn busy() -> StoreError {
    StoreError::busy("test")
}

pub(crate) fn broken() -> StoreError {
    StoreError::Backend {
        location: "test".into(),
        source: "broken".into(),
    }
}

pub(crate) fn unknown() -> AppendError {
    AppendError::OutcomeUnknown {
        source: "connection lost".into(),
    }
}

/// The fate of one append.
pub(crate) enum Fate {
    /// It fails, and nothing is recorded.
    Refused(AppendError),
    /// It is recorded, and the answer is lost.
    LandsUnheard,
    /// It is not recorded, and the outcome is unknown.
    LostOnTheWay,
    /// It is recorded, and the answer never comes.
    LandsAndHangs,
    /// Another writer is faster.
    After(Append),
}

/// An event store in memory with a list of fates for the next appends. After the list, appends
/// succeed.
pub(crate) struct Events {
    pub(crate) inner: MemoryEventStore,
    fates: Mutex<VecDeque<Fate>>,
    appends: Mutex<Vec<Append>>,
    read_errors: Mutex<VecDeque<StoreError>>,
    read_pages: Mutex<Vec<StreamQuery>>,
    forged: Mutex<Option<Vec<RecordedEvent>>>,
    slow_by: Mutex<Option<(Arc<ManualClock>, Duration)>>,
}

impl Events {
    pub(crate) fn over(inner: MemoryEventStore) -> Arc<Delegating<Self>> {
        Arc::new(Delegating::new(Self {
            inner,
            fates: Mutex::default(),
            appends: Mutex::default(),
            read_errors: Mutex::default(),
            read_pages: Mutex::default(),
            forged: Mutex::default(),
            slow_by: Mutex::default(),
        }))
    }

    pub(crate) fn new() -> Arc<Delegating<Self>> {
        Self::over(MemoryEventStore::new())
    }

    /// The fates of the next appends.
    pub(crate) fn then(&self, fates: impl IntoIterator<Item = Fate>) {
        self.fates.lock().unwrap().extend(fates);
    }

    pub(crate) fn fail_next_read(&self, error: StoreError) {
        self.read_errors.lock().unwrap().push_back(error);
    }

    /// From now on, every read of a stream returns these events.
    pub(crate) fn forge(&self, history: Vec<RecordedEvent>) {
        *self.forged.lock().unwrap() = Some(history);
    }

    /// Every read of a page advances the clock by this duration.
    pub(crate) fn slow_down(&self, clock: Arc<ManualClock>, by: Duration) {
        *self.slow_by.lock().unwrap() = Some((clock, by));
    }

    /// The appends so far.
    pub(crate) fn appends(&self) -> Vec<Append> {
        self.appends.lock().unwrap().clone()
    }

    /// The pages of streams that were read since the last call of this.
    pub(crate) fn take_read_pages(&self) -> Vec<StreamQuery> {
        std::mem::take(&mut self.read_pages.lock().unwrap())
    }
}

#[async_trait]
impl EventDouble for Events {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.appends.lock().unwrap().push(append.clone());
        let fate = self.fates.lock().unwrap().pop_front();
        match fate {
            None => self.inner.append(append).await,
            Some(Fate::Refused(error)) => Err(error),
            Some(Fate::LandsUnheard) => {
                self.inner.append(append).await?;
                Err(unknown())
            }
            Some(Fate::LostOnTheWay) => Err(unknown()),
            Some(Fate::LandsAndHangs) => {
                self.inner.append(append).await?;
                pending().await
            }
            Some(Fate::After(others)) => {
                self.inner.append(others).await?;
                self.inner.append(append).await
            }
        }
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.read_pages.lock().unwrap().push(query.clone());
        if let Some((clock, by)) = &*self.slow_by.lock().unwrap() {
            clock.advance(*by);
        }
        if let Some(error) = self.read_errors.lock().unwrap().pop_front() {
            return Err(error);
        }
        if let Some(history) = &*self.forged.lock().unwrap() {
            let asked_for = |event: &&RecordedEvent| event.version >= query.range.from;
            return Ok(Page {
                items: history.iter().filter(asked_for).cloned().collect(),
                next: None,
            });
        }
        self.inner.read_stream_page(query).await
    }
}

/// A snapshot store in memory that fails on demand.
#[derive(Default)]
pub(crate) struct Snapshots {
    pub(crate) inner: MemorySnapshotStore,
    pub(crate) faults: Mutex<Faults>,
    loads: Mutex<Vec<StreamVersion>>,
}

/// The failing operations of a snapshot store.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) save: bool,
    pub(crate) load: bool,
    pub(crate) prune: bool,
    /// Returned for every load.
    pub(crate) always: Option<SnapshotRecord>,
}

impl Snapshots {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The highest versions of the loads since the last call of this.
    pub(crate) fn take_loads(&self) -> Vec<StreamVersion> {
        std::mem::take(&mut self.loads.lock().unwrap())
    }

    /// The versions of the snapshots of a stream, from the newest to the oldest.
    pub(crate) async fn versions(&self, stream: &StreamId, schema: &str) -> Vec<u64> {
        let schema = StateSchema::new(schema).unwrap();
        let mut versions = Vec::new();
        let mut at_most = StreamVersion::MAX;
        while let Some(found) = self.inner.load(stream, &schema, at_most).await.unwrap() {
            versions.push(found.version.get());
            at_most = found.version.previous().unwrap();
        }
        versions
    }
}

#[async_trait]
impl SnapshotStore for Snapshots {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        if self.faults.lock().unwrap().save {
            return Err(broken());
        }
        self.inner.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.loads.lock().unwrap().push(at_most);
        {
            let faults = self.faults.lock().unwrap();
            if faults.load {
                return Err(broken());
            }
            if faults.always.is_some() {
                return Ok(faults.always.clone());
            }
        }
        self.inner.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        if self.faults.lock().unwrap().prune {
            return Err(broken());
        }
        self.inner.prune(stream, schema, keep).await
    }
}

/// A timer that never waits, and records the requested pauses.
#[derive(Default)]
pub(crate) struct Pauses(Mutex<Vec<Duration>>);

impl Pauses {
    pub(crate) fn noted(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Timer for Pauses {
    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

/// A random source with different bytes at each call, the same in every run.
#[derive(Default)]
pub(crate) struct Counting(Mutex<u32>);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        bytes.fill(0);
        // At the end, because the version replaces bits of the first bytes of an event id.
        let (_, end) = bytes.split_at_mut(bytes.len() - 4);
        end.copy_from_slice(&count.to_be_bytes());
        Ok(())
    }
}

/// A random source that fails.
pub(crate) struct Drained;

impl Randomness for Drained {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        Err(RandomnessUnavailable {
            source: "drained".into(),
        })
    }
}
