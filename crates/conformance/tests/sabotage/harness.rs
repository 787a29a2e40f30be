//! The harness of event store saboteurs: a store in memory with a hook before each method.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use conformance::{
    EventStoreHarness, FailingStore, FaultCounter, Harness, LogTransferHarness, Tampered,
    Tampering, Unclaimed, Verdict, laws_of_event_stores,
};
use jiff::Timestamp;
use persistence_memory::MemoryEventStore;
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, LogPage, LogPart, LogQuery, LogTransfer, StoreId,
    StreamPage, StreamQuery, StreamsPage, StreamsQuery,
};
use shared_kernel::time::Clock;
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, RecordedEvent, StoreError, StreamId,
    StreamVersion,
};

/// A defect of a store. Each method calls the sound store unless it is overridden.
#[async_trait]
pub(crate) trait Sabotage: Default + Send + Sync + 'static {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        door.store.append(append).await
    }

    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        door.store.read_stream_page(query).await
    }

    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        door.store.read_log_page(query).await
    }

    async fn stream_version(
        &self,
        door: &Door,
        stream: &StreamId,
    ) -> Result<StreamVersion, StoreError> {
        door.store.stream_version(stream).await
    }

    async fn head(&self, door: &Door) -> Result<Option<GlobalPosition>, StoreError> {
        door.store.head().await
    }

    async fn position_at(
        &self,
        door: &Door,
        time: Timestamp,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        door.store.position_at(time).await
    }

    async fn find_event(
        &self,
        door: &Door,
        id: EventId,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        door.store.find_event(id).await
    }

    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        door.store.list_streams(query).await
    }

    async fn wait_past(
        &self,
        door: &Door,
        position: GlobalPosition,
    ) -> Result<GlobalPosition, StoreError> {
        door.store.wait_past(position).await
    }

    async fn import(&self, door: &Door, part: LogPart) -> Result<(), ImportError> {
        door.sound.import(part).await
    }

    async fn freeze(
        &self,
        door: &Door,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        door.sound.freeze(destination).await
    }

    async fn frozen_for(&self, door: &Door) -> Result<Option<Destination>, StoreError> {
        door.sound.frozen_for().await
    }

    /// The store of a handle at its opening.
    async fn opened(&self, store: MemoryEventStore, _reopened: bool) -> MemoryEventStore {
        store
    }

    fn tampered(&self, _how: Tampering) -> Tampered {
        Tampered::Refused
    }
}

/// One handle on the sound store.
pub(crate) struct Door {
    pub(crate) store: Arc<dyn EventStore>,
    /// The same without faults, for the saboteurs' own reads.
    pub(crate) sound: MemoryEventStore,
    /// The fault hook of that store.
    pub(crate) faults: Arc<FaultCounter>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether all earlier handles were dropped when this one was opened.
    pub(crate) reopened: bool,
    /// The harness and each handle hold it, so its count is the number of handles.
    open: Arc<()>,
}

impl Door {
    /// Whether other handles are open beside this one.
    pub(crate) fn has_company(&self) -> bool {
        Arc::strong_count(&self.open) > 2
    }
}

/// A storage of a defective store that claims every capability.
#[derive(Default)]
pub(crate) struct Sabotaged<S> {
    sabotage: Arc<S>,
    store: OnceLock<MemoryEventStore>,
    opened: AtomicUsize,
    open: Arc<()>,
}

impl<S: Sabotage> Sabotaged<S> {
    async fn open(&self, clock: Arc<dyn Clock>) -> SabotagedStore<S> {
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        let reopened = number > 0 && Arc::strong_count(&self.open) == 1;
        let new = || MemoryEventStore::with_clock(Arc::clone(&clock));
        let sound = self.store.get_or_init(new).clone();
        let sound = self.sabotage.opened(sound, reopened).await;
        // Faults happen below the saboteur, as on the disk below a store.
        let FailingStore { store, faults } = FailingStore::around(Arc::new(sound.clone()));
        SabotagedStore {
            sabotage: Arc::clone(&self.sabotage),
            door: Door {
                store,
                sound,
                faults,
                clock,
                reopened,
                open: Arc::clone(&self.open),
            },
        }
    }
}

impl<S: Sabotage> Harness for Sabotaged<S> {
    fn unclaimed(&self) -> &[Unclaimed] {
        &[]
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[async_trait]
impl<S: Sabotage> EventStoreHarness for Sabotaged<S> {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        Arc::new(self.open(clock).await)
    }

    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        let store = self.open(clock).await;
        let faults = Arc::clone(&store.door.faults);
        Some(FailingStore {
            store: Arc::new(store),
            faults,
        })
    }

    async fn tamper(&self, how: Tampering, _event: EventId) -> Tampered {
        self.sabotage.tampered(how)
    }
}

#[async_trait]
impl<S: Sabotage> LogTransferHarness for Sabotaged<S> {
    async fn open_transfer(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(self.open(clock).await)
    }

    async fn other_store(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(MemoryEventStore::with_clock(clock))
    }
}

struct SabotagedStore<S> {
    sabotage: Arc<S>,
    door: Door,
}

#[async_trait]
impl<S: Sabotage> EventStore for SabotagedStore<S> {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.sabotage.append(&self.door, append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.sabotage.stream_page(&self.door, query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.sabotage.log_page(&self.door, query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.sabotage.stream_version(&self.door, stream).await
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.door.store.id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.sabotage.head(&self.door).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        self.sabotage.position_at(&self.door, time).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.sabotage.find_event(&self.door, id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.sabotage.list_streams(&self.door, query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.sabotage.wait_past(&self.door, position).await
    }
}

#[async_trait]
impl<S: Sabotage> LogTransfer for SabotagedStore<S> {
    async fn import(&self, part: LogPart) -> Result<(), ImportError> {
        self.sabotage.import(&self.door, part).await
    }

    async fn freeze(
        &self,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        self.sabotage.freeze(&self.door, destination).await
    }

    async fn unfreeze(&self) -> Result<(), StoreError> {
        self.door.sound.unfreeze().await
    }

    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError> {
        self.sabotage.frozen_for(&self.door).await
    }
}

/// A store without a defect.
#[derive(Default)]
pub(crate) struct Nothing;

impl Sabotage for Nothing {}

/// The names of the event store laws that a saboteur breaks.
pub(crate) fn broken_by<S: Sabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_event_stores().into_iter();
    laws.filter_map(|law| match law.run(Arc::new(Sabotaged::<S>::default())) {
        Verdict::Kept => None,
        Verdict::Broken { .. } => Some(law.name()),
        Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
    })
    .collect()
}
