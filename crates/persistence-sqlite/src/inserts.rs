//! Owns how what an append brings becomes rows. Only values are bound; the text of a statement depends on
//! nothing but how many places for rows it has.

use std::sync::{Arc, LazyLock};

use futures_util::TryStreamExt;
use shared_kernel::StreamId;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

use crate::error::{is_busy, may_be_committed};
use crate::linger::LINGER;
use crate::run_rows::{RunRow, RunRows, side_by_side};
use crate::stream_head::{StreamHead, StreamPart};

/// How many rows one statement writes at most.
const MOST_ROWS: usize = 256;

/// For how many rows a statement has places. Few sizes make few texts, so that they stay prepared;
/// places that stay empty cost little.
const PLACES: [usize; 7] = [1, 4, 16, 32, 64, 128, MOST_ROWS];

/// The statements that write rows into one table, by their places.
struct Statements {
    columns: usize,
    texts: [String; PLACES.len()],
}

static STREAMS: LazyLock<Statements> =
    LazyLock::new(|| Statements::new("INSERT INTO streams", &["stream_key", "name"]));

static RUNS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["position", "event_ids", "events", "payload"];
    Statements::new("INSERT INTO runs", &columns)
});

/// Ids of events side by side, as the bytes of all of them. OR ROLLBACK, since a transaction in which this fails
/// is given up anyway: SQLite then keeps nothing aside to take back the statement alone.
const EVENT_IDS: &str = "INSERT OR ROLLBACK INTO event_ids (event_id, position) \
    SELECT substr(?, 16 * nth + 1, 16), ? + nth FROM nth_event WHERE nth < ?;";

/// How many ids [`EVENT_IDS`] takes: so many numbers [`PREPARE_CONNECTION`] puts into `nth_event`.
const MOST_IDS: usize = 1_024;

static STREAM_PARTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "first_version", "runs"];
    Statements::new("INSERT OR ROLLBACK INTO stream_parts", &columns)
});

static STREAM_HEADS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "version", "first_version", "runs"];
    Statements::new("INSERT OR REPLACE INTO stream_heads", &columns)
});

/// Makes it possible that a connection writes one run, and what leads to it, in one statement, [`APPEND_RUN`]:
/// each statement of a transaction wakes the task that waits for the last one. And the numbers that ids are
/// counted with.
pub(crate) const PREPARE_CONNECTION: &str = "
    CREATE TEMP TABLE IF NOT EXISTS nth_event (nth INTEGER PRIMARY KEY);
    WITH RECURSIVE up (nth) AS (SELECT 0 UNION ALL SELECT nth + 1 FROM up WHERE nth < 1023)
        INSERT OR IGNORE INTO nth_event SELECT nth FROM up;
    CREATE TEMP VIEW IF NOT EXISTS one_run (stream, position, event_ids, events, payload,
            part_first_version, part_runs, stream_key, version, first_version, runs)
        AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;
    CREATE TEMP TRIGGER IF NOT EXISTS one_run_is_appended INSTEAD OF INSERT ON one_run
    BEGIN
        INSERT INTO runs (position, event_ids, events, payload)
            VALUES (NEW.position, NEW.event_ids, NEW.events, NEW.payload);
        INSERT INTO event_ids (event_id, position)
            SELECT substr(NEW.event_ids, 16 * nth + 1, 16), NEW.position + nth
            FROM nth_event WHERE nth < length(NEW.event_ids) / 16;
        INSERT OR REPLACE INTO stream_heads (stream_key, version, first_version, runs)
            VALUES (NEW.stream_key, NEW.version, NEW.first_version, NEW.runs);
    END;
    CREATE TEMP TRIGGER IF NOT EXISTS one_run_begins_a_stream INSTEAD OF INSERT ON one_run
    WHEN NEW.stream IS NOT NULL
    BEGIN
        INSERT INTO streams (stream_key, name) VALUES (NEW.stream_key, NEW.stream);
    END;
    CREATE TEMP TRIGGER IF NOT EXISTS one_run_ends_a_part INSTEAD OF INSERT ON one_run
    WHEN NEW.part_runs IS NOT NULL
    BEGIN
        INSERT INTO stream_parts (stream_key, first_version, runs)
            VALUES (NEW.stream_key, NEW.part_first_version, NEW.part_runs);
    END;
";

/// The part and the name are NULL where there is none, or where the stream has it already.
const APPEND_RUN: &str = "INSERT INTO one_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);";

impl Statements {
    fn new(insert_into: &str, columns: &[&str]) -> Self {
        let into = format!("{insert_into} ({})", columns.join(", "));
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

/// Rows that are to be written together, each table's in order. What a stream's head is after it is told
/// with them, by their keys in order, since side by side they are in the file.
#[derive(Default)]
pub(crate) struct Inserts {
    pub(crate) streams: Vec<(i64, StreamId)>,
    pub(crate) runs: RunRows,
    pub(crate) parts: Vec<StreamPart>,
}

impl Inserts {
    /// Writes the rows inside the transaction that is open.
    pub(crate) async fn run(
        self,
        heads: Vec<&StreamHead>,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let mut script = Script::default();
        self.write(heads, &mut script)
            .map_err(sqlx::Error::Encode)?;
        script.run(connection).await.map_err(|failed| failed.error)
    }

    /// Writes the rows in a transaction of their own, all of it in one go. The connection has to be
    /// [prepared](PREPARE_CONNECTION). Where a `turn` is told, its thread [lingers](LINGER) afterwards.
    pub(crate) async fn commit(
        self,
        heads: Vec<&StreamHead>,
        turn: Option<String>,
        connection: &mut SqliteConnection,
    ) -> Result<(), Halt> {
        let encoding = |error| Halt {
            at: HaltedAt::Begin,
            error: sqlx::Error::Encode(error),
        };
        let mut script = Script::default();
        if let ([_], [head], 0 | 1, 0 | 1) = (
            self.runs.rows(),
            &heads[..],
            self.streams.len(),
            self.parts.len(),
        ) {
            self.write_run(head, &mut script).map_err(encoding)?;
            script.end_with(LINGER, turn).map_err(encoding)?;
            // A statement by itself is a transaction.
            return script.run(connection).await.map_err(|failed| Halt {
                at: match failed.error {
                    ref error if is_busy(error) => HaltedAt::Begin,
                    ref error if may_be_committed(error) => HaltedAt::Commit,
                    _ => HaltedAt::Insert,
                },
                error: failed.error,
            });
        }
        script.add("BEGIN IMMEDIATE;");
        self.write(heads, &mut script).map_err(encoding)?;
        script.add("COMMIT;");
        let last = script.texts.len().saturating_sub(1);
        script.end_with(LINGER, turn).map_err(encoding)?;
        script.run(connection).await.map_err(|failed| Halt {
            at: match failed.done {
                0 => HaltedAt::Begin,
                done if done == last => HaltedAt::Commit,
                _ => HaltedAt::Insert,
            },
            error: failed.error,
        })
    }

    /// Adds the statement that writes the only run, and what leads to it.
    fn write_run(self, head: &StreamHead, script: &mut Script) -> Result<(), BoxDynError> {
        script.add(APPEND_RUN);
        let name = self.streams.first().map(|(_, stream)| stream.as_str());
        script.values.add(name)?;
        for row in self.runs.into_rows() {
            row.bind(&mut script.values)?;
        }
        let part = self.parts.into_iter().next();
        let part = part.map(|part| (part.first_version, part.runs)).unzip();
        script.values.add(part.0)?;
        script.values.add(part.1)?;
        head.bind(&mut script.values)
    }

    fn write(self, heads: Vec<&StreamHead>, script: &mut Script) -> Result<(), BoxDynError> {
        let ids = side_by_side(self.runs.rows(), MOST_IDS);
        script.insert(&STREAMS, self.streams, |values, (key, stream)| {
            values.add(key)?;
            values.add(stream.as_str())
        })?;
        script.insert(&RUNS, self.runs.into_rows(), |values, row| row.bind(values))?;
        for (first, ids) in ids {
            let count = i64::try_from(ids.len() / 16)?;
            script.fill()?;
            script.add(EVENT_IDS);
            script.values.add(ids)?;
            script.values.add(first)?;
            script.values.add(count)?;
        }
        script.insert(&STREAM_PARTS, self.parts, |values, part| {
            values.add(part.key)?;
            values.add(part.first_version)?;
            values.add(part.runs)
        })?;
        script.insert(&STREAM_HEADS, heads, |values, head| head.bind(values))
    }
}

impl RunRow {
    fn bind(self, values: &mut SqliteArguments) -> Result<(), BoxDynError> {
        values.add(self.position)?;
        values.add(self.event_ids)?;
        values.add(self.events)?;
        values.add(self.payload)
    }
}

impl StreamHead {
    fn bind(&self, values: &mut SqliteArguments) -> Result<(), BoxDynError> {
        values.add(self.key)?;
        values.add(self.version.as_i64())?;
        values.add(self.first_version)?;
        values.add(Arc::<str>::from(self.runs.as_str()))
    }
}

/// Statements that run one after the other, and what is bound in them.
#[derive(Default)]
struct Script {
    texts: Vec<&'static str>,
    values: SqliteArguments,
    /// How many values the places that are empty at the end would have.
    missing: usize,
    /// How many statements at the end nobody waits for.
    unawaited: usize,
}

impl Script {
    fn add(&mut self, statement: &'static str) {
        self.texts.push(statement);
    }

    /// Adds statements that write `rows`, each with a value for each of the columns.
    fn insert<R>(
        &mut self,
        statements: &'static Statements,
        rows: Vec<R>,
        bind: impl Fn(&mut SqliteArguments, R) -> Result<(), BoxDynError>,
    ) -> Result<(), BoxDynError> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let taken = rows.len().min(MOST_ROWS);
            self.fill()?;
            let mut fitting = PLACES.into_iter().zip(&statements.texts);
            let (places, text) = fitting
                .find(|(places, _)| *places >= taken)
                .ok_or("no statement has places for so many rows")?;
            self.add(text);
            self.values.reserve(places * statements.columns + 1, 0);
            if places > 1 {
                self.values.add(i64::try_from(taken)?)?;
            }
            for row in rows.by_ref().take(taken) {
                bind(&mut self.values, row)?;
            }
            self.missing = (places - taken) * statements.columns;
        }
        Ok(())
    }

    /// Adds a statement with one value for whose end nobody waits.
    fn end_with(
        &mut self,
        statement: &'static str,
        value: Option<String>,
    ) -> Result<(), BoxDynError> {
        self.fill()?;
        self.add(statement);
        self.unawaited += 1;
        self.values.add(value)
    }

    /// Fills the places that are empty, before another statement: values are told apart by their order alone.
    fn fill(&mut self) -> Result<(), BoxDynError> {
        for _ in 0..std::mem::take(&mut self.missing) {
            self.values.add(None::<i64>)?;
        }
        Ok(())
    }

    async fn run(self, connection: &mut SqliteConnection) -> Result<(), Failed> {
        let mut done = 0;
        let all = self.texts.len() - self.unawaited;
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
