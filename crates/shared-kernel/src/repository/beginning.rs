//! Owns where a load begins: at the newest snapshot, or at the first event. A store that keeps
//! events and snapshots in one place is asked once, two stores one after the other.

use jiff::Timestamp;

use super::EventSourcedRepository;
use super::snapshots::{Snapshots, pass_over};
use crate::snapshot::{SnapshotAndTail, SnapshotQuery, SnapshotRecord};
use crate::store::paged_read::after_first_page;
use crate::store::{ReadStream, StreamQuery};
use crate::{Aggregate, EventStoreExt, RecordedEvent, StoreError, StreamId, StreamVersion};

/// Where a load begins.
pub(super) struct Beginning<'a> {
    /// The snapshot to begin with; `None` where the whole history is replayed.
    pub(super) snapshot: Option<SnapshotRecord>,
    /// The events from the last one in the snapshot on, or from the first one.
    pub(super) events: ReadStream<'a, RecordedEvent>,
    /// Since when the events are read.
    pub(super) started: Timestamp,
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Begins with the newest snapshot at or below a version. Whatever is wrong with it is
    /// reported, and the load begins with the first event ([law 25](crate::laws#law-25)).
    pub(super) async fn begin(&self, stream: &StreamId, at_most: StreamVersion) -> Beginning<'_> {
        if let Some(snapshots) = &self.snapshots
            && let Some(schema) = snapshots.known_schema(stream)
        {
            let query = SnapshotQuery::new(stream.clone(), schema.clone())
                .at_most(at_most)
                .page_size(self.page_size);
            match self.find(snapshots, &query).await {
                Ok(found) if found.snapshot.as_ref().is_none_or(answers(&query)) => return found,
                Ok(other) => report_foreign(stream, other.snapshot.as_ref()),
                Err(error) => pass_over(stream, &error),
            }
        }
        self.begin_at_first_event(stream, at_most)
    }

    /// Begins with the first event, whatever snapshots there are.
    pub(super) fn begin_at_first_event(
        &self,
        stream: &StreamId,
        at_most: StreamVersion,
    ) -> Beginning<'_> {
        let query = StreamQuery::new(stream.clone())
            .versions(..=at_most)
            .page_size(self.page_size);
        Beginning {
            snapshot: None,
            started: self.clock.now(),
            events: self.events.read_stream(query),
        }
    }

    async fn find(
        &self,
        snapshots: &Snapshots<A>,
        query: &SnapshotQuery,
    ) -> Result<Beginning<'_>, StoreError> {
        let tail_of = |snapshot: &Option<SnapshotRecord>| {
            query.tail(snapshot.as_ref().map(|snapshot| snapshot.version))
        };
        if let Some(store) = &snapshots.beside_events {
            let started = self.clock.now();
            let SnapshotAndTail { snapshot, tail } = store.read_from_snapshot(query).await?;
            return Ok(Beginning {
                events: after_first_page(&*self.events, tail_of(&snapshot), tail),
                snapshot,
                started,
            });
        }
        let SnapshotQuery {
            stream,
            schema,
            at_most,
            ..
        } = query;
        let snapshot = snapshots.store.load(stream, schema, *at_most).await?;
        Ok(Beginning {
            // The search for a snapshot is no part of the replay.
            started: self.clock.now(),
            events: self.events.read_stream(tail_of(&snapshot)),
            snapshot,
        })
    }
}

/// Whether a snapshot is one that was asked for.
fn answers(query: &SnapshotQuery) -> impl Fn(&SnapshotRecord) -> bool {
    |record| {
        record.stream == query.stream
            && record.schema == query.schema
            && record.version <= query.at_most
    }
}

fn report_foreign(stream: &StreamId, found: Option<&SnapshotRecord>) {
    tracing::warn!(
        %stream,
        found = found.map(|found| tracing::field::display(&found.stream)),
        schema = found.map(|found| tracing::field::display(&found.schema)),
        version = found.map(|found| tracing::field::display(found.version)),
        "the snapshot store gave another snapshot than asked for; replaying the whole history",
    );
}
