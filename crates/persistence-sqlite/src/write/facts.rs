//! The basis of a plan: the end of the log, and the versions of streams.
//!
//! The writer keeps the facts of its last commit, so that most commits read nothing. They hold as
//! long as the log ends where they say. Otherwise the INSERT of a commit fails, because its first
//! batch must begin right after the end of the log. For example, if another process has written
//! event 42, a plan that places its own event 42 is refused.

use foldhash::{HashMap, HashMapExt};
use futures_util::TryStreamExt;
use shared_kernel::{Append, StreamId};
use sqlx::sqlite::SqliteConnection;

use crate::error::FileError;
use crate::read::row::{get, get_optional, json_list};

/// The most streams to remember; with their names that is about 10 MB.
const MAX_STREAMS: usize = 65_536;

/// A row for each stream in the list `?1`, or one row without a stream: the position, the time and
/// the highest stream key at the end of the log; the name, the key and the version of the stream.
const READ: &str = "
    WITH ends AS MATERIALIZED (
        SELECT coalesce((SELECT max(last_position) FROM batches), 0) AS position,
            (SELECT recorded_at FROM batches ORDER BY last_position DESC LIMIT 1) AS recorded_at,
            coalesce((SELECT max(stream_key) FROM streams), 0) AS stream_key)
    SELECT e.position, e.recorded_at, e.stream_key, s.name, s.stream_key, s.version
    FROM ends AS e
    LEFT JOIN stream_versions AS s ON s.name IN (SELECT value FROM json_each(?1))";

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LogEnd {
    /// The position of the last event, 0 in an empty log.
    pub(super) position: i64,
    /// When it was recorded, in microseconds since 1970; `None` in an empty log.
    pub(super) recorded_at: Option<i64>,
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
    streams: HashMap<StreamId, StreamFacts>,
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
        if self.streams.len() > MAX_STREAMS {
            self.streams.clear();
        }
        self.streams.extend(streams);
    }

    /// Forgets everything, for example after a failed commit.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Reads the end of the log and the streams that `appends` name, at one moment.
    pub(super) async fn read<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        appends: impl Iterator<Item = &'a Append>,
    ) -> Result<(), FileError> {
        let mut streams = HashMap::new();
        for (stream, _) in appends.flat_map(Append::expectations) {
            streams.insert(stream.clone(), StreamFacts::default());
        }
        let names = json_list(streams.keys());
        let mut rows = sqlx::query(READ).bind(names).fetch(connection);
        let mut end = LogEnd::default();
        while let Some(row) = rows.try_next().await? {
            end = LogEnd {
                position: get(&row, 0)?,
                recorded_at: get_optional(&row, 1)?,
                stream_key: get(&row, 2)?,
            };
            let Some(name) = get_optional::<&str>(&row, 3)? else {
                continue;
            };
            let stream = StreamId::new(name)
                .map_err(|e| FileError::Damaged(format!("a stream name: {e}")))?;
            let (key, version) = (Some(get(&row, 4)?), get(&row, 5)?);
            if version < 1 {
                let problem = format!("stream {stream} is listed without events");
                return Err(FileError::Damaged(problem));
            }
            streams.insert(stream, StreamFacts { key, version });
        }
        drop(rows);
        if end != self.end {
            self.forget();
        }
        self.advance(end, streams);
        Ok(())
    }
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
