//! Every law of the ports, run on the stores in memory.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use conformance::{Capability, EventStoreHarness, Harness, SnapshotStoreHarness, Unclaimed};
use persistence_memory::{MemoryEventStore, MemorySnapshotStore};
use shared_kernel::{Clock, EventStore, SnapshotStore};

/// A piece of memory: further handles on it are clones of the first.
#[derive(Default)]
struct Memory {
    events: OnceLock<MemoryEventStore>,
    snapshots: MemorySnapshotStore,
}

impl Harness for Memory {
    fn unclaimed(&self) -> &[Unclaimed] {
        &[
            Unclaimed {
                capability: Capability::Durability,
                reason: "memory ends with the process",
            },
            Unclaimed {
                capability: Capability::Immutability,
                reason: "there is no way to the events but the port",
            },
        ]
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
}

#[async_trait]
impl SnapshotStoreHarness for Memory {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        Arc::new(self.snapshots.clone())
    }
}

conformance::event_store_laws!(Memory::default());
conformance::snapshot_store_laws!(Memory::default());
