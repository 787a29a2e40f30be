//! Owns the reading of a snapshot and of what came after it, both in one statement.

use async_trait::async_trait;
use shared_kernel::{
    SnapshotAndTail, SnapshotQuery, SnapshottedEventStore, StoreError, StreamVersion,
};

use crate::gapless::{Range, lists_of_window, log_end, runs_of_list, stream_with_tail};
use crate::pages::page as page_of;
use crate::snapshot_store::snapshot_record;
use crate::store::SqliteStore;
use crate::stored_runs::strung_runs;

/// What [`Range`] wants of a tail, forward, and after that the snapshot, if there is one, in the
/// columns that [`snapshot_record`] reads.
const SNAPSHOT_AND_TAIL: &str = concat!(
    "WITH newest AS MATERIALIZED ( \
        SELECT version, taken_at, payload FROM snapshots \
        WHERE stream = ?1 AND schema = ?2 AND version <= ?3 ORDER BY version DESC LIMIT 1), ",
    stream_with_tail!("?1", "?6", "?7"),
    "bounds AS MATERIALIZED (SELECT \
        max(coalesce((SELECT version FROM newest), 1), h.beginning) AS low, \
        min(?3, h.version) AS high FROM h WHERE h.version > 0), \
    w AS MATERIALIZED (SELECT low AS first, min(high, low + ?4 - 1) AS last FROM bounds), ",
    lists_of_window!("?5"),
    "SELECT (SELECT low FROM bounds), (SELECT high FROM bounds), (SELECT stream_key FROM h), ",
    log_end!(),
    ", (SELECT through FROM indexed), \
        (SELECT version FROM newest), (SELECT taken_at FROM newest), (SELECT payload FROM newest) \
    UNION ALL SELECT NULL, NULL, ",
    runs_of_list!(),
    ", NULL, NULL, NULL, NULL, NULL FROM lists"
);

/// Where the snapshot begins among the columns.
const SNAPSHOT: usize = 5;

/// How many events of the end of a stream are looked up at first: most often there are fewer after a snapshot.
const EVENTS_AT_FIRST: i64 = 256;

#[async_trait]
impl SnapshottedEventStore for SqliteStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        let whole = query.tail(None);
        let range = Range::of_stream(&whole);
        let at_most = query.at_most.as_i64();
        let mut tail = self.tail().up_to(&query.stream, at_most, EVENTS_AT_FIRST);
        loop {
            let (first, last) = tail.versions.unzip();
            let statement = sqlx::query(SNAPSHOT_AND_TAIL)
                .bind(query.stream.as_str().to_owned())
                .bind(query.schema.as_str().to_owned())
                .bind(at_most)
                .bind(range.room())
                .bind(tail.rows)
                .bind(first)
                .bind(last);
            let mut snapshot = None;
            let mut cut_at = None;
            let mut log_end = 0;
            let page = self.gapless_page_of(range, statement, |row, low| {
                log_end = self.log_end(row)?;
                cut_at = low.filter(|low| tail.cut_before.is_some_and(|first| *low < first));
                if log_end > tail.to || cut_at.is_some() {
                    return Ok(false);
                }
                let (location, column) = (self.location(), SNAPSHOT);
                snapshot = snapshot_record(location, row, column, &query.stream, &query.schema)?;
                Ok(true)
            });
            if let Some((events, next)) = page.await? {
                let version: Option<StreamVersion> =
                    snapshot.as_ref().map(|snapshot| snapshot.version);
                let tail = query.tail(version).range;
                return Ok(SnapshotAndTail {
                    tail: page_of(events, next, tail.from..=tail.to, tail.limit),
                    snapshot,
                });
            }
            if log_end > tail.to {
                self.catch_up().await?;
            }
            tail = match cut_at {
                // All that comes after it, since a later snapshot may be there by now.
                Some(low) => self.tail().from(&query.stream, low, i64::MAX),
                None => self.tail().up_to(&query.stream, at_most, EVENTS_AT_FIRST),
            };
        }
    }
}
