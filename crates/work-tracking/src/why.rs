//! The explanation of an item's status: the events that led to it, and the open requirements.

use futures_util::TryStreamExt;
use shared_kernel::repository::AsOf;
use shared_kernel::{Aggregate, EventEnvelope, StreamId, StreamVersion};
use work_item::{
    Hindrances, Link, Participant, StatusChain, WorkItem, WorkItemEvent, WorkItemId, Workers,
};

use crate::{Dependent, ItemRef, KnownDependents, TrackedItem, TrackingError, WorkTracker};

/// The explanation of an item's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The present state of the item.
    pub tracked: TrackedItem,
    /// The events that led to the status, from the creation on. An envelope has the time of its
    /// event; its metadata name the actor and the cause, for example `ticket-17`.
    pub chain: Vec<Link<EventEnvelope<WorkItemEvent>>>,
    /// Everything that prevents its completion: the reasons for which
    /// [`complete`](WorkTracker::complete) would refuse it. `None` if the item is done or
    /// cancelled.
    pub hindrances: Option<Hindrances>,
    /// The items that depend on it, ordered by number.
    pub dependents: Vec<Dependent>,
    /// The streams of other items that cannot be read. It may wait for these items, or they may
    /// depend on it.
    pub unreadable: Vec<StreamId>,
}

impl WorkTracker {
    /// Explains the status of an item. For example, a blocked task has the chain created, started,
    /// blocked. Everything is as of one position of the log: its last position when the call
    /// begins.
    ///
    /// It reads the history of the item page by page and keeps only the links of the chain. It also
    /// reads the log from the creation of the item on, for the events that add dependencies: only
    /// the dependent items have them. An unreadable event of another item does
    /// not fail the explanation, which [names its stream](Why::unreadable).
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and the errors of loading.
    pub async fn why(&self, item: impl Into<ItemRef> + Send) -> Result<Why, TrackingError> {
        self.why_knowing(item, KnownDependents::default()).await
    }

    /// The same explanation with less reading: the log is read only after the position up to which
    /// the dependent items are known.
    ///
    /// # Errors
    /// As [`why`](Self::why).
    pub async fn why_knowing(
        &self,
        item: impl Into<ItemRef> + Send,
        known: KnownDependents,
    ) -> Result<Why, TrackingError> {
        let reference = item.into();
        let missing = || TrackingError::NotFound { item: reference };
        let head = self.events.head().await?.ok_or_else(missing)?;
        let as_of = AsOf::Position(head);
        let mut history = self.history_as_of(reference, as_of).await?;

        let (mut chain, mut workers) = (StatusChain::new(), Workers::new());
        let mut item: Option<WorkItem> = None;
        let mut version = StreamVersion::EMPTY;
        let mut created = head;
        while let Some(envelope) = history.try_next().await? {
            let event = envelope.event.clone();
            let applied = match &mut item {
                Some(item) => item.apply(&event),
                None => {
                    created = envelope.position;
                    <WorkItem as Aggregate>::create(&event).map(|first| item = Some(first))
                }
            };
            applied.map_err(|error| TrackingError::inapplicable(&envelope, error))?;
            version = envelope.version;
            let actor = envelope.metadata.actor.as_ref();
            workers.take(version, &event, actor.map(|actor| &actor.name));
            chain.take(&event, envelope);
        }
        let item = item.ok_or_else(missing)?;
        drop(history);

        let mut unreadable = Vec::new();
        let hindrances = if item.status().is_open() {
            let waits_for = item.children().iter().copied().chain(item.blockers());
            let others = self.load_readable(waits_for, as_of).await?;
            let found = item.hindrances(&others.statuses(), &workers)?;
            unreadable.extend(others.unreadable.into_iter().map(WorkItemId::stream_id));
            Some(found)
        } else {
            None
        };
        let dependents = self.dependents(&item, created, head, known).await?;
        unreadable.extend(dependents.unreadable);
        unreadable.sort();
        unreadable.dedup();
        Ok(Why {
            tracked: TrackedItem { item, version },
            chain: counting(chain.finish(), &workers),
            hindrances,
            dependents: dependents.found,
            unreadable,
        })
    }
}

/// The links of a chain without the approvals that do not count.
fn counting(
    mut chain: Vec<Link<EventEnvelope<WorkItemEvent>>>,
    workers: &Workers,
) -> Vec<Link<EventEnvelope<WorkItemEvent>>> {
    chain.retain(|link| match &link.event.event {
        WorkItemEvent::CompletionApproved { approver, kind } => {
            let (name, kind) = (approver.clone(), *kind);
            workers.objection(&Participant { name, kind }).is_none()
        }
        _ => true,
    });
    chain
}
