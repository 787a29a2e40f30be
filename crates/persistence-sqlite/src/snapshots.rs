//! The snapshot store of a handle.

use std::num::NonZeroU32;

use async_trait::async_trait;
use bytes::Bytes;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StoreError, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::error::ReadError;
use crate::read::row::{bytes, number, time};
use crate::store::SqliteStore;
use crate::write::job::Job;

const SAVE: &str = "
    INSERT OR REPLACE INTO snapshots (stream, schema, version, taken_at, payload)
    VALUES (?1, ?2, ?3, ?4, ?5)";

const LOAD: &str = "
    SELECT version, taken_at, payload FROM snapshots
    WHERE stream = ?1 AND schema = ?2 AND version <= ?3
    ORDER BY version DESC LIMIT 1";

const PRUNE: &str = "
    DELETE FROM snapshots
    WHERE stream = ?1 AND schema = ?2 AND version < (
        SELECT version FROM snapshots WHERE stream = ?1 AND schema = ?2
        ORDER BY version DESC LIMIT 1 OFFSET ?3 - 1)";

/// A change of the snapshots.
pub(crate) enum SnapshotChange {
    Save(SnapshotRecord),
    Prune {
        stream: StreamId,
        schema: StateSchema,
        keep: NonZeroU32,
    },
}

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        let saved = self.submit(SnapshotChange::Save(snapshot), Job::Snapshot);
        saved.await.map(drop)
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
        let mut reader = self.reader().await?;
        let row = query.fetch_optional(&mut reader.connection).await;
        let row = row.map_err(|error| self.failed(error.into()))?;
        reader.give_back();
        let snapshot = row
            .map(|row| snapshot_in(&row, 0, stream, schema))
            .transpose();
        Ok(snapshot.map_err(|error| self.failed(error))?.flatten())
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        let prune = SnapshotChange::Prune {
            stream: stream.clone(),
            schema: schema.clone(),
            keep,
        };
        self.submit(prune, Job::Snapshot).await
    }
}

/// Makes a change in one statement. Returns the number of rows that it changed.
pub(crate) async fn change(
    connection: &mut SqliteConnection,
    change: &SnapshotChange,
) -> Result<u64, sqlx::Error> {
    let statement = match change {
        SnapshotChange::Save(snapshot) => sqlx::query(SAVE)
            .bind(snapshot.stream.as_str().to_owned())
            .bind(snapshot.schema.as_str().to_owned())
            .bind(snapshot.version.as_i64())
            .bind(snapshot.taken_at.as_microsecond())
            .bind(snapshot.payload.to_vec()),
        SnapshotChange::Prune {
            stream,
            schema,
            keep,
        } => sqlx::query(PRUNE)
            .bind(stream.as_str().to_owned())
            .bind(schema.as_str().to_owned())
            .bind(i64::from(keep.get())),
    };
    Ok(statement.execute(connection).await?.rows_affected())
}

/// The snapshot whose version, time and payload are in the columns from `column` on; `None` where
/// they are NULL.
pub(crate) fn snapshot_in(
    row: &SqliteRow,
    column: usize,
    stream: &StreamId,
    schema: &StateSchema,
) -> Result<Option<SnapshotRecord>, ReadError> {
    let version: Option<i64> = row.try_get_unchecked(column)?;
    let Some(version) = version else {
        return Ok(None);
    };
    let version = StreamVersion::try_from(version)
        .map_err(|e| ReadError::Damaged(format!("a snapshot of {stream}: {e}")))?;
    Ok(Some(SnapshotRecord {
        stream: stream.clone(),
        version,
        schema: schema.clone(),
        taken_at: time(number(row, column + 1)?)?,
        payload: Bytes::copy_from_slice(bytes(row, column + 2)?),
    }))
}
