//! The tracker: the entry to the use cases, with its stores, codecs and ports.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::codec::{EventCodec, StateCodec};
use shared_kernel::event::EventIdGenerator;
use shared_kernel::lease::NamedLeases;
use shared_kernel::random::{Randomness, SystemRandomness};
use shared_kernel::repository::{BackgroundTasks, RetryPolicy};
use shared_kernel::snapshot::SnapshottedEventStore;
use shared_kernel::snapshot::policy::SnapshotPolicy;
use shared_kernel::snowflake::SnowflakeGenerator;
use shared_kernel::time::{Clock, SystemClock, Timer};
use shared_kernel::{EventSourcedRepository, EventStore, SnapshotStore};
use work_item::{WorkItem, WorkItemEvent};

use crate::RegisterEvent;
use crate::register::Register;

/// The codecs of the tracker's events.
#[derive(Clone)]
pub struct Codecs {
    /// The codec of the items' events.
    pub items: Arc<dyn EventCodec<WorkItemEvent>>,
    /// The codec of the register's events.
    pub register: Arc<dyn EventCodec<RegisterEvent>>,
}

/// Tracks the work items of one store.
///
/// A clone is cheap and uses the same store. Any number of trackers and processes may use one store
/// at the same time if their [generators](SnowflakeGenerator) have different workers, for example
/// the workers 0 and 1 in two processes.
#[derive(Clone)]
pub struct WorkTracker {
    pub(crate) events: Arc<dyn EventStore>,
    pub(crate) items: EventSourcedRepository<WorkItem>,
    pub(crate) item_codec: Arc<dyn EventCodec<WorkItemEvent>>,
    pub(crate) register: Register,
    /// The leases that renew claims.
    pub(crate) leases: Option<Arc<dyn NamedLeases>>,
    pub(crate) ids: Arc<SnowflakeGenerator>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

impl WorkTracker {
    /// A tracker without snapshots, with the system's clock, randomness and timer.
    #[must_use]
    pub fn new(events: Arc<dyn EventStore>, codecs: Codecs, ids: Arc<SnowflakeGenerator>) -> Self {
        let Codecs { items, register } = codecs;
        Self {
            items: EventSourcedRepository::new(Arc::clone(&events), Arc::clone(&items)),
            item_codec: items,
            register: Register::new(Arc::clone(&events), register),
            events,
            leases: None,
            ids,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }

    /// A tracker on a combined store, which reads a snapshot and the events after it in one
    /// request.
    #[must_use]
    pub fn snapshotted(
        store: Arc<dyn SnapshottedEventStore>,
        codecs: Codecs,
        states: Arc<dyn StateCodec<WorkItem>>,
        ids: Arc<SnowflakeGenerator>,
    ) -> Self {
        let events = Arc::clone(&codecs.items);
        Self {
            items: EventSourcedRepository::snapshotted(Arc::clone(&store), events, states),
            ..Self::new(store, codecs, ids)
        }
    }

    /// The same, with snapshots of items in a separate store.
    #[must_use]
    pub fn with_snapshots(
        self,
        store: Arc<dyn SnapshotStore>,
        codec: Arc<dyn StateCodec<WorkItem>>,
    ) -> Self {
        Self {
            items: self.items.with_snapshots(store, codec),
            ..self
        }
    }

    /// The same, with another snapshot policy. The default is a snapshot every 100 events of an
    /// item.
    #[must_use]
    pub fn with_snapshot_policy(self, policy: impl SnapshotPolicy<WorkItem> + 'static) -> Self {
        Self {
            items: self.items.with_policy(policy),
            ..self
        }
    }

    /// The same, with snapshots saved in the background, so that commands do not wait for them.
    #[must_use]
    pub fn with_snapshots_in_background(self, tasks: BackgroundTasks) -> Self {
        Self {
            items: self.items.with_snapshots_in_background(tasks),
            ..self
        }
    }

    /// The same, with leases that renew claims. Without them, a claim ends at its `until`.
    #[must_use]
    pub fn with_leases(self, leases: Arc<dyn NamedLeases>) -> Self {
        Self {
            leases: Some(leases),
            ..self
        }
    }

    /// The same, with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            items: self.items.with_clock(Arc::clone(&clock)),
            clock,
            ..self
        }
    }

    /// The same, with another source of randomness.
    #[must_use]
    pub fn with_randomness(self, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            items: self.items.with_randomness(Arc::clone(&randomness)),
            randomness,
            ..self
        }
    }

    /// The same, with another timer for the pauses between attempts.
    #[must_use]
    pub fn with_timer(self, timer: impl Timer + 'static) -> Self {
        Self {
            items: self.items.with_timer(timer),
            ..self
        }
    }

    /// The same, with another time limit and other pauses for the attempts of a command, for
    /// example `RetryPolicy::NEVER` for one attempt.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self {
            items: self.items.with_retry(retry),
            ..self
        }
    }

    /// The time now in whole microseconds, the precision of the stores.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    pub(crate) fn event_ids(&self) -> EventIdGenerator {
        EventIdGenerator::new(Arc::clone(&self.clock), Arc::clone(&self.randomness))
    }
}

impl fmt::Debug for WorkTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkTracker")
            .field("items", &self.items)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}
