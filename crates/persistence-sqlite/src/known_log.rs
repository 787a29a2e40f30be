//! Owns what the writer remembers of the log between two transactions.
//!
//! Another process may have written since; what is built on this is sound all the same, since its
//! first event claims the position after the last one known, and no position is given twice.

use std::cmp::Ordering;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use shared_kernel::{Append, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::columns::json_list;
use crate::names::Names;
use crate::tail::Tail;
use crate::write_transaction::LogEnd;

/// How many streams are remembered; with names of forty bytes that is some four megabytes.
const MOST_STREAMS: usize = 32_768;

const END: &str = "SELECT \
        (SELECT position - 1 + length(event_ids) / 16 FROM runs ORDER BY position DESC LIMIT 1), \
        (SELECT substr(events, 1, 100) FROM runs ORDER BY position DESC LIMIT 1), \
        (SELECT max(stream_key) FROM streams), \
        (SELECT through FROM indexed) \
    WHERE ?1";

/// The streams of a list of names, as far as the index leads to events of them.
const STREAMS: &str = "SELECT s.name, s.stream_key, i.version, i.runs LIKE '[%]' \
    FROM streams AS s JOIN indexed_streams AS i ON i.stream_key = s.stream_key \
    WHERE s.name IN (SELECT value FROM json_each(?1))";

/// A stream that has events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownStream {
    pub(crate) key: i64,
    pub(crate) version: StreamVersion,
}

pub(crate) struct KnownLog {
    tail: Arc<Tail>,
    names: Arc<Names>,
    end: Option<KnownEnd>,
    streams: HashMap<StreamId, KnownStream>,
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
    /// One that knows nothing yet but the tail, which it shares.
    pub(crate) fn new(tail: Arc<Tail>, names: Arc<Names>) -> Self {
        Self {
            tail,
            names,
            end: None,
            streams: HashMap::new(),
        }
    }

    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

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
            None => {
                let end = read_end_and_tail(connection, &self.tail, &self.names).await?;
                *self.end.insert(end)
            }
        };
        let unknown: Vec<_> = self.unknown(appends).cloned().collect();
        let found = streams(connection, &self.tail, unknown.iter()).await?;
        self.streams.extend(found);
        Ok(end)
    }

    /// The version of a stream that was [looked up](Self::look_up).
    pub(crate) fn version_of(&self, stream: &StreamId) -> StreamVersion {
        let known = self.streams.get(stream);
        known.map_or(StreamVersion::EMPTY, |known| known.version)
    }

    /// A stream that was [looked up](Self::look_up), to be changed; one without events, with the key that `new`
    /// gives, where it has none.
    pub(crate) fn stream_mut(
        &mut self,
        stream: &StreamId,
        new: impl FnOnce() -> i64,
    ) -> &mut KnownStream {
        let stream = self.streams.entry(stream.clone());
        stream.or_insert_with(|| KnownStream {
            key: new(),
            version: StreamVersion::EMPTY,
        })
    }

    /// Takes over that the log ends there now.
    pub(crate) fn accept(&mut self, end: KnownEnd) {
        self.end = Some(end);
    }

    /// Forgets everything, since it may no longer be so; but for the tail, which was never more than what is
    /// committed.
    pub(crate) fn forget(&mut self) {
        self.end = None;
        self.streams.clear();
    }
}

/// Those of some streams that have events: in the tail, or in what the index leads to.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where a row is no stream.
pub(crate) async fn streams<'s>(
    connection: &mut SqliteConnection,
    tail: &Tail,
    names: impl Iterator<Item = &'s StreamId>,
) -> Result<HashMap<StreamId, KnownStream>, sqlx::Error> {
    let mut found = HashMap::new();
    let mut others = Vec::new();
    for name in names {
        match tail.stream(name) {
            Some((key, version)) => {
                found.insert(name.clone(), KnownStream { key, version });
            }
            None => others.push(name.as_str()),
        }
    }
    if !others.is_empty() {
        let rows = sqlx::query(STREAMS).bind(json_list(others));
        for row in rows.fetch_all(connection).await? {
            let name: &str = row.try_get_unchecked(0)?;
            let version: i64 = row.try_get_unchecked(2)?;
            if !row.try_get_unchecked::<bool, _>(3)? {
                return Err(broken(&"its runs are no list"));
            }
            let version = StreamVersion::try_from(version).map_err(|e| broken(&e))?;
            let key = row.try_get_unchecked(1)?;
            let name = StreamId::new(name).map_err(|e| broken(&e))?;
            found.insert(name, KnownStream { key, version });
        }
    }
    Ok(found)
}

fn broken(problem: &dyn std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("a stream: {problem}").into())
}

/// Where the log ends in the file, of which the tail has everything afterwards.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where what is read is not what it should be.
pub(crate) async fn read_end_and_tail(
    connection: &mut SqliteConnection,
    tail: &Tail,
    names: &Names,
) -> Result<KnownEnd, sqlx::Error> {
    loop {
        // What the tail knows was committed before, so that the log ends there or later.
        let known = tail.to();
        let end = read_end(connection).await?;
        match known.map(|known| known.cmp(&end.log.position)) {
            Some(Ordering::Equal) => return Ok(end),
            Some(Ordering::Greater) => {
                let problem = "the log ends before what was read of it";
                return Err(sqlx::Error::Decode(problem.into()));
            }
            Some(Ordering::Less) | None => tail.catch_up(names, connection).await?,
        }
    }
}

/// Where the log ends in the file.
async fn read_end(connection: &mut SqliteConnection) -> Result<KnownEnd, sqlx::Error> {
    let row = sqlx::query(END).bind(true).fetch_one(connection).await?;
    let number = |column| row.try_get_unchecked::<Option<i64>, _>(column);
    let begin: Option<&str> = row.try_get_unchecked(1)?;
    let recorded_at = begin.map(recorded_at);
    let none = || sqlx::Error::Decode("the last run has no time".into());
    if number(3)? > Some(number(0)?.unwrap_or(0)) {
        let problem = "the index leads further than the log goes";
        return Err(sqlx::Error::Decode(problem.into()));
    }
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
        let mut known = KnownLog::new(Arc::default(), Arc::default());
        for number in 1..MOST_STREAMS {
            let stream = StreamId::new(format!("a-{number}")).unwrap();
            known.stream_mut(&stream, || 1).version = StreamVersion::FIRST;
        }
        let [first, last] = ["a-1", "b-1"].map(|name| StreamId::new(name).unwrap());
        known.make_room();
        assert_eq!(known.version_of(&first), StreamVersion::FIRST);
        known.stream_mut(&last, || 2);
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
