//! Owns the answer to why an item stands where it does.

use futures_util::TryStreamExt;
use shared_kernel::{AggregateRoot, EventEnvelope};
use work_item::{Hindrances, Link, StatusChain, WorkItemEvent};

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
        let (tracked, as_of) = self.present(item.into()).await?;
        let item = &tracked.item;

        let mut chain = StatusChain::new();
        let mut history = self.history_until(item.id().stream_id(), as_of);
        while let Some(envelope) = history.try_next().await? {
            let event = envelope.event.clone();
            chain.take(&event, envelope);
        }
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
            tracked,
            chain: chain.finish(),
            hindrances,
        })
    }
}
