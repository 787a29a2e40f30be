//! Applying events to a work item.
//!
//! `apply` validates nothing again: the command did so before it recorded the event.

use shared_kernel::{Aggregate, Inapplicable};

use crate::{
    Claim, Dependency, Participant, Status, TestRatio, TestRun, Transition, WorkItem, WorkItemEvent,
};

impl Aggregate for WorkItem {
    type Event = WorkItemEvent;

    const TYPE: &'static str = "work_item";

    /// Version 1 had no children, no dependencies and no notes. In version 2, assignees and
    /// approvers had no kind and test runs no files. Version 3 had no claims, version 4 no aliases.
    const STATE_SCHEMA: u32 = 5;

    fn create(event: &WorkItemEvent) -> Result<Self, Inapplicable> {
        let WorkItemEvent::WorkItemCreated {
            id,
            title,
            item_type,
            priority,
            risk_tier,
            description,
            parent,
            aliases,
            at,
        } = event
        else {
            return Err(Inapplicable::new(
                "the first event of a work item must be WorkItemCreated",
            ));
        };
        Ok(Self {
            id: *id,
            aliases: aliases.clone(),
            title: title.clone(),
            item_type: *item_type,
            priority: *priority,
            risk_tier: *risk_tier,
            description: description.clone(),
            parent: *parent,
            status: Status::Pending,
            status_reason: None,
            assignee: None,
            claim: None,
            claims: 0,
            lost_claims: Vec::new(),
            created_at: *at,
            started_at: None,
            latest_test_run: None,
            approvers: Vec::new(),
            cycle_time: None,
            resolution: None,
            children: Vec::new(),
            dependencies: Vec::new(),
            notes: 0,
        })
    }

    fn apply(&mut self, event: &WorkItemEvent) -> Result<(), Inapplicable> {
        match event {
            WorkItemEvent::WorkItemCreated { .. } => {
                return Err(Inapplicable::new("a work item is created only once"));
            }
            WorkItemEvent::StatusChanged {
                by, to, reason, at, ..
            } => {
                self.status = *to;
                self.status_reason.clone_from(reason);
                if *to == Status::InProgress {
                    self.started_at.get_or_insert(*at);
                }
                if *by == Transition::Reopen {
                    self.forget_completion();
                }
                if !to.is_open() {
                    self.claim = None;
                    self.lost_claims.clear();
                }
            }
            WorkItemEvent::TestSuiteExecuted {
                coverage,
                positive,
                negative,
                edge_case,
                files,
            } => {
                self.latest_test_run = Some(TestRun {
                    coverage: *coverage,
                    // Three counts of 0 mean that the tests were not counted.
                    ratio: TestRatio::new(*positive, *negative, *edge_case).ok(),
                    files: files.clone(),
                });
            }
            WorkItemEvent::CompletionApproved { approver, kind } => {
                self.approvers.retain(|known| known.name != *approver);
                let (name, kind) = (approver.clone(), *kind);
                let at = self.approvers.partition_point(|known| known.name < name);
                self.approvers.insert(at, Participant { name, kind });
            }
            WorkItemEvent::WorkItemCompleted {
                cycle_time,
                resolution,
            } => {
                self.cycle_time = Some(*cycle_time);
                self.resolution.clone_from(resolution);
            }
            WorkItemEvent::WorkItemRetitled { title } => self.title = title.clone(),
            WorkItemEvent::WorkItemDescribed { description } => {
                self.description.clone_from(description);
            }
            WorkItemEvent::PriorityChanged { to, .. } => self.priority = *to,
            WorkItemEvent::WorkItemAssigned { assignee, kind } => {
                let (name, kind) = (assignee.clone(), *kind);
                self.assignee = Some(Participant { name, kind });
                self.end_claim(true, None);
            }
            WorkItemEvent::WorkItemUnassigned { .. } => {
                self.assignee = None;
                self.end_claim(true, None);
            }
            WorkItemEvent::WorkItemClaimed {
                claimant,
                kind,
                term,
                until,
                took_over,
                at,
            } => {
                let (name, kind) = (claimant.clone(), *kind);
                let claimant = Participant { name, kind };
                self.end_claim(took_over.is_some(), Some(*at));
                self.lost_claims
                    .retain(|lost| !lost.claimant.is_same_actor(&claimant));
                self.assignee = Some(claimant.clone());
                self.claims = *term;
                self.claim = Some(Claim {
                    claimant,
                    term: *term,
                    since: *at,
                    until: *until,
                });
            }
            WorkItemEvent::ClaimReleased { by, at, .. } => {
                self.assignee = None;
                self.end_claim(by.is_some(), Some(*at));
            }
            WorkItemEvent::ChildAdded { child } => self.children.push(*child),
            WorkItemEvent::DependencyAdded { on, kind } => {
                self.dependencies.push(Dependency {
                    on: *on,
                    kind: *kind,
                });
            }
            WorkItemEvent::DependencyRemoved { on, .. } => {
                self.dependencies.retain(|dependency| dependency.on != *on);
            }
            WorkItemEvent::NoteAdded { .. } => self.notes = self.notes.saturating_add(1),
        }
        Ok(())
    }
}

impl WorkItem {
    /// After a reopening, the earlier evidence, approvals and resolution no longer count.
    fn forget_completion(&mut self) {
        self.latest_test_run = None;
        self.approvers.clear();
        self.cycle_time = None;
        self.resolution = None;
    }
}
