//! Loading: from the newest snapshot that fits, or by a replay of the whole history.
//!
//! Events are taken one by one from short pages; a long history is never held in memory.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::attempts::Attempts;
use super::beginning::Beginning;
use super::execute::{check_version, not_found};
use super::{AsOf, Bound, EventSourcedRepository, RepositoryError};
use crate::aggregate::HistoryError;
use crate::aggregate::root::{RecordKey, Replay, Vacancy};
use crate::snapshot::policy::SnapshotInfo;
use crate::snapshot::{Snapshot, SnapshotRecord};
use crate::store::ReadStream;
use crate::{Aggregate, AggregateRoot, RecordedEvent, StreamId, StreamVersion};

/// The number of snapshots that a load tries to find one that is old enough. Then it replays the
/// whole history.
const MOST_SNAPSHOTS_TRIED: usize = 16;

/// The aggregate of a stream, or the vacancy of a stream that has none.
pub(super) type Loaded<A> = Result<AggregateRoot<A>, Vacancy>;

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Loads an aggregate as it is now; `None` if the stream has no event. A busy store is read
    /// again until the [time limit](crate::repository::RetryPolicy).
    ///
    /// # Errors
    /// [`RepositoryError`] if the history is unsound or the event store fails. An unusable snapshot
    /// is never an error: the load ignores it and reports it by `tracing`.
    pub async fn load(
        &self,
        stream: &StreamId,
    ) -> Result<Option<AggregateRoot<A>>, RepositoryError> {
        self.load_as_of(stream, AsOf::NOW).await
    }

    /// Loads an existing aggregate.
    ///
    /// # Errors
    /// [`NotFound`](RepositoryError::NotFound) if the stream has no event; otherwise as
    /// [`load`](Self::load).
    pub async fn get(&self, stream: &StreamId) -> Result<AggregateRoot<A>, RepositoryError> {
        let loaded = self.load(stream).await?;
        loaded.ok_or_else(|| not_found(stream))
    }

    /// Loads an existing aggregate, which must have the version that the caller has seen. For an
    /// earlier state, use [`load_as_of`](Self::load_as_of).
    ///
    /// # Errors
    /// [`Conflict`](RepositoryError::Conflict) if the stream has another version; otherwise as
    /// [`get`](Self::get).
    pub async fn get_at(
        &self,
        stream: &StreamId,
        version: StreamVersion,
    ) -> Result<AggregateRoot<A>, RepositoryError> {
        let root = self.get(stream).await?;
        check_version(&root, version).map(|()| root)
    }

    /// Loads an aggregate as it was at a moment; `None` if it did not exist yet. A moment after the
    /// end of its history is the present.
    ///
    /// To save new events on an earlier state is a conflict.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_as_of(
        &self,
        stream: &StreamId,
        as_of: AsOf,
    ) -> Result<Option<AggregateRoot<A>>, RepositoryError> {
        let mut attempts = Attempts::begin(self);
        let loaded = self.load_within(stream, as_of, &mut attempts).await?;
        Ok(loaded.ok())
    }

    /// Loads an aggregate within the attempts of a command.
    pub(super) async fn load_within(
        &self,
        stream: &StreamId,
        as_of: AsOf,
        attempts: &mut Attempts<'_>,
    ) -> Result<Loaded<A>, RepositoryError> {
        let mut failures = 0;
        loop {
            let loaded = self.load_once(stream, as_of).await;
            failures += 1;
            match loaded {
                Err(error) if error.is_transient() && attempts.again_after(failures).await => {}
                loaded => return loaded,
            }
        }
    }

    pub(super) async fn load_once(
        &self,
        stream: &StreamId,
        as_of: AsOf,
    ) -> Result<Loaded<A>, RepositoryError> {
        let bound = as_of.bound(&*self.events).await?;
        let mut at_most = bound.highest_version();
        for _ in 0..MOST_SNAPSHOTS_TRIED {
            let mut beginning = self.begin(stream, at_most).await;
            let Some(record) = beginning.snapshot.take() else {
                return self.replay_whole(stream, beginning, bound).await;
            };
            // The first event read is the last one in the snapshot. It is not applied again. It
            // proves that the snapshot is not ahead of the stream, and it has the position that
            // `bound` needs.
            let last_in_snapshot = beginning.events.try_next().await?;
            match last_in_snapshot.filter(|event| is_last_in(event, &record)) {
                Some(event) if !bound.includes(&event) => {
                    at_most = record.version.previous().unwrap_or_default();
                }
                Some(_) => match self.replay_after(record, beginning, bound).await? {
                    Some(loaded) => return Ok(loaded),
                    None => break,
                },
                None => {
                    tracing::warn!(
                        %stream,
                        version = %record.version,
                        "a snapshot is ahead of its stream; replaying the whole history",
                    );
                    break;
                }
            }
        }
        let beginning = self.begin_at_first_event(stream, bound.highest_version());
        self.replay_whole(stream, beginning, bound).await
    }

    /// Replays a history from its first event on.
    async fn replay_whole(
        &self,
        stream: &StreamId,
        beginning: Beginning<'_>,
        bound: Bound,
    ) -> Result<Loaded<A>, RepositoryError> {
        let replay = Replay::of(stream.clone());
        let root = self.replay(replay, beginning.events, bound).await?;
        Ok(root.map(|root| root.with_load(None, self.elapsed_since(beginning.started))))
    }

    /// Replays the events after a snapshot. `None` if the state in the snapshot cannot be decoded
    /// ([law 25](crate::laws#law-25)).
    async fn replay_after(
        &self,
        record: SnapshotRecord,
        beginning: Beginning<'_>,
        bound: Bound,
    ) -> Result<Option<Loaded<A>>, RepositoryError> {
        let decoded = self.snapshots.as_ref().and_then(|s| s.decode(&record));
        let Some(state) = decoded else {
            return Ok(None);
        };
        let info = SnapshotInfo {
            version: record.version,
            taken_at: record.taken_at,
        };
        let replay = Replay::after(Snapshot {
            stream: record.stream,
            version: record.version,
            state,
        });
        let loaded = self.replay(replay, beginning.events, bound).await?;
        let replayed = self.elapsed_since(beginning.started);
        Ok(Some(
            loaded.map(|root| root.with_load(Some(info), replayed)),
        ))
    }

    /// Replays events as long as they are within the bound.
    async fn replay(
        &self,
        mut replay: Replay<A>,
        mut events: ReadStream<'_, RecordedEvent>,
        bound: Bound,
    ) -> Result<Loaded<A>, RepositoryError> {
        while let Some(recorded) = events.try_next().await? {
            if !bound.includes(&recorded) {
                break;
            }
            let key = RecordKey::new(&recorded.stream, recorded.version, recorded.id);
            replay.check(key)?;
            let events = self.codec.decode(&recorded);
            let events = events.map_err(|source| HistoryError::Undecodable {
                stream: recorded.stream.clone(),
                version: recorded.version,
                event_id: recorded.id,
                source,
            })?;
            replay.take(key, &events)?;
        }
        Ok(replay.finish())
    }

    /// The time since `started`; zero if the clock has stepped back.
    fn elapsed_since(&self, started: jiff::Timestamp) -> Duration {
        let elapsed = self.clock.now().duration_since(started);
        Duration::try_from(elapsed).unwrap_or(Duration::ZERO)
    }
}

/// Whether an event is the last one that a snapshot holds.
fn is_last_in(event: &RecordedEvent, snapshot: &SnapshotRecord) -> bool {
    event.version == snapshot.version && event.stream == snapshot.stream
}
