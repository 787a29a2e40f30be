//! Owns what an adapter has to offer so that laws can be run on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::{Clock, EventId, EventStore, SnapshotStore, SnapshottedEventStore};

use crate::Unclaimed;

/// One storage, new and empty at first: a database of its own, a file in a folder of its own, a
/// piece of memory. Every law gets a harness to itself.
pub trait Harness: Send + Sync {
    /// What the adapter does not claim; the laws that need it are reported as not claimed.
    fn unclaimed(&self) -> &[Unclaimed] {
        &[]
    }

    /// How long a law waits for what should happen at once before it says that it never does.
    ///
    /// A law that is kept never waits so long.
    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// How long a whole law may take before it is taken to hang.
    fn deadline(&self) -> Duration {
        self.patience() * 24
    }
}

/// A storage that keeps an event store.
#[async_trait]
pub trait EventStoreHarness: Harness {
    /// Opens the store that is kept here. Each call gives one more handle on the same events, and
    /// what was written before is there, if the adapter claims as much.
    ///
    /// The store takes its time from `clock`; laws that open several handles at once give all of
    /// them the same clock.
    async fn open_events(&self, clock: Arc<dyn Clock>) -> Arc<dyn EventStore>;

    /// Tries to change a recorded event past the port, by whatever way the storage has: an SQL
    /// statement, for example. Asked only of adapters that claim
    /// [`Immutability`](crate::Capability::Immutability).
    async fn tamper(&self, how: Tampering, event: EventId) -> Tampered {
        let _ = (how, event);
        Tampered::NoWayIn
    }
}

/// What is tried on a recorded event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// To give it another payload.
    Update,
    /// To remove it.
    Delete,
}

/// How the storage took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampered {
    /// The storage refused.
    Refused,
    /// The storage did it.
    Done,
    /// The harness knows no way past the port.
    NoWayIn,
}

/// A storage that keeps a snapshot store.
#[async_trait]
pub trait SnapshotStoreHarness: Harness {
    /// Opens the store that is kept here. Each call gives one more handle on the same snapshots,
    /// and what was saved before is there, if the adapter claims as much.
    async fn open_snapshots(&self) -> Arc<dyn SnapshotStore>;
}

/// A storage that keeps events and snapshots in one place, and reads both at once.
#[async_trait]
pub trait SnapshottedEventStoreHarness: Harness {
    /// Opens the store that is kept here. Each call gives one more handle on the same events and
    /// snapshots. The store takes its time from `clock`.
    async fn open_snapshotted(&self, clock: Arc<dyn Clock>) -> Arc<dyn SnapshottedEventStore>;
}
