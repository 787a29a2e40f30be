//! Owns the snapshot store's side of the handle.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use shared_kernel::{
    SnapshotRecord, SnapshotStore, StateSchema, StoreError, StreamId, StreamVersion,
};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tokio::sync::oneshot;

use crate::columns::{bytes, integer, timestamp};
use crate::error::{damaged, store_error};
use crate::store::SqliteStore;
use crate::write_job::{Failure, WriteJob};
use crate::write_transaction::WriteTransaction;

const SAVE: &str = "INSERT OR REPLACE INTO snapshots (stream, schema, version, taken_at, payload) \
    VALUES (?1, ?2, ?3, ?4, ?5)";

const LOAD: &str = "SELECT version, taken_at, payload FROM snapshots \
    WHERE stream = ?1 AND schema = ?2 AND version <= ?3 ORDER BY version DESC LIMIT 1";

const PRUNE: &str = "DELETE FROM snapshots WHERE stream = ?1 AND schema = ?2 AND version < \
    (SELECT version FROM snapshots WHERE stream = ?1 AND schema = ?2 \
     ORDER BY version DESC LIMIT 1 OFFSET ?3 - 1)";

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.change_snapshots(Change::Save(snapshot))
            .await
            .map(drop)
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let query = sqlx::query(LOAD)
            .bind(stream.as_str().to_owned())
            .bind(schema.as_str().to_owned())
            .bind(at_most.as_i64());
        let row = self.optional_row(query).await?;
        match row {
            Some(row) => snapshot_record(self.location(), &row, 0, stream, schema),
            None => Ok(None),
        }
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        let (stream, schema) = (stream.clone(), schema.clone());
        self.change_snapshots(Change::Prune {
            stream,
            schema,
            keep,
        })
        .await
    }
}

/// The snapshot in a row that has its version, when it was taken and its payload in the columns from
/// `column` on; `None` where the version has no value.
pub(crate) fn snapshot_record(
    location: &str,
    row: &SqliteRow,
    column: usize,
    stream: &StreamId,
    schema: &StateSchema,
) -> Result<Option<SnapshotRecord>, StoreError> {
    let version: Option<i64> = row
        .try_get_unchecked(column)
        .map_err(|e| store_error(location, e))?;
    let Some(version) = version else {
        return Ok(None);
    };
    let version = StreamVersion::try_from(version)
        .map_err(|e| damaged(location, format!("a snapshot of {stream}: {e}")))?;
    Ok(Some(SnapshotRecord {
        stream: stream.clone(),
        version,
        schema: schema.clone(),
        taken_at: timestamp(location, integer(location, row, column + 1)?)?,
        payload: Bytes::copy_from_slice(bytes(location, row, column + 2)?),
    }))
}

impl SqliteStore {
    async fn change_snapshots(&self, change: Change) -> Result<u64, StoreError> {
        let location = Arc::clone(self.location());
        let job = |reply| -> Box<dyn WriteJob> {
            Box::new(SnapshotJob {
                location,
                change,
                rows: 0,
                reply,
            })
        };
        self.write(job).await?.unwrap_or_else(|| Err(self.closed()))
    }
}

enum Change {
    Save(SnapshotRecord),
    Prune {
        stream: StreamId,
        schema: StateSchema,
        keep: NonZeroU32,
    },
}

struct SnapshotJob {
    location: Arc<str>,
    change: Change,
    rows: u64,
    reply: oneshot::Sender<Result<u64, StoreError>>,
}

#[async_trait]
impl WriteJob for SnapshotJob {
    async fn perform(&mut self, transaction: &mut WriteTransaction<'_>) -> Result<(), sqlx::Error> {
        let statement = match &self.change {
            Change::Save(snapshot) => sqlx::query(SAVE)
                .bind(snapshot.stream.as_str().to_owned())
                .bind(snapshot.schema.as_str().to_owned())
                .bind(snapshot.version.as_i64())
                .bind(snapshot.taken_at.as_microsecond())
                .bind(snapshot.payload.to_vec()),
            Change::Prune {
                stream,
                schema,
                keep,
            } => sqlx::query(PRUNE)
                .bind(stream.as_str().to_owned())
                .bind(schema.as_str().to_owned())
                .bind(i64::from(keep.get())),
        };
        self.rows = statement
            .execute(&mut *transaction.connection)
            .await?
            .rows_affected();
        Ok(())
    }

    fn committed(self: Box<Self>) {
        let _ = self.reply.send(Ok(self.rows));
    }

    fn failed(self: Box<Self>, failure: Failure) {
        let _ = self
            .reply
            .send(Err(failure.into_store_error(&self.location)));
    }
}
