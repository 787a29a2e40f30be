//! Owns how rows of runs are looked over: which runs of which streams they have, and which ids, but not what
//! stands in them.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::scan::{number, take, token};
use crate::tail::{IdBytes, RunPlace};

/// So many rows after a position. Of one that has a single event, its beginning says all.
const AFTER: &str = "SELECT position, event_ids, \
        iif(length(event_ids) = 16, substr(events, 1, 100), events) \
    FROM runs WHERE position > ?1 ORDER BY position LIMIT ?2 + 0";

/// Where runs are, and their ids, up to a position.
#[derive(Debug, Default)]
pub(crate) struct Outlines {
    /// By the keys of their streams, each in the order of the log.
    pub(crate) streams: BTreeMap<i64, Vec<RunPlace>>,
    pub(crate) ids: Vec<(IdBytes, i64)>,
    /// The position of the last event.
    pub(crate) to: i64,
}

/// Looks over at most so many rows after a position.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where a row cannot be read.
pub(crate) async fn outlines_after(
    position: i64,
    limit: i64,
    connection: &mut SqliteConnection,
) -> Result<Outlines, sqlx::Error> {
    let mut outlines = Outlines {
        to: position,
        ..Outlines::default()
    };
    let mut rows = sqlx::query(AFTER)
        .bind(position)
        .bind(limit)
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        outlines.add(&row)?;
    }
    Ok(outlines)
}

impl Outlines {
    fn add(&mut self, row: &SqliteRow) -> Result<(), sqlx::Error> {
        let position = row.try_get_unchecked(0)?;
        let ids: &[u8] = row.try_get_unchecked(1)?;
        let events: &[u8] = row.try_get_unchecked(2)?;
        self.add_row(position, ids, events).map_err(|problem| {
            sqlx::Error::Decode(format!("the runs at position {position}: {problem}").into())
        })
    }

    fn add_row(&mut self, row: i64, ids: &[u8], mut events: &[u8]) -> Result<(), String> {
        let (ids, rest) = ids.as_chunks::<16>();
        let count = i64::try_from(ids.len()).map_err(|e| e.to_string())?;
        let is_whole = rest.is_empty() && count > 0;
        let end = row.checked_add(count - 1).filter(|_| is_whole);
        let end = end.ok_or("its ids are none")?;
        let text = &mut events;
        token(text, b"[")?;
        let (one, two) = (number(text)?, number(text)?);
        if text.first() == Some(&b'[') {
            let (mut count, mut bytes, mut position) = (one, two, row);
            loop {
                let mut run = take(text, usize::try_from(bytes).map_err(|e| e.to_string())?)?;
                token(&mut run, b"[")?;
                let (begin, key) = (number(&mut run)?, number(&mut run)?);
                self.add_run(row, key, count, run)?;
                if begin != position || count < 1 {
                    return Err("a run does not follow the one before it".to_owned());
                }
                position = begin.checked_add(count).ok_or("its position is too high")?;
                match take(text, 1)? {
                    b"," => (count, bytes) = (number(text)?, number(text)?),
                    b"]" => break,
                    _ => return Err("its runs do not end".to_owned()),
                }
            }
            if position - 1 != end {
                return Err("it has not as many ids as events".to_owned());
            }
        } else {
            self.add_run(row, two, count, text)?;
            if one != row {
                return Err(format!("its first event says that it is at {one}"));
            }
        }
        let positions = row..=end;
        self.ids.extend(ids.iter().copied().zip(positions));
        self.to = end;
        Ok(())
    }

    /// Adds a run from what comes after its position and the key of its stream on.
    fn add_run(&mut self, row: i64, key: i64, count: i64, mut run: &[u8]) -> Result<(), String> {
        let first = number(&mut run)?;
        let last = first.checked_add(count - 1).filter(|_| first > 0);
        let last = last.ok_or_else(|| format!("its version is {first}"))?;
        let place = RunPlace { row, first, last };
        self.streams.entry(key).or_default().push(place);
        Ok(())
    }
}
