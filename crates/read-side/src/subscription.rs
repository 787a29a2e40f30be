//! Subscriptions: a durable position by name, for consumers that take events one by one.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use shared_kernel::{EventStore, GlobalPosition, RecordedEvent};

use crate::batch::read_batch;
use crate::projector::event_at;
use crate::{
    Build, BuildRecord, BuildState, Definition, Lease, ModelName, Options, Progress,
    ProjectionError, ReadModelError, ReadModelStore, Selection, Start, Status, Step, segment_of,
};

/// The position of a named consumer, kept in a store of read models.
///
/// Each segment has one [`Consumer`] at a time. Delivery is at least once: after a crash, events
/// that were not acknowledged come again.
///
/// ```
/// use persistence_memory::{MemoryEventStore, MemoryReadModels};
/// use read_side::{Delivery, Options, Selection, Start, Subscription};
/// use shared_kernel::event::EventType;
/// use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryEventStore::new();
/// let lit = NewEvent::with_fresh_id(EventType::new("LampLit")?, "{}")?;
/// log.append_to(StreamId::new("lamp-1")?, ExpectedVersion::Any, vec![lit]).await?;
///
/// let models = MemoryReadModels::new();
/// let mails = Subscription::new("mails", &log, models, Options::default())?
///     .selecting(Selection::all())
///     .starting(Start::Beginning);
/// let mut consumer = mails.consume(0).await?;
/// let Delivery::Event(event) = consumer.next().await? else { panic!() };
/// assert_eq!(event.event_type.as_str(), "LampLit");
/// consumer.acknowledge(event.position).await?;
/// assert!(matches!(consumer.next().await?, Delivery::CaughtUp(at) if at == 1.into()));
/// consumer.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Subscription<S, M> {
    name: ModelName,
    log: S,
    models: M,
    options: Options,
    selection: Selection,
}

/// An answer of a [`Consumer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The next event.
    Event(RecordedEvent),
    /// Every event up to this end of the log was delivered. The next call waits for a new event.
    CaughtUp(GlobalPosition),
}

/// The reader of one segment of a subscription. Only one is at work at a time; see
/// [`Subscription::consume`].
#[derive(Debug)]
pub struct Consumer<'s, S, M> {
    subscription: &'s Subscription<S, M>,
    record: BuildRecord,
    lease: Lease,
    /// The committed position.
    through: GlobalPosition,
    /// Every event up to here was delivered, or is in `ready`.
    considered: GlobalPosition,
    ready: VecDeque<RecordedEvent>,
    /// Delivered and not acknowledged.
    in_flight: VecDeque<GlobalPosition>,
    has_told: bool,
}

impl<S, M> Subscription<S, M>
where
    S: EventStore,
    M: ReadModelStore,
{
    /// A subscription of all events, from the beginning of the log on. Of the options, it uses
    /// segments, holder, lease time, chunk and timer. A chunk is also the most events that may be
    /// unacknowledged.
    ///
    /// # Errors
    /// [`ProjectionError::Name`].
    pub fn new(name: &str, log: S, models: M, options: Options) -> Result<Self, ProjectionError> {
        Ok(Self {
            name: ModelName::new(name)?,
            log,
            models,
            options,
            selection: Selection::all(),
        })
    }

    /// Takes these events only. A change has an effect from the kept position on.
    #[must_use]
    pub fn selecting(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Begins here when the subscription is used for the first time.
    #[must_use]
    pub fn starting(mut self, start: Start) -> Self {
        self.options = self.options.start(start);
        self
    }

    /// The kept position of each segment; empty before the first consumer.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub async fn progress(&self) -> Result<Vec<Progress>, ProjectionError> {
        match self.record().await? {
            Some(record) => Ok(self.models.progress(&record.build).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Takes a segment, and goes on after the last acknowledged event.
    ///
    /// # Errors
    /// [`ReadModelError::Held`] while another consumer has the segment;
    /// [`ProjectionError::Stale`] if the log has another event at the kept position, because it was
    /// restored. Then choose a position, and [`reset`](Self::reset) the subscription.
    pub async fn consume(&self, segment: u16) -> Result<Consumer<'_, S, M>, ProjectionError> {
        let record = match self.record().await? {
            Some(record) => record,
            None => self.create(self.options.start, None).await?,
        };
        let (build, options) = (&record.build, &self.options);
        let lease = self
            .models
            .claim(build, segment, &options.holder, options.ttl);
        let lease = lease.await?;
        let own = match self.valid_progress(&record, segment).await {
            Ok(own) => own,
            Err(error) => {
                self.models.release(&lease).await?;
                return Err(error);
            }
        };
        Ok(Consumer {
            subscription: self,
            through: own.through,
            considered: own.through,
            record,
            lease,
            ready: VecDeque::new(),
            in_flight: VecDeque::new(),
            has_told: false,
        })
    }

    /// The progress of a segment, if it belongs to the log.
    async fn valid_progress(
        &self,
        record: &BuildRecord,
        segment: u16,
    ) -> Result<Progress, ProjectionError> {
        let build = &record.build;
        let progress = self.models.progress(build).await?;
        let own = progress.get(usize::from(segment)).cloned();
        let own = own.ok_or_else(|| ReadModelError::NoSuchBuild {
            location: "the store of read models".to_owned(),
            build: build.clone(),
        })?;
        let found = event_at(&self.log, own.through).await?;
        match own.last_event {
            Some(known) if found != Some(known) || self.log.id().await? != record.log => {
                Err(ProjectionError::Stale {
                    build: build.clone(),
                    at: own.through,
                    known,
                    found,
                })
            }
            _ => Ok(own),
        }
    }

    /// Begins again at `start`, in all segments: after a restore of the log, or to deliver events
    /// once more. The number of segments becomes that of the options. Consumers at work end with
    /// [`ReadModelError::NoSuchBuild`].
    ///
    /// # Errors
    /// [`ReadModelError::Switched`] if another call has reset it at the same time.
    pub async fn reset(&self, start: Start) -> Result<(), ProjectionError> {
        let old = self.record().await?.map(|old| old.build);
        self.create(start, old.as_ref()).await?;
        if let Some(old) = old {
            self.models.remove_build(&old).await?;
        }
        Ok(())
    }

    async fn record(&self) -> Result<Option<BuildRecord>, ProjectionError> {
        let records = self.models.builds(&self.name).await?;
        Ok(records.into_iter().find(BuildRecord::is_live))
    }

    /// Creates the positions of all segments, and makes them the valid ones in place of `old`.
    async fn create(
        &self,
        start: Start,
        old: Option<&Build>,
    ) -> Result<BuildRecord, ProjectionError> {
        let definition = Definition {
            fingerprint: "subscription".to_owned(),
            segments: self.options.segments.get(),
            log: self.log.id().await?,
            start: start.position(&self.log).await?,
        };
        let created = self.models.create_build(&self.name, 1, &definition).await?;
        match self.models.switch(&created.build, old).await {
            Ok(()) => Ok(BuildRecord {
                state: BuildState::Live,
                ..created
            }),
            // Another consumer was faster.
            Err(error @ ReadModelError::Switched { .. }) => {
                self.models.remove_build(&created.build).await?;
                let faster = self.record().await?.filter(|_| old.is_none());
                faster.ok_or(ProjectionError::Models(error))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl<S, M> Consumer<'_, S, M>
where
    S: EventStore,
    M: ReadModelStore,
{
    /// The next event of the segment. At the end of the log it says so once, and then waits. It
    /// renews the lease while it waits.
    ///
    /// If its future is dropped, nothing is lost: the next call returns the same event.
    ///
    /// # Errors
    /// [`ProjectionError::TooManyInFlight`] if a whole chunk of events is not acknowledged;
    /// [`ReadModelError::Fenced`] if another consumer has taken the segment over.
    pub async fn next(&mut self) -> Result<Delivery, ProjectionError> {
        let options = &self.subscription.options;
        loop {
            if self.in_flight.len() >= options.chunk.get() {
                return Err(ProjectionError::TooManyInFlight {
                    limit: options.chunk.get(),
                });
            }
            if let Some(event) = self.ready.pop_front() {
                self.in_flight.push_back(event.position);
                return Ok(Delivery::Event(event));
            }
            let head = self.subscription.log.head().await?;
            let head = head.unwrap_or(GlobalPosition::START);
            if self.considered < head {
                self.read(head, options.chunk).await?;
            } else if self.has_told {
                self.wait().await?;
            } else {
                self.has_told = true;
                return Ok(Delivery::CaughtUp(self.considered));
            }
        }
    }

    async fn read(
        &mut self,
        head: GlobalPosition,
        size: NonZeroUsize,
    ) -> Result<(), ProjectionError> {
        let Subscription { log, selection, .. } = self.subscription;
        let batch = read_batch(log, selection, self.considered, head, size).await?;
        let (segment, count) = (self.lease.segment, self.record.segments);
        let own = |event: &RecordedEvent| segment_of(&event.stream, count) == segment;
        self.ready.extend(batch.events.into_iter().filter(own));
        self.considered = batch.through;
        self.has_told &= self.ready.is_empty();
        if self.ready.is_empty() && self.in_flight.is_empty() {
            // Nothing to acknowledge, and yet it has come further.
            self.commit(self.considered).await?;
        }
        Ok(())
    }

    async fn wait(&self) -> Result<(), ProjectionError> {
        use futures_util::future::{Either, select};
        let Subscription { log, options, .. } = self.subscription;
        let new = log.wait_past(self.considered);
        let renewal = options.timer.sleep(options.ttl / 3);
        match select(new, renewal).await {
            Either::Left((new, _)) => {
                new?;
            }
            Either::Right(_) => self.subscription.models.renew(&self.lease).await?,
        }
        Ok(())
    }

    /// Acknowledges all delivered events up to `through`: they never come again.
    ///
    /// # Errors
    /// [`ReadModelError::Fenced`] if another consumer has taken the segment over.
    pub async fn acknowledge(
        &mut self,
        through: impl Into<GlobalPosition>,
    ) -> Result<(), ProjectionError> {
        let through = through.into();
        let done = self
            .in_flight
            .iter()
            .take_while(|at| **at <= through)
            .count();
        if done == 0 {
            return Ok(());
        }
        // If nothing is left to deliver, it has come as far as it has read.
        let is_last = done == self.in_flight.len() && self.ready.is_empty();
        let to = match self.in_flight.get(done - 1) {
            Some(last) if !is_last => *last,
            _ => self.considered,
        };
        self.commit(to).await?;
        self.in_flight.drain(..done);
        Ok(())
    }

    /// Gives the segment back. Events that were not acknowledged come again.
    pub async fn close(self) {
        if let Err(error) = self.subscription.models.release(&self.lease).await {
            tracing::warn!(%error, subscription = %self.record.build, "a lease was not given back");
        }
    }

    async fn commit(&mut self, through: GlobalPosition) -> Result<(), ProjectionError> {
        let Subscription { log, models, .. } = self.subscription;
        let step = Step {
            from: self.through,
            through,
            last_event: event_at(log, through).await?,
            status: Status::Live,
            park: Vec::new(),
            unpark: Vec::new(),
            skip: Vec::new(),
        };
        let tx = models.begin(&self.lease).await?;
        models.commit(tx, &self.lease, step).await?;
        self.through = through;
        Ok(())
    }
}
