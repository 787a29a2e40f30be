//! An aggregate in use: its state, its version, and its pending events.

mod replay;
mod staging;

use std::fmt;
use std::time::Duration;

use crate::aggregate::{DecideError, HistoryError};
use crate::codec::DecodedEvents;
use crate::snapshot::Snapshot;
use crate::snapshot::policy::SnapshotInfo;
use crate::{Aggregate, Decision, EventEnvelope, Inapplicable, NewEvent, StreamId, StreamVersion};

pub(crate) use replay::{RecordKey, Replay, Vacancy};
pub use staging::StageError;
pub(crate) use staging::completed;

/// An aggregate in use: its state, the version of its stream, and its *pending* events, which are
/// raised but not saved.
///
/// An event is applied exactly once, when it is raised or replayed. Events stay pending until a
/// store has acknowledged them, so a conflict or a lost connection loses none.
///
/// ```
/// use shared_kernel::{Aggregate, AggregateRoot, DomainEvent, Inapplicable};
/// use shared_kernel::{StreamId, StreamVersion};
///
/// #[derive(DomainEvent)]
/// struct LampDimmed(u8);
///
/// struct Lamp {
///     percent: u8,
/// }
///
/// impl Aggregate for Lamp {
///     type Event = LampDimmed;
///     const TYPE: &'static str = "lamp";
///
///     fn create(event: &LampDimmed) -> Result<Self, Inapplicable> {
///         Ok(Self { percent: event.0 })
///     }
///
///     fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> {
///         self.percent = event.0;
///         Ok(())
///     }
/// }
///
/// let mut lamp = AggregateRoot::<Lamp>::create(StreamId::new("lamp-1")?, LampDimmed(100))?;
/// lamp.raise(LampDimmed(40))?;
/// assert_eq!(lamp.state().percent, 40);
/// assert_eq!(lamp.pending().len(), 2);
/// assert_eq!(lamp.version(), StreamVersion::EMPTY);
/// assert_eq!(lamp.current_version(), StreamVersion::from(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AggregateRoot<A: Aggregate> {
    stream: StreamId,
    state: A,
    /// The version of the last acknowledged event.
    version: StreamVersion,
    /// The version after all pending events.
    current: StreamVersion,
    pending: Vec<A::Event>,
    /// The first of the pending events, encoded when they were first staged.
    encoded: Vec<NewEvent>,
    /// The number of encoded events in an append without a known outcome.
    staged: usize,
    newest_snapshot: Option<SnapshotInfo>,
    replay: Duration,
    snapshot_requested: bool,
    /// Whether the codec skipped an event that it does not know.
    has_skipped_events: bool,
}

impl<A: Aggregate> AggregateRoot<A> {
    /// A new aggregate, with its first event pending.
    ///
    /// # Errors
    /// [`Inapplicable`] if a history cannot begin with this event.
    pub fn create(stream: StreamId, first: A::Event) -> Result<Self, Inapplicable> {
        Self::create_after(stream, StreamVersion::EMPTY, first)
    }

    /// A new aggregate in a stream with this number of records, none of which holds an event.
    pub(crate) fn create_after(
        stream: StreamId,
        version: StreamVersion,
        first: A::Event,
    ) -> Result<Self, Inapplicable> {
        let next = next_version(version)?;
        let state = A::create(&first)?;
        let mut root = Self::loaded(stream, version, state);
        root.current = next;
        root.pending.push(first);
        Ok(root)
    }

    /// An aggregate from all records of its stream, in order; `None` if they hold no event.
    ///
    /// A record is an `EventEnvelope<A::Event>` with one event, or an
    /// `EventEnvelope<DecodedEvents<A::Event>>` with any number of events.
    ///
    /// # Errors
    /// [`HistoryError`] for the first event that does not fit.
    pub fn load_from_history<T: Into<DecodedEvents<A::Event>>>(
        stream: StreamId,
        history: impl IntoIterator<Item = EventEnvelope<T>>,
    ) -> Result<Option<Self>, HistoryError> {
        let mut replay = Replay::of(stream);
        for record in history {
            replay.check_and_take(record)?;
        }
        Ok(replay.finish().ok())
    }

    /// An aggregate from a snapshot and the records after it, in order.
    ///
    /// # Errors
    /// [`HistoryError`] for the first event that does not fit.
    pub fn load_from_snapshot<T: Into<DecodedEvents<A::Event>>>(
        snapshot: Snapshot<A>,
        tail: impl IntoIterator<Item = EventEnvelope<T>>,
    ) -> Result<Self, HistoryError> {
        let Snapshot {
            stream,
            version,
            state,
        } = snapshot;
        let mut root = Self::loaded(stream, version, state);
        root.replay_all(tail)?;
        Ok(root)
    }

    /// Applies an event to the state and keeps it for the store.
    ///
    /// # Errors
    /// [`Inapplicable`] if the state cannot take the event, or the stream has reached
    /// [`StreamVersion::MAX`]. The aggregate stays as it was.
    pub fn raise(&mut self, event: A::Event) -> Result<(), Inapplicable> {
        let next = next_version(self.current)?;
        self.state.apply(&event)?;
        self.current = next;
        self.pending.push(event);
        Ok(())
    }

    /// Raises events one after the other.
    ///
    /// # Errors
    /// [`Inapplicable`] for the first event that the state cannot take. The events before it stay
    /// pending, those after it are dropped. [`decide`](Self::decide) raises all events or none.
    pub fn raise_all(
        &mut self,
        events: impl IntoIterator<Item = A::Event>,
    ) -> Result<(), Inapplicable> {
        events.into_iter().try_for_each(|event| self.raise(event))
    }

    /// Runs a command on the state, and raises the events that it returns: all of them or none.
    ///
    /// Returns the number of events. [`Decision`] lists the possible answers of a command.
    ///
    /// ```
    /// # use shared_kernel::{Aggregate, AggregateRoot, DomainEvent, Inapplicable, StreamId};
    /// # use shared_kernel::aggregate::DecideError;
    /// # #[derive(DomainEvent)]
    /// # struct Dimmed(u8);
    /// # #[derive(Clone)]
    /// # struct Lamp { percent: u8 }
    /// # impl Aggregate for Lamp {
    /// #     type Event = Dimmed;
    /// #     const TYPE: &'static str = "lamp";
    /// #     fn create(event: &Dimmed) -> Result<Self, Inapplicable> {
    /// #         Ok(Self { percent: event.0 })
    /// #     }
    /// #     fn apply(&mut self, event: &Dimmed) -> Result<(), Inapplicable> {
    /// #         self.percent = event.0;
    /// #         Ok(())
    /// #     }
    /// # }
    /// #[derive(Debug, PartialEq)]
    /// struct TooBright;
    ///
    /// impl Lamp {
    ///     fn dim(&self, percent: u8) -> Result<Option<Dimmed>, TooBright> {
    ///         match percent {
    ///             101.. => Err(TooBright),
    ///             same if same == self.percent => Ok(None),
    ///             other => Ok(Some(Dimmed(other))),
    ///         }
    ///     }
    /// }
    ///
    /// let mut lamp = AggregateRoot::<Lamp>::create(StreamId::of::<Lamp>("1")?, Dimmed(100))?;
    /// assert_eq!(lamp.decide(|lamp| lamp.dim(40)), Ok(1));
    /// assert_eq!(lamp.decide(|lamp| lamp.dim(40)), Ok(0));
    /// assert_eq!(lamp.decide(|lamp| lamp.dim(101)), Err(DecideError::Rejected(TooBright)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`DecideError::Rejected`] with the refusal; [`DecideError::Inapplicable`] if the state
    /// cannot take one of the events. The aggregate stays as it was.
    pub fn decide<D: Decision<A::Event>>(
        &mut self,
        decide: impl FnOnce(&A) -> D,
    ) -> Result<usize, DecideError<D::Rejection>>
    where
        A: Clone,
    {
        let events = decide(&self.state).into_events();
        let events = events.map_err(DecideError::Rejected)?;
        let count = events.len();
        let (before, pending) = (self.state.clone(), self.pending.len());
        let current = self.current;
        self.raise_all(events).map_err(|source| {
            self.state = before;
            self.current = current;
            self.pending.truncate(pending);
            DecideError::Inapplicable {
                stream: self.stream.clone(),
                source,
            }
        })?;
        Ok(count)
    }

    /// The state, including the pending events.
    #[must_use]
    pub fn state(&self) -> &A {
        &self.state
    }

    /// The state, by value. Pending events are dropped.
    #[must_use]
    pub fn into_state(self) -> A {
        self.state
    }

    /// The stream of the aggregate.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// The version of the stream in the store, after the load or the last acknowledged append. The
    /// next append expects it.
    #[must_use]
    pub fn version(&self) -> StreamVersion {
        self.version
    }

    /// The version that the stream will have after all pending events.
    #[must_use]
    pub fn current_version(&self) -> StreamVersion {
        self.current
    }

    /// The pending events, in the order in which they were raised.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = &A::Event> {
        self.pending.iter()
    }

    /// Whether there are pending events.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether the codec skipped an event of the stream that it does not know. The state lacks it,
    /// so it is never a snapshot.
    #[must_use]
    pub fn has_skipped_events(&self) -> bool {
        self.has_skipped_events
    }

    /// The state as a snapshot. `None` while events are pending, because a snapshot holds only
    /// acknowledged events, and `None` if [events were skipped](Self::has_skipped_events).
    #[must_use]
    pub fn to_snapshot(&self) -> Option<Snapshot<&A>> {
        if self.has_pending() || self.has_skipped_events {
            return None;
        }
        Some(Snapshot {
            stream: self.stream.clone(),
            version: self.version,
            state: &self.state,
        })
    }

    /// Requests a snapshot at the next save. It takes effect with the policy
    /// [`OnRequest`](crate::snapshot::policy::OnRequest).
    pub fn request_snapshot(&mut self) {
        self.snapshot_requested = true;
    }

    /// Whether a snapshot is requested and not taken yet.
    #[must_use]
    pub fn is_snapshot_requested(&self) -> bool {
        self.snapshot_requested
    }

    /// The newest known snapshot: the one of the load, or one that was taken since.
    #[must_use]
    pub fn newest_snapshot(&self) -> Option<SnapshotInfo> {
        self.newest_snapshot
    }

    /// The duration of the replay at the load; zero for a new aggregate, and after a snapshot was
    /// taken.
    #[must_use]
    pub fn replay_duration(&self) -> Duration {
        self.replay
    }

    pub(crate) fn loaded(stream: StreamId, version: StreamVersion, state: A) -> Self {
        Self {
            stream,
            state,
            version,
            current: version,
            pending: Vec::new(),
            encoded: Vec::new(),
            staged: 0,
            newest_snapshot: None,
            replay: Duration::ZERO,
            snapshot_requested: false,
            has_skipped_events: false,
        }
    }

    /// The same, with the snapshot and the duration of its load.
    pub(crate) fn with_load(self, snapshot: Option<SnapshotInfo>, replay: Duration) -> Self {
        Self {
            newest_snapshot: snapshot,
            replay,
            ..self
        }
    }

    /// Notes a new snapshot: the request is fulfilled, and the next replay will be short.
    pub(crate) fn note_snapshot(&mut self, taken: SnapshotInfo) {
        self.newest_snapshot = Some(taken);
        self.replay = Duration::ZERO;
        self.snapshot_requested = false;
    }
}

fn next_version(version: StreamVersion) -> Result<StreamVersion, Inapplicable> {
    let next = version.next();
    next.ok_or_else(|| Inapplicable::new("the stream can hold no more events"))
}

impl<A: Aggregate> fmt::Debug for AggregateRoot<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregateRoot")
            .field("stream", &self.stream)
            .field("version", &self.version)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}
