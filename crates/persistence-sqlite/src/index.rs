//! Owns the index: what leads to events by their streams and by their ids. It follows the log, for many commits at
//! once, since it costs more pages than the events themselves.

use std::sync::{Arc, LazyLock};

use foldhash::{HashMap, HashMapExt};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, Executor, Row};

use crate::inserts::MOST_IDS;
use crate::known_log::read_end_and_tail;
use crate::names::Names;
use crate::run_outlines::{Outlines, outlines_after};
use crate::script::{Script, Statements};
use crate::stream_head::{StreamHead, StreamPart};
use crate::tail::{IdBytes, Tail, indexed};

/// Ids of events side by side, and their positions as numbers of 20 digits each. One that is there already stays; no
/// store lets that happen, and a check finds it.
const IDS: &str = "INSERT OR IGNORE INTO indexed_ids (event_id, position) \
    SELECT substr(?, 16 * nth + 1, 16), CAST(substr(?, 20 * nth + 1, 20) AS INTEGER) \
    FROM nth_event WHERE nth < ?;";

static PARTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "first_version", "runs"];
    Statements::new("INSERT INTO stream_parts", &columns)
});

static HEADS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = ["stream_key", "version", "first_version", "runs"];
    Statements::new("INSERT OR REPLACE INTO indexed_streams", &columns)
});

/// How many digits [`IDS`] takes for each position.
const DIGITS: usize = 20;

/// The rows of streams with some keys.
const HEADS_OF: &str = "SELECT stream_key, version, first_version, runs FROM indexed_streams \
    WHERE stream_key IN (SELECT value + 0 FROM json_each(?1))";

/// How many rows of runs are indexed at once where they have to be read.
const STEP: i64 = 4_096;

/// Brings the index to the end of the log, in one transaction, and gives the position that it goes to.
///
/// # Errors
/// What SQLite says of the file; then the transaction is open still, or rolled back.
pub(crate) async fn catch_up(
    connection: &mut SqliteConnection,
    tail: &Tail,
    names: &Names,
) -> Result<i64, sqlx::Error> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let (through, _) = indexed(connection).await?;
    let end = read_end_and_tail(connection, tail, names)
        .await?
        .log
        .position;
    if end > through {
        write(connection, tail.outlines_after(through)).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(end)
}

/// Brings the index to the end of a log that nothing is known of, inside the transaction that is open.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where a row cannot be read.
pub(crate) async fn read_and_index(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let (mut through, _) = indexed(connection).await?;
    loop {
        let outlines = outlines_after(through, STEP, connection).await?;
        if outlines.ids.is_empty() {
            return Ok(());
        }
        through = outlines.to;
        write(connection, outlines).await?;
    }
}

/// Writes what leads to some runs, which come right after what is indexed.
async fn write(connection: &mut SqliteConnection, outlines: Outlines) -> Result<(), sqlx::Error> {
    let mut known = heads_of(connection, outlines.streams.keys()).await?;
    let mut heads = Vec::with_capacity(outlines.streams.len());
    let mut parts: Vec<StreamPart> = Vec::new();
    for (key, runs) in outlines.streams {
        let mut head = known.remove(&key).unwrap_or_else(|| StreamHead::new(key));
        for run in runs {
            let follows = head.skip_to(run.first - 1);
            follows.ok_or_else(|| broken(key, "its version goes back"))?;
            parts.extend(head.add(run.row, run.last));
        }
        heads.push(head);
    }
    let mut ids = outlines.ids;
    ids.sort_unstable();
    let mut script = Script::default();
    script
        .index(&ids, parts, heads, outlines.to)
        .map_err(sqlx::Error::Encode)?;
    script.run(connection).await.map_err(|failed| failed.error)
}

async fn heads_of(
    connection: &mut SqliteConnection,
    keys: impl Iterator<Item = &i64>,
) -> Result<HashMap<i64, StreamHead>, sqlx::Error> {
    let keys: Vec<_> = keys.collect();
    let rows = sqlx::query(HEADS_OF).bind(serde_json::json!(keys).to_string());
    let rows = rows.fetch_all(connection).await?;
    let mut heads = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = row.try_get_unchecked(0)?;
        let runs: String = row.try_get_unchecked(3)?;
        if !(runs.starts_with('[') && runs.ends_with(']')) {
            return Err(broken(key, "its runs are no list"));
        }
        let head = StreamHead {
            key,
            version: row.try_get_unchecked(1)?,
            first_version: row.try_get_unchecked(2)?,
            runs,
        };
        heads.insert(key, head);
    }
    Ok(heads)
}

fn broken(key: i64, problem: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the stream with the key {key}: {problem}").into())
}

impl Script {
    fn index(
        &mut self,
        ids: &[(IdBytes, i64)],
        parts: Vec<StreamPart>,
        heads: Vec<StreamHead>,
        through: i64,
    ) -> Result<(), BoxDynError> {
        for ids in ids.chunks(MOST_IDS) {
            let mut positions = vec![b'0'; DIGITS * ids.len()];
            for ((_, position), digits) in ids.iter().zip(positions.chunks_mut(DIGITS)) {
                let mut text = itoa::Buffer::new();
                let text = text.format(*position).as_bytes();
                let begin = digits.len().saturating_sub(text.len());
                digits[begin..].copy_from_slice(text);
            }
            let count = i64::try_from(ids.len())?;
            let ids: Vec<u8> = ids.iter().flat_map(|(id, _)| *id).collect();
            self.add(IDS);
            self.values.add(ids)?;
            self.values.add(positions)?;
            self.values.add(count)?;
        }
        self.insert(&PARTS, parts, |values, part| {
            values.add(part.key)?;
            values.add(part.first_version)?;
            values.add(part.runs)
        })?;
        self.insert(&HEADS, heads, |values, head| head.bind(values))?;
        self.fill()?;
        self.add("UPDATE indexed SET through = ?;");
        self.values.add(through)
    }
}

impl StreamHead {
    fn bind(self, values: &mut SqliteArguments) -> Result<(), BoxDynError> {
        values.add(self.key)?;
        values.add(self.version)?;
        values.add(self.first_version)?;
        values.add(Arc::<str>::from(self.runs))
    }
}
