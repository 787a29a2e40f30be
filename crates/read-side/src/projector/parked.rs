//! Events that were put aside: retrying and skipping them.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventId, EventStore, EventStoreExt, RecordedEvent, StreamId};

use super::session::Session;
use super::{ProjectionError, Projector};
use crate::{
    BuildRecord, Failure, Parked, Projection, ReadModelStore, Skipped, Status, segment_of,
};

/// The pauses of an operator whose segment another operator has taken over.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(250),
];

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// The events of the live build that were put aside, by position.
    ///
    /// # Errors
    /// As [`live`](Self::live).
    pub async fn parked(&self) -> Result<Vec<Parked>, ProjectionError> {
        let live = self.live().await?;
        Ok(self.shared.models.parked(&live.record.build).await?)
    }

    /// The events of the live build that were skipped, by position.
    ///
    /// # Errors
    /// As [`live`](Self::live).
    pub async fn skipped(&self) -> Result<Vec<Skipped>, ProjectionError> {
        let live = self.live().await?;
        Ok(self.shared.models.skipped(&live.record.build).await?)
    }

    /// Applies the parked events of a stream in their order. The first one that still fails keeps
    /// itself and the later ones parked. The result is the number of events that were applied.
    ///
    /// It takes the segment of the stream over for the length of the call. The owner, such as a
    /// task in [`run`](Self::run), goes on after it ([law 69](shared_kernel::laws#law-69)).
    ///
    /// # Errors
    /// [`ProjectionError::Stopped`] with the event that still fails;
    /// [`ReadModelError::Fenced`](crate::ReadModelError::Fenced) if other operators take the
    /// segment over again and again.
    pub async fn retry(&self, stream: &StreamId) -> Result<usize, ProjectionError> {
        let mut done = 0;
        for pause in PAUSES {
            match self.try_to_retry(stream, &mut done).await {
                Err(error) if error.is_fenced() => self.sleep(pause).await,
                retried => return retried.map(|()| done),
            }
        }
        let retried = self.try_to_retry(stream, &mut done).await;
        retried.map(|()| done)
    }

    async fn try_to_retry(
        &self,
        stream: &StreamId,
        done: &mut usize,
    ) -> Result<(), ProjectionError> {
        let live = self.live().await?;
        let segment = segment_of(stream, live.record.segments);
        let mut session = Session::take_over(self, &live.record, segment).await?;
        let retried = self.retry_with(&mut session, stream, done).await;
        session.end().await;
        retried
    }

    async fn retry_with(
        &self,
        session: &mut Session<'_, P, S, M>,
        stream: &StreamId,
        done: &mut usize,
    ) -> Result<(), ProjectionError> {
        // More events may have been parked until the lease was taken.
        let parked = self.shared.models.parked(&session.record().build).await?;
        for parked in parked.into_iter().filter(|p| p.failure.stream == *stream) {
            let event = self.event(&parked.failure).await?;
            let at = session.event_at(session.through()).await?;
            let mut step = session.step(session.through(), at, session.running());
            step.unpark.push(event.id);
            if let Err(poisoned) = session.transact(std::slice::from_ref(&event), step).await? {
                let failure = Failure::of(&event, poisoned.into_reason());
                let mut again = session.step(session.through(), at, session.running());
                again.unpark.push(event.id);
                again.park.push(Parked {
                    failure: failure.clone(),
                    was_tried: true,
                });
                if let Err(poisoned) = session.transact(&[], again).await? {
                    return Err(session.refused(&poisoned));
                }
                return Err(ProjectionError::Stopped(failure));
            }
            *done += 1;
        }
        Ok(())
    }

    /// Passes an event over for good: a parked one, or the one at which the build has stopped. The
    /// decision and its reason are kept with the rows and with those of every rebuild.
    ///
    /// It takes the segment over, as [`retry`](Self::retry) does.
    ///
    /// # Errors
    /// [`ProjectionError::NoReason`] without a reason; [`ProjectionError::NotParked`] for any other
    /// event; [`ReadModelError::Fenced`](crate::ReadModelError::Fenced) as for
    /// [`retry`](Self::retry).
    pub async fn skip(&self, event: EventId, why: &str) -> Result<(), ProjectionError> {
        if why.trim().is_empty() {
            return Err(ProjectionError::NoReason);
        }
        for pause in PAUSES {
            match self.try_to_skip(event, why).await {
                Err(error) if error.is_fenced() => self.sleep(pause).await,
                skipped => return skipped,
            }
        }
        self.try_to_skip(event, why).await
    }

    async fn try_to_skip(&self, event: EventId, why: &str) -> Result<(), ProjectionError> {
        let live = self.stopped_or_live().await?;
        let failure = self.failure_of(&live, event).await?;
        let segment = segment_of(&failure.stream, live.segments);
        let mut session = Session::take_over(self, &live, segment).await?;
        let skipped = self.skip_with(&mut session, event, why).await;
        session.end().await;
        skipped
    }

    async fn skip_with(
        &self,
        session: &mut Session<'_, P, S, M>,
        event: EventId,
        why: &str,
    ) -> Result<(), ProjectionError> {
        // It may have been applied until the lease was taken.
        let failure = self.failure_of(session.record(), event).await?;
        let at = session.event_at(session.through()).await?;
        let mut step = session.step(session.through(), at, session.running());
        step.unpark.push(failure.event_id);
        step.skip.push(Skipped {
            failure,
            why: why.to_owned(),
        });
        let skipped = session.transact(&[], step).await?;
        skipped.map_err(|poisoned| session.refused(&poisoned))
    }

    /// The failure of an event that is parked, or at which the build has stopped.
    async fn failure_of(
        &self,
        record: &BuildRecord,
        event: EventId,
    ) -> Result<Failure, ProjectionError> {
        let parked = self.shared.models.parked(&record.build).await?;
        let progress = self.shared.models.progress(&record.build).await?;
        let stopped = progress.into_iter().filter_map(|p| match p.status {
            Status::Stopped(failure) => Some(failure),
            _ => None,
        });
        let failures = parked.into_iter().map(|parked| parked.failure);
        failures
            .chain(stopped)
            .find(|failure| failure.event_id == event)
            .ok_or(ProjectionError::NotParked { event })
    }

    /// A parked event, from the log.
    async fn event(&self, failure: &Failure) -> Result<RecordedEvent, ProjectionError> {
        let query = LogQuery::new().positions(failure.position..=failure.position);
        let found = self.shared.log.read_log(query).try_next().await?;
        found.ok_or(ProjectionError::HistoryGap {
            missing: failure.position,
            found: failure.position,
        })
    }

    /// The live build, or the unfinished first one.
    async fn stopped_or_live(&self) -> Result<BuildRecord, ProjectionError> {
        let live = match self.live_record().await? {
            Some(live) => Some(live),
            None => self.unfinished().await?,
        };
        live.ok_or_else(|| ProjectionError::NotBuilt {
            model: self.shared.model.clone(),
            version: self.shared.version,
        })
    }

    /// The ids of the events that the rows of the live build leave out.
    pub(super) fn ignored(parked: &[Parked], skipped: &[Skipped]) -> HashSet<EventId> {
        let parked = parked.iter().map(|parked| parked.failure.event_id);
        let skipped = skipped.iter().map(|skipped| skipped.failure.event_id);
        parked.chain(skipped).collect()
    }
}
