//! Saboteurs with wrong heads, versions, names and lists of streams.

use async_trait::async_trait;
use shared_kernel::store::{
    LogPage, LogQuery, StreamPage, StreamQuery, StreamSummary, StreamsPage, StreamsQuery,
};
use shared_kernel::{EventStore, GlobalPosition, StoreError, StreamId, StreamVersion};

use crate::harness::{Door, Sabotage};

/// Returns the start position instead of `None` as the head of an empty log.
#[derive(Default)]
pub(crate) struct HasAHeadWithoutEvents;

#[async_trait]
impl Sabotage for HasAHeadWithoutEvents {
    async fn head(&self, door: &Door) -> Result<Option<GlobalPosition>, StoreError> {
        let head = door.store.head().await?;
        Ok(head.or(Some(GlobalPosition::START)))
    }
}

/// Returns a head that is one too low.
#[derive(Default)]
pub(crate) struct HasAHeadOneBehind;

#[async_trait]
impl Sabotage for HasAHeadOneBehind {
    async fn head(&self, door: &Door) -> Result<Option<GlobalPosition>, StoreError> {
        let head = door.store.head().await?;
        Ok(head.and_then(GlobalPosition::previous))
    }
}

/// Returns the position of an event as its version in reads of the log.
#[derive(Default)]
pub(crate) struct TellsPositionsForVersionsInTheLog;

#[async_trait]
impl Sabotage for TellsPositionsForVersionsInTheLog {
    async fn log_page(&self, door: &Door, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = door.store.read_log_page(query).await?;
        for event in &mut page.items {
            event.version = StreamVersion::new(event.position.get()).expect("it is in range");
        }
        Ok(page)
    }
}

/// Counts versions of streams from 0.
#[derive(Default)]
pub(crate) struct TellsVersionsOneTooLow;

#[async_trait]
impl Sabotage for TellsVersionsOneTooLow {
    async fn stream_version(
        &self,
        door: &Door,
        stream: &StreamId,
    ) -> Result<StreamVersion, StoreError> {
        let version = door.store.stream_version(stream).await?;
        Ok(version.previous().unwrap_or(version))
    }
}

/// Returns an error for an unknown stream.
#[derive(Default)]
pub(crate) struct FailsOnUnknownStreams;

#[async_trait]
impl Sabotage for FailsOnUnknownStreams {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        if door.store.stream_version(&query.stream).await? == StreamVersion::EMPTY {
            let location = query.stream.to_string();
            return Err(StoreError::Closed { location });
        }
        door.store.read_stream_page(query).await
    }
}

/// Finds a stream by its name in lower case, too.
#[derive(Default)]
pub(crate) struct FindsStreamsInSmallLetters;

#[async_trait]
impl Sabotage for FindsStreamsInSmallLetters {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let small = StreamId::new(query.stream.as_str().to_lowercase());
        let stream = match small {
            Ok(small) if door.store.stream_version(&small).await? > StreamVersion::EMPTY => small,
            _ => query.stream.clone(),
        };
        let query = StreamQuery {
            stream,
            ..query.clone()
        };
        door.store.read_stream_page(&query).await
    }
}

/// Finds a stream by its trimmed name, too.
#[derive(Default)]
pub(crate) struct FindsStreamsWithoutSpaces;

#[async_trait]
impl Sabotage for FindsStreamsWithoutSpaces {
    async fn stream_page(
        &self,
        door: &Door,
        query: &StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let query = StreamQuery {
            stream: StreamId::new(query.stream.as_str().trim()).expect("something is left"),
            ..query.clone()
        };
        door.store.read_stream_page(&query).await
    }
}

/// Lists every stream at version 1.
#[derive(Default)]
pub(crate) struct ListsEveryStreamAtVersionOne;

#[async_trait]
impl Sabotage for ListsEveryStreamAtVersionOne {
    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let mut page = door.store.list_streams(query).await?;
        for summary in &mut page.items {
            summary.version = StreamVersion::FIRST;
        }
        Ok(page)
    }
}

/// Lists streams that have no events.
#[derive(Default)]
pub(crate) struct ListsStreamsThatWereOnlyNamed(std::sync::Mutex<Option<StreamId>>);

#[async_trait]
impl Sabotage for ListsStreamsThatWereOnlyNamed {
    async fn append(
        &self,
        door: &Door,
        append: shared_kernel::Append,
    ) -> Result<shared_kernel::store::AppendReceipt, shared_kernel::AppendError> {
        let silent = append.writes().iter().find(|write| write.events.is_empty());
        let receipt = door.store.append(append.clone()).await?;
        if append.event_count() > 0
            && let Some(write) = silent
        {
            *self.0.lock().unwrap() = Some(write.stream.clone());
        }
        Ok(receipt)
    }

    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let mut page = door.store.list_streams(query).await?;
        if let Some(stream) = self.0.lock().unwrap().clone() {
            let version = StreamVersion::EMPTY;
            page.items.push(StreamSummary { stream, version });
        }
        Ok(page)
    }
}

/// Lists streams in an order without case.
#[derive(Default)]
pub(crate) struct ListsStreamsAsADictionary;

#[async_trait]
impl Sabotage for ListsStreamsAsADictionary {
    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let mut page = door.store.list_streams(query).await?;
        if *query == StreamsQuery::default() {
            page.items
                .sort_by_key(|summary| summary.stream.as_str().to_lowercase());
        }
        Ok(page)
    }
}

/// Treats a category as a prefix of names in the list of streams.
#[derive(Default)]
pub(crate) struct ListsCategoriesByTheirBeginning;

#[async_trait]
impl Sabotage for ListsCategoriesByTheirBeginning {
    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let all = StreamsQuery {
            category: None,
            ..query.clone()
        };
        let mut page = door.store.list_streams(&all).await?;
        if let Some(category) = &query.category {
            let wanted = |stream: &StreamId| stream.as_str().starts_with(category.as_str());
            page.items.retain(|summary| wanted(&summary.stream));
        }
        Ok(page)
    }
}

/// Loses a stream between two pages of the list.
#[derive(Default)]
pub(crate) struct LosesAStreamBetweenPages;

#[async_trait]
impl Sabotage for LosesAStreamBetweenPages {
    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let mut page = door.store.list_streams(query).await?;
        if page.next.is_some() {
            page.items.pop();
        }
        Ok(page)
    }
}

/// Includes the stream `after` in a list.
#[derive(Default)]
pub(crate) struct ListsTheNameToBeginAfter;

#[async_trait]
impl Sabotage for ListsTheNameToBeginAfter {
    async fn list_streams(
        &self,
        door: &Door,
        query: &StreamsQuery,
    ) -> Result<StreamsPage, StoreError> {
        let mut page = door.store.list_streams(query).await?;
        let (Some(after), None) = (&query.after, query.page_size) else {
            return Ok(page);
        };
        let version = door.store.stream_version(after).await?;
        if version > StreamVersion::EMPTY {
            let stream = after.clone();
            page.items.insert(0, StreamSummary { stream, version });
        }
        Ok(page)
    }
}
