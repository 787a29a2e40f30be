//! Owns the event store's side of the handle: appends go to the writer, reads are single statements.

use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::{
    Append, AppendError, AppendReceipt, DEFAULT_PAGE_SIZE, EventId, EventStore, GlobalPosition,
    LogPage, LogQuery, RecordedEvent, StoreError, StreamId, StreamPage, StreamQuery, StreamSummary,
    StreamVersion, StreamsPage, StreamsQuery,
};
use sqlx::Row;

use crate::append_job::AppendJob;
use crate::columns::{integer, text};
use crate::encoded_run::encode;
use crate::error::damaged;
use crate::event_by_id::event_by_id;
use crate::pages::sql_limit;
use crate::store::SqliteStore;

/// How often a waiting reader looks for events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

const STREAMS: &str = "SELECT s.name, h.version \
    FROM streams AS s LEFT JOIN stream_heads AS h ON h.stream_key = s.stream_key \
    WHERE s.name > ?1 ORDER BY s.name ASC LIMIT ?2 + 0";

/// Names sort by their bytes, so those of a category lie before `category.`: the point comes right
/// after the dash. That keeps the read inside its part of the index.
const STREAMS_OF_CATEGORY: &str = "SELECT s.name, h.version \
    FROM streams AS s LEFT JOIN stream_heads AS h ON h.stream_key = s.stream_key \
    WHERE s.name > ?1 AND s.name >= ?3 AND s.name < ?3 || '.' AND s.category = ?3 \
    ORDER BY s.name ASC LIMIT ?2 + 0";

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let location = self.location().clone();
        // Here and not in the writer, which everybody waits for.
        let runs = encode(&append).map_err(|e| self.failed(sqlx::Error::Encode(e.into())))?;
        let answer = self
            .write(|reply| AppendJob::new(location, append, runs, reply))
            .await?;
        match answer.and_then(|job: Box<AppendJob>| job.into_answer()) {
            Some(answer) => answer,
            // The writer may have ended before the commit or after it.
            None => Err(AppendError::OutcomeUnknown {
                source: Box::new(self.closed()),
            }),
        }
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.stream_page(query).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.log_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        let query = sqlx::query(
            "SELECT coalesce((SELECT version FROM stream_heads WHERE stream_key = \
                (SELECT stream_key FROM streams WHERE name = ?1)), 0)",
        );
        let row = self.one_row(query.bind(stream.as_str().to_owned())).await?;
        StreamVersion::try_from(integer(self.location(), &row, 0)?)
            .map_err(|e| damaged(self.location(), format!("stream {stream}: {e}")))
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        // With a parameter, so that the statement stays prepared.
        let query = sqlx::query(
            "SELECT (SELECT position - 1 + length(event_ids) / 16 FROM runs \
                WHERE position > ?1 ORDER BY position DESC LIMIT 1)",
        );
        let row = self.one_row(query.bind(0_i64)).await?;
        let position: Option<i64> = row.try_get_unchecked(0).map_err(|e| self.failed(e))?;
        let position = position.map(GlobalPosition::try_from).transpose();
        position.map_err(|e| damaged(self.location(), e.to_string()))
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        event_by_id(self.location(), self.names(), connection, id).await
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
        let mut reader = self.reader().await?;
        let connection = reader.connection().await.map_err(|e| self.failed(e))?;
        let rows = statement
            .fetch_all(connection)
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
