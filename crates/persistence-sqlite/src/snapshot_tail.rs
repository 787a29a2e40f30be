//! Owns the reading of a snapshot and of what came after it, both in one statement.

use async_trait::async_trait;
use shared_kernel::{
    SnapshotAndTail, SnapshotQuery, SnapshottedEventStore, StoreError, StreamVersion,
};
use sqlx::sqlite::SqliteRow;

use crate::gapless::{Range, head_of_stream, lists_of_window, runs_of_list};
use crate::pages::page;
use crate::snapshot_store::snapshot_record;
use crate::store::SqliteStore;
use crate::stored_runs::strung_runs;

/// What [`Range`] wants of a tail, forward, and after that the snapshot, if there is one, in the
/// columns that [`snapshot_record`] reads.
const SNAPSHOT_AND_TAIL: &str = concat!(
    "WITH newest AS MATERIALIZED ( \
        SELECT version, taken_at, payload FROM snapshots \
        WHERE stream = ?1 AND schema = ?2 AND version <= ?3 ORDER BY version DESC LIMIT 1), ",
    head_of_stream!("?1"),
    "bounds AS MATERIALIZED (SELECT \
        max(coalesce((SELECT version FROM newest), 1), h.beginning) AS low, \
        min(?3, h.version) AS high FROM h), \
    w AS MATERIALIZED (SELECT low AS first, min(high, low + ?4 - 1) AS last FROM bounds), ",
    lists_of_window!(),
    "SELECT (SELECT low FROM bounds), (SELECT high FROM bounds), (SELECT stream_key FROM h), \
        (SELECT version FROM newest), (SELECT taken_at FROM newest), (SELECT payload FROM newest) \
    UNION ALL SELECT NULL, NULL, ",
    runs_of_list!(),
    ", NULL, NULL, NULL FROM lists"
);

/// Where the snapshot begins among the columns.
const SNAPSHOT: usize = 3;

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let whole = query.tail(None);
        let range = Range::of_stream(&whole);
        let statement = sqlx::query(SNAPSHOT_AND_TAIL)
            .bind(query.stream.as_str().to_owned())
            .bind(query.schema.as_str().to_owned())
            .bind(query.at_most.as_i64())
            .bind(range.room());
        let mut snapshot = None;
        let first = |row: &SqliteRow| {
            let (location, column) = (self.location(), SNAPSHOT);
            snapshot = snapshot_record(location, row, column, &query.stream, &query.schema)?;
            Ok(())
        };
        let (events, next) = self.gapless_page_of(range, statement, first).await?;
        let version: Option<StreamVersion> = snapshot.as_ref().map(|snapshot| snapshot.version);
        let tail = query.tail(version);
        Ok(SnapshotAndTail {
            tail: page(events, next, tail.from..=tail.to, tail.limit),
            snapshot,
        })
    }
}
