//! Owns what the writer remembers of the log between two transactions.
//!
//! Another process may have written since; what is built on this is sound all the same, since its
//! first event claims the position after the last one known, and no position is given twice.

use foldhash::HashMap;
use shared_kernel::{Append, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::columns::json_list;
use crate::stream_head::StreamHead;
use crate::write_transaction::LogEnd;

/// How many streams are remembered; with names and heads of some hundred bytes each that is ten megabytes.
const MOST_STREAMS: usize = 32_768;

const END: &str = "SELECT \
        (SELECT position - 1 + length(event_ids) / 16 FROM runs ORDER BY position DESC LIMIT 1), \
        (SELECT substr(events, 1, 100) FROM runs ORDER BY position DESC LIMIT 1), \
        (SELECT max(stream_key) FROM streams) \
    WHERE ?1";

/// The streams of a list of names, as far as they have events.
pub(crate) const STREAMS: &str = "SELECT s.name, s.stream_key, h.version, h.first_version, h.runs \
    FROM streams AS s JOIN stream_heads AS h ON h.stream_key = s.stream_key \
    WHERE s.name IN (SELECT value FROM json_each(?1))";

#[derive(Default)]
pub(crate) struct KnownLog {
    end: Option<KnownEnd>,
    streams: HashMap<StreamId, StreamHead>,
}

/// Where the next event and the next stream go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownEnd {
    pub(crate) log: LogEnd,
    pub(crate) last_stream_key: i64,
    /// How many bytes the page has left that the last run is in; 0 where nobody has counted.
    pub(crate) room: usize,
}

impl KnownLog {
    /// Forgets streams where they have become many. Only between two transactions: what a draft has changed in a
    /// stream is known nowhere else.
    pub(crate) fn make_room(&mut self) {
        if self.streams.len() >= MOST_STREAMS {
            self.streams.clear();
        }
    }

    /// Where the log ends, if that is known.
    pub(crate) fn end(&self) -> Option<KnownEnd> {
        self.end
    }

    /// The streams that `appends` name and of which nothing is known.
    pub(crate) fn unknown<'a>(
        &self,
        appends: impl Iterator<Item = &'a Append>,
    ) -> impl Iterator<Item = &'a StreamId> {
        let named = appends.flat_map(|append| append.expectations().map(|(stream, _)| stream));
        named.filter(|stream| !self.streams.contains_key(*stream))
    }

    /// Makes the end of the log and all streams of `appends` known; a stream that is not known
    /// afterwards has no events.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn look_up<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        appends: impl Iterator<Item = &'a Append>,
    ) -> Result<KnownEnd, sqlx::Error> {
        let end = match self.end {
            Some(end) => end,
            None => *self.end.insert(read_end(connection).await?),
        };
        let unknown: Vec<&str> = self.unknown(appends).map(StreamId::as_str).collect();
        if !unknown.is_empty() {
            let rows = sqlx::query(STREAMS)
                .bind(json_list(unknown))
                .fetch_all(connection)
                .await?;
            for row in rows {
                let (name, head) = stream(&row)?;
                self.streams.insert(name, head);
            }
        }
        Ok(end)
    }

    /// The version of a stream that was [looked up](Self::look_up).
    pub(crate) fn version_of(&self, stream: &StreamId) -> StreamVersion {
        let head = self.streams.get(stream);
        head.map_or(StreamVersion::EMPTY, |head| head.version)
    }

    /// The head of a stream that was [looked up](Self::look_up), to be changed; a `new` one where it has no
    /// events.
    pub(crate) fn stream_mut(
        &mut self,
        stream: &StreamId,
        new: impl FnOnce() -> StreamHead,
    ) -> &mut StreamHead {
        self.streams.entry(stream.clone()).or_insert_with(new)
    }

    /// The heads of streams, each once.
    pub(crate) fn heads(&self, streams: &[StreamId]) -> Vec<&StreamHead> {
        let heads = streams.iter().filter_map(|stream| self.streams.get(stream));
        let mut heads: Vec<_> = heads.collect();
        heads.sort_unstable_by_key(|head| head.key);
        heads.dedup_by_key(|head| head.key);
        heads
    }

    /// Takes over that the log ends there now.
    pub(crate) fn accept(&mut self, end: KnownEnd) {
        self.end = Some(end);
    }

    /// Forgets everything, since it may no longer be so.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The stream in a row of [`STREAMS`].
///
/// # Errors
/// [`sqlx::Error::Decode`] where it is none.
pub(crate) fn stream(row: &SqliteRow) -> Result<(StreamId, StreamHead), sqlx::Error> {
    let name: &str = row.try_get_unchecked(0)?;
    let version: i64 = row.try_get_unchecked(2)?;
    let runs: String = row.try_get_unchecked(4)?;
    if !(runs.starts_with('[') && runs.ends_with(']')) {
        return Err(sqlx::Error::Decode(
            "the runs of a stream are no list".into(),
        ));
    }
    let head = StreamHead {
        key: row.try_get_unchecked(1)?,
        version: StreamVersion::try_from(version).map_err(|e| sqlx::Error::Decode(e.into()))?,
        first_version: row.try_get_unchecked(3)?,
        runs,
    };
    let name = StreamId::new(name).map_err(|e| sqlx::Error::Decode(e.into()))?;
    Ok((name, head))
}

/// Where the log ends in the file.
pub(crate) async fn read_end(connection: &mut SqliteConnection) -> Result<KnownEnd, sqlx::Error> {
    let row = sqlx::query(END).bind(true).fetch_one(connection).await?;
    let number = |column| row.try_get_unchecked::<Option<i64>, _>(column);
    let begin: Option<&str> = row.try_get_unchecked(1)?;
    let recorded_at = begin.map(recorded_at);
    let none = || sqlx::Error::Decode("the last run has no time".into());
    Ok(KnownEnd {
        log: LogEnd {
            position: number(0)?.unwrap_or(0),
            recorded_at: recorded_at.map_or(Ok(i64::MIN), |time| time.ok_or_else(none))?,
        },
        last_stream_key: number(2)?.unwrap_or(0),
        room: 0,
    })
}

/// The time in the first run of a row, as it begins; all runs of a row have the same.
fn recorded_at(row: &str) -> Option<i64> {
    let mut fields = row.split(',');
    let is_shared = fields.nth(2)?.starts_with('[');
    let time = fields.nth(if is_shared { 2 } else { 0 });
    time?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_forgotten_once_they_are_many() {
        let mut known = KnownLog::default();
        for number in 1..MOST_STREAMS {
            let stream = StreamId::new(format!("a-{number}")).unwrap();
            known.stream_mut(&stream, || StreamHead::new(1)).version = StreamVersion::FIRST;
        }
        let [first, last] = ["a-1", "b-1"].map(|name| StreamId::new(name).unwrap());
        known.make_room();
        assert_eq!(known.version_of(&first), StreamVersion::FIRST);
        known.stream_mut(&last, || StreamHead::new(2));
        known.make_room();
        assert_eq!(known.version_of(&first), StreamVersion::EMPTY);
    }

    #[test]
    fn the_time_of_a_row_is_found_whether_runs_share_it_or_not() {
        assert_eq!(recorded_at("[7,1,3,-50,[1,\"T\",1,[],1]]"), Some(-50));
        let shared = "[1,24,[7,1,3,50,[1,\"T\",1,[],1]],1,24,[8,2,3,60,[1,\"T\",1,[],1]]]";
        assert_eq!(recorded_at(shared), Some(50));
        for none in ["", "[7,1,3", "[7,1,3,x,", "[1,24,[7,1,3", "hello"] {
            assert_eq!(recorded_at(none), None, "{none}");
        }
    }
}
