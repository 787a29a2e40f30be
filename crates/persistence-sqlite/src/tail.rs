//! Owns what a handle knows of the tail of the log: of the events that the index does not lead to yet.
//!
//! A commit writes runs, and the index follows for many commits at once. Until then the tail tells where the
//! newest runs of a stream are, and which ids have been given. It is known from what the handle's own writer commits,
//! and from the file where another one has.
//!
//! What is known here was committed before, so that a statement that begins afterwards sees all of it. Whether it
//! sees more, it has to say: then the tail has to [catch up](Tail::catch_up), and the statement to be asked again.

use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::{HashMap, HashMapExt};
use shared_kernel::{EventId, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::encoded_run::EncodedRun;
use crate::names::{Names, names_of};
use crate::run_outlines::{Outlines, outlines_after};
use crate::run_rows::{Place, RunRows};

/// The bytes of an event's id.
pub(crate) type IdBytes = [u8; 16];

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunPlace {
    /// The position of its row.
    pub(crate) row: i64,
    /// The version of its first event.
    pub(crate) first: i64,
    /// The version of its last event.
    pub(crate) last: i64,
}

/// What a commit adds to the end of the log.
#[derive(Debug, Default)]
pub(crate) struct Added {
    pub(crate) runs: Vec<(StreamId, i64, RunPlace)>,
    /// The positions of events, by their ids.
    pub(crate) ids: HashMap<IdBytes, i64>,
}

impl Added {
    /// Nothing yet; space for so many runs is kept ready.
    pub(crate) fn with_room_for(runs: usize) -> Self {
        Self {
            runs: Vec::with_capacity(runs),
            ids: HashMap::with_capacity(runs),
        }
    }

    /// Puts a run into the rows that are to be written, and notes where it is.
    pub(crate) fn add(
        &mut self,
        stream: &StreamId,
        key: i64,
        run: &EncodedRun,
        rows: &mut RunRows,
        place: &Place,
    ) {
        let row = rows.add(run, place);
        let (ids, _) = run.event_ids.as_chunks::<16>();
        let ids = ids.iter().copied();
        self.ids.extend(ids.zip(place.position..=i64::MAX));
        let count = i64::try_from(run.count).unwrap_or(i64::MAX);
        let run = RunPlace {
            row,
            first: place.version,
            last: place.version.saturating_add(count - 1),
        };
        self.runs.push((stream.clone(), key, run));
    }
}

/// The tail as far as it is known, shared by the readers and the writer of a handle.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    known: RwLock<Option<Known>>,
}

/// What is known of the events after a position, which the index leads to or had led to once, up to another one.
#[derive(Debug, Default)]
struct Known {
    after: i64,
    to: i64,
    streams: HashMap<StreamId, Stream>,
    ids: HashMap<IdBytes, i64>,
    /// The greatest id of the events in front of that, or a greater one. Ids are in the order of time, so that a new
    /// event has a greater one, most often.
    greatest_id: IdBytes,
}

#[derive(Debug)]
struct Stream {
    key: i64,
    /// In the order of the log.
    runs: Vec<RunPlace>,
}

/// The runs of a stream in the tail that a read may want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TailOfStream {
    /// Where the tail ended when this was looked up; a statement that sees the log end later has to be asked again.
    pub(crate) to: i64,
    /// The versions that the tail has of the stream, the first and the last.
    pub(crate) versions: Option<(i64, i64)>,
    /// The positions of the rows, as a JSON array of arrays.
    pub(crate) rows: String,
    /// The version that these rows begin with, where the tail has some of the stream before it.
    pub(crate) cut_before: Option<i64>,
}

/// Where an event is that has one of some ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// There is none.
    Nowhere,
    /// If there is one, the index leads to it.
    MaybeInFront,
    /// The tail has one.
    InTail,
}

/// How many runs of the tail are read in one row, so that nothing large is handed over.
const RUNS_OF_LIST: usize = 64;

impl Tail {
    fn read(&self) -> RwLockReadGuard<'_, Option<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<Known>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The position of the last event that is known here; `None` where nobody has asked the file.
    pub(crate) fn to(&self) -> Option<i64> {
        self.read().as_ref().map(|known| known.to)
    }

    /// How many events the index does not lead to yet, as far as is known here.
    pub(crate) fn events(&self) -> usize {
        self.read().as_ref().map_or(0, |known| known.ids.len())
    }

    /// The key and the version of a stream that has events in the tail.
    pub(crate) fn stream(&self, name: &StreamId) -> Option<(i64, StreamVersion)> {
        let known = self.read();
        let stream = known.as_ref()?.streams.get(name)?;
        let last = stream.runs.last()?.last;
        Some((stream.key, StreamVersion::try_from(last).ok()?))
    }

    /// The position of an event in the tail.
    pub(crate) fn position_of(&self, id: EventId) -> Option<i64> {
        let known = self.read();
        known.as_ref()?.ids.get(id.as_bytes()).copied()
    }

    /// Where events may be that have any of these ids.
    pub(crate) fn look_for<'i>(&self, ids: impl Iterator<Item = &'i IdBytes>) -> Recorded {
        let known = self.read();
        let Some(known) = known.as_ref() else {
            return Recorded::MaybeInFront;
        };
        let mut found = Recorded::Nowhere;
        for id in ids {
            if known.ids.contains_key(id) {
                return Recorded::InTail;
            }
            if *id <= known.greatest_id {
                found = Recorded::MaybeInFront;
            }
        }
        found
    }

    /// Adds to the versions of streams, as the index had them when it led up to `indexed` and the log ended at `log_end`,
    /// what the tail has of them. It says whether it knows all of that.
    pub(crate) fn add_to(
        &self,
        log_end: i64,
        indexed: i64,
        streams: &mut [(StreamId, StreamVersion)],
    ) -> bool {
        let known = self.read();
        let knows = |known: &&Known| known.after <= indexed && known.to >= log_end;
        let Some(known) = known.as_ref().filter(knows) else {
            return false;
        };
        for (name, version) in streams {
            let in_tail = known
                .streams
                .get(name)
                .and_then(|stream| stream.runs.last());
            let in_tail = in_tail.and_then(|run| StreamVersion::try_from(run.last).ok());
            *version = in_tail.map_or(*version, |in_tail| in_tail.max(*version));
        }
        true
    }

    /// The runs of a stream that have its first `room` events from a version on, or more.
    pub(crate) fn from(&self, stream: &StreamId, version: i64, room: i64) -> TailOfStream {
        self.of_stream(stream, |runs| {
            let begin = runs.partition_point(|run| run.last < version);
            let runs = runs.get(begin..).unwrap_or_default();
            // Told by their number, for versions may be missing in a damaged file.
            let mut events = 0;
            let end = runs.iter().position(|run| {
                events += run.last - run.first.max(version) + 1;
                events >= room
            });
            let end = begin + end.map_or(runs.len(), |end| end + 1);
            (begin..end, version)
        })
    }

    /// The runs of a stream that have its last `room` events up to a version, or more.
    pub(crate) fn up_to(&self, stream: &StreamId, version: i64, room: i64) -> TailOfStream {
        self.of_stream(stream, |runs| {
            let end = runs.partition_point(|run| run.first <= version);
            let runs = runs.get(..end).unwrap_or_default();
            let mut events = 0;
            let begin = runs.iter().rposition(|run| {
                events += run.last.min(version) - run.first + 1;
                events >= room
            });
            let begin = begin.unwrap_or(0);
            (begin..end, runs.get(begin).map_or(version, |run| run.first))
        })
    }

    /// Those of a stream's runs that are chosen, by where they are among all, and the version that they begin with.
    fn of_stream(
        &self,
        name: &StreamId,
        choose: impl FnOnce(&[RunPlace]) -> (Range<usize>, i64),
    ) -> TailOfStream {
        let known = self.read();
        let none = TailOfStream {
            to: -1,
            versions: None,
            rows: "[]".to_owned(),
            cut_before: None,
        };
        let Some(known) = known.as_ref() else {
            return none;
        };
        let none = TailOfStream {
            to: known.to,
            ..none
        };
        let runs = known.streams.get(name).map(|stream| &*stream.runs);
        let Some(([first, ..], [.., last])) = runs.zip(runs) else {
            return none;
        };
        let runs = runs.unwrap_or_default();
        let (chosen, version) = choose(runs);
        TailOfStream {
            versions: Some((first.first, last.last)),
            cut_before: (chosen.start > 0).then_some(version),
            rows: lists(runs.get(chosen).unwrap_or_default()),
            ..none
        }
    }

    /// Takes over what the handle's writer has committed, up to the position `to`.
    pub(crate) fn extend(&self, added: Added, to: i64) {
        if let Some(known) = &mut *self.write() {
            let before = known.to;
            let runs = added.runs.into_iter();
            // A reader may have caught up in the meantime.
            for (stream, key, run) in runs.filter(|(.., run)| run.row > before) {
                known.add(stream, key, run);
            }
            let ids = added.ids.into_iter();
            known
                .ids
                .extend(ids.filter(|(_, position)| *position > before));
            known.to = before.max(to);
        }
    }

    /// Makes the tail known as it is in the file now.
    ///
    /// # Errors
    /// What SQLite says of the file; [`sqlx::Error::Decode`] where a row cannot be read.
    pub(crate) async fn catch_up(
        &self,
        names: &Names,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let (through, greatest_id) = indexed(connection).await?;
        let to = {
            let mut known = self.write();
            let known = known.get_or_insert_default();
            known.forget_up_to(through);
            if known.after == through {
                known.greatest_id = greatest_id;
            }
            known.to
        };
        let found = outlines_after(to, i64::MAX, connection).await?;
        let names = names_of(names, connection, found.streams.keys().copied()).await?;
        let mut added = Added::default();
        for (key, runs) in found.streams {
            let name = names.get(&key).ok_or(sqlx::Error::RowNotFound)?;
            let runs = runs.into_iter().map(|run| (name.clone(), key, run));
            added.runs.extend(runs);
        }
        added.ids.extend(found.ids);
        self.extend(added, found.to);
        Ok(())
    }

    /// Forgets what the index leads to, which is all up to `through`.
    pub(crate) fn forget_up_to(&self, through: i64) {
        let is_old = |known: &Known| known.after < through;
        if !self.read().as_ref().is_some_and(is_old) {
            return;
        }
        if let Some(known) = self.write().as_mut() {
            known.forget_up_to(through);
        }
    }

    /// What the index does not lead to that goes up to `through`.
    pub(crate) fn outlines_after(&self, through: i64) -> Outlines {
        let known = self.read();
        let mut outlines = Outlines {
            to: through,
            ..Outlines::default()
        };
        if let Some(known) = known.as_ref() {
            outlines.to = known.to;
            for stream in known.streams.values() {
                let begin = stream.runs.partition_point(|run| run.row <= through);
                let runs = stream.runs.get(begin..).unwrap_or_default();
                if !runs.is_empty() {
                    outlines.streams.insert(stream.key, runs.to_vec());
                }
            }
            let ids = known.ids.iter().map(|(id, position)| (*id, *position));
            outlines.ids.extend(ids.filter(|(_, at)| *at > through));
        }
        outlines
    }
}

impl Known {
    fn forget_up_to(&mut self, through: i64) {
        if through <= self.after {
            return;
        }
        for stream in self.streams.values_mut() {
            stream.runs.retain(|run| run.row > through);
        }
        self.streams.retain(|_, stream| !stream.runs.is_empty());
        let mut greatest_id = self.greatest_id;
        self.ids.retain(|id, position| {
            let is_kept = *position > through;
            if !is_kept {
                greatest_id = greatest_id.max(*id);
            }
            is_kept
        });
        if through > self.to {
            // What was never looked at has any id.
            greatest_id = [u8::MAX; 16];
        }
        self.greatest_id = greatest_id;
        self.after = through;
        self.to = self.to.max(through);
    }

    fn add(&mut self, name: StreamId, key: i64, run: RunPlace) {
        let stream = self.streams.entry(name);
        let new = || Stream {
            key,
            runs: Vec::new(),
        };
        stream.or_insert_with(new).runs.push(run);
    }
}

/// Positions of rows, as a JSON array of arrays.
fn lists(runs: &[RunPlace]) -> String {
    let mut lists = String::with_capacity(2 + runs.len() * 9);
    lists.push('[');
    for (nth, run) in runs.iter().enumerate() {
        let begins = nth % RUNS_OF_LIST == 0;
        match (nth, begins) {
            (0, _) => lists.push('['),
            (_, true) => lists.push_str("],["),
            (_, false) => lists.push(','),
        }
        lists.push_str(itoa::Buffer::new().format(run.row));
    }
    if !runs.is_empty() {
        lists.push(']');
    }
    lists.push(']');
    lists
}

/// The position up to which the index leads to events, and the greatest of their ids.
pub(crate) async fn indexed(
    connection: &mut SqliteConnection,
) -> Result<(i64, IdBytes), sqlx::Error> {
    let query = "SELECT through, (SELECT max(event_id) FROM indexed_ids) FROM indexed";
    let row = sqlx::query(query).fetch_optional(connection).await?;
    let none = || sqlx::Error::Decode("it is not said how far the index goes".into());
    let row = row.ok_or_else(none)?;
    let greatest: Option<&[u8]> = row.try_get_unchecked(1)?;
    let greatest = greatest.map_or(Ok([0; 16]), TryInto::try_into);
    let broken = |_| sqlx::Error::Decode("the greatest id is none".into());
    Ok((row.try_get_unchecked(0)?, greatest.map_err(broken)?))
}

#[cfg(test)]
mod tests;
