//! The yardstick: a loop in hand-written rusqlite, as a good programmer writes it.
//!
//! It reads the log 512 events at a time, and commits the rows of each batch with its position. Its
//! statements are prepared once. It has a write-ahead log and `synchronous=NORMAL`.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::Outcome;
use crate::annals::number;
use crate::items::{Change, FORGET_WORDS, STATUS, TABLES, UPSERT, WORDS};

const BATCH: i64 = 512;

/// The table or view of the log.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// The view of a store for people and other programs.
    History,
    /// A plain table with one row for each event, as the programmer would have written it.
    Plain,
}

pub(crate) struct Loop {
    log: Connection,
    rows: Connection,
    select: &'static str,
}

impl Loop {
    pub(crate) fn open(log: &Path, source: Source, rows: &Path) -> Outcome<Self> {
        let log = Connection::open(log)?;
        log.pragma_update(None, "cache_size", -16_384)?;
        let connection = Connection::open(rows)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(
            "CREATE TABLE progress (through INTEGER NOT NULL) STRICT;
             INSERT INTO progress VALUES (0)",
        )?;
        Ok(Self {
            log,
            rows: connection,
            select: match source {
                Source::History => {
                    "SELECT position, stream, version, payload FROM history \
                     WHERE position > ?1 AND position <= ?1 + ?2 ORDER BY position"
                }
                Source::Plain => {
                    "SELECT position, stream, version, payload FROM events \
                     WHERE position > ?1 ORDER BY position LIMIT ?2"
                }
            },
        })
    }

    /// Brings the rows up to the end of the log.
    pub(crate) fn catch_up(&mut self) -> Outcome<i64> {
        let mut through: i64 = self
            .rows
            .query_row("SELECT through FROM progress", [], |row| row.get(0))?;
        loop {
            let mut select = self.log.prepare_cached(self.select)?;
            let mut events = select.query(params![through, BATCH])?;
            let before = through;
            let transaction = self.rows.transaction()?;
            {
                let mut upsert = transaction.prepare_cached(UPSERT)?;
                let mut forget = transaction.prepare_cached(FORGET_WORDS)?;
                let mut words = transaction.prepare_cached(WORDS)?;
                let mut moved = transaction.prepare_cached(STATUS)?;
                while let Some(event) = events.next()? {
                    let position: i64 = event.get(0)?;
                    let number = number(event.get_ref(1)?.as_str()?).ok_or("not an item")?;
                    let version: i64 = event.get(2)?;
                    match serde_json::from_str(event.get_ref(3)?.as_str()?)? {
                        Change::Moved { status } => {
                            moved.execute(params![number, status, version, position])?;
                        }
                        Change::Described {
                            title,
                            text,
                            status,
                            assignee,
                            priority,
                            risk,
                        } => {
                            let row = params![
                                number, title, status, assignee, priority, risk, version, position
                            ];
                            upsert.execute(row)?;
                            forget.execute([number])?;
                            words.execute(params![number, title, text])?;
                        }
                    }
                    through = position;
                }
                let mut progress =
                    transaction.prepare_cached("UPDATE progress SET through = ?1")?;
                progress.execute([through])?;
            }
            transaction.commit()?;
            if through == before {
                return Ok(through);
            }
        }
    }
}
