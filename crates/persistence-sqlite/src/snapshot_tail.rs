//! Owns the reading of a snapshot and of what came after it, both in one statement.

use async_trait::async_trait;
use shared_kernel::{
    Direction, SnapshotAndTail, SnapshotQuery, SnapshottedEventStore, StoreError, StreamVersion,
};
use sqlx::Row;

use crate::packed_events::packed_event_or_position;
use crate::pages::{page_limit, sql_limit, stream_page_of};
use crate::snapshot_store::snapshot_record;
use crate::store::SqliteStore;

/// The snapshot, in the columns that [`snapshot_record`] reads, and after them a page of its tail.
const SNAPSHOT_AND_TAIL: &str = concat!(
    "WITH newest AS MATERIALIZED ( \
        SELECT version, taken_at, payload FROM snapshots \
        WHERE stream = ?1 AND schema = ?2 AND version <= ?3 ORDER BY version DESC LIMIT 1) \
    SELECT (SELECT version FROM newest), (SELECT taken_at FROM newest), \
        (SELECT payload FROM newest), count(*), group_concat(packed, '') FROM (SELECT ",
    packed_event_or_position!("''"),
    " AS packed FROM events AS e \
        WHERE e.stream_key = (SELECT stream_key FROM streams WHERE name = ?1) \
            AND e.version BETWEEN coalesce((SELECT version FROM newest), 0) AND ?3 \
        ORDER BY e.version LIMIT ?4)"
);

/// Where the page of the tail begins among the columns.
const TAIL: usize = 3;

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let limit = page_limit(query.page_size.get());
        let statement = sqlx::query(SNAPSHOT_AND_TAIL)
            .bind(query.stream.as_str().to_owned())
            .bind(query.schema.as_str().to_owned())
            .bind(query.at_most.as_i64())
            .bind(sql_limit(limit));
        let row = self.one_row(statement).await?;
        let version: Option<i64> = row.try_get_unchecked(0).map_err(|e| self.failed(e))?;
        let snapshot = version
            .map(|_| snapshot_record(self.location(), &row, &query.stream, &query.schema))
            .transpose()?;
        let found = self
            .unpacked(&row, TAIL, limit, Direction::Forward, Some(&query.stream))
            .await?;
        let version: Option<StreamVersion> = snapshot.as_ref().map(|snapshot| snapshot.version);
        Ok(SnapshotAndTail {
            tail: stream_page_of(&query.tail(version), found),
            snapshot,
        })
    }
}
