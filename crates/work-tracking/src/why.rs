//! Owns the answer to why an item stands where it does.

use futures_util::TryStreamExt;
use shared_kernel::repository::AsOf;
use shared_kernel::{Aggregate, AggregateRoot, EventEnvelope, StreamVersion};
use work_item::{Hindrances, Link, StatusChain, WorkItem, WorkItemEvent};

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// Why an item stands where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The item as it is.
    pub tracked: TrackedItem,
    /// The events that have led there, from its creation on: each with who caused it and when, its
    /// reason in the event and what it was caused by in the metadata.
    pub chain: Vec<Link<EventEnvelope<WorkItemEvent>>>,
    /// All that keeps it from being completed now, apart from where it stands; `None` where it is
    /// done or cancelled.
    pub hindrances: Option<Hindrances>,
}

impl WorkTracker {
    /// Why an item stands where it does: the events that have led there, and what it waits for. All
    /// is as of the same position of the log, the last one when the reading begins.
    ///
    /// It reads the history of the item page by page and keeps the links of the chain only.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and those of loading.
    pub async fn why(&self, item: impl Into<ItemRef> + Send) -> Result<Why, TrackingError> {
        let reference = item.into();
        let missing = || TrackingError::NotFound { item: reference };
        let head = self.events.head().await?.ok_or_else(missing)?;
        let as_of = AsOf::Position(head);
        let mut history = self.history_as_of(reference, as_of).await?;

        let mut chain = StatusChain::new();
        let mut item: Option<WorkItem> = None;
        let mut version = StreamVersion::EMPTY;
        while let Some(envelope) = history.try_next().await? {
            let event = envelope.event.clone();
            let applied = match &mut item {
                Some(item) => item.apply(&event),
                None => <WorkItem as Aggregate>::create(&event).map(|first| item = Some(first)),
            };
            applied.map_err(|error| TrackingError::inapplicable(&envelope, error))?;
            version = envelope.version;
            chain.take(&event, envelope);
        }
        let item = item.ok_or_else(missing)?;
        drop(history);

        let hindrances = if item.status().is_open() {
            let waits_for = item.children().iter().copied().chain(item.blockers());
            let others = self.load_all_as_of(waits_for.collect(), as_of).await?;
            let around = others.iter().map(AggregateRoot::state).collect();
            Some(item.hindrances(&around)?)
        } else {
            None
        };
        Ok(Why {
            tracked: TrackedItem { item, version },
            chain: chain.finish(),
            hindrances,
        })
    }
}
