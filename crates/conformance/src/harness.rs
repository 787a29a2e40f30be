//! The harness: the interface through which laws open the stores of an adapter.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::lease::WorkerLeases;
use shared_kernel::snapshot::SnapshottedEventStore;
use shared_kernel::store::LogTransfer;
use shared_kernel::time::Clock;
use shared_kernel::{EventId, EventStore, SnapshotStore};

use crate::{FailingStore, Unclaimed};

/// One storage, new and empty at first: a database, a file in a folder of its own, a piece of
/// memory. Every law gets a harness to itself.
pub trait Harness: Send + Sync {
    /// The capabilities that the adapter does not claim. The laws that need them are reported as
    /// not claimed.
    ///
    /// By default the adapter claims everything but a fault hook. A harness that overrides this
    /// method and has no fault hook lists [`Unclaimed::FAULTS`] too.
    fn unclaimed(&self) -> &[Unclaimed] {
        &[Unclaimed::FAULTS]
    }

    /// The longest time that a law waits for something that should happen at once.
    ///
    /// A law that the store keeps never waits that long.
    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// The longest time that a whole law may take before it counts as hanging.
    fn deadline(&self) -> Duration {
        self.patience() * 24
    }
}

/// A storage that holds an event store.
#[async_trait]
pub trait EventStoreHarness: Harness {
    /// Opens the store of this harness. Each call returns one more handle on the same events;
    /// earlier events are there, if the adapter claims as much.
    ///
    /// The store takes its time from `clock`. A law that opens several handles at once gives all
    /// of them the same clock.
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore>;

    /// Tries to change a recorded event past the port, by any way that the storage has. Example:
    /// an SQL `UPDATE`. Laws call it only if the adapter claims
    /// [`Immutability`](crate::Capability::Immutability).
    async fn tamper(&self, how: Tampering, event: EventId) -> Tampered {
        let _ = (how, event);
        Tampered::NoWayIn
    }

    /// Opens the store of this harness on a storage that fails on command: the fault hook. Laws
    /// call it only if the adapter claims [`Faults`](crate::Capability::Faults), and fail on
    /// `None`.
    ///
    /// The adapter calls [`FaultCounter::next_fails`](crate::FaultCounter::next_fails) before each
    /// operation of its storage and lets the operation fail if the answer is `true`. Reads and
    /// appends must both count. Example: SQLite calls it from a progress handler, so that a
    /// statement is interrupted in the middle.
    async fn open_failing(&self, clock: Arc<dyn Clock>) -> Option<FailingStore> {
        let _ = clock;
        None
    }
}

/// The change that [`tamper`](EventStoreHarness::tamper) tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Replace the payload.
    Update,
    /// Remove the event.
    Delete,
}

/// The answer of the storage to [`tamper`](EventStoreHarness::tamper).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampered {
    /// The storage refused.
    Refused,
    /// The storage did it.
    Done,
    /// The harness knows no way past the port.
    NoWayIn,
}

/// A storage that holds a snapshot store.
#[async_trait]
pub trait SnapshotStoreHarness: Harness {
    /// Opens the store of this harness. Each call returns one more handle on the same snapshots;
    /// earlier snapshots are there, if the adapter claims as much.
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore>;
}

/// A storage that holds events and snapshots in one place and reads both in one call.
#[async_trait]
pub trait SnapshottedEventStoreHarness: Harness {
    /// Opens the store of this harness. Each call returns one more handle on the same events and
    /// snapshots. The store takes its time from `clock`.
    async fn open_snapshotted(&self, clock: Arc<dyn Clock>) -> Arc<dyn SnapshottedEventStore>;
}

/// A storage that holds worker leases.
#[async_trait]
pub trait WorkerLeasesHarness: Harness {
    /// Opens the worker leases of this harness. They take the time from `clock`.
    async fn open_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn WorkerLeases>;
}

/// A storage that can move its log to another store.
#[async_trait]
pub trait LogTransferHarness: Harness {
    /// Opens the store of this harness. Each call returns one more handle on the same events. The
    /// store takes its time from `clock`.
    async fn open_transfer(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer>;

    /// Opens a store of its own for each call: new, empty, and of any adapter.
    async fn other_store(&self, clock: Arc<dyn Clock>) -> Arc<dyn LogTransfer>;
}
