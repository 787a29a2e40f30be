//! Snapshots in rows, and lists as one bound value.

use bytes::Bytes;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::from_micros;
use shared_kernel::{StreamId, StreamVersion};
use sqlite_file::{FileError, get, get_optional};
use sqlx::sqlite::SqliteRow;

/// The snapshot of a row that begins with its version, time and payload; `None` if they are NULL.
pub(crate) fn snapshot(
    row: &SqliteRow,
    stream: &StreamId,
    schema: &StateSchema,
) -> Result<Option<SnapshotRecord>, FileError> {
    let Some(version) = get_optional::<i64>(row, 0)? else {
        return Ok(None);
    };
    let damaged = |e: &dyn std::fmt::Display| {
        FileError::Damaged(format!(
            "the snapshot of {stream} at version {version}: {e}"
        ))
    };
    Ok(Some(SnapshotRecord {
        stream: stream.clone(),
        version: StreamVersion::try_from(version).map_err(|e| damaged(&e))?,
        schema: schema.clone(),
        taken_at: from_micros(get(row, 1)?).map_err(|e| damaged(&e))?,
        payload: Bytes::copy_from_slice(get(row, 2)?),
    }))
}

/// Texts as a JSON array, which `json_each` turns into rows: a list of any length in one value.
pub(crate) fn json_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts
        .into_iter()
        .map(|text| serde_json::Value::from(text.as_ref()));
    serde_json::Value::Array(texts.collect()).to_string()
}
