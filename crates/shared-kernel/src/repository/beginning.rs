//! The beginning of a load: the newest snapshot, or the first event. A combined store answers one
//! request; two separate stores get two.

use jiff::Timestamp;

use super::EventSourcedRepository;
use super::snapshots::{Snapshots, report_unusable};
use crate::snapshot::{SnapshotAndTail, SnapshotQuery, SnapshotRecord};
use crate::store::paged_read::after_first_page;
use crate::store::{ReadStream, StreamQuery};
use crate::{Aggregate, EventStoreExt, RecordedEvent, StoreError, StreamId, StreamVersion};

/// The beginning of a load.
pub(super) struct Beginning<'a> {
    /// The snapshot to begin with; `None` for a replay of the whole history.
    pub(super) snapshot: Option<SnapshotRecord>,
    /// The events from the snapshot's own version on, or from the first event on.
    pub(super) events: ReadStream<'a, RecordedEvent>,
    /// The time at which the read of the events began.
    pub(super) started: Timestamp,
}

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Begins with the newest snapshot at or below a version. A snapshot that does not fit is
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
                Err(error) => report_unusable(stream, &error),
            }
        }
        self.begin_at_first_event(stream, at_most)
    }

    /// Begins with the first event and ignores all snapshots.
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
        if let Some(store) = &snapshots.combined {
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
            // The replay duration does not include the search for the snapshot.
            started: self.clock.now(),
            events: self.events.read_stream(tail_of(&snapshot)),
            snapshot,
        })
    }
}

/// Whether a snapshot has the stream and the schema of the query, and no higher version.
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
        "the snapshot store returned another snapshot than requested; replaying the whole history",
    );
}
