//! The one statement that writes events: an INSERT into the view `append`.
//!
//! Its triggers, in `schema.sql`, write a batch and the indexes that lead to it. The statement is a
//! transaction of its own: all of it is in the file, or nothing.

use std::sync::Arc;

use futures_util::TryStreamExt;
use shared_kernel::store::StoreId;
use shared_kernel::time::Leap;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Executor};

use super::facts::leap_text;
use crate::codec::batch::{EncodedBatch, Payload};

/// The most rows of one statement: SQLite binds up to 32,766 values.
const MAX_ROWS: usize = 3_000;

/// The most rows of a statement that stays prepared. One stays prepared for each number of rows.
const MAX_PREPARED_ROWS: usize = 64;

/// A row of the view `append`: a batch, and its place in the log and in its stream.
#[derive(Debug)]
pub(super) struct Row<'b> {
    pub(super) batch: &'b EncodedBatch,
    pub(super) stream_key: i64,
    /// The name of the stream that the batch begins.
    pub(super) new_stream: Option<Arc<str>>,
    pub(super) last_version: i64,
    pub(super) last_position: i64,
    pub(super) recorded_at: i64,
    /// The leap of the log.
    pub(super) leap: Option<Leap>,
    pub(super) events: String,
}

impl Row<'_> {
    /// The bytes of its text and payload. A small commit adds several whole pages to the log.
    pub(super) fn bytes(&self) -> usize {
        self.events.len() + self.batch.payload.as_ref().map_or(0, Payload::len)
    }
}

/// Writes the rows in one commit. A log without events takes over the id `takes_over` in it.
///
/// More rows than one statement has go as several statements between BEGIN and COMMIT, in one
/// text. OR ROLLBACK ends that transaction if a key refuses a row, and so do the triggers.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    rows: Vec<Row<'_>>,
    takes_over: Option<StoreId>,
) -> Result<(), sqlx::Error> {
    let is_transaction = rows.len() > MAX_ROWS || takes_over.is_some();
    let text = statement(rows.len(), takes_over.is_some());
    let is_prepared = rows.len() <= MAX_PREPARED_ROWS && !is_transaction;
    let arguments = bind(rows, takes_over).map_err(sqlx::Error::Encode)?;
    let query = sqlx::query_with(AssertSqlSafe(text), arguments).persistent(is_prepared);
    let results: Result<Vec<_>, _> = connection.fetch_many(query).try_collect().await;
    if is_transaction && results.is_err() {
        // Most errors have ended the transaction already.
        let _ = connection.execute("ROLLBACK").await;
    }
    // If the thread of the connection ends, so do the results, without an error.
    match results?.len() {
        0 => Err(sqlx::Error::WorkerCrashed),
        _ => Ok(()),
    }
}

fn statement(rows: usize, takes_over: bool) -> String {
    let insert = |rows| {
        let places = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
        format!("INSERT OR ROLLBACK INTO append VALUES {places};")
    };
    if rows <= MAX_ROWS && !takes_over {
        return insert(rows);
    }
    let mut text = String::from("BEGIN IMMEDIATE;");
    if takes_over {
        text.push_str("UPDATE OR ROLLBACK store SET store_id = ?;");
    }
    for begin in (0..rows).step_by(MAX_ROWS) {
        text.push_str(&insert(MAX_ROWS.min(rows - begin)));
    }
    text.push_str("COMMIT;");
    text
}

fn bind(rows: Vec<Row<'_>>, takes_over: Option<StoreId>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(rows.len() * 10 + 1, 0);
    if let Some(id) = takes_over {
        arguments.add(id.as_bytes().to_vec())?;
    }
    for row in rows {
        arguments.add(row.stream_key)?;
        arguments.add(row.new_stream)?;
        arguments.add(row.last_version)?;
        arguments.add(row.last_position)?;
        arguments.add(i64::try_from(row.batch.count)?)?;
        arguments.add(row.recorded_at)?;
        arguments.add(row.batch.event_ids.clone())?;
        arguments.add(row.events)?;
        match &row.batch.payload {
            None => arguments.add(None::<i64>)?,
            Some(Payload::Json(json)) => arguments.add(Arc::clone(json))?,
            Some(Payload::Blob(bytes)) => arguments.add(bytes.to_vec())?,
        }
        match row.leap {
            Some(Leap { from: None, to }) => arguments.add(to.as_microsecond())?,
            leap => arguments.add(leap.map(leap_text))?,
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use shared_kernel::event::EventType;
    use shared_kernel::{Append, ExpectedVersion, NewEvent, StreamId};

    use super::*;
    use crate::codec::batch::encode;

    #[test]
    fn the_bytes_of_a_row_are_those_of_its_text_and_its_payload() {
        let no_json =
            NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), vec![0xff; 7]).unwrap();
        let stream = StreamId::new("lamp-1").unwrap();
        let append = Append::new().write(stream, ExpectedVersion::Any, vec![no_json]);
        let batches = encode(&append).unwrap();
        let row = Row {
            batch: &batches[0],
            stream_key: 1,
            new_stream: None,
            last_version: 1,
            last_position: 1,
            recorded_at: 0,
            leap: None,
            events: "[1,2]".to_owned(),
        };
        assert_eq!(row.bytes(), 5 + 7);
    }

    #[test]
    fn one_statement_has_all_rows() {
        let text = statement(2, false);
        assert_eq!(text.matches("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").count(), 2);
        assert_eq!(text.matches("INSERT").count(), 1);
        assert!(!text.contains("BEGIN"));
    }

    #[test]
    fn more_rows_than_one_statement_binds_share_a_transaction() {
        let text = statement(MAX_ROWS * 2 + 1, false);
        assert_eq!(text.matches("INSERT").count(), 3);
        assert_eq!(text.matches("(?,").count(), MAX_ROWS * 2 + 1);
        assert!(text.starts_with("BEGIN IMMEDIATE;") && text.ends_with("COMMIT;"));
    }
}
