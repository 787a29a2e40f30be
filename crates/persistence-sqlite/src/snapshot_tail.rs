//! Owns the reading of a snapshot and of what came after it, both in one statement.

use async_trait::async_trait;
use shared_kernel::{
    SnapshotAndTail, SnapshotQuery, SnapshottedEventStore, StoreError, StreamVersion,
};

use crate::gapless::Range;
use crate::packed_events::packed_event_or_position;
use crate::pages::page;
use crate::snapshot_store::snapshot_record;
use crate::store::SqliteStore;

/// What [`Range`] wants of a tail, forward, and after that the snapshot, if there is one, in the
/// columns that [`snapshot_record`] reads.
const SNAPSHOT_AND_TAIL: &str = concat!(
    "WITH newest AS MATERIALIZED ( \
        SELECT version, taken_at, payload FROM snapshots \
        WHERE stream = ?1 AND schema = ?2 AND version <= ?3 ORDER BY version DESC LIMIT 1), \
    s AS MATERIALIZED (SELECT stream_key FROM streams WHERE name = ?1), \
    low AS MATERIALIZED (SELECT min(version) AS number FROM events \
        WHERE stream_key = (SELECT stream_key FROM s) \
            AND version >= coalesce((SELECT version FROM newest), 0)), \
    high AS MATERIALIZED (SELECT max(version) AS number FROM events \
        WHERE stream_key = (SELECT stream_key FROM s) AND version <= ?3) \
    SELECT (SELECT number FROM low), (SELECT number FROM high), count(*), group_concat(",
    packed_event_or_position!(),
    ", ''), (SELECT version FROM newest), (SELECT taken_at FROM newest), \
        (SELECT payload FROM newest) \
    FROM events AS e WHERE e.stream_key = (SELECT stream_key FROM s) AND e.version BETWEEN \
        (SELECT number FROM low) AND min((SELECT number FROM high), (SELECT number FROM low) + ?4 - 1)"
);

/// Where the snapshot begins among the columns.
const SNAPSHOT: usize = 4;

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let whole = query.tail(None);
        let statement = sqlx::query(SNAPSHOT_AND_TAIL)
            .bind(query.stream.as_str().to_owned())
            .bind(query.schema.as_str().to_owned())
            .bind(query.at_most.as_i64())
            .bind(Range::of_stream(&whole).step());
        let row = self.one_row(statement).await?;
        let snapshot = snapshot_record(
            self.location(),
            &row,
            SNAPSHOT,
            &query.stream,
            &query.schema,
        )?;
        let version: Option<StreamVersion> = snapshot.as_ref().map(|snapshot| snapshot.version);
        let tail = query.tail(version);
        let (events, next) = self.gapless_page_from(Range::of_stream(&tail), row).await?;
        Ok(SnapshotAndTail {
            tail: page(events, next, tail.from..=tail.to, tail.limit),
            snapshot,
        })
    }
}
