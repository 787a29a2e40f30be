//! Owns the reading of events whose numbers have no gaps: the versions of a stream, the positions of
//! the log. So the numbers alone say what a statement gives, and what the next one has to ask for.
//!
//! A page is read by several short statements, the next of which runs while the events of the last
//! one are taken apart. What is read in parts is as good as what is read at once, since nothing that
//! is recorded ever changes.

use futures_util::future::{OptionFuture, join};
use shared_kernel::{Direction, LogQuery, RecordedEvent, StoreError, StreamId, StreamQuery};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use crate::packed_events::packed_event_or_position;
use crate::pages::{PageOfEvents, page_limit, unpacked};
use crate::store::SqliteStore;

/// How many events one statement gives at most.
const EVENTS_PER_STATEMENT: i64 = 512;

/// The lowest and the highest version of a stream between two versions, and those events, lowest first,
/// that are less than so many steps above the lower one and less than so many below the higher one.
const VERSIONS: &str = concat!(
    "WITH s AS MATERIALIZED (SELECT stream_key FROM streams WHERE name = ?5), \
    low AS MATERIALIZED (SELECT min(version) AS number FROM events \
        WHERE stream_key = (SELECT stream_key FROM s) AND version >= ?1), \
    high AS MATERIALIZED (SELECT max(version) AS number FROM events \
        WHERE stream_key = (SELECT stream_key FROM s) AND version <= ?2) \
    SELECT (SELECT number FROM low), (SELECT number FROM high), count(*), group_concat(",
    packed_event_or_position!(),
    ", '') FROM events AS e WHERE e.stream_key = (SELECT stream_key FROM s) AND e.version BETWEEN \
        max((SELECT number FROM low), (SELECT number FROM high) - ?4 + 1) AND \
        min((SELECT number FROM high), (SELECT number FROM low) + ?3 - 1)"
);

/// The same by position. LEFT JOIN, so that an event whose stream is gone is found damaged and not
/// skipped.
const POSITIONS: &str = concat!(
    "WITH low AS MATERIALIZED (SELECT min(position) AS number FROM events WHERE position >= ?1), \
    high AS MATERIALIZED (SELECT max(position) AS number FROM events WHERE position <= ?2) \
    SELECT (SELECT number FROM low), (SELECT number FROM high), count(*), group_concat(",
    packed_event_or_position!("s.name"),
    ", '') FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key \
    WHERE e.position BETWEEN \
        max((SELECT number FROM low), (SELECT number FROM high) - ?4 + 1) AND \
        min((SELECT number FROM high), (SELECT number FROM low) + ?3 - 1)"
);

/// The columns of these statements, and of others that give the same.
const LOW: usize = 0;
const HIGH: usize = 1;
const EVENTS: usize = 2;

/// More steps than any statement makes.
const EVERY_STEP: i64 = 1 << 62;

/// What numbers the events.
#[derive(Clone, Copy)]
enum Numbers<'q> {
    Versions(&'q StreamId),
    Positions,
}

/// The numbers that a page has yet to look at.
pub(crate) struct Range<'q> {
    numbers: Numbers<'q>,
    direction: Direction,
    /// Between which ones; `None` when there are no more.
    rest: Option<(i64, i64)>,
    /// How many of them this page may look at.
    room: i64,
}

impl<'q> Range<'q> {
    pub(crate) fn of_stream(query: &'q StreamQuery) -> Self {
        Self::new(
            Numbers::Versions(&query.stream),
            query.direction,
            (query.from.as_i64(), query.to.as_i64()),
            query.page_limit(),
        )
    }

    pub(crate) fn of_log(query: &LogQuery) -> Self {
        Self::new(
            Numbers::Positions,
            query.direction,
            (query.from.as_i64(), query.to.as_i64()),
            query.page_limit(),
        )
    }

    fn new(
        numbers: Numbers<'q>,
        direction: Direction,
        (from, to): (i64, i64),
        limit: usize,
    ) -> Self {
        // Nothing has the number 0, so it must not take up room.
        let from = from.max(1);
        Self {
            numbers,
            direction,
            rest: (from <= to).then_some((from, to)),
            room: i64::try_from(page_limit(limit)).unwrap_or(i64::MAX),
        }
    }

    /// How many events the next statement may give.
    pub(crate) fn step(&self) -> i64 {
        self.room.min(EVENTS_PER_STATEMENT)
    }

    /// What to ask for next; `None` at the end of the page.
    fn statement(&self) -> Option<Query<'static, Sqlite, SqliteArguments>> {
        let (from, to) = self.rest.filter(|_| self.room > 0)?;
        let (up, down) = match self.direction {
            Direction::Forward => (self.step(), EVERY_STEP),
            Direction::Backward => (EVERY_STEP, self.step()),
        };
        let query = sqlx::query(match self.numbers {
            Numbers::Versions(_) => VERSIONS,
            Numbers::Positions => POSITIONS,
        });
        let query = query.bind(from).bind(to).bind(up).bind(down);
        Some(match self.numbers {
            Numbers::Versions(stream) => query.bind(stream.as_str().to_owned()),
            Numbers::Positions => query,
        })
    }

    /// Takes off what the statement has looked at, which found that there is something from `low` to
    /// `high`, or nothing at all.
    fn advance(&mut self, low: Option<i64>, high: Option<i64>) {
        let step = self.step();
        self.room -= step;
        self.rest = low.zip(high).and_then(|(low, high)| {
            let (low, high) = match self.direction {
                Direction::Forward => (low.checked_add(step)?, high),
                Direction::Backward => (low, high.checked_sub(step)?),
            };
            (low <= high).then_some((low, high))
        });
    }

    /// Where the next page begins.
    fn next(&self) -> Option<i64> {
        self.rest.map(|(from, to)| match self.direction {
            Direction::Forward => from,
            Direction::Backward => to,
        })
    }

    /// Where the next page begins if `event` is the last one of this page.
    fn after(&self, event: &RecordedEvent) -> Option<i64> {
        let number = match self.numbers {
            Numbers::Versions(_) => event.version.as_i64(),
            Numbers::Positions => event.position.as_i64(),
        };
        match self.direction {
            Direction::Forward => number.checked_add(1),
            Direction::Backward => number.checked_sub(1),
        }
    }

    fn stream(&self) -> Option<&'q StreamId> {
        match self.numbers {
            Numbers::Versions(stream) => Some(stream),
            Numbers::Positions => None,
        }
    }
}

impl SqliteStore {
    /// One page of a range, and the number that the next one begins with.
    pub(crate) async fn gapless_page(
        &self,
        range: Range<'_>,
    ) -> Result<(Vec<RecordedEvent>, Option<i64>), StoreError> {
        let Some(statement) = range.statement() else {
            return Ok((Vec::new(), None));
        };
        let first = self.one_row(statement).await?;
        self.gapless_page_from(range, first).await
    }

    /// The same where the first statement was already run, or another one that gives its columns.
    pub(crate) async fn gapless_page_from(
        &self,
        mut range: Range<'_>,
        first: SqliteRow,
    ) -> Result<(Vec<RecordedEvent>, Option<i64>), StoreError> {
        let mut page = PageOfEvents::new(range.direction);
        let mut row = first;
        loop {
            let number = |column| row.try_get_unchecked(column).map_err(|e| self.failed(e));
            range.advance(number(LOW)?, number(HIGH)?);
            let reading = range.statement().map(|statement| self.one_row(statement));
            let unpacking = async { unpacked(self.location(), &row, EVENTS, range.stream()) };
            // The first of the two is sent off before the second one begins.
            let (read, unpacked) = join(OptionFuture::from(reading), unpacking).await;
            if page.add(self, unpacked?).await? {
                let next = page.events.last().and_then(|last| range.after(last));
                return Ok((page.events, next));
            }
            match read {
                Some(read) => row = read?,
                None => return Ok((page.events, range.next())),
            }
        }
    }
}
