//! The harness of snapshot saboteurs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use conformance::{Harness, SnapshotStoreHarness, Verdict, laws_of_snapshot_stores};
use persistence_memory::MemorySnapshotStore;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};
use std::num::NonZeroU32;

/// A defect of a snapshot store. Each method calls the sound store unless it is overridden.
#[async_trait]
pub(crate) trait SnapshotSabotage: Default + Send + Sync + 'static {
    async fn save(
        &self,
        store: &MemorySnapshotStore,
        snapshot: SnapshotRecord,
    ) -> Result<(), StoreError> {
        store.save(snapshot).await
    }

    async fn load(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        store.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        store: &MemorySnapshotStore,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        store.prune(stream, schema, keep).await
    }

    /// The store of a handle at its opening, except for the first handle.
    fn opened(&self, store: MemorySnapshotStore, _reopened: bool) -> MemorySnapshotStore {
        store
    }
}

/// A storage of a defective snapshot store that claims every capability.
#[derive(Default)]
pub(crate) struct SabotagedSnapshots<S> {
    sabotage: Arc<S>,
    store: MemorySnapshotStore,
    opened: AtomicUsize,
    open: Arc<()>,
}

impl<S: SnapshotSabotage> Harness for SabotagedSnapshots<S> {}

#[async_trait]
impl<S: SnapshotSabotage> SnapshotStoreHarness for SabotagedSnapshots<S> {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        let first = self.opened.fetch_add(1, Ordering::SeqCst) == 0;
        let store = self.store.clone();
        Arc::new(SabotagedStore {
            sabotage: Arc::clone(&self.sabotage),
            store: if first {
                store
            } else {
                self.sabotage
                    .opened(store, Arc::strong_count(&self.open) == 1)
            },
            _open: Arc::clone(&self.open),
        })
    }
}

struct SabotagedStore<S> {
    sabotage: Arc<S>,
    store: MemorySnapshotStore,
    /// Each open handle holds it; the harness counts them.
    _open: Arc<()>,
}

#[async_trait]
impl<S: SnapshotSabotage> SnapshotStore for SabotagedStore<S> {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.sabotage.save(&self.store, snapshot).await
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.sabotage
            .load(&self.store, stream, schema, at_most)
            .await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.sabotage.prune(&self.store, stream, schema, keep).await
    }
}

/// A store without a defect.
#[derive(Default)]
pub(crate) struct NoSabotage;

impl SnapshotSabotage for NoSabotage {}

/// The names of the snapshot store laws that a saboteur breaks.
pub(crate) fn broken_by<S: SnapshotSabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_snapshot_stores().into_iter();
    laws.filter_map(
        |law| match law.run(Arc::new(SabotagedSnapshots::<S>::default())) {
            Verdict::Kept => None,
            Verdict::Broken { .. } => Some(law.name()),
            Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
        },
    )
    .collect()
}
