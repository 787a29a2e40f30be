//! Owns the reading of pages of events: what one page looks at, and where the next one begins.

use std::ops::RangeInclusive;

use bytes::Bytes;
use futures_util::TryStreamExt;
use shared_kernel::{
    Direction, EventFilter, EventStore, GlobalPosition, LogPage, LogQuery, Page, RecordedEvent,
    StoreError, StreamPage, StreamQuery,
};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use crate::columns::{bytes, integer, json_list};
use crate::error::damaged;
use crate::gapless::{Range, SLICE};
use crate::names::read_names;
use crate::store::SqliteStore;
use crate::stored_runs::{ReadRuns, RunReader, Wanted, strung_runs};

/// How many positions a filtered read looks at before it hands over a page, however few it found:
/// no statement runs for long.
const POSITIONS_PER_PAGE: u64 = 4_096;

/// How many events a page holds at most, whatever was asked for.
const EVENTS_PER_PAGE: usize = 4_096;

/// How many bytes of payload a page holds at most, but for a single event that is larger; and how much text of runs is
/// read for one, where it is read forward.
pub(crate) const BYTES_PER_PAGE: usize = 8 * 1024 * 1024;

/// Those runs between two positions that may have events of some types, as their names let guess; row after
/// row, for so many positions at a time.
const FILTERED: &str = concat!(
    "WITH RECURSIVE slices (first, last) AS ( \
        SELECT coalesce((SELECT max(position) FROM runs WHERE position <= ?1), ?1), ?1 + ?4 - 1 \
        UNION ALL SELECT last + 1, last + ?4 FROM slices WHERE last < ?2) \
    SELECT (SELECT ",
    strung_runs!(),
    " FROM runs AS r WHERE r.position BETWEEN slices.first AND min(slices.last, ?2) \
        AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(?3) AS t \
            WHERE instr(r.events, json_quote(t.value))))) FROM slices"
);

/// The payloads that stand apart in the runs at some positions.
macro_rules! payloads_apart {
    ($order:literal) => {
        concat!(
            "SELECT position, payload FROM runs \
                WHERE position IN (SELECT value + 0 FROM json_each(?1)) ORDER BY position ",
            $order
        )
    };
}

/// How many events a page has at most that is asked for so many.
pub(crate) fn page_limit(asked_for: usize) -> usize {
    asked_for.min(EVENTS_PER_PAGE)
}

/// A limit as SQL counts it.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The events of a page, and whether it ends before all that was read, because it is full.
pub(crate) struct CutEvents {
    pub(crate) events: Vec<RecordedEvent>,
    pub(crate) is_cut: bool,
}

/// The part of the log that one page looks at.
struct Window {
    from: GlobalPosition,
    to: GlobalPosition,
    /// Where the next page begins when this part holds no more.
    next: Option<GlobalPosition>,
}

impl SqliteStore {
    pub(crate) async fn stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let (events, next) = self.gapless_page(Range::of_stream(query)).await?;
        Ok(page(
            events,
            next,
            query.range.from..=query.range.to,
            query.range.limit,
        ))
    }

    pub(crate) async fn log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        if query.filter != EventFilter::default() {
            return self.filtered_page(query).await;
        }
        let (events, next) = self.gapless_page(Range::of_log(query)).await?;
        Ok(page(
            events,
            next,
            query.range.from..=query.range.to,
            query.range.limit,
        ))
    }

    async fn filtered_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let limit = page_limit(query.page_limit());
        let Some(window) = self.window(query).await?.filter(|_| limit > 0) else {
            return Ok(LogPage::empty());
        };
        let types = &query.filter.event_types;
        let statement = sqlx::query(FILTERED)
            .bind(window.from.as_i64())
            .bind(window.to.as_i64())
            .bind((!types.is_empty()).then(|| json_list(types)))
            .bind(SLICE);
        let wanted = Wanted::Positions(window.from.as_i64()..=window.to.as_i64());
        let mut read = RunReader::new(self.location(), self.names(), wanted, limit);
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut rows = statement.fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            read.add(bytes(self.location(), &row, 0)?)?;
        }
        drop(rows);
        // What is still missing may be read with the same connection.
        drop(reader);
        let found = self.complete(query.range.direction, &query.filter, read.finish()?, limit);
        let CutEvents { events, is_cut } = found.await?;
        let last = events.last().filter(|_| is_cut || events.len() >= limit);
        let next = match last {
            Some(last) => after(query.range.direction, last.position.as_i64()),
            None => window.next.map(GlobalPosition::as_i64),
        };
        Ok(page(
            events,
            next,
            query.range.from..=query.range.to,
            query.range.limit,
        ))
    }

    /// Turns what was read from runs into at most `limit` events of a page that lets a filter through, in
    /// the direction of the page, and with the names and the payloads that are still missing.
    pub(crate) async fn complete(
        &self,
        direction: Direction,
        filter: &EventFilter,
        read: ReadRuns,
        limit: usize,
    ) -> Result<CutEvents, StoreError> {
        let ReadRuns {
            mut events,
            apart,
            unnamed,
        } = read;
        self.name(&mut events, &unnamed).await?;
        if *filter != EventFilter::default() {
            events.retain(|event| filter.accepts(&event.stream, &event.event_type));
        }
        if direction == Direction::Backward {
            events.reverse();
        }
        let mut is_cut = events.len() > limit;
        events.truncate(limit);
        let mut size = 0_usize;
        let full = events.iter().position(|event| {
            size = size.saturating_add(event.payload.len());
            size >= BYTES_PER_PAGE
        });
        if let Some(last) = full {
            is_cut |= last + 1 < events.len();
            events.truncate(last + 1);
        }
        if !apart.is_empty() {
            is_cut |= self.add_payloads(direction, &mut events, apart).await?;
        }
        Ok(CutEvents { events, is_cut })
    }

    /// Gives events the names of their streams, which had the keys `unnamed`.
    async fn name(
        &self,
        events: &mut [RecordedEvent],
        unnamed: &[(GlobalPosition, i64)],
    ) -> Result<(), StoreError> {
        if unnamed.is_empty() {
            return Ok(());
        }
        let keys = unnamed.iter().map(|(_, key)| *key).collect();
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let names = read_names(self.names(), connection, &keys).await;
        let names = names.map_err(|e| self.failed(e))?;
        for (position, key) in unnamed {
            let problem = || format!("the event at position {position}: its stream is gone");
            let name = names
                .get(key)
                .ok_or_else(|| damaged(self.location(), problem()))?;
            if let Ok(index) = events.binary_search_by_key(position, |event| event.position) {
                events[index].stream = name.clone();
            }
        }
        Ok(())
    }

    /// Gives events the payloads that stand apart, as far as a page has room for them, and says whether the
    /// others were cut off.
    async fn add_payloads(
        &self,
        direction: Direction,
        events: &mut Vec<RecordedEvent>,
        mut apart: Vec<GlobalPosition>,
    ) -> Result<bool, StoreError> {
        let index_of = |events: &[RecordedEvent], position: GlobalPosition| match direction {
            Direction::Forward => events.binary_search_by(|event| event.position.cmp(&position)),
            Direction::Backward => events.binary_search_by(|event| position.cmp(&event.position)),
        };
        apart.retain(|position| index_of(events, *position).is_ok());
        let statement = match direction {
            Direction::Forward => payloads_apart!("ASC"),
            Direction::Backward => payloads_apart!("DESC"),
        };
        let list = json_list(apart.iter().map(GlobalPosition::to_string));
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let mut rows = sqlx::query(statement).bind(list).fetch(connection);
        let (mut filled, mut size) = (0, 0_usize);
        for _ in &apart {
            let missing = || damaged(self.location(), "a payload is missing");
            let row = rows.try_next().await.map_err(|e| self.failed(e))?;
            let row = row.ok_or_else(missing)?;
            let position = GlobalPosition::try_from(integer(self.location(), &row, 0)?);
            let position = position.map_err(|e| damaged(self.location(), e.to_string()))?;
            let payload: Option<&[u8]> = row.try_get_unchecked(1).map_err(|e| self.failed(e))?;
            let index = index_of(events, position).map_err(|_| missing())?;
            events[index].payload = Bytes::copy_from_slice(payload.ok_or_else(missing)?);
            let added = events[filled..=index]
                .iter()
                .map(|event| event.payload.len());
            size += added.sum::<usize>();
            filled = index + 1;
            if size >= BYTES_PER_PAGE {
                let is_cut = filled < events.len();
                events.truncate(filled);
                return Ok(is_cut);
            }
        }
        Ok(false)
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn one_row(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<SqliteRow, StoreError> {
        let row = self.optional_row(statement).await?;
        row.ok_or_else(|| self.failed(sqlx::Error::RowNotFound))
    }

    pub(crate) async fn optional_row(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<Option<SqliteRow>, StoreError> {
        let mut reader = self.reader().await?;
        let found = match reader.connection().await {
            Ok(connection) => statement.fetch_optional(connection).await,
            Err(error) => Err(error),
        };
        found.map_err(|error| self.failed(error))
    }

    /// How much of the log a page of a filtered query looks at; `None` where there is nothing to look
    /// at. It may find little in a long log, so it looks at a part of it at a time.
    async fn window(&self, query: &LogQuery) -> Result<Option<Window>, StoreError> {
        let (from, to) = (query.range.from, query.range.to);
        if from > to {
            return Ok(None);
        }
        let Some(head) = self.head().await? else {
            return Ok(None);
        };
        let (from, to) = (from.max(GlobalPosition::FIRST), to.min(head));
        if from > to {
            return Ok(None);
        }
        let span = POSITIONS_PER_PAGE - 1;
        Ok(Some(match query.range.direction {
            Direction::Forward => {
                let end = from
                    .advanced_by(span)
                    .unwrap_or(GlobalPosition::MAX)
                    .min(to);
                let next = end.next().filter(|next| *next <= to);
                Window {
                    from,
                    to: end,
                    next,
                }
            }
            Direction::Backward => {
                let span = span.min(to.get() - from.get());
                let start = GlobalPosition::new(to.get() - span).unwrap_or(from);
                let next = start.previous().filter(|next| *next >= from);
                Window {
                    from: start,
                    to,
                    next,
                }
            }
        }))
    }
}

/// The number that comes after `number` in a direction.
pub(crate) fn after(direction: Direction, number: i64) -> Option<i64> {
    match direction {
        Direction::Forward => number.checked_add(1),
        Direction::Backward => number.checked_sub(1),
    }
}

/// A page of `events`, and where the next one begins, if there is one within `bounds` and `limit`.
pub(crate) fn page<P: TryFrom<i64> + PartialOrd>(
    events: Vec<RecordedEvent>,
    next: Option<i64>,
    bounds: RangeInclusive<P>,
    limit: Option<u64>,
) -> Page<RecordedEvent, P> {
    let got = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let is_reached = limit.is_some_and(|limit| got >= limit);
    let next = next.and_then(|next| P::try_from(next).ok());
    Page {
        items: events,
        next: next.filter(|next| !is_reached && bounds.contains(next)),
    }
}
