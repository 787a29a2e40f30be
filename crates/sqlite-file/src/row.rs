//! Columns of rows.

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row};

use crate::error::FileError;

/// The value of a column that is never NULL.
///
/// # Errors
/// [`FileError::Damaged`] for NULL, and for a value of another type.
pub fn get<'r, T: Decode<'r, Sqlite>>(row: &'r SqliteRow, column: usize) -> Result<T, FileError> {
    get_optional(row, column)?.ok_or_else(|| FileError::Damaged(format!("column {column} is NULL")))
}

/// The value of a column that may be NULL.
///
/// # Errors
/// [`FileError::Damaged`] for a value of another type.
pub fn get_optional<'r, T: Decode<'r, Sqlite>>(
    row: &'r SqliteRow,
    column: usize,
) -> Result<Option<T>, FileError> {
    Ok(row.try_get_unchecked(column)?)
}
