//! Changes of the snapshots: each is one statement.

use std::num::NonZeroU32;

use postgres_database::{Database, DatabaseError};
use shared_kernel::StreamId;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use sqlx::postgres::PgConnection;

const SAVE: &str = "
    INSERT INTO annals.snapshots (stream, schema, version, taken_at, payload)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (stream, schema, version)
        DO UPDATE SET taken_at = excluded.taken_at, payload = excluded.payload
    RETURNING version";

const PRUNE: &str = "
    DELETE FROM annals.snapshots
    WHERE stream = $1 AND schema = $2 AND version < (
        SELECT version FROM annals.snapshots WHERE stream = $1 AND schema = $2
        ORDER BY version DESC LIMIT 1 OFFSET $3 - 1)
    RETURNING version";

/// A change of the snapshots.
pub(crate) enum SnapshotChange {
    Save(SnapshotRecord),
    Prune {
        stream: StreamId,
        schema: StateSchema,
        keep: NonZeroU32,
    },
}

/// Makes a change. Returns the number of rows that it changed.
pub(super) async fn change(
    database: &Database,
    connection: &mut PgConnection,
    change: &SnapshotChange,
) -> Result<u64, DatabaseError> {
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
    let changed = database.write(connection, statement).await?;
    Ok(u64::try_from(changed.len()).unwrap_or(u64::MAX))
}
