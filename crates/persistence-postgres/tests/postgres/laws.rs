//! The laws of the ports, each on a database of its own.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{
    EventStoreHarness, FailingStore, FaultCounter, Harness, LogTransferHarness, NamedLeasesHarness,
    SnapshotStoreHarness, SnapshottedEventStoreHarness, Tampered, Tampering, Unclaimed,
    WorkerLeasesHarness,
};
use persistence_memory::MemoryEventStore;
use persistence_postgres::PostgresOptions;
use shared_kernel::lease::{NamedLeases, WorkerLeases};
use shared_kernel::snapshot::SnapshottedEventStore;
use shared_kernel::store::LogTransfer;
use shared_kernel::time::Clock;
use shared_kernel::{EventId, EventStore, SnapshotStore};

use crate::fixture::Place;

// It claims every capability: durability, several handles, immutability, faults.
impl Harness for Place {
    fn unclaimed(&self) -> &[Unclaimed] {
        &[]
    }
}

#[async_trait]
impl EventStoreHarness for Place {
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore> {
        Arc::new(
            self.store_with(PostgresOptions::new().with_clock(clock))
                .await,
        )
    }

    async fn tamper(&self, how: Tampering, event: EventId) -> Tampered {
        let statement = match how {
            Tampering::Update => "UPDATE annals.events SET payload = '{}' WHERE event_id =",
            Tampering::Delete => "DELETE FROM annals.events WHERE event_id =",
        };
        let returning = format!("{statement} '{event}' RETURNING position");
        match self.sql(&returning) {
            Ok(done) if !done.is_empty() => Tampered::Done,
            Ok(_) => panic!("{event} is not in the database"),
            Err(_) => Tampered::Refused,
        }
    }

    /// An operation is the beginning or the end of a statement: the connection is cut before it
    /// is sent, or before its answer is read.
    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        let faults = Arc::new(FaultCounter::new());
        let counter = Arc::clone(&faults);
        let options = PostgresOptions::new()
            .with_clock(clock)
            .with_interrupt(Arc::new(move || counter.next_fails()));
        let store = Arc::new(self.store_with(options).await);
        Some(FailingStore { store, faults })
    }
}

#[async_trait]
impl SnapshotStoreHarness for Place {
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore> {
        Arc::new(self.store().await)
    }
}

#[async_trait]
impl SnapshottedEventStoreHarness for Place {
    async fn open_snapshotted(&self, clock: Arc<dyn Clock>) -> Arc<dyn SnapshottedEventStore> {
        Arc::new(
            self.store_with(PostgresOptions::new().with_clock(clock))
                .await,
        )
    }
}

#[async_trait]
impl WorkerLeasesHarness for Place {
    async fn open_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn WorkerLeases> {
        Arc::new(
            self.store_with(PostgresOptions::new().with_clock(clock))
                .await,
        )
    }
}

#[async_trait]
impl NamedLeasesHarness for Place {
    async fn open_named_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn NamedLeases> {
        Arc::new(
            self.store_with(PostgresOptions::new().with_clock(clock))
                .await,
        )
    }
}

#[async_trait]
impl LogTransferHarness for Place {
    async fn open_transfer(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(
            self.store_with(PostgresOptions::new().with_clock(clock))
                .await,
        )
    }

    async fn other_store(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer> {
        Arc::new(MemoryEventStore::with_clock(clock))
    }
}

mod transfers {
    use crate::fixture::Place;

    conformance::log_transfer_laws!(Place::new());
}

mod events {
    use crate::fixture::Place;

    conformance::event_store_laws!(Place::new());
}

mod snapshots {
    use crate::fixture::Place;

    conformance::snapshot_store_laws!(Place::new());
}

mod snapshots_and_tails {
    use crate::fixture::Place;

    conformance::snapshotted_event_store_laws!(Place::new());
}

mod named_leases {
    use crate::fixture::Place;

    conformance::named_lease_laws!(Place::new());
}

mod leases {
    use crate::fixture::Place;

    conformance::worker_lease_laws!(Place::new());
}
