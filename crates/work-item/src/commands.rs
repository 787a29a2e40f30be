//! Owns what a work item decides: each command looks at the state and answers with the events that
//! follow, or refuses.
//!
//! Refuses to change the state; that is what [applying](shared_kernel::Aggregate::apply) the events
//! does.

mod relations;

use jiff::{SignedDuration, Timestamp};
use shared_kernel::ActorName;

use crate::parent::check_open;
use crate::{
    Description, NewWorkItem, Note, Parent, Priority, Reason, Surroundings, TestKind, TestRun,
    Title, Transition, WorkItem, WorkItemError, WorkItemEvent, WorkItemId,
};

type Decision = Result<Vec<WorkItemEvent>, WorkItemError>;

/// The commands. Each gives the events to be applied and recorded together, in order; no events
/// where all is already as it should be.
impl WorkItem {
    /// Creates an item, in another one where there is a parent; the answer is its first event.
    ///
    /// That the parent exists is for the caller to know, and that it [takes note](Self::add_child).
    ///
    /// # Errors
    /// [`WorkItemError::ParentKindInvalid`] where an item of this kind does not lie in one of the
    /// parent's, [`WorkItemError::ParentClosed`] where the parent is done or cancelled.
    pub fn create(
        id: WorkItemId,
        new: NewWorkItem,
        parent: Option<Parent>,
        at: Timestamp,
    ) -> Result<WorkItemEvent, WorkItemError> {
        if let Some(parent) = parent {
            parent.check_takes(new.item_type)?;
        }
        Ok(WorkItemEvent::WorkItemCreated {
            id,
            title: new.title,
            item_type: new.item_type,
            priority: new.priority,
            risk_tier: new.risk_tier,
            description: new.description,
            parent: parent.map(|parent| parent.id),
            at,
        })
    }

    /// Begins work on a pending item.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`].
    pub fn start(&self, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Start, None, at)?])
    }

    /// Lets an item that is in progress wait for something.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`].
    pub fn block(&self, reason: Reason, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Block, Some(reason), at)?])
    }

    /// Goes on with a blocked item.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`].
    pub fn unblock(&self, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Unblock, None, at)?])
    }

    /// Finishes an item that is in progress. `around` has to hold its children and its blockers.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`]. [`WorkItemError::QualityGateNotMet`] with all that is
    /// missing: the latest test run has to pass the gate of the risk tier, except for a spike, and
    /// for T4 somebody other than the assignee has to have approved.
    /// [`WorkItemError::CompletionHindered`] with all of that and all other items that it waits for,
    /// where there are any: children and blockers have to be done or cancelled.
    /// [`WorkItemError::Unseen`] where one of them is not in the surroundings.
    pub fn complete(
        &self,
        resolution: Option<Reason>,
        around: &Surroundings,
        at: Timestamp,
    ) -> Decision {
        let step = self.step(Transition::Complete, None, at)?;
        let hindrances = self.hindrances(around)?;
        if hindrances.wait_for_others() {
            return Err(WorkItemError::CompletionHindered { hindrances });
        }
        if !hindrances.is_empty() {
            return Err(WorkItemError::QualityGateNotMet {
                level: hindrances.level,
                failures: hindrances.gate_failures,
            });
        }
        // A clock that stepped back since the start makes no negative time of it.
        let started_at = self.started_at.unwrap_or(self.created_at);
        let cycle_time = at.duration_since(started_at).max(SignedDuration::ZERO);
        let completed = WorkItemEvent::WorkItemCompleted {
            cycle_time,
            resolution,
        };
        Ok(vec![step, completed])
    }

    /// Gives up an item that is neither done nor cancelled. What lies in it stays as it is.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`].
    pub fn cancel(&self, reason: Reason, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Cancel, Some(reason), at)?])
    }

    /// Takes up an item again that is done. Test runs and approvals from before count no more.
    /// `around` has to hold its parent, where it has one.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`]; [`WorkItemError::ParentClosed`] where it lies in an
    /// item that is done, which would have to be reopened first, or cancelled;
    /// [`WorkItemError::Unseen`] where the parent is not in the surroundings.
    pub fn reopen(&self, reason: Reason, around: &Surroundings, at: Timestamp) -> Decision {
        let step = self.step(Transition::Reopen, Some(reason), at)?;
        if let Some(parent) = self.parent {
            check_open(parent, around.seen(parent)?)?;
        }
        Ok(vec![step])
    }

    /// Writes something down about the item, wherever it stands.
    ///
    /// # Errors
    /// None so far: an item takes notes also when it is done or cancelled.
    pub fn note(&self, text: Note) -> Decision {
        Ok(vec![WorkItemEvent::NoteAdded { text }])
    }

    /// Gives the item to somebody.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`].
    pub fn assign(&self, assignee: ActorName) -> Decision {
        let changes = self.assignee.as_ref() != Some(&assignee);
        self.edit(changes.then_some(WorkItemEvent::WorkItemAssigned { assignee }))
    }

    /// Takes the item from whoever has it.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`].
    pub fn unassign(&self) -> Decision {
        let assignee = self.assignee.clone();
        self.edit(assignee.map(|assignee| WorkItemEvent::WorkItemUnassigned { assignee }))
    }

    /// Makes the item more or less urgent.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`].
    pub fn change_priority(&self, to: Priority) -> Decision {
        let from = self.priority;
        self.edit((from != to).then_some(WorkItemEvent::PriorityChanged { from, to }))
    }

    /// Calls the item something else.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`].
    pub fn retitle(&self, title: Title) -> Decision {
        let changes = self.title != title;
        self.edit(changes.then_some(WorkItemEvent::WorkItemRetitled { title }))
    }

    /// Describes the item anew; `None` takes its description away.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`].
    pub fn describe(&self, description: Option<Description>) -> Decision {
        let changes = self.description != description;
        self.edit(changes.then_some(WorkItemEvent::WorkItemDescribed { description }))
    }

    /// Records a run of the tests. It counts from now on in place of earlier ones; one that shows
    /// the same as the one before is recorded all the same.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`], [`WorkItemError::EmptyTestRun`].
    pub fn record_test_run(&self, run: TestRun) -> Decision {
        let executed = self.edit(Some(WorkItemEvent::TestSuiteExecuted {
            coverage: run.coverage,
            positive: run.count(TestKind::Positive),
            negative: run.count(TestKind::Negative),
            edge_case: run.count(TestKind::EdgeCase),
        }))?;
        if run.is_empty() {
            return Err(WorkItemError::EmptyTestRun);
        }
        Ok(executed)
    }

    /// Approves that the item may be completed. Who has approved and is made the assignee later
    /// does not count as an approver then.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`], [`WorkItemError::ApprovedByAssignee`].
    pub fn approve(&self, approver: ActorName) -> Decision {
        let by_assignee = self.assignee.as_ref() == Some(&approver);
        let changes = !self.approvers.contains(&approver);
        let assignee = approver.clone();
        let approved =
            self.edit(changes.then_some(WorkItemEvent::CompletionApproved { approver }))?;
        if by_assignee {
            return Err(WorkItemError::ApprovedByAssignee { assignee });
        }
        Ok(approved)
    }

    fn step(
        &self,
        by: Transition,
        reason: Option<Reason>,
        at: Timestamp,
    ) -> Result<WorkItemEvent, WorkItemError> {
        let (from, to) = (self.status, by.target());
        if !by.leads_from(from) {
            return Err(WorkItemError::InvalidTransition { by, from, to });
        }
        Ok(WorkItemEvent::StatusChanged {
            by,
            from,
            to,
            reason,
            at,
        })
    }

    /// An item that is closed takes no edit, not even one that would change nothing.
    fn edit(&self, event: Option<WorkItemEvent>) -> Decision {
        if !self.status.is_open() {
            return Err(WorkItemError::Closed {
                status: self.status,
            });
        }
        Ok(event.into_iter().collect())
    }
}
