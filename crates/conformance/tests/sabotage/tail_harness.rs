//! Owns the store of events and snapshots that saboteurs of tails spoil.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use conformance::{
    Harness, SnapshottedEventStoreHarness, Verdict, laws_of_snapshotted_event_stores,
};
use persistence_memory::MemoryStore;
use shared_kernel::{
    Append, AppendError, AppendReceipt, Clock, EventId, EventStore, GlobalPosition, LogPage,
    LogQuery, RecordedEvent, SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshotStore,
    SnapshottedEventStore, StateSchema, StoreError, StreamId, StreamPage, StreamQuery,
    StreamVersion, StreamsPage, StreamsQuery,
};

/// Spoils what is read at once. The two ports of the store stay sound.
#[async_trait]
pub(crate) trait TailSabotage: Default + Send + Sync + 'static {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError>;
}

/// A storage that keeps a spoiled store and claims everything.
#[derive(Default)]
pub(crate) struct SabotagedTails<S> {
    sabotage: Arc<S>,
    store: OnceLock<MemoryStore>,
}

impl<S: TailSabotage> Harness for SabotagedTails<S> {}

#[async_trait]
impl<S: TailSabotage> SnapshottedEventStoreHarness for SabotagedTails<S> {
    async fn open_snapshotted(&self, clock: Arc<dyn Clock>) -> Arc<dyn SnapshottedEventStore> {
        let store = self.store.get_or_init(|| MemoryStore::with_clock(clock));
        Arc::new(SabotagedStore {
            sabotage: Arc::clone(&self.sabotage),
            store: store.clone(),
        })
    }
}

struct SabotagedStore<S> {
    sabotage: Arc<S>,
    store: MemoryStore,
}

#[async_trait]
impl<S: TailSabotage> SnapshottedEventStore for SabotagedStore<S> {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.sabotage.read(&self.store, query).await
    }
}

#[async_trait]
impl<S: TailSabotage> EventStore for SabotagedStore<S> {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        self.store.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.store.read_stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.store.read_log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.store.stream_version(stream).await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        self.store.head().await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        self.store.find_event(id).await
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        self.store.list_streams(query).await
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        self.store.wait_past(position).await
    }
}

#[async_trait]
impl<S: TailSabotage> SnapshotStore for SabotagedStore<S> {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.store.save(snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.store.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.store.prune(stream, schema, keep).await
    }
}

/// The names of the laws that a saboteur breaks.
pub(crate) fn broken_by<S: TailSabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_snapshotted_event_stores().into_iter();
    laws.filter_map(
        |law| match law.run(Arc::new(SabotagedTails::<S>::default())) {
            Verdict::Kept => None,
            Verdict::Broken { .. } => Some(law.name()),
            Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
        },
    )
    .collect()
}
