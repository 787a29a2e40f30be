//! Owns the event store's side of the handle: appends go to the writer, reads are single statements.

use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::{
    Append, AppendError, AppendReceipt, DEFAULT_PAGE_SIZE, EventId, EventStore, GlobalPosition,
    LogPage, LogQuery, RecordedEvent, StoreError, StreamId, StreamPage, StreamQuery, StreamSummary,
    StreamVersion, StreamsPage, StreamsQuery,
};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite};

use crate::append_job::AppendJob;
use crate::columns::{integer, text};
use crate::encoded_run::encode;
use crate::error::damaged;
use crate::event_by_id::event_by_id;
use crate::gapless::log_end;
use crate::pages::sql_limit;
use crate::store::SqliteStore;

/// How often a waiting reader looks for events of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The columns of streams `s` with what the index has of them: name and version; and where the log and the index end.
macro_rules! stream_summaries {
    () => {
        concat!(
            "SELECT s.name, i.version, ",
            log_end!(),
            ", (SELECT through FROM indexed) FROM streams AS s \
            LEFT JOIN indexed_streams AS i ON i.stream_key = s.stream_key "
        )
    };
}

const STREAM: &str = concat!(stream_summaries!(), "WHERE s.name = ?1");

const STREAMS: &str = concat!(
    stream_summaries!(),
    "WHERE s.name > ?1 ORDER BY s.name ASC LIMIT ?2 + 0"
);

/// Names sort by their bytes, so those of a category lie before `category.`: the point comes right
/// after the dash. That keeps the read inside its part of the index.
const STREAMS_OF_CATEGORY: &str = concat!(
    stream_summaries!(),
    "WHERE s.name > ?1 AND s.name >= ?3 AND s.name < ?3 || '.' AND s.category = ?3 \
    ORDER BY s.name ASC LIMIT ?2 + 0"
);

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
        let statement = || sqlx::query(STREAM).bind(stream.as_str().to_owned());
        let found = self.stream_summaries(statement).await?;
        Ok(found
            .first()
            .map_or(StreamVersion::EMPTY, |(_, version)| *version))
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
        loop {
            let known_to = self.tail().to();
            let in_tail = self.tail().position_of(id);
            let mut reader = self.reader().await?;
            let connection = reader.connection().await.map_err(|e| self.failed(e))?;
            let found = event_by_id(self.location(), self.names(), connection, id, in_tail).await?;
            if found.event.is_some() || known_to.is_some_and(|to| to >= found.log_end) {
                return Ok(found.event);
            }
            drop(reader);
            self.catch_up().await?;
        }
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
        let statement = || {
            let after = query.after.as_ref().map_or("", StreamId::as_str).to_owned();
            match &query.category {
                None => sqlx::query(STREAMS).bind(after).bind(sql_limit(limit)),
                Some(category) => sqlx::query(STREAMS_OF_CATEGORY)
                    .bind(after)
                    .bind(sql_limit(limit))
                    .bind(category.as_str().to_owned()),
            }
        };
        let found = self.stream_summaries(statement).await?;
        let mut items = Vec::with_capacity(found.len());
        for (stream, version) in found {
            if version == StreamVersion::EMPTY {
                return Err(damaged(
                    self.location(),
                    format!("stream {stream} has no events"),
                ));
            }
            items.push(StreamSummary { stream, version });
        }
        let next = items
            .last()
            .filter(|_| items.len() >= limit)
            .map(|last| last.stream.clone());
        Ok(StreamsPage { items, next })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "other processes can only be polled"
    )]
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

impl SqliteStore {
    /// The streams that a statement gives, and the versions that they have with the tail of the log; 0 where there are no
    /// events.
    async fn stream_summaries<'q>(
        &self,
        statement: impl Fn() -> Query<'q, Sqlite, SqliteArguments>,
    ) -> Result<Vec<(StreamId, StreamVersion)>, StoreError> {
        loop {
            let mut reader = self.reader().await?;
            let connection = reader.connection().await.map_err(|e| self.failed(e))?;
            let rows = statement().fetch_all(connection).await;
            drop(reader);
            let location = self.location();
            let mut streams = Vec::new();
            let mut ends = None;
            for row in rows.map_err(|e| self.failed(e))? {
                let damage =
                    |e: &dyn std::fmt::Display| damaged(location, format!("a stream: {e}"));
                let name = StreamId::new(text(location, &row, 0)?).map_err(|e| damage(&e))?;
                let version: Option<i64> = row.try_get_unchecked(1).map_err(|e| self.failed(e))?;
                let version = StreamVersion::try_from(version.unwrap_or(0));
                streams.push((name, version.map_err(|e| damage(&e))?));
                ends = Some((integer(location, &row, 2)?, integer(location, &row, 3)?));
            }
            let Some((log_end, indexed)) = ends else {
                return Ok(streams);
            };
            if self.tail().add_to(log_end, indexed, &mut streams) {
                return Ok(streams);
            }
            self.catch_up().await?;
        }
    }
}
