//! Every law of the ports, run on the stores in memory.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use conformance::{
    Capability, EventStoreHarness, FailingStore, Harness, LogTransferHarness, NamedLeasesHarness,
    ReadModelsHarness, SnapshotStoreHarness, SnapshottedEventStoreHarness, Unclaimed,
    WorkerLeasesHarness,
};
use persistence_memory::{
    MemoryEventStore, MemoryNamedLeases, MemoryOverlay, MemoryOverlaySnapshots, MemoryReadModels,
    MemorySnapshotStore, MemoryStore, MemoryWorkerLeases,
};
use shared_kernel::lease::{NamedLeases, WorkerLeases};
use shared_kernel::snapshot::SnapshottedEventStore;
use shared_kernel::store::LogTransfer;
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, SnapshotStore};

/// An event store and a snapshot store; each opened handle is a clone.
#[derive(Default)]
struct Memory {
    events: OnceLock<MemoryEventStore>,
    snapshots: MemorySnapshotStore,
}

const UNCLAIMED: [Unclaimed; 2] = [
    Unclaimed {
        capability: Capability::Durability,
        reason: "memory ends with the process",
    },
    Unclaimed {
        capability: Capability::Immutability,
        reason: "events can be reached only through the port",
    },
];

impl Harness for Memory {
    fn unclaimed(&self) -> &[Unclaimed] {
        &UNCLAIMED
    }
}

#[async_trait]
impl EventStoreHarness for Memory {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        let store = self
            .events
            .get_or_init(|| MemoryEventStore::with_clock(clock));
        Arc::new(store.clone())
    }

    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        Some(FailingStore::around(self.open_events(clock).await))
    }
}

#[async_trait]
impl SnapshotStoreHarness for Memory {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        Arc::new(self.snapshots.clone())
    }
}

/// A combined store; each opened handle is a clone.
#[derive(Default)]
struct Together(OnceLock<MemoryStore>);

impl Together {
    fn open(&self, clock: Option<Arc<dyn Clock>>) -> Arc<MemoryStore> {
        let store = self
            .0
            .get_or_init(|| clock.map_or_else(MemoryStore::new, MemoryStore::with_clock));
        Arc::new(store.clone())
    }
}

impl Harness for Together {
    fn unclaimed(&self) -> &[Unclaimed] {
        &UNCLAIMED
    }
}

#[async_trait]
impl EventStoreHarness for Together {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        self.open(Some(clock))
    }

    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        Some(FailingStore::around(self.open_events(clock).await))
    }
}

#[async_trait]
impl SnapshotStoreHarness for Together {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        self.open(None)
    }
}

#[async_trait]
impl SnapshottedEventStoreHarness for Together {
    async fn open_snapshotted(&self, clock: Arc<dyn Clock>) -> Arc<dyn SnapshottedEventStore> {
        self.open(Some(clock))
    }
}

#[async_trait]
impl LogTransferHarness for Memory {
    async fn open_transfer(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        let store = self
            .events
            .get_or_init(|| MemoryEventStore::with_clock(clock));
        Arc::new(store.clone())
    }

    async fn other_store(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(MemoryEventStore::with_clock(clock))
    }
}

#[async_trait]
impl LogTransferHarness for Together {
    async fn open_transfer(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        self.open(Some(clock))
    }

    async fn other_store(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(MemoryStore::with_clock(clock))
    }
}

mod apart {
    use super::Memory;

    conformance::log_transfer_laws!(Memory::default());
    conformance::event_store_laws!(Memory::default());
    conformance::snapshot_store_laws!(Memory::default());
}

mod together {
    use super::Together;

    conformance::log_transfer_laws!(Together::default());
    conformance::event_store_laws!(Together::default());
    conformance::snapshot_store_laws!(Together::default());
    conformance::snapshotted_event_store_laws!(Together::default());
}

/// Worker leases; no law opens a second handle.
struct Leases;

impl Harness for Leases {}

#[async_trait]
impl WorkerLeasesHarness for Leases {
    async fn open_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn WorkerLeases> {
        Arc::new(MemoryWorkerLeases::with_clock(clock))
    }
}

mod leases {
    conformance::worker_lease_laws!(super::Leases);
}

/// Named leases, shared by all handles of a harness.
#[derive(Default)]
struct NamedLeasesInMemory(OnceLock<MemoryNamedLeases>);

impl Harness for NamedLeasesInMemory {
    fn unclaimed(&self) -> &[Unclaimed] {
        &UNCLAIMED
    }
}

#[async_trait]
impl NamedLeasesHarness for NamedLeasesInMemory {
    async fn open_named_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn NamedLeases> {
        let leases = self.0.get_or_init(|| MemoryNamedLeases::with_clock(clock));
        Arc::new(leases.clone())
    }
}

mod named_leases {
    conformance::named_lease_laws!(super::NamedLeasesInMemory::default());
}

/// Read models in memory, filled from a log in memory.
#[derive(Default)]
struct Models(OnceLock<MemoryReadModels>);

impl Harness for Models {}

#[async_trait]
impl ReadModelsHarness for Models {
    type Models = MemoryReadModels;

    async fn open_models(&self, clock: Arc<dyn Clock>) -> MemoryReadModels {
        let first = self.0.get_or_init(MemoryReadModels::new);
        first.clone().judging_by(clock)
    }

    async fn new_log(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryEventStore::new())
    }
}

mod read_models {
    use super::Models;

    conformance::read_model_laws!(Models, Models::default());
}

/// An overlay of a store without events; each opened handle is a clone.
#[derive(Default)]
struct Overlaid(tokio::sync::OnceCell<MemoryOverlay>);

impl Harness for Overlaid {
    fn unclaimed(&self) -> &[Unclaimed] {
        &UNCLAIMED
    }
}

#[async_trait]
impl EventStoreHarness for Overlaid {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        let over = || async {
            let below = Arc::new(MemoryEventStore::with_clock(clock.clone()));
            MemoryOverlay::over(below, clock).await.unwrap()
        };
        Arc::new(self.0.get_or_init(over).await.clone())
    }

    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        Some(FailingStore::around(self.open_events(clock).await))
    }
}

/// The snapshots of an overlay.
struct OverlaidSnapshots(MemoryOverlaySnapshots);

impl OverlaidSnapshots {
    fn new() -> Self {
        let below = Arc::new(MemorySnapshotStore::new());
        Self(MemoryOverlaySnapshots::over(below))
    }
}

impl Harness for OverlaidSnapshots {
    fn unclaimed(&self) -> &[Unclaimed] {
        &UNCLAIMED
    }
}

#[async_trait]
impl SnapshotStoreHarness for OverlaidSnapshots {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        Arc::new(self.0.clone())
    }
}

mod overlaid {
    use super::{Overlaid, OverlaidSnapshots};

    conformance::event_store_laws!(Overlaid::default());
    conformance::snapshot_store_laws!(OverlaidSnapshots::new());
}
