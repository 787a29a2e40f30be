//! The queries about one item: its id, its present or past state, its history, its notes.

use std::pin::Pin;

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt, future};
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodedEvents;
use shared_kernel::repository::{AsOf, Bound};
use shared_kernel::store::StreamQuery;
use shared_kernel::{
    AggregateRoot, EventEnvelope, EventStoreExt, RecordedEvent, StreamId, StreamVersion,
};
use work_item::{Note, WorkItem, WorkItemEvent, WorkItemId, WorkNumber, Workers};

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// The events of an item as a stream, which reads the store page by page.
pub type ItemHistory<'a> = BoxStream<'a, Result<EventEnvelope<WorkItemEvent>, TrackingError>>;

impl WorkTracker {
    /// Finds the item with a number, or `None` if the number is not assigned yet. It takes one
    /// read, independent of the number of items.
    ///
    /// # Errors
    /// [`TrackingError::Register`], [`TrackingError::Store`].
    pub async fn find(&self, number: WorkNumber) -> Result<Option<WorkItemId>, TrackingError> {
        self.register.find(number).await
    }

    /// Loads the present state of an item.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and the errors of loading.
    pub async fn show(
        &self,
        item: impl Into<ItemRef> + Send,
    ) -> Result<TrackedItem, TrackingError> {
        let item = item.into();
        let stream = self.stream(item).await?;
        let root = self.items.load(&stream).await?;
        Ok(root.ok_or(TrackingError::NotFound { item })?.into())
    }

    /// Loads the state of an item at a version, a position of the log, or a time. For example,
    /// version 9 of an item with five events is its present state.
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] if it did not exist then, [`TrackingError::NotFound`] if it never
    /// existed, and the errors of loading.
    pub async fn show_as_of(
        &self,
        item: impl Into<ItemRef> + Send,
        as_of: AsOf,
    ) -> Result<TrackedItem, TrackingError> {
        let item = item.into();
        let stream = self.stream(item).await?;
        match self.items.load_as_of(&stream, as_of).await? {
            Some(root) => Ok(root.into()),
            None => Err(self.absence(item, &stream).await),
        }
    }

    /// The history of an item, from its creation on.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`] and [`TrackingError::Store`];
    /// [`TrackingError::Repository`] for an event that cannot be decoded.
    pub async fn history(
        &self,
        item: impl Into<ItemRef> + Send,
    ) -> Result<ItemHistory<'_>, TrackingError> {
        let present = AsOf::Version(StreamVersion::MAX);
        self.history_as_of(item, present).await
    }

    /// The events of an item until a moment, from its creation on. A moment after its last event
    /// means the present. The history has at least one event, and its stream is read once.
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] if the item did not exist at that moment; else as
    /// [`history`](Self::history).
    pub async fn history_as_of(
        &self,
        item: impl Into<ItemRef> + Send,
        as_of: AsOf,
    ) -> Result<ItemHistory<'_>, TrackingError> {
        let item = item.into();
        let stream = self.stream(item).await?;
        let bound = as_of.bound(&*self.events).await?;
        let mut history = self.history_until(stream.clone(), bound).peekable();
        if Pin::new(&mut history).peek().await.is_none() {
            return Err(self.absence(item, &stream).await);
        }
        Ok(history.boxed())
    }

    /// The notes of an item, oldest first, each with its time and the actor in its metadata. The
    /// state of an item does not hold them, so this reads its whole history.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and the errors of the [history](Self::history).
    pub async fn notes(
        &self,
        item: impl Into<ItemRef> + Send,
    ) -> Result<Vec<EventEnvelope<Note>>, TrackingError> {
        let present = AsOf::Version(StreamVersion::MAX);
        self.notes_as_of(item, present).await
    }

    /// The notes of an item until a moment.
    ///
    /// # Errors
    /// [`TrackingError::NotYet`] if the item did not exist at that moment; else as
    /// [`notes`](Self::notes).
    pub async fn notes_as_of(
        &self,
        item: impl Into<ItemRef> + Send,
        as_of: AsOf,
    ) -> Result<Vec<EventEnvelope<Note>>, TrackingError> {
        let history = self.history_as_of(item, as_of).await?;
        let notes = history.try_filter_map(async |envelope| Ok(as_note(envelope)));
        notes.try_collect().await
    }

    /// The events of a stream until a moment.
    pub(crate) fn history_until(&self, stream: StreamId, bound: Bound) -> ItemHistory<'_> {
        let query = StreamQuery::new(stream);
        let query = match bound {
            Bound::Version(last) => query.versions(..=last),
            Bound::Position(_) => query,
        };
        let decoded = self
            .events
            .read_stream(query)
            .try_take_while(move |recorded| future::ok(bound.includes(recorded)))
            .map_err(TrackingError::from)
            .and_then(async |recorded| {
                let events = self.decode(&recorded)?;
                Ok(stream::iter(events.into_envelopes(recorded)).map(Ok))
            })
            .try_flatten();
        decoded.boxed()
    }

    /// The actors who worked on an item up to the version that was loaded.
    pub(crate) async fn workers(
        &self,
        root: &AggregateRoot<WorkItem>,
    ) -> Result<Workers, TrackingError> {
        self.workers_until(root.stream().clone(), root.version())
            .await
    }

    /// The actors who worked on an item until one of its versions. It reads that part of the
    /// history.
    ///
    /// # Errors
    /// The errors of the [history](Self::history), but no error for an item without an event.
    pub async fn workers_of(&self, tracked: &TrackedItem) -> Result<Workers, TrackingError> {
        let stream = tracked.item.id().stream_id();
        self.workers_until(stream, tracked.version).await
    }

    async fn workers_until(
        &self,
        stream: StreamId,
        version: StreamVersion,
    ) -> Result<Workers, TrackingError> {
        let mut history = self.history_until(stream, Bound::Version(version));
        let mut workers = Workers::new();
        while let Some(envelope) = history.try_next().await? {
            let actor = envelope.metadata.actor.as_ref();
            let actor = actor.map(|actor| &actor.name);
            workers.take(envelope.version, &envelope.event, actor);
        }
        Ok(workers)
    }

    pub(crate) fn decode(
        &self,
        recorded: &RecordedEvent,
    ) -> Result<DecodedEvents<WorkItemEvent>, TrackingError> {
        let events = self.item_codec.decode(recorded);
        let events = events.map_err(|source| HistoryError::Undecodable {
            stream: recorded.stream.clone(),
            version: recorded.version,
            event_id: recorded.id,
            source,
        })?;
        Ok(events)
    }

    /// The stream of an item, which may be empty; `None` if the number is not assigned yet.
    pub(crate) async fn find_stream(
        &self,
        item: ItemRef,
    ) -> Result<Option<StreamId>, TrackingError> {
        Ok(match item {
            ItemRef::Id(id) => Some(WorkItemId::stream_of(id)),
            ItemRef::Number(number) => self.find(number).await?.map(WorkItemId::stream_id),
            ItemRef::Alias(alias) => {
                let found = self.register.find_alias(&alias).await?;
                found.map(WorkItemId::stream_of)
            }
        })
    }

    /// The stream of an item. For an id, it is not read: it may be empty.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`] if no item has the number, and those of [`find`](Self::find).
    pub async fn stream(&self, item: impl Into<ItemRef> + Send) -> Result<StreamId, TrackingError> {
        let item = item.into();
        let stream = self.find_stream(item).await?;
        stream.ok_or(TrackingError::NotFound { item })
    }

    /// The error for an item without an event at a moment: it does not exist, or not yet.
    async fn absence(&self, item: ItemRef, stream: &StreamId) -> TrackingError {
        match self.events.stream_version(stream).await {
            Ok(StreamVersion::EMPTY) => TrackingError::NotFound { item },
            Ok(_) => TrackingError::NotYet { item },
            Err(error) => error.into(),
        }
    }
}

/// The note of a `NoteAdded` event; `None` for other events.
fn as_note(envelope: EventEnvelope<WorkItemEvent>) -> Option<EventEnvelope<Note>> {
    let EventEnvelope {
        stream,
        version,
        position,
        recorded_at,
        id,
        metadata,
        event: WorkItemEvent::NoteAdded { text },
    } = envelope
    else {
        return None;
    };
    Some(EventEnvelope {
        stream,
        version,
        position,
        recorded_at,
        id,
        metadata,
        event: text,
    })
}
