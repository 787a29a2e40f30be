//! The options of a projector.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use shared_kernel::lease::LeaseHolder;
use shared_kernel::time::{SystemTimer, Timer};
use shared_kernel::{EventStore, GlobalPosition, StoreError};

/// The treatment of an event that cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Poison {
    /// The segment stops before the event. Nothing is left out.
    #[default]
    Stop,
    /// The event and all later ones of its stream are put aside, in their order, until an operator
    /// retries or skips them. All other streams go on.
    Park,
}

/// The beginning of a consumer that has no position yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// The beginning of the log.
    #[default]
    Beginning,
    /// After this position, for example the one where an earlier consumer stood.
    After(GlobalPosition),
    /// The end of the log at the first run: only new events.
    Now,
}

impl Start {
    /// The position after which it begins.
    pub(crate) async fn position<S: EventStore>(
        self,
        log: &S,
    ) -> Result<GlobalPosition, StoreError> {
        let head = async || Ok(log.head().await?.unwrap_or(GlobalPosition::START));
        match self {
            Self::Beginning => Ok(GlobalPosition::START),
            Self::After(position) => Ok(position.min(head().await?)),
            Self::Now => head().await,
        }
    }
}

/// The options of a [`Projector`](crate::Projector).
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The most events of one commit; 512 by default.
    pub chunk: NonZeroUsize,
    /// The treatment of an event that cannot be applied.
    pub poison: Poison,
    /// The attempts before an event counts as one that cannot be applied; 3 by default. The second
    /// is made 50 ms after the first, and each further pause is twice as long.
    pub attempts: NonZeroU32,
    /// The number of segments, which share the streams; 1 by default. It is fixed for a version.
    pub segments: NonZeroU16,
    /// The owner's name, for people: the id of the process by default.
    pub holder: LeaseHolder,
    /// The length of a lease; 5 s by default. The segment of a dead owner is taken over after this
    /// time and at most one second.
    pub ttl: Duration,
    /// The beginning of a build; that of the log by default. A rebuild begins where the build
    /// before it began.
    pub start: Start,
    /// The timer.
    pub timer: Arc<dyn Timer>,
}

const CHUNK: NonZeroUsize = NonZeroUsize::new(512).unwrap();
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(3).unwrap();

impl Options {
    /// The defaults, with this owner.
    #[must_use]
    pub fn new(holder: LeaseHolder) -> Self {
        Self {
            chunk: CHUNK,
            poison: Poison::Stop,
            attempts: ATTEMPTS,
            segments: NonZeroU16::MIN,
            holder,
            ttl: Duration::from_secs(5),
            start: Start::Beginning,
            timer: Arc::new(SystemTimer),
        }
    }

    /// Commits at most this number of events at once.
    #[must_use]
    pub fn chunk(self, chunk: NonZeroUsize) -> Self {
        Self { chunk, ..self }
    }

    /// Treats events that cannot be applied like this.
    #[must_use]
    pub fn poison(self, poison: Poison) -> Self {
        Self { poison, ..self }
    }

    /// Tries an event this often.
    #[must_use]
    pub fn attempts(self, attempts: NonZeroU32) -> Self {
        Self { attempts, ..self }
    }

    /// Shares the streams among this number of segments.
    #[must_use]
    pub fn segments(self, segments: NonZeroU16) -> Self {
        Self { segments, ..self }
    }

    /// Leases segments for this long.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }

    /// Begins here when there is no build yet.
    #[must_use]
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Waits with this timer.
    #[must_use]
    pub fn timer(self, timer: Arc<dyn Timer>) -> Self {
        Self { timer, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(LeaseHolder::this_process())
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("chunk", &self.chunk)
            .field("poison", &self.poison)
            .field("segments", &self.segments)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}
