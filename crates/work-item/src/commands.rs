//! The commands of a work item: each checks the state and returns the new events, or refuses.
//!
//! A command does not change the state; [applying](shared_kernel::Aggregate::apply) its events
//! does.

mod completion;
mod relations;

use jiff::Timestamp;

use crate::parent::check_open;
use crate::participant::name_key;
use crate::{
    Description, FirstWork, KnownStatuses, NewWorkItem, Note, Parent, Participant, Priority,
    Reason, TestKind, TestRun, Title, Transition, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId, Workers,
};

type Decision = Result<Vec<WorkItemEvent>, WorkItemError>;

/// The commands. Each returns the events to apply and to record together, in order. It returns no
/// event if the command would change nothing, for example if it sets the priority that the item
/// has.
impl WorkItem {
    /// Creates an item, with or without a parent. Returns its first event.
    ///
    /// The caller makes sure that the parent exists, and [adds the child to it](Self::add_child).
    ///
    /// # Errors
    /// - [`WorkItemError::ParentKindInvalid`] if the parent has the wrong kind, for example an epic
    ///   for a task.
    /// - [`WorkItemError::ParentClosed`] if the parent is done or cancelled.
    pub fn create(
        id: WorkItemId,
        new: NewWorkItem,
        parent: Option<Parent>,
        at: Timestamp,
    ) -> Result<WorkItemEvent, WorkItemError> {
        if let Some(parent) = parent {
            parent.check_accepts(new.item_type)?;
        }
        Ok(WorkItemEvent::WorkItemCreated {
            id,
            title: new.title,
            item_type: new.item_type,
            priority: new.priority,
            risk_tier: new.risk_tier,
            description: new.description,
            parent: parent.map(|parent| parent.id),
            aliases: new.aliases,
            at,
        })
    }

    /// Starts a pending item. If it has no assignee, it is assigned to `by`, the actor who starts
    /// it.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`] if it is not pending.
    pub fn start(&self, by: Option<Participant>, at: Timestamp) -> Decision {
        let started = self.step(Transition::Start, None, at)?;
        let by = by.filter(|_| self.assignee.is_none());
        Ok(std::iter::once(started).chain(by.map(assigned)).collect())
    }

    /// Lets an item in progress wait for something.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`] if it is not in progress.
    pub fn block(&self, reason: Reason, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Block, Some(reason), at)?])
    }

    /// Continues a blocked item.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`] if it is not blocked.
    pub fn unblock(&self, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Unblock, None, at)?])
    }

    /// Gives up an open item for good. Its children keep their statuses.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`] if it is done or cancelled.
    pub fn cancel(&self, reason: Reason, at: Timestamp) -> Decision {
        Ok(vec![self.step(Transition::Cancel, Some(reason), at)?])
    }

    /// Takes over that a pending item was finished in another tracker. It is done without a test
    /// run, so nothing about it counts as evidence.
    ///
    /// # Errors
    /// [`WorkItemError::InvalidTransition`] if it is not pending.
    pub fn close_elsewhere(&self, reason: Reason, at: Timestamp) -> Decision {
        Ok(vec![self.step(
            Transition::CloseElsewhere,
            Some(reason),
            at,
        )?])
    }

    /// Continues an item that was done. Its earlier test runs and approvals no longer count.
    /// `known` must have the status of the parent, if there is one.
    ///
    /// # Errors
    /// - [`WorkItemError::InvalidTransition`] if it is not done.
    /// - [`WorkItemError::ParentClosed`] if its parent is cancelled, or done and not yet reopened.
    /// - [`WorkItemError::NotLoaded`] if `known` lacks the parent.
    pub fn reopen(&self, reason: Reason, known: &KnownStatuses, at: Timestamp) -> Decision {
        let step = self.step(Transition::Reopen, Some(reason), at)?;
        if let Some(parent) = self.parent {
            check_open(parent, known.require(parent)?)?;
        }
        Ok(vec![step])
    }

    /// Adds a note to the item, also if it is done or cancelled.
    ///
    /// # Errors
    /// None so far.
    pub fn note(&self, text: Note) -> Decision {
        Ok(vec![WorkItemEvent::NoteAdded { text }])
    }

    /// Assigns the item to a person or an agent.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if it is done or cancelled.
    pub fn assign(&self, assignee: Participant) -> Decision {
        // An assignee of unknown kind counts as a person.
        let before = self.assignee.clone().map(Participant::into_actor);
        let changes = before.as_ref() != Some(&assignee.clone().into_actor());
        self.edit(changes.then(|| assigned(assignee)))
    }

    /// Removes the assignee.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if the item is done or cancelled.
    pub fn unassign(&self) -> Decision {
        let assignee = self.assignee.clone();
        self.edit(assignee.map(|before| WorkItemEvent::WorkItemUnassigned {
            assignee: before.name,
            kind: before.kind,
        }))
    }

    /// Changes the priority.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if the item is done or cancelled.
    pub fn change_priority(&self, to: Priority) -> Decision {
        let from = self.priority;
        self.edit((from != to).then_some(WorkItemEvent::PriorityChanged { from, to }))
    }

    /// Changes the title.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if the item is done or cancelled.
    pub fn retitle(&self, title: Title) -> Decision {
        let changes = self.title != title;
        self.edit(changes.then_some(WorkItemEvent::WorkItemRetitled { title }))
    }

    /// Replaces the description; `None` removes it.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if the item is done or cancelled.
    pub fn describe(&self, description: Option<Description>) -> Decision {
        let changes = self.description != description;
        self.edit(changes.then_some(WorkItemEvent::WorkItemDescribed { description }))
    }

    /// Records a test run. It replaces the earlier ones as evidence. A run with the same results as
    /// the one before is recorded too.
    ///
    /// # Errors
    /// - [`WorkItemError::Closed`] if the item is done or cancelled.
    /// - [`WorkItemError::EmptyTestRun`] if the run has neither a coverage nor counts.
    /// - [`WorkItemError::ContradictoryEvidence`] if its figures are not those of its files.
    pub fn record_test_run(&self, run: TestRun) -> Decision {
        let executed = self.edit(Some(WorkItemEvent::TestSuiteExecuted {
            coverage: run.coverage,
            positive: run.count(TestKind::Positive),
            negative: run.count(TestKind::Negative),
            edge_case: run.count(TestKind::EdgeCase),
            files: run.files.clone(),
        }))?;
        if run.is_empty() {
            return Err(WorkItemError::EmptyTestRun);
        }
        if !run.agrees_with_its_files() {
            return Err(WorkItemError::ContradictoryEvidence);
        }
        Ok(executed)
    }

    /// Approves the completion of the item. `workers` are the actors who worked on it; if the
    /// approver works on it later, that approval no longer counts.
    ///
    /// # Errors
    /// - [`WorkItemError::Closed`] if the item is done or cancelled.
    /// - [`WorkItemError::ApproverWorkedOnIt`] if `approver` is one of the workers.
    pub fn approve(&self, approver: Participant, workers: &Workers) -> Decision {
        let mut known = self.approvers.iter();
        let changes = known.all(|known| name_key(&known.name) != name_key(&approver.name));
        let approved = self.edit(changes.then(|| WorkItemEvent::CompletionApproved {
            approver: approver.name.clone(),
            kind: approver.kind,
        }))?;
        match workers.work_of(&approver.name) {
            Some(FirstWork { work, version }) => Err(WorkItemError::ApproverWorkedOnIt {
                approver,
                work,
                version,
            }),
            None => Ok(approved),
        }
    }

    pub(crate) fn step(
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

    /// Refuses every edit of a closed item, even one that would change nothing.
    fn edit(&self, event: Option<WorkItemEvent>) -> Decision {
        if !self.status.is_open() {
            return Err(WorkItemError::Closed {
                status: self.status,
            });
        }
        Ok(event.into_iter().collect())
    }
}

fn assigned(assignee: Participant) -> WorkItemEvent {
    WorkItemEvent::WorkItemAssigned {
        assignee: assignee.name,
        kind: assignee.kind,
    }
}
