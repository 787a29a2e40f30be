//! Reactors: code that answers events with further events, once.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::CorrelationId;
use shared_kernel::{
    Append, AppendError, EventId, EventStore, ExpectedVersion, GlobalPosition, Metadata, NewEvent,
    RecordedEvent, StoreError, StreamId,
};

use crate::{
    ApplyError, LiveBuild, Options, Parked, Projection, ProjectionError, Projector, ReadModelStore,
    Selection, Skipped, Start, derived_id,
};

/// The attempts to write a reaction against other writers.
const ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Answers events with further events: a process manager or a policy.
///
/// The ids of the written events are [derived](derived_id) from the cause. Once they are recorded,
/// the event is answered for good: a second run, in another process, after a crash or by another
/// version of the program, writes nothing, whatever it decides. So no event is answered twice, and
/// no outbox is needed.
///
/// For an effect outside of the log, such as a payment, let `react` carry it out and return an
/// event that acknowledges it. After a crash in between it is carried out again, with the same
/// [`derived_id`] as its key, by which the other side recognizes the repetition.
///
/// ```
/// use async_trait::async_trait;
/// use read_side::{ApplyError, Reaction, Reactor};
/// use shared_kernel::codec::EncodedEvent;
/// use shared_kernel::event::{EventType, SchemaVersion};
/// use shared_kernel::{ExpectedVersion, RecordedEvent, StreamId};
///
/// /// Welcomes new customers.
/// struct Welcome;
///
/// #[async_trait]
/// impl Reactor for Welcome {
///     const NAME: &'static str = "welcome";
///
///     async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
///         if event.event_type.as_str() != "SignedUp" {
///             return Ok(Reaction::none());
///         }
///         let mail = StreamId::new(format!("mail-{}", event.stream.as_str()))?;
///         let requested = EncodedEvent {
///             event_type: EventType::new("MailRequested")?,
///             schema_version: SchemaVersion::FIRST,
///             payload: r#"{"template":"welcome"}"#.into(),
///         };
///         Ok(Reaction::none().write(mail, ExpectedVersion::Any, [requested]))
///     }
/// }
/// ```
#[async_trait]
pub trait Reactor: Send + Sync {
    /// The name of the reactor, which is a part of the ids of its events. It never changes; see
    /// [`ModelName`](crate::ModelName).
    const NAME: &'static str;

    /// The events that it takes; all by default.
    fn selection(&self) -> Selection {
        Selection::all()
    }

    /// Decides the events that answer an event. It may read streams before it decides: a conflict
    /// with another writer runs it again.
    ///
    /// # Errors
    /// Any error. A [`StoreError`] is a failure of the log, and the event is tried again later;
    /// every other error is one of the event.
    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError>;
}

/// The answer to an event: events for one stream or several, written together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reaction {
    writes: Vec<(StreamId, ExpectedVersion, Vec<EncodedEvent>)>,
}

impl Reaction {
    /// No event.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds events for a stream. If the stream has another version, the reactor runs again.
    #[must_use]
    pub fn write(
        mut self,
        stream: StreamId,
        expected: impl Into<ExpectedVersion>,
        events: impl IntoIterator<Item = EncodedEvent>,
    ) -> Self {
        let events = events.into_iter().collect();
        self.writes.push((stream, expected.into(), events));
        self
    }

    fn append(self, cause: &RecordedEvent, name: &str) -> Append {
        let correlation = cause.metadata.correlation.clone();
        let correlation = correlation.unwrap_or_else(|| CorrelationId::from(cause.id));
        let metadata = Metadata::new()
            .with_causation(cause.id)
            .with_correlation(correlation);
        let mut ids = (0..).map(|n| derived_id(cause.id, name, n));
        let mut append = Append::new();
        for (stream, expected, events) in self.writes {
            let events = events.into_iter().zip(&mut ids).map(|(event, id)| {
                NewEvent::new(id, event.event_type, event.payload)
                    .with_schema_version(event.schema_version)
                    .with_metadata(metadata.clone())
            });
            append = append.write(stream, expected, events.collect());
        }
        append
    }
}

/// Runs a reactor over a log. A clone is another handle.
///
/// Its position is kept in a store of read models, and it is run like a projection: with segments,
/// leases, and parked or skipped events. It is never rebuilt.
pub struct ReactorRunner<R, S, M> {
    projector: Projector<Reacting<R, S>, S, M>,
}

impl<R, S, M> Clone for ReactorRunner<R, S, M> {
    fn clone(&self) -> Self {
        Self {
            projector: self.projector.clone(),
        }
    }
}

/// A reactor as a projection without rows.
pub(crate) struct Reacting<R, S> {
    reactor: R,
    log: S,
}

#[async_trait]
impl<Tx: Send, R: Reactor, S: EventStore> Projection<Tx> for Reacting<R, S> {
    const NAME: &'static str = R::NAME;
    const VERSION: u32 = 1;

    fn selection(&self) -> Selection {
        self.reactor.selection()
    }

    async fn apply(&self, event: &RecordedEvent, _: &mut Tx) -> Result<(), ApplyError> {
        let first = derived_id(event.id, R::NAME, 0);
        let mut attempts = ATTEMPTS.get();
        loop {
            if self.log.find_event(first).await?.is_some() {
                return Ok(());
            }
            let append = self.reactor.react(event).await?.append(event, R::NAME);
            if append.event_count() == 0 {
                return Ok(());
            }
            match self.log.append(append).await {
                Ok(_) => return Ok(()),
                // Another run was faster, and has decided otherwise: its answer stands.
                Err(AppendError::IdReused { event_id, .. }) if event_id == first => {}
                Err(AppendError::Conflict(_)) if attempts > 1 => attempts -= 1,
                Err(error) => return Err(failure(error)),
            }
        }
    }
}

/// Errors of the log come back as [`StoreError`], so that they do not count as ones of the event.
fn failure(error: AppendError) -> ApplyError {
    match error {
        AppendError::Store(error) => error.into(),
        // The next run looks for the answer.
        AppendError::OutcomeUnknown { source } => StoreError::Unreachable {
            location: "the log".to_owned(),
            source,
        }
        .into(),
        error => error.into(),
    }
}

impl<R, S, M> ReactorRunner<R, S, M>
where
    M: ReadModelStore,
    R: Reactor,
    S: EventStore + Clone,
{
    /// A runner that begins at `start` when the reactor runs for the first time, and later goes on
    /// where it stood.
    ///
    /// # Errors
    /// [`ProjectionError::Name`] if `R::NAME` is not a valid name.
    pub fn new(
        reactor: R,
        log: S,
        models: M,
        start: Start,
        options: Options,
    ) -> Result<Self, ProjectionError> {
        let reacting = Reacting {
            reactor,
            log: log.clone(),
        };
        let projector = Projector::with_options(reacting, log, models, options.start(start))?;
        Ok(Self {
            projector: projector.without_fingerprint(),
        })
    }

    /// Answers all events up to the end of the log, once.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn catch_up(&self) -> Result<GlobalPosition, ProjectionError> {
        self.projector.catch_up().await
    }

    /// Follows the log until `shutdown` completes; see [`Projector::run`].
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ProjectionError> {
        self.projector.run(shutdown).await
    }

    /// The progress.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn live(&self) -> Result<LiveBuild, ProjectionError> {
        self.projector.live().await
    }

    /// Waits until every event up to `position` is answered; see [`Projector::wait_until`].
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn wait_until(
        &self,
        position: impl Into<GlobalPosition>,
        timeout: Duration,
    ) -> Result<(), ProjectionError> {
        self.projector.wait_until(position, timeout).await
    }

    /// The events that wait aside; see [`Projector::parked`].
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn parked(&self) -> Result<Vec<Parked>, ProjectionError> {
        self.projector.parked().await
    }

    /// The events that were passed over.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn skipped(&self) -> Result<Vec<Skipped>, ProjectionError> {
        self.projector.skipped().await
    }

    /// Answers the parked events of a stream; see [`Projector::retry`].
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn retry(&self, stream: &StreamId) -> Result<usize, ProjectionError> {
        self.projector.retry(stream).await
    }

    /// Passes an event over for good; see [`Projector::skip`].
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn skip(&self, event: EventId, why: &str) -> Result<(), ProjectionError> {
        self.projector.skip(event, why).await
    }
}
