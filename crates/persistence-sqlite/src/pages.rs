//! Owns the reading of pages of events: what one page looks at, and where the next one begins.

use std::ops::RangeInclusive;

use shared_kernel::{
    Direction, EventFilter, EventStore, GlobalPosition, LogPage, LogQuery, Page, RecordedEvent,
    StoreError, StreamId, StreamPage, StreamQuery,
};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::columns::{bytes, integer, json_list};
use crate::error::damaged;
use crate::gapless::Range;
use crate::packed_events::{Unpacked, packed_event, packed_event_or_position, unpack};
use crate::store::SqliteStore;

/// How many positions a filtered read looks at before it hands over a page, however few it found:
/// no statement runs for long.
const POSITIONS_PER_PAGE: u64 = 16_384;

/// How many events a page holds at most, whatever was asked for.
const EVENTS_PER_PAGE: usize = 1_024;

/// How many bytes of payload a page holds at most, but for a single event that is larger.
const PAYLOAD_BYTES_PER_PAGE: usize = 8 * 1024 * 1024;

/// One page of those events of the log that a filter lets through: how many it has, and the events
/// packed. LEFT JOIN, so that an event whose stream is gone is found damaged and not skipped. The limit
/// is a sum, since SQLite would prepare the statement anew for each value of a plain parameter.
macro_rules! filtered_page {
    ($order:literal) => {
        concat!(
            "SELECT count(*), group_concat(packed, '') FROM (SELECT ",
            packed_event_or_position!("s.name"),
            " AS packed FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key \
                WHERE e.position BETWEEN ?1 AND ?2 \
                    AND (?4 IS NULL OR s.category IN (SELECT value FROM json_each(?4))) \
                    AND (?5 IS NULL OR e.event_type IN (SELECT value FROM json_each(?5))) \
                ORDER BY e.position ",
            $order,
            " LIMIT ?3 + 0)"
        )
    };
}

macro_rules! one_event {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            packed_event!("s.name"),
            " FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key WHERE ",
            $condition
        )
    };
}

/// One event by its id, for [`recorded_event`].
pub(crate) const EVENT_BY_ID: &str = one_event!("e.event_id = ?1");

const EVENT_BY_POSITION: &str = one_event!("e.position = ?1");

/// The event in a row of one packed event.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(crate) fn recorded_event(location: &str, row: &SqliteRow) -> Result<RecordedEvent, StoreError> {
    let packed = bytes(location, row, 0)?;
    let mut unpacked = unpack(location, packed, None, 1)?;
    let event = unpacked.events.pop();
    event.ok_or_else(|| damaged(location, "an event is empty"))
}

/// How many events a page has at most that is asked for so many.
pub(crate) fn page_limit(asked_for: usize) -> usize {
    asked_for.min(EVENTS_PER_PAGE)
}

/// A limit as SQL counts it.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A page while it is filled.
pub(crate) struct PageOfEvents {
    direction: Direction,
    pub(crate) events: Vec<RecordedEvent>,
    payload_bytes: usize,
}

impl PageOfEvents {
    pub(crate) fn new(direction: Direction) -> Self {
        Self {
            direction,
            events: Vec::new(),
            payload_bytes: 0,
        }
    }

    /// Adds what lies next in the direction of the page, `unpacked` being in the order of the log, and
    /// says whether the page is full of bytes: then not all of it was added.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn add(
        &mut self,
        store: &SqliteStore,
        unpacked: Unpacked,
    ) -> Result<bool, StoreError> {
        let Unpacked {
            mut events,
            mut too_large,
        } = unpacked;
        if self.direction == Direction::Backward {
            events.reverse();
            too_large.reverse();
        }
        let bytes: usize = events.iter().map(|event| event.payload.len()).sum();
        if too_large.is_empty() && self.payload_bytes + bytes < PAYLOAD_BYTES_PER_PAGE {
            self.payload_bytes += bytes;
            if self.events.is_empty() {
                self.events = events;
            } else {
                self.events.append(&mut events);
            }
            return Ok(false);
        }
        let mut events = events.into_iter().peekable();
        for position in too_large {
            let direction = self.direction;
            let is_before = |event: &RecordedEvent| match direction {
                Direction::Forward => event.position < position,
                Direction::Backward => event.position > position,
            };
            while let Some(event) = events.next_if(is_before) {
                if self.push(event) {
                    return Ok(true);
                }
            }
            if self.push(store.event_at(position).await?) {
                return Ok(true);
            }
        }
        Ok(events.any(|event| self.push(event)))
    }

    /// Adds one event, and says whether the page is full of bytes.
    fn push(&mut self, event: RecordedEvent) -> bool {
        self.payload_bytes = self.payload_bytes.saturating_add(event.payload.len());
        self.events.push(event);
        self.payload_bytes >= PAYLOAD_BYTES_PER_PAGE
    }
}

/// The events in a row, in the order of the log, from its column `column`, which counts them, and the
/// one after it.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(crate) fn unpacked(
    location: &str,
    row: &SqliteRow,
    column: usize,
    stream: Option<&StreamId>,
) -> Result<Unpacked, StoreError> {
    let count = usize::try_from(integer(location, row, column)?).unwrap_or(usize::MAX);
    if count == 0 {
        return Ok(Unpacked::default());
    }
    let packed = bytes(location, row, column + 1)?;
    let unpacked = unpack(location, packed, stream, count.min(EVENTS_PER_PAGE))?;
    // What has no value in one of its columns cannot be packed.
    if unpacked.events.len() + unpacked.too_large.len() != count {
        return Err(damaged(location, "an event has a column without a value"));
    }
    Ok(unpacked)
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
        Ok(page(events, next, query.from..=query.to, query.limit))
    }

    pub(crate) async fn log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        if query.filter != EventFilter::default() {
            return self.filtered_page(query).await;
        }
        let (events, next) = self.gapless_page(Range::of_log(query)).await?;
        Ok(page(events, next, query.from..=query.to, query.limit))
    }

    async fn filtered_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let limit = page_limit(query.page_limit());
        let Some(window) = self.window(query).await?.filter(|_| limit > 0) else {
            return Ok(LogPage::empty());
        };
        let statement = match query.direction {
            Direction::Forward => filtered_page!("ASC"),
            Direction::Backward => filtered_page!("DESC"),
        };
        let categories = &query.filter.categories;
        let types = &query.filter.event_types;
        let statement = sqlx::query(statement)
            .bind(window.from.as_i64())
            .bind(window.to.as_i64())
            .bind(sql_limit(limit))
            .bind(
                (!categories.is_empty()).then(|| json_list(categories.iter().map(|c| c.as_str()))),
            )
            .bind((!types.is_empty()).then(|| json_list(types)));
        let row = self.one_row(statement).await?;
        let mut found = PageOfEvents::new(query.direction);
        let is_cut = found
            .add(self, unpacked(self.location(), &row, 0, None)?)
            .await?;
        let is_full = is_cut || found.events.len() >= limit;
        let next = match (found.events.last().filter(|_| is_full), query.direction) {
            (Some(last), Direction::Forward) => last.position.next(),
            (Some(last), Direction::Backward) => last.position.previous(),
            (None, _) => window.next,
        };
        let next = next.map(GlobalPosition::as_i64);
        Ok(page(found.events, next, query.from..=query.to, query.limit))
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

    async fn event_at(&self, position: GlobalPosition) -> Result<RecordedEvent, StoreError> {
        let query = sqlx::query(EVENT_BY_POSITION).bind(position.as_i64());
        recorded_event(self.location(), &self.one_row(query).await?)
    }

    /// How much of the log a page of a filtered query looks at; `None` where there is nothing to look
    /// at. It may find little in a long log, so it looks at a part of it at a time.
    async fn window(&self, query: &LogQuery) -> Result<Option<Window>, StoreError> {
        let LogQuery { from, to, .. } = *query;
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
        Ok(Some(match query.direction {
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
