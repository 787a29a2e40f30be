//! The harness of saboteurs that read a snapshot and the events after it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble, SnapshotDouble, SnapshottedEventDouble};
use conformance::{
    Harness, SnapshottedEventStoreHarness, Verdict, laws_of_snapshotted_event_stores,
};
use persistence_memory::MemoryStore;
use shared_kernel::snapshot::{SnapshotAndTail, SnapshotQuery, SnapshottedEventStore};
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, SnapshotStore, StoreError};

/// A defect of the combined read. The two ports of the store stay sound.
#[async_trait]
pub(crate) trait TailSabotage: Default + Send + Sync + 'static {
    async fn read(
        &self,
        store: &MemoryStore,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError>;
}

/// A storage of a defective store that claims every capability.
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
        Arc::new(Delegating::new(SabotagedStore {
            sabotage: Arc::clone(&self.sabotage),
            store: store.clone(),
        }))
    }
}

struct SabotagedStore<S> {
    sabotage: Arc<S>,
    store: MemoryStore,
}

#[async_trait]
impl<S: TailSabotage> SnapshottedEventDouble for SabotagedStore<S> {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.sabotage.read(&self.store, query).await
    }
}

impl<S: TailSabotage> EventDouble for SabotagedStore<S> {
    fn events(&self) -> &dyn EventStore {
        &self.store
    }
}

impl<S: TailSabotage> SnapshotDouble for SabotagedStore<S> {
    fn snapshots(&self) -> &dyn SnapshotStore {
        &self.store
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
