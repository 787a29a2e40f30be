//! Owns how single columns are read, and how lists become text.

use jiff::Timestamp;
use shared_kernel::StoreError;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{damaged, store_error};
use crate::stored_runs;

/// A time from the microseconds kept for it.
pub(crate) fn timestamp(location: &str, micros: i64) -> Result<Timestamp, StoreError> {
    stored_runs::timestamp(micros).map_err(|problem| damaged(location, problem))
}

pub(crate) fn integer(location: &str, row: &SqliteRow, column: usize) -> Result<i64, StoreError> {
    row.try_get_unchecked(column)
        .map_err(|e| store_error(location, e))
}

pub(crate) fn text<'r>(
    location: &str,
    row: &'r SqliteRow,
    column: usize,
) -> Result<&'r str, StoreError> {
    row.try_get_unchecked(column).map_err(|e| match e {
        sqlx::Error::ColumnDecode { source, .. } => damaged(location, source.to_string()),
        other => store_error(location, other),
    })
}

pub(crate) fn bytes<'r>(
    location: &str,
    row: &'r SqliteRow,
    column: usize,
) -> Result<&'r [u8], StoreError> {
    row.try_get_unchecked(column)
        .map_err(|e| store_error(location, e))
}

/// Texts as a JSON array, to be taken apart by `json_each`: a list of any length in one value.
pub(crate) fn json_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts
        .into_iter()
        .map(|text| serde_json::Value::from(text.as_ref()));
    serde_json::Value::Array(texts.collect()).to_string()
}
