//! The events that explain the current status of an item.

use crate::word::words;
use crate::{DependencyKind, Transition, WorkItemEvent, WorkItemId};

words! {
    /// The reason why an event belongs to the [`StatusChain`].
    Bearing, "bearing" {
        /// The event set the status, or recorded the completion.
        Status = "status",
        /// The event is evidence for the completion: the latest test run, or an approval, since the
        /// item was created or last reopened.
        Evidence = "evidence",
        /// The event added a blocker that the item still has.
        Dependency = "dependency",
    }
}

/// One event of a [`StatusChain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<T> {
    /// The reason why the event belongs to the chain.
    pub bearing: Bearing,
    /// The value that the caller passed with the event.
    pub event: T,
}

/// Collects the events that explain the current status of an item: its creation, all status changes
/// and completions, the evidence that counts now, and the additions of its present blockers. It
/// stores no other event, so its size does not depend on the number of edits.
///
/// ```
/// use work_item::{StatusChain, WorkItemEvent};
///
/// let mut chain = StatusChain::new();
/// chain.take(&WorkItemEvent::WorkItemRetitled { title: "x".parse()? }, "version 2");
/// assert_eq!(chain.finish(), []);
/// # Ok::<(), work_item::TitleInvalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct StatusChain<T> {
    taken: usize,
    status: Vec<(usize, T)>,
    test_run: Option<(usize, T)>,
    approvals: Vec<(usize, T)>,
    blockers: Vec<(WorkItemId, (usize, T))>,
}

impl<T> StatusChain<T> {
    /// An empty chain.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            taken: 0,
            status: Vec::new(),
            test_run: None,
            approvals: Vec::new(),
            blockers: Vec::new(),
        }
    }

    /// Processes the next event of the item. The chain keeps `value` if the event belongs to it.
    pub fn take(&mut self, event: &WorkItemEvent, value: T) {
        let index = self.taken;
        self.taken += 1;
        match event {
            WorkItemEvent::WorkItemCreated { .. } | WorkItemEvent::WorkItemCompleted { .. } => {
                self.status.push((index, value));
            }
            WorkItemEvent::StatusChanged { by, .. } => {
                if *by == Transition::Reopen {
                    self.test_run = None;
                    self.approvals.clear();
                }
                self.status.push((index, value));
            }
            WorkItemEvent::TestSuiteExecuted { .. } => self.test_run = Some((index, value)),
            WorkItemEvent::CompletionApproved { .. } => self.approvals.push((index, value)),
            WorkItemEvent::DependencyAdded {
                on,
                kind: DependencyKind::Blocks,
            } => self.blockers.push((*on, (index, value))),
            WorkItemEvent::DependencyRemoved { on, .. } => {
                self.blockers.retain(|(blocker, _)| blocker != on);
            }
            WorkItemEvent::WorkItemRetitled { .. }
            | WorkItemEvent::WorkItemDescribed { .. }
            | WorkItemEvent::PriorityChanged { .. }
            | WorkItemEvent::WorkItemAssigned { .. }
            | WorkItemEvent::WorkItemUnassigned { .. }
            | WorkItemEvent::WorkItemClaimed { .. }
            | WorkItemEvent::ClaimReleased { .. }
            | WorkItemEvent::ChildAdded { .. }
            | WorkItemEvent::DependencyAdded { .. }
            | WorkItemEvent::NoteAdded { .. } => {}
        }
    }

    /// The events of the chain, oldest first.
    #[must_use]
    pub fn finish(self) -> Vec<Link<T>> {
        let status = self.status.into_iter().map(|link| (Bearing::Status, link));
        let evidence = self.test_run.into_iter().chain(self.approvals);
        let evidence = evidence.map(|link| (Bearing::Evidence, link));
        let blockers = self.blockers.into_iter();
        let blockers = blockers.map(|(_, link)| (Bearing::Dependency, link));
        let mut links: Vec<_> = status.chain(evidence).chain(blockers).collect();
        links.sort_by_key(|(_, (index, _))| *index);
        let link = |(bearing, (_, event))| Link { bearing, event };
        links.into_iter().map(link).collect()
    }
}

impl<T> Default for StatusChain<T> {
    fn default() -> Self {
        Self::new()
    }
}
