//! The repository: loads aggregates, executes commands, and saves their events and snapshots.
//!
//! [`EventSourcedRepository`] has `create`, `execute`, `load`, `get` and `save`. [`Draft`] is a
//! command over several aggregates. [`RetryPolicy`] bounds the attempts after a conflict, and
//! [`RepositoryError`] is the error.
//!
//! # A command that refuses
//!
//! A command returns one of these [decisions](crate::Decision):
//!
//! | decision | meaning |
//! |---|---|
//! | `E` | one event |
//! | `Option<E>` | one event, or none |
//! | `Vec<E>`, `[E; N]` | several events |
//! | `()` | no event |
//! | `Result<D, R>` | one of the above, or the refusal `R` |
//!
//! The error type of a refusal needs `From<RepositoryError>`, and is then the error of `execute`.
//! `anyhow::Error` and `Box<dyn Error>` have it. A pure domain error is wrapped in
//! [`CommandError`].
//!
//! ```
//! use shared_kernel::RepositoryError;
//! # use persistence_memory::MemoryStore;
//! # use serialization::JsonEventCodec;
//! # use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};
//! # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
//! # struct LampDimmed { percent: u8 }
//! # struct Lamp { percent: u8 }
//! # impl Aggregate for Lamp {
//! #     type Event = LampDimmed;
//! #     const TYPE: &'static str = "lamp";
//! #     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
//! #         Ok(Lamp { percent: event.percent })
//! #     }
//! #     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
//! #         self.percent = event.percent;
//! #         Ok(())
//! #     }
//! # }
//!
//! #[derive(Debug, thiserror::Error)]
//! enum LampError {
//!     #[error("{0} % is more than 100 %")]
//!     TooBright(u8),
//!     #[error(transparent)]
//!     Repository(#[from] RepositoryError),
//! }
//!
//! impl Lamp {
//!     fn dim(&self, percent: u8) -> Result<Option<LampDimmed>, LampError> {
//!         if percent > 100 {
//!             return Err(LampError::TooBright(percent));
//!         }
//!         Ok((percent != self.percent).then_some(LampDimmed { percent }))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! # let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
//! # let kitchen = StreamId::of::<Lamp>("kitchen")?;
//! # lamps.create(&kitchen, LampDimmed { percent: 100 }).await?;
//! let refused = lamps.execute(&kitchen, |lamp| lamp.dim(140)).await;
//! assert!(matches!(refused, Err(LampError::TooBright(140))));
//!
//! // In a function that returns `anyhow::Result`:
//! let dimmed = lamps.execute(&kitchen, |lamp| lamp.dim(40)).await?;
//! assert_eq!(dimmed.recorded(), 1);
//! let again = lamps.execute(&kitchen, |lamp| lamp.dim(40)).await?;
//! assert_eq!(again.recorded(), 0);
//! # Ok(())
//! # }
//! ```

mod as_of;
mod attempts;
mod background_snapshot;
mod background_tasks;
mod beginning;
mod command;
mod draft;
mod error;
mod execute;
mod load;
mod receipt;
mod rejection;
mod retention;
mod retry;
mod save;
mod snapshots;
mod turns;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::codec::{EventCodec, StateCodec};
use crate::event::EventIdGenerator;
use crate::random::{Randomness, SystemRandomness};
use crate::snapshot::SnapshottedEventStore;
use crate::snapshot::policy::{EveryEvents, SnapshotPolicy};
use crate::store::DEFAULT_PAGE_SIZE;
use crate::time::{Clock, SystemClock, SystemTimer, Timer};
use crate::{Aggregate, EventStore, Metadata, SnapshotStore};

pub use as_of::{AsOf, Bound};
pub use background_tasks::BackgroundTasks;
pub use draft::{Draft, SavedDraft};
pub use error::{RepositoryError, SnapshotError};
pub use execute::Executed;
pub use receipt::{SaveReceipt, SnapshotOutcome};
pub use rejection::{CommandError, ErrorOf, Rejection};
pub use retention::SnapshotRetention;
pub use retry::RetryPolicy;
use snapshots::Snapshots;
use turns::Turns;

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
    turns: Arc<Turns>,
    metadata: Metadata,
    page_size: NonZeroUsize,
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// A repository without snapshots, with the clock, the random source and the timer of the
    /// machine.
    ///
    /// It takes stores and codecs by value or in an [`Arc`].
    #[must_use]
    pub fn new(
        events: impl EventStore + 'static,
        codec: impl EventCodec<A::Event> + 'static,
    ) -> Self {
        Self {
            events: Arc::new(events),
            codec: Arc::new(codec),
            snapshots: None,
            background: None,
            policy: Arc::new(EveryEvents::DEFAULT),
            retention: SnapshotRetention::default(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            timer: Arc::new(SystemTimer),
            retry: RetryPolicy::default(),
            turns: Arc::default(),
            metadata: Metadata::new(),
            page_size: DEFAULT_PAGE_SIZE,
        }
    }

    /// A repository on a combined store: a load reads the snapshot and the events after it in one
    /// request.
    #[must_use]
    pub fn snapshotted(
        store: impl SnapshottedEventStore + 'static,
        events: impl EventCodec<A::Event> + 'static,
        states: impl StateCodec<A> + 'static,
    ) -> Self {
        let store: Arc<dyn SnapshottedEventStore> = Arc::new(store);
        Self {
            snapshots: Some(Snapshots::combined(Arc::clone(&store), Arc::new(states))),
            ..Self::new(store, events)
        }
    }

    /// The same, with snapshots in a separate store.
    #[must_use]
    pub fn with_snapshots(
        self,
        store: impl SnapshotStore + 'static,
        codec: impl StateCodec<A> + 'static,
    ) -> Self {
        Self {
            snapshots: Some(Snapshots::new(Arc::new(store), Arc::new(codec))),
            ..self
        }
    }

    /// The same, with another snapshot policy. The default is a snapshot every 100 events.
    #[must_use]
    pub fn with_policy(self, policy: impl SnapshotPolicy<A> + 'static) -> Self {
        Self {
            policy: Arc::new(policy),
            ..self
        }
    }

    /// The same, with snapshots saved in the background: a save returns when its events are
    /// acknowledged and the state is encoded. It does not wait for the snapshot store.
    ///
    /// It still waits if the policy
    /// [demands it](crate::snapshot::policy::SnapshotPolicy::is_awaited), or if the tasks are at
    /// their limit.
    #[must_use]
    pub fn with_snapshots_in_background(self, tasks: BackgroundTasks) -> Self {
        Self {
            background: Some(tasks),
            ..self
        }
    }

    /// The same, with another retention. The default keeps the newest ten snapshots of each stream.
    #[must_use]
    pub fn with_retention(self, retention: SnapshotRetention) -> Self {
        Self { retention, ..self }
    }

    /// The same, with another clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ..self
        }
    }

    /// The same, with another source of randomness.
    #[must_use]
    pub fn with_randomness(self, randomness: impl Randomness + 'static) -> Self {
        Self {
            randomness: Arc::new(randomness),
            ..self
        }
    }

    /// The same, with another timer for the pauses between attempts.
    #[must_use]
    pub fn with_timer(self, timer: impl Timer + 'static) -> Self {
        Self {
            timer: Arc::new(timer),
            ..self
        }
    }

    /// The same, with another time limit and other pauses.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The same, with this metadata for every event. If it has no correlation id or no causation
    /// id, each save or command gets a fresh command id for it.
    #[must_use]
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// The same, with another page size than [`DEFAULT_PAGE_SIZE`]. It does not change the loaded
    /// state.
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
            turns: Arc::clone(&self.turns),
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
