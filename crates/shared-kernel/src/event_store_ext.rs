//! Owns what callers ask of an event store day by day, built on the port's few methods.

use std::future::Future;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::{
    Append, AppendError, AppendReceipt, Direction, EventStore, ExpectedVersion, GlobalPosition,
    LogQuery, NewEvent, RecordedEvent, StoreError, StreamId, StreamPage, StreamQuery,
    StreamSummary, StreamVersion, StreamsQuery,
};

/// What a reader gets, one by one, read page by page underneath: a reader that stops polling holds
/// nothing open, and one that reads a whole log never holds more than a page.
pub type ReadStream<'a, T> = BoxStream<'a, Result<T, StoreError>>;

/// The wide port for callers; every [`EventStore`] has it.
#[async_trait]
pub trait EventStoreExt: EventStore {
    /// Appends `events` to one stream.
    ///
    /// # Errors
    /// [`AppendError`], as [`append`](EventStore::append).
    async fn append_to(
        &self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<AppendReceipt, AppendError> {
        self.append(Append::new().write(stream, expected, events))
            .await
    }

    /// Reads what a query asks of one stream, event by event.
    fn read_stream(&self, query: StreamQuery) -> ReadStream<'_, RecordedEvent> {
        pages(query, async move |query: StreamQuery| {
            let page = self.read_stream_page(&query).await?;
            let rest = rest_of_stream(query, page.items.len(), page.next);
            Ok((page.items, rest))
        })
    }

    /// Reads what a query asks of the whole log, event by event, up to the end that the log has
    /// when the reader comes there.
    fn read_log(&self, query: LogQuery) -> ReadStream<'_, RecordedEvent> {
        pages(query, async move |query: LogQuery| {
            let page = self.read_log_page(&query).await?;
            let rest = rest_of_log(query, page.items.len(), page.next);
            Ok((page.items, rest))
        })
    }

    /// Reads the log from the query's `from` on and then waits for what comes: a subscription
    /// without an end, unless the query has a limit. It always reads forward, and `to` is not
    /// looked at.
    ///
    /// After an error the stream ends; begin a new one after the last position seen.
    fn follow(&self, query: LogQuery) -> ReadStream<'_, RecordedEvent> {
        let start = LogQuery {
            direction: Direction::Forward,
            to: GlobalPosition::START,
            ..query
        };
        // `to` is how far the log is known to reach; past it the reader has to wait.
        pages(start, async move |mut query: LogQuery| {
            if query.limit == Some(0) {
                return Ok((Vec::new(), None));
            }
            let seen = query.from.previous().unwrap_or(GlobalPosition::START);
            if query.to <= seen {
                query.to = self.wait_past(seen).await?;
            }
            let page = self.read_log_page(&query).await?;
            let after = page.next.or_else(|| query.to.next());
            let rest = rest_of_log(query, page.items.len(), after);
            Ok((page.items, rest))
        })
    }

    /// Lists the streams that a query asks for, one by one.
    fn streams(&self, query: StreamsQuery) -> ReadStream<'_, StreamSummary> {
        pages(query, async move |query: StreamsQuery| {
            let page = self.list_streams(&query).await?;
            let rest = page.next.map(|next| StreamsQuery {
                after: Some(next),
                ..query
            });
            Ok((page.items, rest))
        })
    }

    /// Reads all of one stream into memory.
    ///
    /// # Errors
    /// [`StoreError`], as [`read_stream_page`](EventStore::read_stream_page).
    async fn read_whole_stream(&self, stream: StreamId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.read_stream(StreamQuery::new(stream))
            .try_collect()
            .await
    }
}

impl<S: EventStore + ?Sized> EventStoreExt for S {}

/// Asks page after page until there is no rest, and gives the items one by one.
fn pages<'a, Q, T, F, R>(query: Q, read: F) -> ReadStream<'a, T>
where
    Q: Send + 'a,
    T: Send + 'a,
    F: Fn(Q) -> R + Send + Sync + 'a,
    R: Future<Output = Result<(Vec<T>, Option<Q>), StoreError>> + Send + 'a,
{
    stream::try_unfold((Some(query), read), async |(query, read)| {
        let Some(query) = query else { return Ok(None) };
        let (items, rest) = read(query).await?;
        Ok(Some((
            stream::iter(items.into_iter().map(Ok)),
            (rest, read),
        )))
    })
    .try_flatten()
    .boxed()
}

/// Reads what a query asks of one stream, of which the first page is here already.
pub(crate) fn from_first_page<'a, S: EventStore + ?Sized>(
    store: &'a S,
    query: StreamQuery,
    first: StreamPage,
) -> ReadStream<'a, RecordedEvent> {
    let rest = rest_of_stream(query, first.items.len(), first.next);
    let rest = rest.map(|rest| store.read_stream(rest));
    stream::iter(first.items.into_iter().map(Ok))
        .chain(stream::iter(rest).flatten())
        .boxed()
}

fn rest_of_stream(
    query: StreamQuery,
    got: usize,
    next: Option<StreamVersion>,
) -> Option<StreamQuery> {
    let limit = remaining(query.limit, got);
    next.filter(|_| limit != Some(0))
        .map(|next| match query.direction {
            Direction::Forward => StreamQuery {
                from: next,
                limit,
                ..query
            },
            Direction::Backward => StreamQuery {
                to: next,
                limit,
                ..query
            },
        })
}

fn rest_of_log(query: LogQuery, got: usize, next: Option<GlobalPosition>) -> Option<LogQuery> {
    let limit = remaining(query.limit, got);
    next.filter(|_| limit != Some(0))
        .map(|next| match query.direction {
            Direction::Forward => LogQuery {
                from: next,
                limit,
                ..query
            },
            Direction::Backward => LogQuery {
                to: next,
                limit,
                ..query
            },
        })
}

fn remaining(limit: Option<u64>, got: usize) -> Option<u64> {
    let got = u64::try_from(got).unwrap_or(u64::MAX);
    limit.map(|limit| limit.saturating_sub(got))
}
