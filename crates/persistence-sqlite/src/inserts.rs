//! Owns how what an append brings becomes rows. Only values are bound; the text of a statement depends on
//! nothing but how many places for rows it has.

use std::sync::LazyLock;

use futures_util::TryStreamExt;
use shared_kernel::StreamId;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

use crate::encoded_run::EncodedRun;
use crate::error::{is_busy, may_be_committed};
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

// OR ROLLBACK, since a transaction in which this fails is given up anyway: SQLite then keeps nothing aside
// to take back the statement alone.
static EVENT_IDS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(
        "INSERT OR ROLLBACK INTO event_ids",
        &["event_id", "position"],
    )
});

static STREAM_PARTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "first_version", "runs"];
    Statements::new("INSERT OR ROLLBACK INTO stream_parts", &columns)
});

static STREAM_HEADS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "version", "first_version", "runs"];
    Statements::new("INSERT OR REPLACE INTO stream_heads", &columns)
});

/// Makes it possible that a connection writes a run of one event, and what leads to it, in one statement,
/// [`APPEND_ONE`]: each statement of a transaction wakes the task that waits for the last one.
pub(crate) const PREPARE_CONNECTION: &str = "
    CREATE TEMP VIEW IF NOT EXISTS one_event
        (position, event_id, events, payload, stream_key, version, first_version, runs)
        AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;
    CREATE TEMP TRIGGER IF NOT EXISTS one_event_is_appended INSTEAD OF INSERT ON one_event
    BEGIN
        INSERT INTO runs (position, event_ids, events, payload)
            VALUES (NEW.position, NEW.event_id, NEW.events, NEW.payload);
        INSERT INTO event_ids (event_id, position) VALUES (NEW.event_id, NEW.position);
        INSERT OR REPLACE INTO stream_heads (stream_key, version, first_version, runs)
            VALUES (NEW.stream_key, NEW.version, NEW.first_version, NEW.runs);
    END;
";

const APPEND_ONE: &str = "INSERT INTO one_event VALUES (?, ?, ?, ?, ?, ?, ?, ?);";

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

/// A run at its place.
pub(crate) struct PlacedRun {
    /// The position of its first event.
    pub(crate) position: i64,
    pub(crate) stream_key: i64,
    /// The version of its first event.
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) recorded_at: i64,
    pub(crate) run: EncodedRun,
}

impl PlacedRun {
    /// The column `events`.
    fn events(&self) -> String {
        let mut text = String::with_capacity(self.run.events.len() + 64);
        text.push('[');
        for number in [
            self.position,
            self.stream_key,
            self.version,
            self.recorded_at,
        ] {
            text.push_str(itoa::Buffer::new().format(number));
            text.push(',');
        }
        text.push_str(&self.run.events);
        text
    }
}

/// Rows that are to be written together, each table's in order. What a stream's head is after it is told
/// with them.
#[derive(Default)]
pub(crate) struct Inserts {
    pub(crate) streams: Vec<(i64, StreamId)>,
    pub(crate) runs: Vec<PlacedRun>,
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
    /// [prepared](PREPARE_CONNECTION).
    pub(crate) async fn commit(
        self,
        heads: Vec<&StreamHead>,
        connection: &mut SqliteConnection,
    ) -> Result<(), Halt> {
        let encoding = |error| Halt {
            at: HaltedAt::Begin,
            error: sqlx::Error::Encode(error),
        };
        let mut script = Script::default();
        if let Some((placed, head)) = self.one_event(&heads) {
            script.one_event(placed, head).map_err(encoding)?;
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
        script.run(connection).await.map_err(|failed| Halt {
            at: match failed.done {
                0 => HaltedAt::Begin,
                done if done == last => HaltedAt::Commit,
                _ => HaltedAt::Insert,
            },
            error: failed.error,
        })
    }

    /// The run of one event and its head, where there is nothing else to be written.
    fn one_event<'h>(&self, heads: &[&'h StreamHead]) -> Option<(&PlacedRun, &'h StreamHead)> {
        match (&self.runs[..], heads) {
            ([placed], [head])
                if placed.run.count == 1 && self.streams.is_empty() && self.parts.is_empty() =>
            {
                Some((placed, head))
            }
            _ => None,
        }
    }

    fn write(&self, mut heads: Vec<&StreamHead>, script: &mut Script) -> Result<(), BoxDynError> {
        // Side by side in the file, where their keys are.
        heads.sort_unstable_by_key(|head| head.key);
        script.insert(&STREAMS, self.streams.iter(), |values, (key, stream)| {
            values.add(*key)?;
            values.add(stream.as_str().to_owned())
        })?;
        script.insert(&RUNS, self.runs.iter(), |values, placed| {
            values.add(placed.position)?;
            values.add(placed.run.event_ids.clone())?;
            values.add(placed.events())?;
            values.add(placed.run.payload.clone())
        })?;
        let ids = self.runs.iter().flat_map(|placed| {
            let (ids, _) = placed.run.event_ids.as_chunks::<16>();
            (0..)
                .zip(ids)
                .map(|(step, id)| (id, placed.position + step))
        });
        script.insert(&EVENT_IDS, ids, |values, (id, position)| {
            values.add(id.to_vec())?;
            values.add(position)
        })?;
        script.insert(&STREAM_PARTS, self.parts.iter(), |values, part| {
            values.add(part.key)?;
            values.add(part.first_version)?;
            values.add(part.runs.clone())
        })?;
        script.insert(&STREAM_HEADS, heads.iter(), |values, head| {
            values.add(head.key)?;
            values.add(head.version.as_i64())?;
            values.add(head.first_version)?;
            values.add(head.runs.clone())
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

    /// Adds the statement that writes a run of one event and its head.
    fn one_event(&mut self, placed: &PlacedRun, head: &StreamHead) -> Result<(), BoxDynError> {
        self.add(APPEND_ONE);
        self.values.add(placed.position)?;
        self.values.add(placed.run.event_ids.clone())?;
        self.values.add(placed.events())?;
        self.values.add(placed.run.payload.clone())?;
        self.values.add(head.key)?;
        self.values.add(head.version.as_i64())?;
        self.values.add(head.first_version)?;
        self.values.add(head.runs.clone())
    }

    /// Adds statements that write `rows`, each with a value for each of the columns.
    fn insert<R>(
        &mut self,
        statements: &'static Statements,
        rows: impl Iterator<Item = R> + Clone,
        bind: impl Fn(&mut SqliteArguments, R) -> Result<(), BoxDynError>,
    ) -> Result<(), BoxDynError> {
        let mut left = rows.clone().count();
        let mut rows = rows;
        while left > 0 {
            let taken = left.min(MOST_ROWS);
            left -= taken;
            // Values are told apart by their order alone.
            for _ in 0..std::mem::take(&mut self.missing) {
                self.values.add(None::<i64>)?;
            }
            let mut fitting = PLACES.into_iter().zip(&statements.texts);
            let Some((places, text)) = fitting.find(|(places, _)| *places >= taken) else {
                continue;
            };
            self.add(text);
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
