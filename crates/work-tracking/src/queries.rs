//! Owns the questions about a single item: which it is, how it is or was, what happened to it.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use shared_kernel::{
    AsOf, EventEnvelope, EventStoreExt, HistoryError, StreamId, StreamQuery, StreamVersion,
};
use work_item::{WorkItemEvent, WorkItemId, WorkNumber};

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// What happened to an item, event by event, read page by page underneath.
pub type ItemHistory<'a> = BoxStream<'a, Result<EventEnvelope<WorkItemEvent>, TrackingError>>;

impl WorkTracker {
    /// The item that has a number, or `None` where it was not given yet. It takes one read, however
    /// many items there are.
    ///
    /// # Errors
    /// [`TrackingError::Register`], [`TrackingError::Store`].
    pub async fn find(&self, number: WorkNumber) -> Result<Option<WorkItemId>, TrackingError> {
        self.register.find(number).await
    }

    /// An item as it is now.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and those of loading.
    pub async fn show(
        &self,
        item: impl Into<ItemRef> + Send,
    ) -> Result<TrackedItem, TrackingError> {
        let item = item.into();
        let stream = self.stream(item).await?;
        let root = self.items.load(&stream).await?;
        let root = root.ok_or(TrackingError::NotFound { item })?;
        Ok(TrackedItem {
            version: root.version(),
            item: root.into_state(),
        })
    }

    /// An item as it was after an event, at a position of the log, or at a time. Beyond the end of
    /// its history that is the present.
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] where it did not exist then, [`TrackingError::NotFound`] where it
    /// never did, and those of loading.
    pub async fn show_as_of(
        &self,
        item: impl Into<ItemRef> + Send,
        as_of: AsOf,
    ) -> Result<TrackedItem, TrackingError> {
        let item = item.into();
        let stream = self.existing_stream(item).await?;
        let root = self.items.load_as_of(&stream, as_of).await?;
        let root = root.ok_or(TrackingError::NotYet { item })?;
        Ok(TrackedItem {
            version: root.version(),
            item: root.into_state(),
        })
    }

    /// What happened to an item, from its creation on.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`]; the events come with [`TrackingError::Load`] where one cannot be
    /// read, and [`TrackingError::Store`].
    pub async fn history(
        &self,
        item: impl Into<ItemRef> + Send,
    ) -> Result<ItemHistory<'_>, TrackingError> {
        let stream = self.existing_stream(item.into()).await?;
        let recorded = self.events.read_stream(StreamQuery::new(stream));
        let decoded = recorded
            .map_err(TrackingError::from)
            .and_then(async |recorded| {
                let event = self.item_codec.decode(&recorded);
                let event = event.map_err(|source| HistoryError::Undecodable {
                    stream: recorded.stream.clone(),
                    version: recorded.version,
                    event_id: recorded.id,
                    source,
                })?;
                Ok(EventEnvelope::new(recorded, event))
            });
        Ok(decoded.boxed())
    }

    /// The stream that an item would have; `None` where its number was not given yet.
    pub(crate) async fn find_stream(
        &self,
        item: ItemRef,
    ) -> Result<Option<StreamId>, TrackingError> {
        Ok(match item {
            ItemRef::Id(id) => Some(WorkItemId::stream_of(id)),
            ItemRef::Number(number) => self.find(number).await?.map(WorkItemId::stream_id),
        })
    }

    /// The stream that an item would have.
    pub(crate) async fn stream(&self, item: ItemRef) -> Result<StreamId, TrackingError> {
        let stream = self.find_stream(item).await?;
        stream.ok_or(TrackingError::NotFound { item })
    }

    /// The stream of an item that there is.
    async fn existing_stream(&self, item: ItemRef) -> Result<StreamId, TrackingError> {
        let stream = self.stream(item).await?;
        match self.events.stream_version(&stream).await? {
            StreamVersion::EMPTY => Err(TrackingError::NotFound { item }),
            _ => Ok(stream),
        }
    }
}
