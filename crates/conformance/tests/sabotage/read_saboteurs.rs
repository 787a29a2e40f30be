//! Saboteurs with wrong bounds, pages, limits and filters.

use async_trait::async_trait;
use shared_kernel::store::{
    DEFAULT_PAGE_SIZE, Direction, EventFilter, LogPage, LogQuery, StreamPage, StreamQuery,
};
use shared_kernel::{EventStore, GlobalPosition, StoreError, StreamVersion};

use crate::harness::{Door, Sabotage};

/// Treats the upper bound of a stream as exclusive.
#[derive(Default)]
pub(crate) struct TakesTheEndOfAStreamForExclusive;

#[async_trait]
impl Sabotage for TakesTheEndOfAStreamForExclusive {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut query = query.clone();
        if query.range.direction == Direction::Forward {
            query.range.to = query.range.to.previous().unwrap_or(query.range.to);
        }
        door.store.read_stream_page(&query).await
    }
}

/// Skips an event in backward reads of a stream.
#[derive(Default)]
pub(crate) struct SkipsAnEventBackward;

#[async_trait]
impl Sabotage for SkipsAnEventBackward {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut page = door.store.read_stream_page(query).await?;
        if query.range.direction == Direction::Backward && query.range.limit.is_none() {
            page.items.retain(|event| event.version.get() != 3);
        }
        Ok(page)
    }
}

/// Applies the limit of a backward read to the oldest events.
#[derive(Default)]
pub(crate) struct CountsTheLimitFromTheOldest;

#[async_trait]
impl Sabotage for CountsTheLimitFromTheOldest {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let Some(limit) = query
            .range
            .limit
            .filter(|_| query.range.direction == Direction::Backward)
        else {
            return door.store.read_stream_page(query).await;
        };
        let last = query.range.from.get().max(1).saturating_add(limit) - 1;
        let last = StreamVersion::new(last).unwrap_or(StreamVersion::MAX);
        let mut query = query.clone();
        query.range.to = query.range.to.min(last);
        door.store.read_stream_page(&query).await
    }
}

/// Treats the upper bound of the log as exclusive if there is a limit.
#[derive(Default)]
pub(crate) struct TakesTheEndOfTheLogForExclusive;

#[async_trait]
impl Sabotage for TakesTheEndOfTheLogForExclusive {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut query = query.clone();
        if query.range.direction == Direction::Forward && query.filter == EventFilter::default() {
            let inside = door.store.head().await? > Some(query.range.to);
            if query.range.limit.is_some() && inside {
                query.range.to = query.range.to.previous().unwrap_or(query.range.to);
            }
        }
        door.store.read_log_page(&query).await
    }
}

/// Treats the lower bound of the log as exclusive in backward reads.
#[derive(Default)]
pub(crate) struct TakesTheStartOfTheLogForExclusiveBackward;

#[async_trait]
impl Sabotage for TakesTheStartOfTheLogForExclusiveBackward {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut query = query.clone();
        if query.range.direction == Direction::Backward && query.range.from > GlobalPosition::START
        {
            query.range.from = query.range.from.next().unwrap_or(query.range.from);
        }
        door.store.read_log_page(&query).await
    }
}

/// Returns an error if the lower bound is above the upper one.
#[derive(Default)]
pub(crate) struct FailsOnCrossedBounds;

#[async_trait]
impl Sabotage for FailsOnCrossedBounds {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        if query.range.from > query.range.to {
            let location = "crossed bounds".to_owned();
            return Err(StoreError::Closed { location });
        }
        door.store.read_log_page(query).await
    }
}

/// Treats limit 0 as no limit.
#[derive(Default)]
pub(crate) struct TakesLimitZeroForNone;

#[async_trait]
impl Sabotage for TakesLimitZeroForNone {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut query = query.clone();
        query.range.limit = query.range.limit.filter(|limit| *limit > 0);
        door.store.read_stream_page(&query).await
    }
}

/// Keeps bounds and limits in 32 bits.
#[derive(Default)]
pub(crate) struct CutsBoundsTo32Bits;

#[async_trait]
impl Sabotage for CutsBoundsTo32Bits {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let cut = |version: StreamVersion| {
            StreamVersion::new(version.get() & 0xffff_ffff).unwrap_or(version)
        };
        let mut query = query.clone();
        query.range.from = cut(query.range.from);
        query.range.to = cut(query.range.to);
        query.range.limit = query.range.limit.map(|limit| limit & 0xffff_ffff);
        door.store.read_stream_page(&query).await
    }
}

/// Loses the event at a page boundary of a backward read of a stream.
#[derive(Default)]
pub(crate) struct LosesTheEventBetweenPages;

#[async_trait]
impl Sabotage for LosesTheEventBetweenPages {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let mut page = door.store.read_stream_page(query).await?;
        if query.range.direction == Direction::Backward {
            page.next = page.next.and_then(StreamVersion::previous);
        }
        Ok(page)
    }
}

/// Returns more events than the page size.
#[derive(Default)]
pub(crate) struct GivesTooLargePages;

#[async_trait]
impl Sabotage for GivesTooLargePages {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let backward = query.range.direction == Direction::Backward;
        let whole = query.filter == EventFilter::default();
        let mut query = query.clone();
        if backward && whole {
            query.range.page_size = query.range.page_size.saturating_add(1);
        }
        door.store.read_log_page(&query).await
    }
}

/// Returns a next page after the limit is reached.
#[derive(Default)]
pub(crate) struct GoesOnPastTheLimit;

#[async_trait]
impl Sabotage for GoesOnPastTheLimit {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        if let (None, Some(last), Some(_)) = (page.next, page.items.last(), query.range.limit) {
            page.next = match query.range.direction {
                Direction::Forward => last.position.next(),
                Direction::Backward => last.position.previous(),
            };
        }
        Ok(page)
    }
}

/// Applies the limit before the filter.
#[derive(Default)]
pub(crate) struct FiltersAfterTheLimit;

#[async_trait]
impl Sabotage for FiltersAfterTheLimit {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let unfiltered = LogQuery {
            filter: EventFilter::default(),
            ..query.clone()
        };
        let mut page = door.store.read_log_page(&unfiltered).await?;
        page.items
            .retain(|event| query.filter.accepts(&event.stream, &event.event_type));
        Ok(page)
    }
}

/// Treats a category as a prefix of names. Example: `work` matches `workshop-1`.
#[derive(Default)]
pub(crate) struct MatchesCategoriesByTheirBeginning;

#[async_trait]
impl Sabotage for MatchesCategoriesByTheirBeginning {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let [category] = query.filter.categories.as_slice() else {
            return door.store.read_log_page(query).await;
        };
        if query.range.limit.is_some() || !query.filter.event_types.is_empty() {
            return door.store.read_log_page(query).await;
        }
        let unfiltered = LogQuery {
            filter: EventFilter::default(),
            ..query.clone()
        };
        let mut page = door.store.read_log_page(&unfiltered).await?;
        let wanted = |name: &str| name.starts_with(category.as_str());
        page.items.retain(|event| wanted(event.stream.as_str()));
        Ok(page)
    }
}

/// Returns the log in the order of event ids.
#[derive(Default)]
pub(crate) struct OrdersTheLogById;

#[async_trait]
impl Sabotage for OrdersTheLogById {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        if query.range.from == GlobalPosition::START && query.range.direction == Direction::Forward
        {
            page.items.sort_by_key(|event| event.id);
        }
        Ok(page)
    }
}

/// Treats a full page of the default size as the last one.
#[derive(Default)]
pub(crate) struct EndsAfterTheFirstDefaultPage;

#[async_trait]
impl Sabotage for EndsAfterTheFirstDefaultPage {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        if page.items.len() == DEFAULT_PAGE_SIZE.get() {
            page.next = None;
        }
        Ok(page)
    }
}
