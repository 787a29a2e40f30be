//! Owns how what an append brings becomes rows: runs, and the names of new streams. What leads to them follows
//! later, for many appends at once.

use std::sync::LazyLock;

use shared_kernel::StreamId;
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};

use crate::error::{is_busy, may_be_committed};
use crate::linger::LINGER;
use crate::run_rows::{RunRow, RunRows};
use crate::script::{Script, Statements};

static STREAMS: LazyLock<Statements> =
    LazyLock::new(|| Statements::new("INSERT INTO streams", &["stream_key", "name"]));

static RUNS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["position", "event_ids", "events", "payload"];
    Statements::new("INSERT INTO runs", &columns)
});

/// Fails where one of some ids, side by side, is that of an event that the index leads to.
const NEW_IDS: &str = "INSERT INTO never (happens) SELECT NULL FROM nth_event, (SELECT ? AS ids) \
    WHERE nth < ? AND EXISTS \
        (SELECT 1 FROM indexed_ids WHERE event_id = substr(ids, 16 * nth + 1, 16));";

/// How many ids a statement takes at once: so many numbers [`PREPARE_CONNECTION`] puts into `nth_event`.
pub(crate) const MOST_IDS: usize = 1_024;

/// Makes it possible that a connection writes one row of runs in one statement, [`APPEND_ROW`]:
/// each statement of a transaction wakes the task that waits for the last one. And the numbers that ids are
/// counted with.
pub(crate) const PREPARE_CONNECTION: &str = "
    CREATE TEMP TABLE IF NOT EXISTS nth_event (nth INTEGER PRIMARY KEY);
    WITH RECURSIVE up (nth) AS (SELECT 0 UNION ALL SELECT nth + 1 FROM up WHERE nth < 1023)
        INSERT OR IGNORE INTO nth_event SELECT nth FROM up;
    CREATE TEMP TABLE IF NOT EXISTS never (happens NOT NULL);
    CREATE TEMP VIEW IF NOT EXISTS one_row (stream_key, stream, position, event_ids, events, payload)
        AS SELECT NULL, NULL, NULL, NULL, NULL, NULL;
    CREATE TEMP TRIGGER IF NOT EXISTS one_row_is_appended INSTEAD OF INSERT ON one_row
    BEGIN
        SELECT RAISE (ABORT, 'there is an event with such an id')
            FROM nth_event WHERE nth < length(NEW.event_ids) / 16 AND EXISTS
                (SELECT 1 FROM indexed_ids WHERE event_id = substr(NEW.event_ids, 16 * nth + 1, 16));
        INSERT INTO runs (position, event_ids, events, payload)
            VALUES (NEW.position, NEW.event_ids, NEW.events, NEW.payload);
    END;
    CREATE TEMP TRIGGER IF NOT EXISTS one_row_begins_a_stream INSTEAD OF INSERT ON one_row
    WHEN NEW.stream IS NOT NULL
    BEGIN
        INSERT INTO streams (stream_key, name) VALUES (NEW.stream_key, NEW.stream);
    END;
";

/// The stream is NULL where it is there already.
const APPEND_ROW: &str = "INSERT INTO one_row VALUES (?, ?, ?, ?, ?, ?);";

/// Rows that are to be written together, each table's in order.
#[derive(Default)]
pub(crate) struct Inserts {
    pub(crate) streams: Vec<(i64, StreamId)>,
    pub(crate) runs: RunRows,
    /// Whether the index may lead to an event with one of the ids.
    pub(crate) ids_may_be_indexed: bool,
}

impl Inserts {
    /// Writes the rows inside the transaction that is open. The ids are known to be new.
    pub(crate) async fn run(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let mut script = Script::default();
        self.write(&mut script).map_err(sqlx::Error::Encode)?;
        script.run(connection).await.map_err(|failed| failed.error)
    }

    /// Writes the rows in a transaction of their own, all of it in one go, if the index leads to none of their ids. The
    /// connection has to be [prepared](PREPARE_CONNECTION). Where a `turn` is told, its thread
    /// [lingers](LINGER) afterwards.
    pub(crate) async fn commit(
        self,
        turn: Option<String>,
        connection: &mut SqliteConnection,
    ) -> Result<(), Halt> {
        let encoding = |error| Halt {
            at: HaltedAt::Begin,
            error: sqlx::Error::Encode(error),
        };
        let mut script = Script::default();
        if let ([_], [] | [_]) = (self.runs.rows(), &self.streams[..]) {
            if self.streams.is_empty() && !self.ids_may_be_indexed {
                self.write(&mut script).map_err(encoding)?;
            } else {
                self.write_row(&mut script).map_err(encoding)?;
            }
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
        if self.ids_may_be_indexed {
            let rows = self.runs.rows().iter();
            let ids: Vec<u8> = rows.flat_map(|row| &row.event_ids).copied().collect();
            for ids in ids.chunks(16 * MOST_IDS) {
                script.add_ids(ids.to_vec()).map_err(encoding)?;
            }
        }
        self.write(&mut script).map_err(encoding)?;
        script.add("COMMIT;");
        let last = script.awaited().saturating_sub(1);
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

    /// Adds the statement that writes the only row, and the stream that begins with it.
    fn write_row(self, script: &mut Script) -> Result<(), BoxDynError> {
        script.add(APPEND_ROW);
        let stream = self.streams.into_iter().next().unzip();
        script.values.add(stream.0)?;
        script.values.add(stream.1.as_ref().map(StreamId::as_str))?;
        for row in self.runs.into_rows() {
            row.bind(&mut script.values)?;
        }
        Ok(())
    }

    fn write(self, script: &mut Script) -> Result<(), BoxDynError> {
        script.insert(&STREAMS, self.streams, |values, (key, stream)| {
            values.add(key)?;
            values.add(stream.as_str())
        })?;
        script.insert(&RUNS, self.runs.into_rows(), |values, row| row.bind(values))
    }
}

impl Script {
    /// Adds the statement that fails where one of the ids is there already.
    fn add_ids(&mut self, ids: Vec<u8>) -> Result<(), BoxDynError> {
        let count = i64::try_from(ids.len() / 16)?;
        self.add(NEW_IDS);
        self.values.add(ids)?;
        self.values.add(count)
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
