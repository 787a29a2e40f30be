//! The command that completes a work item, and the check for everything that prevents it.

use jiff::{SignedDuration, Timestamp};

use super::Decision;
use crate::{
    FirstWork, GateFailure, Hindrances, KnownStatuses, Reason, Status, TestRun, Transition,
    WorkItem, WorkItemError, WorkItemEvent, WorkItemType, Workers,
};

impl WorkItem {
    /// Finishes an item in progress. `known` must have the statuses of its children and blockers,
    /// and `workers` the actors who worked on it if its tier
    /// [needs an approval](crate::RiskTier::needs_approval).
    ///
    /// The latest test run must pass the [gate](crate::RiskTier::gate) of the risk tier, except for
    /// a spike. An item of tier T4 also needs an approval by an actor who is not among `workers`.
    /// All children and blockers must be done or cancelled.
    ///
    /// # Errors
    /// - [`WorkItemError::InvalidTransition`] if it is done or cancelled.
    /// - [`WorkItemError::QualityGateNotMet`] with everything that is missing.
    /// - [`WorkItemError::CompletionHindered`] if it is pending or blocked, or if a child or a
    ///   blocker is open: with the open items, and everything else that is missing.
    /// - [`WorkItemError::NotLoaded`] if `known` lacks a child or a blocker.
    pub fn complete(
        &self,
        resolution: Option<Reason>,
        known: &KnownStatuses,
        workers: &Workers,
        at: Timestamp,
    ) -> Decision {
        let (by, from) = (Transition::Complete, self.status);
        if !from.is_open() {
            let to = by.target();
            return Err(WorkItemError::InvalidTransition { by, from, to });
        }
        let hindrances = self.hindrances(known, workers)?;
        if hindrances.not_in_progress.is_some() || hindrances.wait_for_others() {
            return Err(WorkItemError::CompletionHindered { hindrances });
        }
        if !hindrances.is_empty() {
            return Err(WorkItemError::QualityGateNotMet {
                level: hindrances.level,
                failures: hindrances.gate_failures,
            });
        }
        let step = self.step(by, None, at)?;
        // The clock may have been set back since the start; the cycle time is never negative.
        let started_at = self.started_at.unwrap_or(self.created_at);
        let cycle_time = at.duration_since(started_at).max(SignedDuration::ZERO);
        let completed = WorkItemEvent::WorkItemCompleted {
            cycle_time,
            resolution,
        };
        Ok(vec![step, completed])
    }

    /// Everything that prevents the completion of the item. For an open item it is empty exactly
    /// if [`complete`](Self::complete) succeeds with the same arguments.
    ///
    /// # Errors
    /// [`WorkItemError::NotLoaded`] if `known` lacks a child or a blocker.
    pub fn hindrances(
        &self,
        known: &KnownStatuses,
        workers: &Workers,
    ) -> Result<Hindrances, WorkItemError> {
        let waits_for = self.children.iter().copied().chain(self.blockers());
        let unreadable = waits_for.filter(|id| known.is_unreadable(*id));
        Ok(Hindrances {
            not_in_progress: Some(self.status).filter(|status| *status != Status::InProgress),
            open_children: known.open_among(self.children.iter().copied())?,
            open_blockers: known.open_among(self.blockers())?,
            unreadable: unreadable.collect(),
            level: self.risk_tier.gate(),
            gate_failures: self.missing_evidence(workers),
        })
    }

    /// The requirements of its gate that a test run does not meet; none for a spike. An approval
    /// is not part of a test run.
    #[must_use]
    pub fn unmet_by(&self, run: Option<&TestRun>) -> Vec<GateFailure> {
        match self.item_type {
            WorkItemType::Spike => Vec::new(),
            _ => self.risk_tier.gate().failures(run),
        }
    }

    fn missing_evidence(&self, workers: &Workers) -> Vec<GateFailure> {
        let mut failures = self.unmet_by(self.latest_test_run.as_ref());
        if self.risk_tier.needs_approval() {
            failures.extend(self.missing_approval(workers));
        }
        failures
    }

    /// The reasons why no approval counts; empty if one does.
    fn missing_approval(&self, workers: &Workers) -> Vec<GateFailure> {
        if let Some(FirstWork { version, .. }) = workers.unattributed() {
            return vec![GateFailure::UnattributedWork { version }];
        }
        let mut failures = vec![GateFailure::NoApproval];
        for approver in &self.approvers {
            let Some(objection) = workers.objection(approver) else {
                return Vec::new();
            };
            failures.push(objection);
        }
        failures
    }
}
