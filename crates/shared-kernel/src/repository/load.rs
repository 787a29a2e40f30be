//! Owns the loading of aggregates: through the newest snapshot that fits, or by full replay.
//!
//! Events are taken one by one from short pages; a long history is never held in memory.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::snapshots::Snapshots;
use super::{AsOf, EventSourcedRepository, LoadError};
use crate::aggregate_root::{Place, Replay};
use crate::snapshot_policy::SnapshotInfo;
use crate::{
    Aggregate, AggregateRoot, EventStoreExt, HistoryError, ReadStream, RecordedEvent,
    SnapshotRecord, StoreError, StreamId, StreamQuery, StreamVersion,
};

/// How many snapshots are looked at for one that is old enough, before all is replayed.
const MOST_SNAPSHOTS_TRIED: usize = 16;

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Loads an aggregate as it is now, or `None` where it never was.
    ///
    /// # Errors
    /// [`LoadError`] where the history does not fit or the event store fails. A snapshot that
    /// cannot be used is never an error: it is passed over and reported by `tracing`.
    pub async fn load(&self, stream: &StreamId) -> Result<Option<AggregateRoot<A>>, LoadError> {
        self.load_as_of(stream, AsOf::NOW).await
    }

    /// Loads an aggregate that has to be there.
    ///
    /// # Errors
    /// [`LoadError::NotFound`] where it never was, else as [`load`](Self::load).
    pub async fn get(&self, stream: &StreamId) -> Result<AggregateRoot<A>, LoadError> {
        let missing = || LoadError::NotFound {
            stream: stream.clone(),
        };
        self.load(stream).await?.ok_or_else(missing)
    }

    /// Loads an aggregate as it was then, or `None` where it did not exist yet. Beyond the end of
    /// its history that is the present.
    ///
    /// Saving an aggregate as it was before its last event ends in a conflict.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_as_of(
        &self,
        stream: &StreamId,
        as_of: AsOf,
    ) -> Result<Option<AggregateRoot<A>>, LoadError> {
        if let Some(snapshots) = &self.snapshots
            && let Some(record) = self.newest_within(snapshots, stream, as_of).await?
            && let Some(state) = snapshots.decode(&record)
            && let Some(root) = self.load_through(record, state, as_of).await?
        {
            return Ok(Some(root));
        }
        let started = self.clock.now();
        let history = self.events.read_stream(self.query(stream, as_of));
        let root = self
            .replay(Replay::of(stream.clone()), history, as_of)
            .await?;
        Ok(root.map(|root| root.with_load(None, self.elapsed_since(started))))
    }

    /// The newest snapshot whose event is within the bound.
    async fn newest_within(
        &self,
        snapshots: &Snapshots<A>,
        stream: &StreamId,
        as_of: AsOf,
    ) -> Result<Option<SnapshotRecord>, LoadError> {
        let mut at_most = as_of.highest_version();
        for _ in 0..MOST_SNAPSHOTS_TRIED {
            let Some(record) = snapshots.find(stream, at_most).await else {
                return Ok(None);
            };
            // Only the event itself knows its position and its time.
            let too_new = match as_of {
                AsOf::Version(_) => false,
                AsOf::Position(_) | AsOf::Time(_) => {
                    let event = self.event_at(stream, record.version).await?;
                    event.is_some_and(|event| !as_of.includes(&event))
                }
            };
            if !too_new {
                return Ok(Some(record));
            }
            at_most = record.version.previous().unwrap_or_default();
        }
        Ok(None)
    }

    /// Replays what comes after a snapshot. `None` where the stream does not reach as far as the
    /// snapshot says (law 25 of the contract).
    async fn load_through(
        &self,
        record: SnapshotRecord,
        state: A,
        as_of: AsOf,
    ) -> Result<Option<AggregateRoot<A>>, LoadError> {
        let SnapshotRecord {
            stream, version, ..
        } = record;
        let started = self.clock.now();
        // The tail begins with the last event that is in the snapshot. It is not applied again; it
        // proves that the snapshot is one of this stream and not ahead of it.
        let query = self.query(&stream, as_of).from_version(version);
        let mut tail = self.events.read_stream(query);
        let last_in_snapshot = tail.try_next().await?;
        let fits = |event: RecordedEvent| event.version == version && event.stream == stream;
        if !last_in_snapshot.is_some_and(fits) {
            tracing::warn!(
                %stream,
                %version,
                "a snapshot is ahead of its stream; replaying the whole history",
            );
            return Ok(None);
        }
        let info = SnapshotInfo {
            version,
            taken_at: record.taken_at,
        };
        let root = AggregateRoot::loaded(stream, version, state);
        let root = self.replay(Replay::after(root), tail, as_of).await?;
        Ok(root.map(|root| root.with_load(Some(info), self.elapsed_since(started))))
    }

    /// Replays events as long as they are within the bound.
    async fn replay(
        &self,
        mut replay: Replay<A>,
        mut events: ReadStream<'_, RecordedEvent>,
        as_of: AsOf,
    ) -> Result<Option<AggregateRoot<A>>, LoadError> {
        while let Some(recorded) = events.try_next().await? {
            if !as_of.includes(&recorded) {
                break;
            }
            let place = Place {
                stream: &recorded.stream,
                version: recorded.version,
                event_id: recorded.id,
            };
            replay.check(place)?;
            let event = self.codec.decode(&recorded);
            let event = event.map_err(|source| HistoryError::Undecodable {
                stream: recorded.stream.clone(),
                version: recorded.version,
                event_id: recorded.id,
                source,
            })?;
            replay.take(place, &event)?;
        }
        Ok(replay.finish())
    }

    async fn event_at(
        &self,
        stream: &StreamId,
        version: StreamVersion,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        let query = StreamQuery::new(stream.clone())
            .from_version(version)
            .to_version(version);
        self.events.read_stream(query).try_next().await
    }

    fn query(&self, stream: &StreamId, as_of: AsOf) -> StreamQuery {
        StreamQuery::new(stream.clone())
            .to_version(as_of.highest_version())
            .page_size(self.page_size)
    }

    /// The time since then, none where the clock has stepped back.
    fn elapsed_since(&self, started: jiff::Timestamp) -> Duration {
        let elapsed = self.clock.now().duration_since(started);
        Duration::try_from(elapsed).unwrap_or(Duration::ZERO)
    }
}
