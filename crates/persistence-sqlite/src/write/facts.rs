//! The basis of a plan: the end of the log, and the versions of streams.
//!
//! The writer keeps the facts of its last commit, so that most commits read nothing. They hold as
//! long as the log ends where they say. Otherwise the INSERT of a commit fails, because its first
//! batch must begin right after the end of the log. For example, if another process has written
//! event 42, a plan that places its own event 42 is refused.

use foldhash::{HashMap, HashMapExt};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use shared_kernel::StreamId;
use shared_kernel::time::{Leap, RecordedTimes, from_micros};
use sqlite_file::{FileError, get, get_optional};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::read::row::json_list;

/// The most streams to remember; with their names that is about 10 MB.
const MAX_STREAMS: usize = 65_536;

/// A row for each stream in the list `?1`, or one row without a stream: the position, the time, the
/// leap and the highest stream key at the end of the log; the name, the key and the version of the
/// stream; the destination of a frozen store.
const READ: &str = "
    WITH ends AS MATERIALIZED (
        SELECT max(last_position) AS position,
            coalesce((SELECT max(stream_key) FROM streams), 0) AS stream_key FROM batches)
    SELECT coalesce(e.position, 0), b.recorded_at,
        iif(typeof(b.leap) = 'integer', json_array(NULL, b.leap), b.leap), e.stream_key,
        s.name, s.stream_key, s.version, (SELECT moves_to FROM store)
    FROM ends AS e
    LEFT JOIN batches AS b ON b.last_position = e.position
    LEFT JOIN stream_versions AS s ON s.name IN (SELECT value FROM json_each(?1))";

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LogEnd {
    /// The position of the last event, 0 in an empty log.
    pub(super) position: i64,
    pub(super) times: RecordedTimes,
    /// The highest key of a stream.
    pub(super) stream_key: i64,
}

/// A stream at the end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct StreamFacts {
    /// `None` before its first event.
    pub(super) key: Option<i64>,
    pub(super) version: i64,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) end: LogEnd,
    /// The destination, if the store was frozen when the facts were read.
    pub(super) moves_to: Option<String>,
    streams: HashMap<StreamId, StreamFacts>,
    /// The highest position that this handle has committed or read.
    highest: i64,
}

impl Facts {
    /// The facts of a stream; `None` if they are not known.
    pub(super) fn stream(&self, stream: &StreamId) -> Option<StreamFacts> {
        self.streams.get(stream).copied()
    }

    /// Notes a commit.
    pub(super) fn advance(
        &mut self,
        end: LogEnd,
        streams: impl IntoIterator<Item = (StreamId, StreamFacts)>,
    ) {
        self.end = end;
        self.highest = self.highest.max(end.position);
        if self.streams.len() > MAX_STREAMS {
            self.streams.clear();
        }
        self.streams.extend(streams);
    }

    /// Forgets everything but the highest position, for example after a failed commit.
    pub(super) fn forget(&mut self) {
        let highest = self.highest;
        *self = Self {
            highest,
            ..Self::default()
        };
    }

    /// Reads the end of the log and these streams, at one moment.
    ///
    /// # Errors
    /// [`FileError::Replaced`] if the log ends before a position that this handle has seen.
    pub(super) async fn read<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        named: impl Iterator<Item = &'a StreamId>,
    ) -> Result<(), FileError> {
        let mut streams = HashMap::new();
        for stream in named {
            streams.insert(stream.clone(), StreamFacts::default());
        }
        let names = json_list(streams.keys());
        let mut rows = sqlx::query(READ).bind(names).fetch(connection);
        let (mut end, mut moves_to) = (LogEnd::default(), None);
        while let Some(row) = rows.try_next().await? {
            end = LogEnd {
                position: get(&row, 0)?,
                times: times(&row)?,
                stream_key: get(&row, 3)?,
            };
            moves_to = get_optional(&row, 7)?;
            let Some(name) = get_optional::<&str>(&row, 4)? else {
                continue;
            };
            let stream = StreamId::new(name)
                .map_err(|e| FileError::Damaged(format!("a stream name: {e}")))?;
            let (key, version) = (Some(get(&row, 5)?), get(&row, 6)?);
            if version < 1 {
                let problem = format!("stream {stream} is listed without events");
                return Err(FileError::Damaged(problem));
            }
            streams.insert(stream, StreamFacts { key, version });
        }
        drop(rows);
        if end.position < self.highest {
            return Err(FileError::Replaced);
        }
        if end != self.end {
            self.forget();
        }
        self.advance(end, streams);
        self.moves_to = moves_to;
        Ok(())
    }
}

/// The times at the end of the log: the time of the last batch and its leap.
fn times(row: &SqliteRow) -> Result<RecordedTimes, FileError> {
    let time = |micros| from_micros(micros).map_err(|e| FileError::Damaged(e.to_string()));
    let leap = |text: &str| {
        let (from, to): (Option<i64>, i64) = serde_json::from_str(text)
            .map_err(|e| FileError::Damaged(format!("the leap of the last batch: {e}")))?;
        let (from, to) = (from.map(time).transpose()?, time(to)?);
        Ok::<_, FileError>(Leap { from, to })
    };
    Ok(RecordedTimes {
        last: get_optional(row, 1)?.map(time).transpose()?,
        leap: get_optional(row, 2)?.map(leap).transpose()?,
    })
}

/// A leap as a text. For example `[1700000000000000,1800000000000000]`.
pub(crate) fn leap_text(Leap { from, to }: Leap) -> String {
    let from = from.map(Timestamp::as_microsecond);
    serde_json::json!([from, to.as_microsecond()]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_kept_until_there_are_too_many() {
        let stream = |number: usize| StreamId::new(format!("a-{number}")).unwrap();
        let known = StreamFacts {
            key: Some(1),
            version: 7,
        };
        let mut facts = Facts::default();
        for number in 0..=MAX_STREAMS {
            facts.advance(LogEnd::default(), [(stream(number), known)]);
        }
        assert_eq!(facts.stream(&stream(0)), Some(known));
        assert_eq!(facts.stream(&stream(MAX_STREAMS)), Some(known));
        facts.advance(LogEnd::default(), [(stream(MAX_STREAMS + 1), known)]);
        assert_eq!(facts.stream(&stream(0)), None);
        assert_eq!(facts.stream(&stream(MAX_STREAMS + 1)), Some(known));
    }
}
