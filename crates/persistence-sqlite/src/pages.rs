//! Owns the reading of pages of events: what one page looks at, and where the next one begins.

use shared_kernel::{
    Direction, EventFilter, EventStore, GlobalPosition, LogPage, LogQuery, RecordedEvent,
    StoreError, StreamId, StreamPage, StreamQuery,
};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::columns::{bytes, integer, json_list};
use crate::error::damaged;
use crate::packed_events::{Packed, Unpacker, packed_event, packed_event_or_position};
use crate::store::SqliteStore;

/// How many positions a filtered read looks at before it hands over a page, however few it found:
/// no statement runs for long.
const POSITIONS_PER_PAGE: u64 = 16_384;

/// How many events a page holds at most, whatever was asked for: it is one value on its way.
const EVENTS_PER_PAGE: usize = 1_024;

/// How many bytes of payload a page holds at most, but for a single event that is larger.
const PAYLOAD_BYTES_PER_PAGE: usize = 8 * 1024 * 1024;

/// One page of a stream: how many events it has, and the events packed. The order of the inner
/// statement is the one in which they are packed; SQLite does not promise it, so it is checked.
macro_rules! stream_page {
    ($order:literal) => {
        concat!(
            "SELECT count(*), group_concat(packed, '') FROM (SELECT ",
            packed_event_or_position!("''"),
            " AS packed FROM events AS e \
                WHERE e.stream_key = (SELECT stream_key FROM streams WHERE name = ?1) \
                    AND e.version BETWEEN ?2 AND ?3 \
                ORDER BY e.version ",
            $order,
            " LIMIT ?4)"
        )
    };
}

/// The same for one page of the log. LEFT JOIN keeps the events outside, so that their order needs
/// no sorting, and an event whose stream is gone is found damaged and not skipped.
macro_rules! log_page {
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
            " LIMIT ?3)"
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
    match Unpacker::new(location, packed, None).next()? {
        Some(Packed::Event(event)) => Ok(event),
        _ => Err(damaged(location, "an event is empty")),
    }
}

/// How many events a page has at most that is asked for so many.
pub(crate) fn page_limit(asked_for: usize) -> usize {
    asked_for.min(EVENTS_PER_PAGE)
}

/// A limit as SQL counts it.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What a page statement gave.
pub(crate) struct Found {
    events: Vec<RecordedEvent>,
    /// Whether there may be more after the last one.
    is_full: bool,
}

impl Found {
    fn last_of_full_page(&self) -> Option<&RecordedEvent> {
        self.events.last().filter(|_| self.is_full)
    }
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
        let limit = page_limit(query.page_limit());
        if limit == 0 || query.from > query.to {
            return Ok(StreamPage::empty());
        }
        let statement = match query.direction {
            Direction::Forward => stream_page!("ASC"),
            Direction::Backward => stream_page!("DESC"),
        };
        let statement = sqlx::query(statement)
            .bind(query.stream.as_str().to_owned())
            .bind(query.from.as_i64())
            .bind(query.to.as_i64())
            .bind(sql_limit(limit));
        let row = self.one_row(statement).await?;
        let found = self
            .unpacked(&row, 0, limit, query.direction, Some(&query.stream))
            .await?;
        Ok(stream_page_of(query, found))
    }

    pub(crate) async fn log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let limit = page_limit(query.page_limit());
        let Some(window) = self.window(query).await?.filter(|_| limit > 0) else {
            return Ok(LogPage::empty());
        };
        let statement = match query.direction {
            Direction::Forward => log_page!("ASC"),
            Direction::Backward => log_page!("DESC"),
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
        let found = self.unpacked(&row, 0, limit, query.direction, None).await?;
        let next = match (found.last_of_full_page(), query.direction) {
            (Some(last), Direction::Forward) => last.position.next(),
            (Some(last), Direction::Backward) => last.position.previous(),
            (None, _) => window.next,
        };
        let next = next
            .filter(|next| (query.from..=query.to).contains(next))
            .filter(|_| !is_reached(query.limit, found.events.len()));
        Ok(LogPage {
            items: found.events,
            next,
        })
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

    /// The events of a page, from its two columns `column` and the one after it, up to the limits
    /// of a page.
    pub(crate) async fn unpacked(
        &self,
        row: &SqliteRow,
        column: usize,
        limit: usize,
        direction: Direction,
        stream: Option<&StreamId>,
    ) -> Result<Found, StoreError> {
        let location = self.location();
        let count = usize::try_from(integer(location, row, column)?).unwrap_or(usize::MAX);
        let mut unpacker = match count {
            0 => Unpacker::new(location, &[], stream),
            _ => Unpacker::new(location, bytes(location, row, column + 1)?, stream),
        };
        let mut events: Vec<RecordedEvent> = Vec::with_capacity(count.min(limit));
        let mut payload_bytes = 0_usize;
        while let Some(packed) = unpacker.next()? {
            let event = match packed {
                Packed::Event(event) => event,
                Packed::TooLarge(position) => self.event_at(position).await?,
            };
            let in_order = events.last().is_none_or(|last| match direction {
                Direction::Forward => last.position < event.position,
                Direction::Backward => last.position > event.position,
            });
            if !in_order {
                let problem = format!("position {} is out of order", event.position);
                return Err(damaged(location, problem));
            }
            payload_bytes = payload_bytes.saturating_add(event.payload.len());
            events.push(event);
            if payload_bytes >= PAYLOAD_BYTES_PER_PAGE {
                return Ok(Found {
                    events,
                    is_full: true,
                });
            }
        }
        // What has no value in one of its columns cannot be packed.
        if events.len() != count {
            return Err(damaged(location, "an event has a column without a value"));
        }
        let is_full = events.len() >= limit;
        Ok(Found { events, is_full })
    }

    async fn event_at(&self, position: i64) -> Result<RecordedEvent, StoreError> {
        let query = sqlx::query(EVENT_BY_POSITION).bind(position);
        recorded_event(self.location(), &self.one_row(query).await?)
    }

    /// How much of the log a page of this query looks at; `None` where there is nothing to look
    /// at. A filter may find little in a long log, so it looks at a part of it at a time.
    async fn window(&self, query: &LogQuery) -> Result<Option<Window>, StoreError> {
        let LogQuery { from, to, .. } = *query;
        if from > to {
            return Ok(None);
        }
        if query.filter == EventFilter::default() {
            return Ok(Some(Window {
                from,
                to,
                next: None,
            }));
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

/// The page that answers `query`, and where the next one begins.
pub(crate) fn stream_page_of(query: &StreamQuery, found: Found) -> StreamPage {
    let next = found
        .last_of_full_page()
        .and_then(|last| match query.direction {
            Direction::Forward => last.version.next(),
            Direction::Backward => last.version.previous(),
        })
        .filter(|next| (query.from..=query.to).contains(next))
        .filter(|_| !is_reached(query.limit, found.events.len()));
    StreamPage {
        items: found.events,
        next,
    }
}

/// Whether a page holds all that its query wanted.
fn is_reached(limit: Option<u64>, got: usize) -> bool {
    limit.is_some_and(|limit| u64::try_from(got).is_ok_and(|got| got >= limit))
}
