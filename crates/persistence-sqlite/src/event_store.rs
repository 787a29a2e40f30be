//! Owns the event store's side of the handle: appends go to the writer, reads are single statements.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use shared_kernel::{
    Append, AppendError, AppendReceipt, DEFAULT_PAGE_SIZE, Direction, EventFilter, EventId,
    EventStore, GlobalPosition, LogPage, LogQuery, RecordedEvent, StoreError, StreamId, StreamPage,
    StreamQuery, StreamSummary, StreamVersion, StreamsPage, StreamsQuery,
};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite};

use crate::append_job::AppendJob;
use crate::error::damaged;
use crate::record_row::{EVENT_BY_ID, json_list, recorded_event, text};
use crate::store::SqliteStore;

/// How often a waiting reader looks for events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many positions a filtered read looks at before it hands over a page, however few it found:
/// no statement runs for long.
const POSITIONS_PER_PAGE: u64 = 16_384;

/// How many bytes of payload a page holds at most, but for a single event that is larger.
const PAYLOAD_BYTES_PER_PAGE: usize = 8 * 1024 * 1024;

/// The columns of [`recorded_event`], for one page of a stream.
const STREAM_FORWARD: &str = "SELECT e.position, ?1, e.version, e.recorded_at, e.schema_version, \
        e.event_id, e.event_type, e.metadata, e.payload \
    FROM events AS e \
    WHERE e.stream_key = (SELECT stream_key FROM streams WHERE name = ?1) \
        AND e.version BETWEEN ?2 AND ?3 \
    ORDER BY e.version ASC LIMIT ?4";

const STREAM_BACKWARD: &str = "SELECT e.position, ?1, e.version, e.recorded_at, e.schema_version, \
        e.event_id, e.event_type, e.metadata, e.payload \
    FROM events AS e \
    WHERE e.stream_key = (SELECT stream_key FROM streams WHERE name = ?1) \
        AND e.version BETWEEN ?2 AND ?3 \
    ORDER BY e.version DESC LIMIT ?4";

/// The same for one page of the log. LEFT JOIN keeps the events outside, so that their order needs
/// no sorting, and an event whose stream is gone is found damaged and not skipped.
const LOG_FORWARD: &str = "SELECT e.position, s.name, e.version, e.recorded_at, e.schema_version, \
        e.event_id, e.event_type, e.metadata, e.payload \
    FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key \
    WHERE e.position BETWEEN ?1 AND ?2 \
        AND (?4 IS NULL OR s.category IN (SELECT value FROM json_each(?4))) \
        AND (?5 IS NULL OR e.event_type IN (SELECT value FROM json_each(?5))) \
    ORDER BY e.position ASC LIMIT ?3";

const LOG_BACKWARD: &str = "SELECT e.position, s.name, e.version, e.recorded_at, e.schema_version, \
        e.event_id, e.event_type, e.metadata, e.payload \
    FROM events AS e LEFT JOIN streams AS s ON s.stream_key = e.stream_key \
    WHERE e.position BETWEEN ?1 AND ?2 \
        AND (?4 IS NULL OR s.category IN (SELECT value FROM json_each(?4))) \
        AND (?5 IS NULL OR e.event_type IN (SELECT value FROM json_each(?5))) \
    ORDER BY e.position DESC LIMIT ?3";

const STREAMS: &str = "SELECT s.name, \
        (SELECT max(e.version) FROM events AS e WHERE e.stream_key = s.stream_key) \
    FROM streams AS s WHERE s.name > ?1 ORDER BY s.name ASC LIMIT ?2";

/// Names sort by their bytes, so those of a category lie before `category.`: the point comes right
/// after the dash. That keeps the read inside its part of the index.
const STREAMS_OF_CATEGORY: &str = "SELECT s.name, \
        (SELECT max(e.version) FROM events AS e WHERE e.stream_key = s.stream_key) \
    FROM streams AS s \
    WHERE s.name > ?1 AND s.name >= ?3 AND s.name < ?3 || '.' AND s.category = ?3 \
    ORDER BY s.name ASC LIMIT ?2";

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let location = self.location().clone();
        let answer = self
            .write(|reply| AppendJob::new(location, append, reply))
            .await?;
        // Without an answer, the writer may have ended before the commit or after it.
        answer.unwrap_or_else(|| {
            Err(AppendError::OutcomeUnknown {
                source: Box::new(self.closed()),
            })
        })
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let limit = query.page_limit();
        if limit == 0 || query.from > query.to {
            return Ok(StreamPage::empty());
        }
        let statement = match query.direction {
            Direction::Forward => STREAM_FORWARD,
            Direction::Backward => STREAM_BACKWARD,
        };
        let statement = sqlx::query(statement)
            .bind(query.stream.as_str().to_owned())
            .bind(query.from.as_i64())
            .bind(query.to.as_i64())
            .bind(sql_limit(limit));
        let rows = self.page(statement, limit).await?;
        let next = rows
            .last_of_full_page()
            .and_then(|last| match query.direction {
                Direction::Forward => last.version.next(),
                Direction::Backward => last.version.previous(),
            });
        let next = next
            .filter(|next| (query.from..=query.to).contains(next))
            .filter(|_| !is_reached(query.limit, rows.events.len()));
        Ok(StreamPage {
            items: rows.events,
            next,
        })
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let limit = query.page_limit();
        let Some(window) = self.window(query).await?.filter(|_| limit > 0) else {
            return Ok(LogPage::empty());
        };
        let statement = match query.direction {
            Direction::Forward => LOG_FORWARD,
            Direction::Backward => LOG_BACKWARD,
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
        let rows = self.page(statement, limit).await?;
        let next = match (rows.last_of_full_page(), query.direction) {
            (Some(last), Direction::Forward) => last.position.next(),
            (Some(last), Direction::Backward) => last.position.previous(),
            (None, _) => window.next,
        };
        let next = next
            .filter(|next| (query.from..=query.to).contains(next))
            .filter(|_| !is_reached(query.limit, rows.events.len()));
        Ok(LogPage {
            items: rows.events,
            next,
        })
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        let version: Option<i64> = sqlx::query_scalar(
            "SELECT max(version) FROM events \
             WHERE stream_key = (SELECT stream_key FROM streams WHERE name = ?1)",
        )
        .bind(stream.as_str().to_owned())
        .fetch_one(self.readers())
        .await
        .map_err(|e| self.failed(e))?;
        StreamVersion::try_from(version.unwrap_or(0))
            .map_err(|e| damaged(self.location(), format!("stream {stream}: {e}")))
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let position: Option<i64> = sqlx::query_scalar("SELECT max(position) FROM events")
            .fetch_one(self.readers())
            .await
            .map_err(|e| self.failed(e))?;
        let position = position.map(GlobalPosition::try_from).transpose();
        position.map_err(|e| damaged(self.location(), e.to_string()))
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let row = sqlx::query(EVENT_BY_ID)
            .bind(id.as_bytes().to_vec())
            .fetch_optional(self.readers())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| recorded_event(self.location(), &row))
            .transpose()
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
        let after = query.after.as_ref().map_or("", StreamId::as_str).to_owned();
        let statement = match &query.category {
            None => sqlx::query(STREAMS).bind(after).bind(sql_limit(limit)),
            Some(category) => sqlx::query(STREAMS_OF_CATEGORY)
                .bind(after)
                .bind(sql_limit(limit))
                .bind(category.as_str().to_owned()),
        };
        let rows = statement
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.failed(e))?;
        let location = self.location();
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let damage = |e: &dyn std::fmt::Display| damaged(location, format!("a stream: {e}"));
            let stream = StreamId::new(text(location, row, 0)?).map_err(|e| damage(&e))?;
            let version: Option<i64> = row.try_get_unchecked(1).map_err(|e| self.failed(e))?;
            let version = version.ok_or_else(|| damage(&"it has no events"))?;
            let version = StreamVersion::try_from(version).map_err(|e| damage(&e))?;
            items.push(StreamSummary { stream, version });
        }
        let next = items
            .last()
            .filter(|_| items.len() >= limit)
            .map(|last| last.stream.clone());
        Ok(StreamsPage { items, next })
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        let mut committed = self.committed();
        loop {
            if let Some(head) = self.head().await?.filter(|head| *head > position) {
                return Ok(head);
            }
            // Whichever comes first; a writer that has ended only leaves the looking.
            let woken = tokio::time::timeout(LOOK_EVERY, committed.changed()).await;
            if matches!(woken, Ok(Err(_))) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// The part of the log that one page looks at.
struct Window {
    from: GlobalPosition,
    to: GlobalPosition,
    /// Where the next page begins when this part holds no more.
    next: Option<GlobalPosition>,
}

/// What a page statement gave.
struct Rows {
    events: Vec<RecordedEvent>,
    /// Whether there may be more after the last one.
    is_full: bool,
}

impl Rows {
    fn last_of_full_page(&self) -> Option<&RecordedEvent> {
        self.events.last().filter(|_| self.is_full)
    }
}

impl SqliteStore {
    /// Runs a page statement up to the limits of a page.
    async fn page(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
        limit: usize,
    ) -> Result<Rows, StoreError> {
        let mut rows = statement.fetch(self.readers());
        let mut events = Vec::new();
        let mut payload_bytes = 0_usize;
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            let event = recorded_event(self.location(), &row)?;
            payload_bytes = payload_bytes.saturating_add(event.payload.len());
            events.push(event);
            if payload_bytes >= PAYLOAD_BYTES_PER_PAGE {
                return Ok(Rows {
                    events,
                    is_full: true,
                });
            }
        }
        let is_full = events.len() >= limit;
        Ok(Rows { events, is_full })
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

/// Whether a page holds all that its query wanted.
fn is_reached(limit: Option<u64>, got: usize) -> bool {
    limit.is_some_and(|limit| u64::try_from(got).is_ok_and(|got| got >= limit))
}

/// A limit as SQL counts it.
fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
