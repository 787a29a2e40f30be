//! A leased segment of a build, and its way through the log.

use std::collections::{HashMap, HashSet};

use shared_kernel::store::LogQuery;
use shared_kernel::{EventId, EventStore, EventStoreExt, GlobalPosition, RecordedEvent, StreamId};

use super::fault::{Poisoned, reason, store_failure};
use super::{ProjectionError, Projector, Shared};
use crate::batch::read_batch;
use crate::projector::Poison;
use crate::{
    BuildRecord, Failure, Lease, Parked, Projection, ReadModelError, ReadModelStore, Skipped,
    Status, Step, segment_of,
};
use futures_util::TryStreamExt;

/// The reason of an event that is parked behind another one.
const BEHIND: &str = "an earlier event of its stream is parked";

/// Events that a build leaves out.
#[derive(Debug, Default, Clone)]
pub(super) struct LeftOut {
    /// Passed over by decisions of an operator. Each build keeps its own copy of them.
    pub(super) skipped: HashMap<EventId, Skipped>,
    /// Left out without a trace, for a build that is compared with another one.
    pub(super) ignored: HashSet<EventId>,
}

impl LeftOut {
    pub(super) fn skipped(skipped: Vec<Skipped>) -> Self {
        let by_id = skipped.into_iter().map(|s| (s.failure.event_id, s));
        Self {
            skipped: by_id.collect(),
            ignored: HashSet::new(),
        }
    }
}

/// A leased segment. Without [`end`](Self::end), the lease stays until it expires.
pub(super) struct Session<'p, P, S, M: ReadModelStore> {
    projector: &'p Projector<P, S, M>,
    record: BuildRecord,
    lease: Lease,
    through: GlobalPosition,
    status: Status,
    parked: HashSet<StreamId>,
    left_out: LeftOut,
    /// The skipped events that the build has in its own list.
    known_skipped: HashSet<EventId>,
    /// The end of the log at the last look.
    head: GlobalPosition,
}

impl<'p, P, S, M> Session<'p, P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// Leases a free segment.
    pub(super) async fn claim(
        projector: &'p Projector<P, S, M>,
        record: &BuildRecord,
        segment: u16,
        left_out: LeftOut,
    ) -> Result<Self, ProjectionError> {
        let Shared {
            models, options, ..
        } = &*projector.shared;
        let lease = models.claim(&record.build, segment, &options.holder, options.ttl);
        Self::begin(projector, record, lease.await?, left_out).await
    }

    /// Takes a segment from its owner, for the call of an operator.
    pub(super) async fn take_over(
        projector: &'p Projector<P, S, M>,
        record: &BuildRecord,
        segment: u16,
    ) -> Result<Self, ProjectionError> {
        let Shared {
            models, options, ..
        } = &*projector.shared;
        let lease = models.take_over(&record.build, segment, &options.holder, options.ttl);
        Self::begin(projector, record, lease.await?, LeftOut::default()).await
    }

    async fn begin(
        projector: &'p Projector<P, S, M>,
        record: &BuildRecord,
        lease: Lease,
        left_out: LeftOut,
    ) -> Result<Self, ProjectionError> {
        let mut session = Self {
            projector,
            record: record.clone(),
            lease,
            through: GlobalPosition::START,
            status: Status::NeverRun,
            parked: HashSet::new(),
            left_out,
            known_skipped: HashSet::new(),
            head: GlobalPosition::START,
        };
        match session.load().await {
            Ok(()) => Ok(session),
            Err(error) => {
                session.end().await;
                Err(error)
            }
        }
    }

    /// Reads the state of the segment, and creates the tables in a new build.
    async fn load(&mut self) -> Result<(), ProjectionError> {
        let (models, build) = (&self.projector.shared.models, &self.record.build);
        let progress = models.progress(build).await?;
        self.projector.check_stale(&self.record, &progress).await?;
        let own = progress.get(usize::from(self.lease.segment));
        let own = own.ok_or_else(|| ReadModelError::NoSuchBuild {
            location: "the store of read models".to_owned(),
            build: build.clone(),
        })?;
        (self.through, self.status) = (own.through, own.status.clone());
        for parked in models.parked(build).await? {
            self.parked.insert(parked.failure.stream);
        }
        for skipped in models.skipped(build).await? {
            let event = skipped.failure.event_id;
            self.known_skipped.insert(event);
            self.left_out.skipped.insert(event, skipped);
        }
        if self.lease.segment == 0 && self.status == Status::NeverRun {
            self.create_tables().await?;
        }
        Ok(())
    }

    pub(super) fn record(&self) -> &BuildRecord {
        &self.record
    }

    pub(super) fn through(&self) -> GlobalPosition {
        self.through
    }

    pub(super) async fn renew(&self) -> Result<(), ProjectionError> {
        Ok(self.projector.shared.models.renew(&self.lease).await?)
    }

    /// Gives the lease back.
    pub(super) async fn end(self) {
        if let Err(error) = self.projector.shared.models.release(&self.lease).await {
            tracing::warn!(%error, build = %self.record.build, "a lease was not given back");
        }
    }

    async fn create_tables(&mut self) -> Result<(), ProjectionError> {
        let models = &self.projector.shared.models;
        let mut tx = models.begin(&self.lease).await?;
        let created = self.projector.shared.projection.create(&mut tx).await;
        let failed = |reason| ProjectionError::Create {
            build: self.record.build.clone(),
            reason,
        };
        if let Err(error) = created {
            return Err(store_failure(error).unwrap_or_else(failed));
        }
        let step = self.step(self.through, None, Status::Building);
        match models.commit(tx, &self.lease, step).await {
            Err(ReadModelError::Refused { source, .. }) => return Err(failed(reason(&*source))),
            committed => committed?,
        }
        self.status = Status::Building;
        Ok(())
    }

    /// Goes to the end of the log, but not past `limit`. `head` is the end at the last look.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub(super) async fn advance_to_end(
        &mut self,
        head: GlobalPosition,
        limit: GlobalPosition,
    ) -> Result<(), ProjectionError> {
        self.head = head;
        while !self.advance(limit).await? {}
        Ok(())
    }

    /// Makes one step towards the end of the log, but not past `limit`. Returns whether the end is
    /// reached.
    ///
    /// # Errors
    /// [`ProjectionError::Stopped`]; errors of the stores.
    pub(super) async fn advance(&mut self, limit: GlobalPosition) -> Result<bool, ProjectionError> {
        let Projector { shared } = self.projector;
        if self.through >= self.head && self.head < limit {
            self.head = shared.log.head().await?.unwrap_or(GlobalPosition::START);
        }
        let to = self.head.min(limit);
        if self.through >= to {
            if self.status != Status::Live {
                let at = self.event_at(self.through).await?;
                let step = self.step(self.through, at, Status::Live);
                self.transact(&[], step)
                    .await?
                    .map_err(|poisoned| self.refused(&poisoned))?;
            }
            return Ok(true);
        }
        let selection = shared.projection.selection();
        let chunk = shared.options.chunk;
        let batch = read_batch(&shared.log, &selection, self.through, to, chunk).await?;
        let last = batch.events.last();
        let last_event = match last.filter(|last| last.position == batch.through) {
            Some(last) => Some(last.id),
            None => self.event_at(batch.through).await?,
        };
        let segments = self.record.segments;
        let segment = self.lease.segment;
        let is_own = |event: &RecordedEvent| segment_of(&event.stream, segments) == segment;
        let events: Vec<_> = batch.events.into_iter().filter(is_own).collect();
        let (apply, mut step) = self.sort(events.clone());
        (step.through, step.last_event) = (batch.through, last_event);
        if self.transact(&apply, step).await?.is_err() {
            self.one_by_one(events).await?;
        }
        Ok(false)
    }

    /// Parts events into those to apply, and a step that has the others.
    fn sort(&mut self, events: Vec<RecordedEvent>) -> (Vec<RecordedEvent>, Step) {
        let mut step = self.step(self.through, None, self.running());
        let apply = events
            .into_iter()
            .filter(|event| {
                if let Some(skipped) = self.left_out.skipped.get(&event.id) {
                    if !self.known_skipped.contains(&event.id) {
                        step.skip.push(skipped.clone());
                    }
                    false
                } else if self.left_out.ignored.contains(&event.id) {
                    false
                } else if self.parked.contains(&event.stream) {
                    step.park.push(Parked {
                        failure: Failure::of(event, BEHIND.to_owned()),
                        was_tried: false,
                    });
                    false
                } else {
                    true
                }
            })
            .collect();
        (apply, step)
    }

    /// Applies each event in a transaction of its own, so that one that fails leaves nothing.
    async fn one_by_one(&mut self, events: Vec<RecordedEvent>) -> Result<(), ProjectionError> {
        for event in events {
            let (position, id) = (event.position, event.id);
            let (apply, mut step) = self.sort(vec![event]);
            (step.through, step.last_event) = (position, Some(id));
            let mut attempt = 1;
            let mut pause = std::time::Duration::from_millis(50);
            while let Err(poisoned) = self.transact(&apply, step.clone()).await? {
                let options = &self.projector.shared.options;
                if attempt < options.attempts.get() {
                    self.projector.sleep(pause).await;
                    self.renew().await?;
                    (attempt, pause) = (attempt + 1, pause * 2);
                    continue;
                }
                let Some(event) = apply.first() else {
                    return Err(self.refused(&poisoned));
                };
                self.poison(Failure::of(event, poisoned.into_reason()))
                    .await?;
                break;
            }
        }
        Ok(())
    }

    /// Stops before an event, or parks it.
    async fn poison(&mut self, failure: Failure) -> Result<(), ProjectionError> {
        tracing::error!(build = %self.record.build, %failure, "an event cannot be applied");
        let (position, id) = (failure.position, failure.event_id);
        match self.projector.shared.options.poison {
            Poison::Stop => {
                let at = self.event_at(self.through).await?;
                let step = self.step(self.through, at, Status::Stopped(failure.clone()));
                self.transact(&[], step)
                    .await?
                    .map_err(|poisoned| self.refused(&poisoned))?;
                Err(ProjectionError::Stopped(failure))
            }
            Poison::Park => {
                let stream = failure.stream.clone();
                let mut step = self.step(position, Some(id), self.running());
                step.park.push(Parked {
                    failure,
                    was_tried: true,
                });
                self.transact(&[], step)
                    .await?
                    .map_err(|poisoned| self.refused(&poisoned))?;
                self.parked.insert(stream);
                Ok(())
            }
        }
    }

    /// Applies events and commits the step with their rows. An error of an event comes back as
    /// [`Poisoned`]; then nothing was committed.
    pub(super) async fn transact(
        &mut self,
        events: &[RecordedEvent],
        step: Step,
    ) -> Result<Result<(), Poisoned>, ProjectionError> {
        let Projector { shared } = self.projector;
        let mut tx = shared.models.begin(&self.lease).await?;
        for event in events {
            if let Err(error) = shared.projection.apply(event, &mut tx).await {
                return match store_failure(error) {
                    Ok(error) => Err(error),
                    Err(reason) => Ok(Err(Poisoned::new(reason))),
                };
            }
        }
        let (through, status) = (step.through, step.status.clone());
        let skipped: Vec<_> = step.skip.iter().map(|skip| skip.failure.event_id).collect();
        match shared.models.commit(tx, &self.lease, step).await {
            Ok(()) => {}
            Err(ReadModelError::Refused { source, .. }) => {
                return Ok(Err(Poisoned::new(reason(&*source))));
            }
            Err(error) => return Err(error.into()),
        }
        (self.through, self.status) = (through, status);
        self.known_skipped.extend(skipped);
        Ok(Ok(()))
    }

    /// A step without rows. It does not move unless `through` is later.
    pub(super) fn step(
        &self,
        through: GlobalPosition,
        last_event: Option<EventId>,
        status: Status,
    ) -> Step {
        Step {
            from: self.through,
            through,
            last_event,
            status,
            park: Vec::new(),
            unpark: Vec::new(),
            skip: Vec::new(),
        }
    }

    /// The state while events are applied.
    pub(super) fn running(&self) -> Status {
        match self.status {
            Status::Live => Status::Live,
            _ => Status::Building,
        }
    }

    pub(super) async fn event_at(
        &self,
        position: GlobalPosition,
    ) -> Result<Option<EventId>, ProjectionError> {
        event_at(&self.projector.shared.log, position).await
    }

    /// A step without rows was refused: the store breaks its contract.
    pub(super) fn refused(&self, poisoned: &Poisoned) -> ProjectionError {
        ProjectionError::Models(ReadModelError::Backend {
            location: self.record.build.to_string(),
            source: poisoned.reason().into(),
        })
    }
}

/// The event at a position of the log.
pub(crate) async fn event_at<S: EventStore>(
    log: &S,
    position: GlobalPosition,
) -> Result<Option<EventId>, ProjectionError> {
    if position == GlobalPosition::START {
        return Ok(None);
    }
    let query = LogQuery::new().positions(position..=position);
    let event = log.read_log(query).try_next().await?;
    Ok(event.map(|event| event.id))
}
