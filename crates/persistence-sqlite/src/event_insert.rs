//! Owns how events and streams become rows. Only values are bound; the text of a statement depends
//! on nothing but the number of its rows.

use futures_util::TryStreamExt;
use shared_kernel::StreamId;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

use crate::encoded_event::EncodedEvent;

/// How many rows one statement writes at most. It is a power of two.
const MOST_ROWS: usize = 64;

const INSERT_STREAMS: &str = "INSERT INTO streams (stream_key, name) VALUES ";

const INSERT_EVENTS: &str = "INSERT INTO events (position, stream_key, version, recorded_at, \
    schema_version, event_id, event_type, metadata, payload) VALUES ";

/// An event with all that the table wants to know of it.
pub(crate) struct EventRow {
    pub(crate) position: i64,
    pub(crate) stream_key: i64,
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) recorded_at: i64,
    pub(crate) event: EncodedEvent,
}

/// Rows of streams and of events that are to be written, in order.
#[derive(Default)]
pub(crate) struct Inserts {
    streams: Vec<(i64, StreamId)>,
    events: Vec<EventRow>,
}

impl Inserts {
    pub(crate) fn event_count(&self) -> usize {
        self.events.len()
    }

    /// Makes a stream known. All streams are written before the first event.
    pub(crate) fn stream(&mut self, key: i64, stream: &StreamId) {
        self.streams.push((key, stream.clone()));
    }

    pub(crate) fn event(&mut self, row: EventRow) {
        self.events.push(row);
    }

    /// Writes the rows inside the transaction that is open.
    pub(crate) async fn run(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let (text, _) = self.statements("", "");
        let arguments = self.arguments().map_err(sqlx::Error::Encode)?;
        run(connection, text, arguments)
            .await
            .map_err(|failed| failed.error)
    }

    /// Writes the rows in a transaction of their own, all of it in one go.
    pub(crate) async fn commit(self, connection: &mut SqliteConnection) -> Result<(), Halt> {
        let (text, inserts) = self.statements("BEGIN IMMEDIATE;", "COMMIT");
        let arguments = self.arguments().map_err(|error| Halt {
            at: HaltedAt::Begin,
            error: sqlx::Error::Encode(error),
        })?;
        let halt = |failed: Failed| Halt {
            at: match failed.done {
                0 => HaltedAt::Begin,
                done if done > inserts => HaltedAt::Commit,
                _ => HaltedAt::Insert,
            },
            error: failed.error,
        };
        run(connection, text, arguments).await.map_err(halt)
    }

    fn arguments(self) -> Result<SqliteArguments, BoxDynError> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.streams.len() * 2 + self.events.len() * 9, 0);
        for (key, stream) in self.streams {
            arguments.add(key)?;
            arguments.add(stream.as_str().to_owned())?;
        }
        for row in self.events {
            arguments.add(row.position)?;
            arguments.add(row.stream_key)?;
            arguments.add(row.version)?;
            arguments.add(row.recorded_at)?;
            arguments.add(row.event.schema_version)?;
            arguments.add(row.event.id.to_vec())?;
            arguments.add(row.event.event_type)?;
            arguments.add(row.event.metadata)?;
            arguments.add(row.event.payload)?;
        }
        Ok(arguments)
    }

    /// The statements between `before` and `after`, and how many they are.
    fn statements(&self, before: &str, after: &str) -> (String, usize) {
        let mut text = before.to_owned();
        let mut statements = 0;
        for (count, head, row) in [
            (self.streams.len(), INSERT_STREAMS, "(?,?)"),
            (self.events.len(), INSERT_EVENTS, "(?,?,?,?,?,?,?,?,?)"),
        ] {
            let mut rest = count;
            while rest > 0 {
                // Powers of two, so that few texts are different and they stay prepared.
                let rows = MOST_ROWS.min(1 << rest.ilog2());
                rest -= rows;
                statements += 1;
                text.push_str(head);
                text.push_str(row);
                for _ in 1..rows {
                    text.push(',');
                    text.push_str(row);
                }
                text.push(';');
            }
        }
        text.push_str(after);
        (text, statements)
    }
}

/// Where a transaction of its own came to a halt.
pub(crate) struct Halt {
    pub(crate) at: HaltedAt,
    pub(crate) error: sqlx::Error,
}

pub(crate) enum HaltedAt {
    /// It never began.
    Begin,
    /// Nothing of it is committed; it may still be open.
    Insert,
    /// It is not known whether it is committed.
    Commit,
}

/// A statement of several failed.
struct Failed {
    /// How many were done before it.
    done: usize,
    error: sqlx::Error,
}

async fn run(
    connection: &mut SqliteConnection,
    text: String,
    arguments: SqliteArguments,
) -> Result<(), Failed> {
    let mut done = 0;
    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
    let mut results = connection.fetch_many(query);
    loop {
        match results.try_next().await {
            Ok(Some(Either::Left(_))) => done += 1,
            Ok(Some(Either::Right(_))) => {}
            Ok(None) => return Ok(()),
            Err(error) => return Err(Failed { done, error }),
        }
    }
}
