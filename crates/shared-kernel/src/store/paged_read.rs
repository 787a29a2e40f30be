//! Reads over several pages: the next page is fetched when the items of the last one are used up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::future::BoxFuture;
use futures_core::stream::{BoxStream, Stream};
use futures_util::future::FutureExt;
use futures_util::stream::StreamExt;

use crate::store::{Direction, LogQuery, StreamPage, StreamQuery, StreamSummary, StreamsQuery};
use crate::{EventStore, GlobalPosition, RecordedEvent, StoreError};

/// Items one by one, read page by page. A reader that stops polling holds nothing open in the
/// store, and a read of a whole log never holds more than one page in memory.
///
/// `'a` is the borrow of the store. A read that owns its store is a `ReadStream<'static, _>` and
/// may move into a spawned task.
pub type ReadStream<'a, T> = BoxStream<'a, Result<T, StoreError>>;

/// A query that is answered in pages.
pub(crate) trait PagedQuery: Sized + Send {
    type Item: Send + Unpin;

    /// Reads one page. The second value is the query for the rest, `None` at the end.
    fn read_page<S: EventStore>(
        self,
        store: &S,
    ) -> impl Future<Output = Result<(Vec<Self::Item>, Option<Self>), StoreError>> + Send;
}

/// Reads page after page until no rest is left. `store` is a store or a reference to one.
pub(crate) fn read_pages<'a, S, Q>(store: S, query: Q) -> ReadStream<'a, Q::Item>
where
    S: EventStore + 'a,
    Q: PagedQuery + 'a,
    Q::Item: 'a,
{
    Pages::new(Vec::new(), store, Some(query)).boxed()
}

/// The items of one page, and the read of the next one, which begins when they are used up.
///
/// The list of a page is freed when the next page is there, and not before. Otherwise the allocator
/// gives its memory back to the system and asks for it again, page by page.
struct Pages<'a, S, Q: PagedQuery> {
    items: vec::IntoIter<Q::Item>,
    next: Option<BoxFuture<'a, Result<NextPage<S, Q>, StoreError>>>,
}

/// A page, and what is needed for the page after it.
struct NextPage<S, Q: PagedQuery> {
    items: Vec<Q::Item>,
    store: S,
    rest: Option<Q>,
}

impl<'a, S, Q> Pages<'a, S, Q>
where
    S: EventStore + 'a,
    Q: PagedQuery + 'a,
    Q::Item: 'a,
{
    /// Some items that were read, and the query for the rest.
    fn new(items: Vec<Q::Item>, store: S, rest: Option<Q>) -> Self {
        let next = rest.map(|query| {
            let next = async move {
                let (items, rest) = query.read_page(&store).await?;
                Ok(NextPage { items, store, rest })
            };
            next.boxed()
        });
        Self {
            items: items.into_iter(),
            next,
        }
    }
}

impl<'a, S, Q> Stream for Pages<'a, S, Q>
where
    S: EventStore + 'a,
    Q: PagedQuery + 'a,
    Q::Item: 'a,
{
    type Item = Result<Q::Item, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(next) = &mut self.next else {
                return Poll::Ready(None);
            };
            let read = ready!(next.as_mut().poll(context));
            self.next = None;
            match read {
                Ok(NextPage { items, store, rest }) => *self = Self::new(items, store, rest),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// Continues the read of a stream after its first page.
pub(crate) fn after_first_page<'a, S: EventStore + 'a>(
    store: S,
    query: StreamQuery,
    first: StreamPage,
) -> ReadStream<'a, RecordedEvent> {
    let rest = rest_of_stream(query, &first);
    Pages::new(first.items, store, rest).boxed()
}

impl PagedQuery for StreamQuery {
    type Item = RecordedEvent;

    async fn read_page<S: EventStore>(
        self,
        store: &S,
    ) -> Result<(Vec<RecordedEvent>, Option<Self>), StoreError> {
        let page = store.read_stream_page(&self).await?;
        let rest = rest_of_stream(self, &page);
        Ok((page.items, rest))
    }
}

fn rest_of_stream(query: StreamQuery, page: &StreamPage) -> Option<StreamQuery> {
    let range = query.range.after_page(page.items.len(), page.next)?;
    Some(StreamQuery { range, ..query })
}

impl PagedQuery for LogQuery {
    type Item = RecordedEvent;

    async fn read_page<S: EventStore>(
        self,
        store: &S,
    ) -> Result<(Vec<RecordedEvent>, Option<Self>), StoreError> {
        let page = store.read_log_page(&self).await?;
        let rest = self.range.after_page(page.items.len(), page.next);
        let rest = rest.map(|range| Self { range, ..self });
        Ok((page.items, rest))
    }
}

impl PagedQuery for StreamsQuery {
    type Item = StreamSummary;

    async fn read_page<S: EventStore>(
        self,
        store: &S,
    ) -> Result<(Vec<StreamSummary>, Option<Self>), StoreError> {
        let page = store.list_streams(&self).await?;
        let rest = page.next.map(|next| Self {
            after: Some(next),
            ..self
        });
        Ok((page.items, rest))
    }
}

/// A read of the log that waits at its end. `to` is the last position that is known to exist; the
/// read waits for a later one before it goes past it.
pub(crate) struct Follow(LogQuery);

impl Follow {
    /// Begins at the `from` of the query. Its `to` and its direction are replaced.
    pub(crate) fn new(mut query: LogQuery) -> Self {
        query.range.direction = Direction::Forward;
        query.range.to = GlobalPosition::START;
        Self(query)
    }
}

impl PagedQuery for Follow {
    type Item = RecordedEvent;

    async fn read_page<S: EventStore>(
        self,
        store: &S,
    ) -> Result<(Vec<RecordedEvent>, Option<Self>), StoreError> {
        let Self(mut query) = self;
        if query.range.limit == Some(0) {
            return Ok((Vec::new(), None));
        }
        let seen = query.range.from.previous().unwrap_or_default();
        if query.range.to <= seen {
            query.range.to = store.wait_past(seen).await?;
        }
        let page = store.read_log_page(&query).await?;
        let next = page.next.or_else(|| query.range.to.next());
        let rest = query.range.after_page(page.items.len(), next);
        let rest = rest.map(|range| Self(LogQuery { range, ..query }));
        Ok((page.items, rest))
    }
}
