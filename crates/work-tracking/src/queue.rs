//! The queue: the items that are ready, the best first.

use std::collections::{BTreeMap, HashMap};

use work_item::{KnownStatuses, Participant, WorkItem, WorkItemId};

use crate::readiness::{queue_rank, readiness};
use crate::{KnownDependents, ListProgress, TrackedItem, TrackingError, WorkTracker};

/// An item that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyItem {
    /// The item.
    pub tracked: TrackedItem,
    /// The number of open items that wait for it.
    pub unblocks: u64,
}

/// The ready items, and the reasons of the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// The ready items, in the order of [`queue_rank`].
    pub ready: Vec<ReadyItem>,
    /// The number of open items that are not ready, by the [kind](crate::NotReady::kind) of their
    /// first reason.
    pub others: BTreeMap<&'static str, u64>,
    /// The open items that the asker has claimed, by number.
    pub yours: Vec<WorkItemId>,
}

/// Items that can be ready, from a read model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// The items, in the order of [`queue_rank`].
    pub items: Vec<ReadyItem>,
    /// The statuses of their children and blockers.
    pub known: KnownStatuses,
}

impl WorkTracker {
    /// The items that are ready for an actor now. It reads the log as [`list`](Self::list) does.
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn queue(
        &self,
        asker: Option<&Participant>,
        progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Queue, TrackingError> {
        let items = self.fold(None, progress, |_, _, _| {}).await?;
        let items: Vec<_> = items.into_iter().map(|folded| folded.tracked).collect();
        self.queue_of(items, asker).await
    }

    /// The queue of all items of a store.
    ///
    /// # Errors
    /// [`TrackingError::Store`] for the leases of claims; [`TrackingError::Refused`] if an item
    /// waits for one that is missing.
    pub async fn queue_of(
        &self,
        items: Vec<TrackedItem>,
        asker: Option<&Participant>,
    ) -> Result<Queue, TrackingError> {
        let states = || items.iter().map(|tracked| &tracked.item);
        let renewed = self.renewed(states()).await?;
        let known: KnownStatuses = states().collect();
        let waiting = unblocks(states());
        let (now, mut queue) = (self.now(), Queue::default());
        for tracked in &items {
            let item = &tracked.item;
            if !item.status().is_open() {
                continue;
            }
            if item.claim().zip(asker).is_some_and(|(it, by)| it.is_of(by)) {
                queue.yours.push(item.id());
            }
            let reasons = readiness(item, &known, renewed.of(item), asker, now)?;
            match reasons.first() {
                Some(reason) => *queue.others.entry(reason.kind()).or_default() += 1,
                None => queue.ready.push(ReadyItem {
                    unblocks: waiting.get(&item.id()).copied().unwrap_or_default(),
                    tracked: tracked.clone(),
                }),
            }
        }
        let rank = |ready: &ReadyItem| queue_rank(&ready.tracked.item, ready.unblocks);
        queue.ready.sort_by_key(rank);
        queue.yours.sort_by_key(|id| id.number());
        Ok(queue)
    }

    /// The candidates that are ready for an actor now, in their order.
    ///
    /// # Errors
    /// As [`queue_of`](Self::queue_of).
    pub async fn sift(
        &self,
        candidates: Candidates,
        asker: Option<&Participant>,
    ) -> Result<Vec<ReadyItem>, TrackingError> {
        let states = candidates.items.iter().map(|ready| &ready.tracked.item);
        let (renewed, now) = (self.renewed(states).await?, self.now());
        let mut ready = Vec::new();
        for one in candidates.items {
            let item = &one.tracked.item;
            let known = &candidates.known;
            if readiness(item, known, renewed.of(item), asker, now)?.is_empty() {
                ready.push(one);
            }
        }
        Ok(ready)
    }

    /// The items that are ready for an actor now and would not be if `closed` were open: its
    /// parent, and the items that waited for it. They are ordered by number.
    ///
    /// # Errors
    /// The errors of loading.
    pub async fn ready_after(
        &self,
        closed: &WorkItem,
        known: KnownDependents,
        asker: Option<&Participant>,
    ) -> Result<Vec<TrackedItem>, TrackingError> {
        let why = self.why_knowing(closed.id(), known).await?;
        let waited = why.dependents.into_iter().filter(|dependent| {
            let mut blockers = dependent.tracked.item.blockers();
            blockers.any(|blocker| blocker == closed.id())
        });
        let waited = waited.map(|dependent| dependent.tracked.item.id());
        let mut ready = Vec::new();
        for id in waited.chain(closed.parent()) {
            let explained = self.explain(id, asker).await?;
            if explained.reasons.is_empty() {
                ready.push(explained.tracked);
            }
        }
        ready.sort_by_key(|tracked| tracked.item.id().number());
        ready.dedup();
        Ok(ready)
    }
}

/// The number of open items that wait for each item.
fn unblocks<'i>(items: impl Iterator<Item = &'i WorkItem>) -> HashMap<WorkItemId, u64> {
    let mut waiting = HashMap::new();
    for blocker in items
        .filter(|item| item.status().is_open())
        .flat_map(WorkItem::blockers)
    {
        *waiting.entry(blocker).or_default() += 1;
    }
    waiting
}
