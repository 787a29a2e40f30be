//! Owns how events and streams become rows. Only values are bound; the text of a statement depends
//! on nothing but how many places for rows it has.

use std::sync::{Arc, LazyLock};

use futures_util::TryStreamExt;
use shared_kernel::StreamId;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

use crate::encoded_event::EncodedEvent;
use crate::error::{is_busy, is_constraint};

/// How many rows one statement writes at most.
const MOST_ROWS: usize = 256;

/// For how many rows a statement has places. Few sizes make few texts, so that they stay prepared;
/// places that stay empty cost nothing.
const PLACES: [usize; 5] = [1, 4, 16, 64, MOST_ROWS];

/// The statements that write rows into one table, by their places.
struct Statements {
    columns: usize,
    texts: [String; PLACES.len()],
}

static STREAMS: LazyLock<Statements> =
    LazyLock::new(|| Statements::new("streams", &["stream_key", "name"]));

static EVENTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = [
        "position",
        "stream_key",
        "version",
        "recorded_at",
        "schema_version",
        "event_id",
        "event_type",
        "metadata",
        "payload",
    ];
    Statements::new("events", &columns)
});

impl Statements {
    fn new(table: &str, columns: &[&str]) -> Self {
        let into = format!("INSERT INTO {table} ({})", columns.join(", "));
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        let text = |places| match places {
            1 => format!("{into} VALUES {row};"),
            _ => {
                // The limit comes first, so that values may be missing at the end; and not as a plain
                // parameter, for which SQLite would prepare the statement anew each time.
                let rows = vec![row.as_str(); places].join(",");
                format!(
                    "WITH taken (places) AS (VALUES (?)) {into} \
                     SELECT * FROM (VALUES {rows}) LIMIT (SELECT places FROM taken);"
                )
            }
        };
        Self {
            columns: columns.len(),
            texts: PLACES.map(text),
        }
    }
}

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
        let mut script = Script::default();
        self.write(&mut script).map_err(sqlx::Error::Encode)?;
        script.run(connection).await.map_err(|failed| failed.error)
    }

    /// Writes the rows in a transaction of their own, all of it in one go.
    pub(crate) async fn commit(self, connection: &mut SqliteConnection) -> Result<(), Halt> {
        // A statement by itself is a transaction, and has less to do.
        let is_alone = self.streams.is_empty() && self.events.len() <= MOST_ROWS;
        let mut script = Script::default();
        if !is_alone {
            script.add("BEGIN IMMEDIATE;");
        }
        self.write(&mut script).map_err(|error| Halt {
            at: HaltedAt::Begin,
            error: sqlx::Error::Encode(error),
        })?;
        if !is_alone {
            script.add("COMMIT;");
        }
        let last = script.texts.len().saturating_sub(1);
        script.run(connection).await.map_err(|failed| Halt {
            at: match failed.done {
                _ if is_alone && is_busy(&failed.error) => HaltedAt::Begin,
                _ if is_alone && is_constraint(&failed.error) => HaltedAt::Insert,
                done if done == last => HaltedAt::Commit,
                0 => HaltedAt::Begin,
                _ => HaltedAt::Insert,
            },
            error: failed.error,
        })
    }

    fn write(&self, script: &mut Script) -> Result<(), BoxDynError> {
        script.insert(&STREAMS, &self.streams, |values, (key, stream)| {
            values.add(*key)?;
            values.add(stream.as_str().to_owned())
        })?;
        script.insert(&EVENTS, &self.events, |values, row| {
            values.add(row.position)?;
            values.add(row.stream_key)?;
            values.add(row.version)?;
            values.add(row.recorded_at)?;
            values.add(row.event.schema_version)?;
            values.add(row.event.id.to_vec())?;
            values.add(Arc::clone(&row.event.event_type))?;
            values.add(Arc::clone(&row.event.metadata))?;
            values.add(row.event.payload.clone())
        })
    }
}

/// Statements that run one after the other, and what is bound in them.
#[derive(Default)]
struct Script {
    texts: Vec<&'static str>,
    values: SqliteArguments,
    /// How many values the places that are empty at the end would have.
    missing: usize,
}

impl Script {
    fn add(&mut self, statement: &'static str) {
        self.texts.push(statement);
    }

    /// Adds statements that write `rows`, each with a value for each of the columns.
    fn insert<R>(
        &mut self,
        statements: &'static Statements,
        rows: &[R],
        bind: impl Fn(&mut SqliteArguments, &R) -> Result<(), BoxDynError>,
    ) -> Result<(), BoxDynError> {
        for rows in rows.chunks(MOST_ROWS) {
            // Values are told apart by their order alone.
            for _ in 0..std::mem::take(&mut self.missing) {
                self.values.add(None::<i64>)?;
            }
            let fitting = PLACES.into_iter().zip(&statements.texts);
            let Some((places, text)) = fitting.into_iter().find(|(p, _)| *p >= rows.len()) else {
                continue;
            };
            self.add(text);
            if places > 1 {
                self.values.add(i64::try_from(rows.len())?)?;
            }
            for row in rows {
                bind(&mut self.values, row)?;
            }
            self.missing = (places - rows.len()) * statements.columns;
        }
        Ok(())
    }

    async fn run(self, connection: &mut SqliteConnection) -> Result<(), Failed> {
        let mut done = 0;
        let all = self.texts.len();
        let mut results = match self.texts.as_slice() {
            [one] => connection.fetch_many(sqlx::query_with(*one, self.values)),
            several => {
                let text = AssertSqlSafe(several.concat());
                connection.fetch_many(sqlx::query_with(text, self.values))
            }
        };
        // After the last of them nothing more is waited for.
        while done < all {
            match results.try_next().await {
                Ok(Some(Either::Left(_))) => done += 1,
                Ok(Some(Either::Right(_))) => {}
                Ok(None) => break,
                Err(error) => return Err(Failed { done, error }),
            }
        }
        Ok(())
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
