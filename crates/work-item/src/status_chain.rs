//! Owns which of the events of an item have led to where it stands.

use crate::word::words;
use crate::{Transition, WorkItemEvent};

words! {
    /// How an event bears on where an item stands.
    Bearing, "bearing" {
        /// It made the item stand where it stood from then on, or tells of it.
        Status = "status",
        /// It is evidence that counts for the completion of the item: the latest test run and the
        /// approvals, since it was created or reopened.
        Evidence = "evidence",
    }
}

/// An event that has led to where an item stands, or what the caller keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<T> {
    /// How it bears on it.
    pub bearing: Bearing,
    /// The event, as the caller keeps it.
    pub event: T,
}

/// Collects the events that have led to where an item stands: all that changed its state, and the
/// evidence that counts now. Of the rest it keeps nothing, however long the history is.
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
}

impl<T> StatusChain<T> {
    /// A chain without links.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            taken: 0,
            status: Vec::new(),
            test_run: None,
            approvals: Vec::new(),
        }
    }

    /// Takes the next event of the item, and what is to be kept of it where it is a link.
    pub fn take(&mut self, event: &WorkItemEvent, kept: T) {
        let place = self.taken;
        self.taken += 1;
        match event {
            WorkItemEvent::WorkItemCreated { .. } | WorkItemEvent::WorkItemCompleted { .. } => {
                self.status.push((place, kept));
            }
            WorkItemEvent::StatusChanged { by, .. } => {
                if *by == Transition::Reopen {
                    self.test_run = None;
                    self.approvals.clear();
                }
                self.status.push((place, kept));
            }
            WorkItemEvent::TestSuiteExecuted { .. } => self.test_run = Some((place, kept)),
            WorkItemEvent::CompletionApproved { .. } => self.approvals.push((place, kept)),
            WorkItemEvent::WorkItemRetitled { .. }
            | WorkItemEvent::WorkItemDescribed { .. }
            | WorkItemEvent::PriorityChanged { .. }
            | WorkItemEvent::WorkItemAssigned { .. }
            | WorkItemEvent::WorkItemUnassigned { .. }
            | WorkItemEvent::ChildAdded { .. }
            | WorkItemEvent::DependencyAdded { .. }
            | WorkItemEvent::DependencyRemoved { .. }
            | WorkItemEvent::NoteAdded { .. } => {}
        }
    }

    /// The links, in the order in which they were taken.
    #[must_use]
    pub fn finish(self) -> Vec<Link<T>> {
        let status = self.status.into_iter().map(|link| (Bearing::Status, link));
        let evidence = self.test_run.into_iter().chain(self.approvals);
        let evidence = evidence.map(|link| (Bearing::Evidence, link));
        let mut links: Vec<_> = status.chain(evidence).collect();
        links.sort_by_key(|(_, (place, _))| *place);
        let link = |(bearing, (_, event))| Link { bearing, event };
        links.into_iter().map(link).collect()
    }
}

impl<T> Default for StatusChain<T> {
    fn default() -> Self {
        Self::new()
    }
}
