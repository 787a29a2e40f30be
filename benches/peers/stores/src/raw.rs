//! The yardstick: hand-written rusqlite as a good programmer writes it, without layers around it.
//!
//! It has one connection behind a lock, statements prepared once, and one transaction per append. A
//! unique index refuses an append with a wrong expected version.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{CachedStatement, Connection, OpenFlags, params};
use subject::{Event, Outcome, Store, StreamWrite, Waiting, synchronous_name};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (stream, version)
)";
const INSERT: &str = "INSERT INTO events \
    (stream, version, event_id, type, schema_version, recorded_at, metadata, payload) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const LOAD: &str = "SELECT position, version, event_id, type, metadata, payload \
    FROM events WHERE stream = ?1 ORDER BY version";
const SCAN: &str = "SELECT position, version, event_id, type, metadata, payload \
    FROM events ORDER BY position";

/// One connection that all tasks share. `MAPPED_BYTES` of the file are mapped into memory: 0, which
/// is SQLite's default, or [`MAPPED`].
pub(crate) struct Raw<const MAPPED_BYTES: i64> {
    connection: Mutex<Connection>,
}

/// 1 GiB, enough for every data set here.
pub(crate) const MAPPED: i64 = 1 << 30;

/// An event that was read, owned by the caller.
struct Row {
    position: i64,
    version: i64,
    id: [u8; 16],
    event_type: String,
    metadata: Vec<u8>,
    payload: Vec<u8>,
}

/// The values of a row, ready to be bound to a statement.
pub(crate) struct Bound {
    stream: String,
    version: i64,
    id: [u8; 16],
    metadata: String,
    payload: String,
}

impl<const MAPPED_BYTES: i64> Raw<MAPPED_BYTES> {
    fn locked<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Outcome<T> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(work(&connection)?)
    }
}

impl<const MAPPED_BYTES: i64> Store for Raw<MAPPED_BYTES> {
    type Append = Vec<Bound>;

    const WAITING: Waiting = Waiting::Thread;

    async fn open(path: &Path) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
        connection.execute(TABLE, [])?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    async fn description(&self) -> Outcome<String> {
        let (journal, level): (String, i64) = self.locked(|connection| {
            Ok((
                connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?,
                connection.pragma_query_value(None, "synchronous", |row| row.get(0))?,
            ))
        })?;
        Ok(format!(
            "rusqlite 0.39 by hand, SQLite {}, journal_mode={journal}, synchronous={}, \
             mmap_size={MAPPED_BYTES}",
            rusqlite::version(),
            synchronous_name(level)
        ))
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Vec<Bound>> {
        let mut rows = Vec::new();
        for write in writes {
            for (version, event) in (write.expected + 1..).zip(write.events) {
                rows.push(Bound {
                    stream: write.stream.clone(),
                    version: i64::try_from(version)?,
                    id: event.id.into_bytes(),
                    metadata: event.metadata_text(),
                    payload: event.payload_text(),
                });
            }
        }
        Ok(rows)
    }

    async fn append(&self, rows: Vec<Bound>) -> Outcome<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let now = i64::try_from(now.as_micros())?;
        self.locked(|connection| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let inserted = insert(connection.prepare_cached(INSERT)?, &rows, now);
            let end = if inserted.is_ok() {
                "COMMIT"
            } else {
                "ROLLBACK"
            };
            connection.prepare_cached(end)?.execute([])?;
            inserted
        })
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        let rows = self.locked(|connection| {
            let mut statement = connection.prepare_cached(LOAD)?;
            let mut rows = statement.query([stream])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(event(row)?);
            }
            Ok(events)
        })?;
        Ok(rows.iter().filter(|row| row.is_whole()).count())
    }

    async fn scan(&self) -> Outcome<usize> {
        self.locked(|connection| {
            let mut statement = connection.prepare_cached(SCAN)?;
            let mut rows = statement.query([])?;
            let mut events = 0;
            while let Some(row) = rows.next()? {
                events += usize::from(event(row)?.is_whole());
            }
            Ok(events)
        })
    }

    async fn close(self) -> Outcome<()> {
        let connection = self
            .connection
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        connection.flush_prepared_statement_cache();
        connection.close().map_err(|(_, error)| error.into())
    }
}

impl Row {
    /// Uses every field, so that the compiler cannot remove the reading of any.
    fn is_whole(&self) -> bool {
        self.position > 0
            && self.version > 0
            && self.id != [0; 16]
            && !self.event_type.is_empty()
            && !self.metadata.is_empty()
            && !self.payload.is_empty()
    }
}

fn insert(mut insert: CachedStatement<'_>, rows: &[Bound], now: i64) -> rusqlite::Result<()> {
    for row in rows {
        insert.execute(params![
            row.stream,
            row.version,
            row.id,
            Event::TYPE,
            1,
            now,
            row.metadata,
            row.payload
        ])?;
    }
    Ok(())
}

fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let bytes = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_bytes()?.to_vec());
    Ok(Row {
        position: row.get(0)?,
        version: row.get(1)?,
        id: row.get(2)?,
        event_type: row.get(3)?,
        metadata: bytes(4)?,
        payload: bytes(5)?,
    })
}
