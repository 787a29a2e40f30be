//! Owns the reading of events whose numbers have no gaps: the versions of a stream, the positions of
//! the log. So the numbers alone say what a statement gives, and what the next one has to ask for.
//!
//! A page is one statement that gives some runs at a time, so that they are taken apart while SQLite strings
//! the next ones together, and nothing large is handed over.

use std::ops::RangeInclusive;

use futures_util::TryStreamExt;
use shared_kernel::{
    Direction, EventFilter, LogQuery, RecordedEvent, StoreError, StreamId, StreamQuery,
};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use crate::columns::{bytes, integer};
use crate::error::damaged;
use crate::pages::{BYTES_PER_PAGE, CutEvents, after, page_limit};
use crate::store::SqliteStore;
use crate::stored_runs::{RunReader, Wanted, strung_runs};
use crate::tail::{Tail, TailOfStream};

/// The SQL expression of the position of the last event, 0 before the first.
macro_rules! log_end {
    () => {
        "coalesce((SELECT position - 1 + length(event_ids) / 16 FROM runs \
            ORDER BY position DESC LIMIT 1), 0)"
    };
}

/// The stream whose name is given: its head in the index, and the versions up to the last one of the tail, where it has
/// events there.
macro_rules! stream_with_tail {
    ($name:literal, $tail_first:literal, $tail_last:literal) => {
        concat!(
            "h AS MATERIALIZED (SELECT s.stream_key, i.version AS indexed, i.first_version, i.runs, \
                max(coalesce(i.version, 0), coalesce(",
            $tail_last,
            ", 0)) AS version, \
                coalesce((SELECT min(p.first_version) FROM stream_parts AS p \
                    WHERE p.stream_key = s.stream_key), i.first_version, ",
            $tail_first,
            ") AS beginning \
            FROM streams AS s LEFT JOIN indexed_streams AS i ON i.stream_key = s.stream_key \
            WHERE s.name = ",
            $name,
            "), "
        )
    };
}

/// Where the runs of a window `w` of that stream are, all of them after a position: the parts from the one that the
/// window begins in, what the head names, and what is known of the tail, of which the index may lead to some by now.
macro_rules! lists_of_window {
    ($tail:literal) => {
        concat!(
            "lists AS ( \
            SELECT p.runs, 0 AS after FROM h, w, stream_parts AS p \
            WHERE w.first < h.first_version AND p.stream_key = h.stream_key AND p.first_version BETWEEN \
                coalesce((SELECT max(b.first_version) FROM stream_parts AS b \
                    WHERE b.stream_key = h.stream_key AND b.first_version <= w.first), w.first) \
                AND w.last \
            UNION ALL \
            SELECT h.runs, 0 FROM h, w WHERE h.indexed >= w.first AND h.first_version <= w.last \
            UNION ALL \
            SELECT t.value, indexed.through FROM h, w, indexed, json_each(",
            $tail,
            ") AS t WHERE w.last > coalesce(h.indexed, 0)) "
        )
    };
}

/// The runs of one of those lists.
macro_rules! runs_of_list {
    () => {
        concat!(
            "(SELECT ",
            strung_runs!(),
            " FROM json_each(lists.runs) AS j, runs AS r \
                WHERE r.position = j.value AND r.position > lists.after)"
        )
    };
}

pub(crate) use {lists_of_window, log_end, runs_of_list, stream_with_tail};

/// First the lowest and the highest version of a stream between two versions, its key, and where the log and the index
/// end; then row after row the runs with those events that are less than so many steps above the lower one and less than so
/// many below the higher one.
const VERSIONS: &str = concat!(
    "WITH ",
    stream_with_tail!("?5", "?7", "?8"),
    "bounds AS MATERIALIZED ( \
        SELECT max(?1, h.beginning) AS low, min(?2, h.version) AS high FROM h WHERE h.version > 0), \
    w AS MATERIALIZED ( \
        SELECT max(low, high - ?4 + 1) AS first, min(high, low + ?3 - 1) AS last FROM bounds), ",
    lists_of_window!("?6"),
    "SELECT (SELECT low FROM bounds), (SELECT high FROM bounds), (SELECT stream_key FROM h), ",
    log_end!(),
    ", (SELECT through FROM indexed) \
    UNION ALL SELECT NULL, NULL, ",
    runs_of_list!(),
    ", NULL, NULL FROM lists"
);

/// The same by position, for so many positions at a time.
const POSITIONS: &str = concat!(
    "WITH RECURSIVE bounds AS MATERIALIZED (SELECT \
        iif((SELECT position - 1 + length(event_ids) / 16 FROM runs \
                WHERE position <= ?1 ORDER BY position DESC LIMIT 1) >= ?1, \
            ?1, (SELECT min(position) FROM runs WHERE position > ?1)) AS low, \
        min(?2, (SELECT position - 1 + length(event_ids) / 16 FROM runs \
            WHERE position <= ?2 ORDER BY position DESC LIMIT 1)) AS high), \
    w AS MATERIALIZED ( \
        SELECT max(low, high - ?4 + 1) AS first, min(high, low + ?3 - 1) AS last FROM bounds), \
    slices (first, last) AS ( \
        SELECT coalesce((SELECT max(position) FROM runs WHERE position <= w.first), w.first), \
            w.first + ?5 - 1 FROM w WHERE w.first <= w.last \
        UNION ALL SELECT last + 1, last + ?5 FROM slices WHERE last < (SELECT last FROM w)) \
    SELECT (SELECT low FROM bounds), (SELECT high FROM bounds), NULL, NULL, NULL \
    UNION ALL SELECT NULL, NULL, (SELECT ",
    strung_runs!(),
    " FROM runs AS r WHERE r.position BETWEEN \
        slices.first AND min(slices.last, (SELECT last FROM w))), NULL, NULL FROM slices"
);

/// For how many positions a row stands, so that nothing large is handed over.
pub(crate) const SLICE: i64 = 64;

/// The columns of these statements, and of others that give the same.
const LOW: usize = 0;
const HIGH: usize = 1;
const KEY_OR_RUNS: usize = 2;
const LOG_END: usize = 3;
const INDEXED: usize = 4;

/// More steps than any statement makes. What SQL adds to it becomes a floating number, and stays more.
const EVERY_STEP: i64 = i64::MAX;

/// How many events a page has at most that is read backward. It is wanted from its end on, which SQLite comes to
/// last, so that all of it is read even where a page has no room for it.
const EVENTS_BACKWARD: usize = 1_024;

/// What a payload that stands apart is taken for as long as nobody has looked.
const BYTES_APART: usize = 8 * 1024;

/// What numbers the events.
#[derive(Clone, Copy)]
enum Numbers<'q> {
    Versions(&'q StreamId),
    Positions,
}

/// The numbers that a page looks at.
#[derive(Clone, Copy)]
pub(crate) struct Range<'q> {
    numbers: Numbers<'q>,
    direction: Direction,
    from: i64,
    to: i64,
    /// How many of them this page may look at.
    room: i64,
}

/// A page, and the number that the next one begins with.
pub(crate) type PageAndNext = (Vec<RecordedEvent>, Option<i64>);

impl<'q> Range<'q> {
    pub(crate) fn of_stream(query: &'q StreamQuery) -> Self {
        Self::new(
            Numbers::Versions(&query.stream),
            query.range.direction,
            (query.range.from.as_i64(), query.range.to.as_i64()),
            query.page_limit(),
        )
    }

    pub(crate) fn of_log(query: &LogQuery) -> Self {
        Self::new(
            Numbers::Positions,
            query.range.direction,
            (query.range.from.as_i64(), query.range.to.as_i64()),
            query.page_limit(),
        )
    }

    fn new(
        numbers: Numbers<'q>,
        direction: Direction,
        (from, to): (i64, i64),
        limit: usize,
    ) -> Self {
        let limit = match direction {
            Direction::Forward => limit,
            Direction::Backward => limit.min(EVENTS_BACKWARD),
        };
        Self {
            numbers,
            direction,
            // Nothing has the number 0, so it must not take up room.
            from: from.max(1),
            to,
            room: i64::try_from(page_limit(limit)).unwrap_or(i64::MAX),
        }
    }

    pub(crate) fn room(&self) -> i64 {
        self.room
    }

    /// Whether there is nothing to be had.
    fn is_empty(&self) -> bool {
        self.from > self.to || self.room == 0
    }

    /// How many numbers up from the lower one, and how many down from the higher one.
    fn steps(&self) -> (i64, i64) {
        match self.direction {
            Direction::Forward => (self.room, EVERY_STEP),
            Direction::Backward => (EVERY_STEP, self.room),
        }
    }

    fn bounded(&self, text: &'static str) -> Query<'static, Sqlite, SqliteArguments> {
        let (up, down) = self.steps();
        let query = sqlx::query(text).bind(self.from).bind(self.to);
        query.bind(up).bind(down)
    }

    /// What the tail has of the events that the page may look at.
    fn in_tail(&self, stream: &StreamId, tail: &Tail) -> TailOfStream {
        match self.direction {
            Direction::Forward => tail.from(stream, self.from, self.room),
            Direction::Backward => tail.up_to(stream, self.to, self.room),
        }
    }

    /// What the page looks at where there is something from `low` to `high`, and where the next page begins.
    fn window(&self, low: i64, high: i64) -> (RangeInclusive<i64>, Option<i64>) {
        match self.direction {
            Direction::Forward => {
                let next = low.checked_add(self.room).filter(|next| *next <= high);
                (low..=high.min(low.saturating_add(self.room - 1)), next)
            }
            Direction::Backward => {
                let next = high.checked_sub(self.room).filter(|next| *next >= low);
                (low.max(high.saturating_sub(self.room - 1))..=high, next)
            }
        }
    }

    /// Where the next page begins if `event` is the last one of this page.
    fn after(&self, event: &RecordedEvent) -> Option<i64> {
        after(self.direction, self.number(event))
    }

    fn number(&self, event: &RecordedEvent) -> i64 {
        match self.numbers {
            Numbers::Versions(_) => event.version.as_i64(),
            Numbers::Positions => event.position.as_i64(),
        }
    }

    /// Whether a page that begins at `low` can end with those of its events that are there, because none is
    /// missing among them. SQLite does not promise in which order it gives them.
    fn is_beginning(&self, low: i64, events: &[RecordedEvent]) -> bool {
        let numbers = events.iter().map(|event| self.number(event));
        let count = numbers
            .max()
            .and_then(|highest| highest.checked_sub(low - 1));
        self.direction == Direction::Forward && count == i64::try_from(events.len()).ok()
    }
}

impl SqliteStore {
    /// One page of a range, and the number that the next one begins with.
    pub(crate) async fn gapless_page(&self, range: Range<'_>) -> Result<PageAndNext, StoreError> {
        if range.is_empty() {
            return Ok((Vec::new(), None));
        }
        let Numbers::Versions(stream) = range.numbers else {
            let statement = range.bounded(POSITIONS).bind(SLICE);
            let page = self.gapless_page_of(range, statement, |_, _| Ok(true));
            return Ok(page.await?.unwrap_or_default());
        };
        loop {
            let tail = range.in_tail(stream, self.tail());
            let (first, last) = tail.versions.unzip();
            let statement = range
                .bounded(VERSIONS)
                .bind(stream.as_str().to_owned())
                .bind(tail.rows)
                .bind(first)
                .bind(last);
            let page =
                self.gapless_page_of(range, statement, |row, _| Ok(self.log_end(row)? <= tail.to));
            if let Some(page) = page.await? {
                return Ok(page);
            }
            self.catch_up().await?;
        }
    }

    /// The position of the last event in the log, as the first row of a statement about a stream says. What the index
    /// leads to by now is no part of the tail from here on.
    pub(crate) fn log_end(&self, row: &SqliteRow) -> Result<i64, StoreError> {
        let indexed: Option<i64> = row.try_get_unchecked(INDEXED).map_err(|e| self.failed(e))?;
        let nowhere = || damaged(self.location(), "it is not said how far the index goes");
        self.tail().forget_up_to(indexed.ok_or_else(nowhere)?);
        integer(self.location(), row, LOG_END)
    }

    /// The same from another statement that gives the same columns. `first` is shown the first row, and the lower of the
    /// numbers that are looked at; where it does not want the rest, there is no page.
    pub(crate) async fn gapless_page_of(
        &self,
        range: Range<'_>,
        statement: Query<'static, Sqlite, SqliteArguments>,
        first: impl FnOnce(&SqliteRow, Option<i64>) -> Result<bool, StoreError>,
    ) -> Result<Option<PageAndNext>, StoreError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut rows = statement.fetch(connection);
        let head = rows.try_next().await.map_err(|e| self.failed(e))?;
        let head = head.ok_or_else(|| self.failed(sqlx::Error::RowNotFound))?;
        let number = |column| {
            let number: Result<Option<i64>, _> = head.try_get_unchecked(column);
            number.map_err(|e| self.failed(e))
        };
        let bounds = number(LOW)?.zip(number(HIGH)?);
        if !first(&head, bounds.map(|(low, _)| low))? {
            return Ok(None);
        }
        let Some((low, high)) = bounds else {
            return Ok(Some((Vec::new(), None)));
        };
        let (window, next) = range.window(low, high);
        let count = window
            .end()
            .saturating_sub(*window.start())
            .saturating_add(1);
        let count = usize::try_from(count).unwrap_or(0);
        let wanted = match range.numbers {
            Numbers::Versions(stream) => Wanted::Versions {
                stream_key: number(KEY_OR_RUNS)?.unwrap_or(0),
                stream: stream.clone(),
                versions: window,
            },
            Numbers::Positions => Wanted::Positions(window),
        };
        let mut read = RunReader::new(self.location(), self.names(), wanted, count);
        let (mut text, mut is_full) = (0, false);
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            let runs = bytes(self.location(), &row, KEY_OR_RUNS)?;
            read.add(runs)?;
            text += runs.len();
            let size = text + BYTES_APART * read.apart();
            is_full = size >= BYTES_PER_PAGE && range.is_beginning(low, read.events());
            if is_full {
                break;
            }
        }
        drop(rows);
        // What is still missing may be read with the same connection.
        drop(reader);
        let everything = EventFilter::default();
        let page = self.complete(range.direction, &everything, read.finish()?, count);
        let CutEvents { events, is_cut } = page.await?;
        let next = match events.last().filter(|_| is_cut || is_full) {
            Some(last) => range.after(last),
            None => next,
        };
        Ok(Some((events, next)))
    }
}
