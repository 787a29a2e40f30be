//! Owns the repository: it joins aggregates to the stores, with snapshots and retries.
//!
//! Knows the stores only by their ports, and never holds a history in memory.

mod as_of;
mod beginning;
mod error;
mod execute;
mod handover;
mod load;
mod receipt;
mod save;
mod snapshots;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::snapshot_policy::{EveryEvents, SnapshotPolicy};
use crate::{
    Aggregate, BackgroundTasks, Clock, DEFAULT_PAGE_SIZE, EventCodec, EventIdGenerator, EventStore,
    Metadata, Randomness, RetryPolicy, SnapshotStore, SnapshottedEventStore, StateCodec,
    SystemClock, SystemRandomness, SystemTimer, Timer,
};

pub use as_of::AsOf;
pub use error::{ExecuteError, LoadError, SaveError, SnapshotError};
pub use execute::Executed;
pub use receipt::{SaveReceipt, SnapshotOutcome};
pub use snapshots::SnapshotRetention;
use snapshots::Snapshots;

/// Loads and saves the aggregates of one type, each from its own stream.
///
/// A clone is cheap and works on the same stores; [`with_metadata`](Self::with_metadata) makes one
/// for a single request.
pub struct EventSourcedRepository<A: Aggregate> {
    events: Arc<dyn EventStore>,
    codec: Arc<dyn EventCodec<A::Event>>,
    snapshots: Option<Snapshots<A>>,
    background: Option<BackgroundTasks>,
    policy: Arc<dyn SnapshotPolicy<A>>,
    retention: SnapshotRetention,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    timer: Arc<dyn Timer>,
    retry: RetryPolicy,
    metadata: Metadata,
    page_size: NonZeroUsize,
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// A repository without snapshots, over the clock, the randomness and the timer of the machine.
    #[must_use]
    pub fn new(events: Arc<dyn EventStore>, codec: Arc<dyn EventCodec<A::Event>>) -> Self {
        Self {
            events,
            codec,
            snapshots: None,
            background: None,
            policy: Arc::new(EveryEvents::DEFAULT),
            retention: SnapshotRetention::default(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            timer: Arc::new(SystemTimer),
            retry: RetryPolicy::default(),
            metadata: Metadata::new(),
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// A repository whose snapshots are kept beside its events: a load asks the store once for a
    /// snapshot and the events after it.
    #[must_use]
    pub fn snapshotted(
        store: Arc<dyn SnapshottedEventStore>,
        events: Arc<dyn EventCodec<A::Event>>,
        states: Arc<dyn StateCodec<A>>,
    ) -> Self {
        Self {
            snapshots: Some(Snapshots::beside_events(Arc::clone(&store), states)),
            ..Self::new(store, events)
        }
    }

    /// The same, with snapshots in a store of their own.
    #[must_use]
    pub fn with_snapshots(
        self,
        store: Arc<dyn SnapshotStore>,
        codec: Arc<dyn StateCodec<A>>,
    ) -> Self {
        Self {
            snapshots: Some(Snapshots::new(store, codec)),
            ..self
        }
    }

    /// The same, with another policy than a snapshot every 100 events.
    #[must_use]
    pub fn with_policy(self, policy: impl SnapshotPolicy<A> + 'static) -> Self {
        Self {
            policy: Arc::new(policy),
            ..self
        }
    }

    /// The same, saving snapshots beside their commands: a save returns when its events are
    /// acknowledged and the state is encoded, and does not wait for the snapshot store.
    ///
    /// It waits all the same where the policy
    /// [asks for that](crate::snapshot_policy::SnapshotPolicy::is_awaited), and where as many tasks
    /// are under way as there may be.
    #[must_use]
    pub fn with_snapshots_in_background(self, tasks: BackgroundTasks) -> Self {
        Self {
            background: Some(tasks),
            ..self
        }
    }

    /// The same, keeping other snapshots than the newest ten of each stream.
    #[must_use]
    pub fn with_retention(self, retention: SnapshotRetention) -> Self {
        Self { retention, ..self }
    }

    /// The same, with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The same, with another source of chance.
    #[must_use]
    pub fn with_randomness(self, randomness: Arc<dyn Randomness>) -> Self {
        Self { randomness, ..self }
    }

    /// The same, with another way of waiting between two attempts.
    #[must_use]
    pub fn with_timer(self, timer: Arc<dyn Timer>) -> Self {
        Self { timer, ..self }
    }

    /// The same, with other attempts and pauses.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The same, writing this beside every event. Where it has no correlation or no causation, each
    /// save or command is given a fresh command id in their place.
    #[must_use]
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// The same, reading other pages than those of [`DEFAULT_PAGE_SIZE`] events. It changes nothing of what is read.
    #[must_use]
    pub fn with_page_size(self, page_size: NonZeroUsize) -> Self {
        Self { page_size, ..self }
    }

    fn event_ids(&self) -> EventIdGenerator {
        EventIdGenerator::new(Arc::clone(&self.clock), Arc::clone(&self.randomness))
    }
}

impl<A: Aggregate> Clone for EventSourcedRepository<A> {
    fn clone(&self) -> Self {
        Self {
            events: Arc::clone(&self.events),
            codec: Arc::clone(&self.codec),
            snapshots: self.snapshots.clone(),
            background: self.background.clone(),
            policy: Arc::clone(&self.policy),
            retention: self.retention,
            clock: Arc::clone(&self.clock),
            randomness: Arc::clone(&self.randomness),
            timer: Arc::clone(&self.timer),
            retry: self.retry,
            metadata: self.metadata.clone(),
            page_size: self.page_size,
        }
    }
}

impl<A: Aggregate> fmt::Debug for EventSourcedRepository<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourcedRepository")
            .field("aggregate", &A::TYPE)
            .field("retention", &self.retention)
            .field("retry", &self.retry)
            .field("metadata", &self.metadata)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}
