//! Columns of rows, and lists as one bound value.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::codec::reader::timestamp;
use crate::error::ReadError;

pub(crate) fn number(row: &SqliteRow, column: usize) -> Result<i64, ReadError> {
    row.try_get_unchecked::<Option<i64>, _>(column)?
        .ok_or_else(|| is_null(column))
}

pub(crate) fn text(row: &SqliteRow, column: usize) -> Result<&str, ReadError> {
    row.try_get_unchecked::<Option<&str>, _>(column)?
        .ok_or_else(|| is_null(column))
}

pub(crate) fn bytes(row: &SqliteRow, column: usize) -> Result<&[u8], ReadError> {
    row.try_get_unchecked::<Option<&[u8]>, _>(column)?
        .ok_or_else(|| is_null(column))
}

fn is_null(column: usize) -> ReadError {
    ReadError::Damaged(format!("column {column} is NULL"))
}

/// A time from its microseconds since 1970.
pub(crate) fn time(micros: i64) -> Result<Timestamp, ReadError> {
    timestamp(micros).map_err(ReadError::Damaged)
}

/// Texts as a JSON array, which `json_each` turns into rows: a list of any length in one value.
pub(crate) fn json_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts
        .into_iter()
        .map(|text| serde_json::Value::from(text.as_ref()));
    serde_json::Value::Array(texts.collect()).to_string()
}
