//! The command that completes a work item, and the check for everything that prevents it.

use jiff::{SignedDuration, Timestamp};

use super::Decision;
use crate::{
    GateFailure, Hindrances, KnownStatuses, Reason, Transition, WorkItem, WorkItemError,
    WorkItemEvent, WorkItemType,
};

impl WorkItem {
    /// Finishes an item in progress. `known` must have the statuses of its children and blockers.
    ///
    /// The latest test run must pass the [gate](crate::RiskTier::gate) of the risk tier, except for
    /// a spike. An item of tier T4 also needs an approval that is not the assignee's. All children
    /// and blockers must be done or cancelled.
    ///
    /// # Errors
    /// - [`WorkItemError::InvalidTransition`] if it is not in progress.
    /// - [`WorkItemError::QualityGateNotMet`] with everything that is missing.
    /// - [`WorkItemError::CompletionHindered`] if a child or a blocker is open: with the open
    ///   items, and everything else that is missing.
    /// - [`WorkItemError::NotLoaded`] if `known` lacks a child or a blocker.
    pub fn complete(
        &self,
        resolution: Option<Reason>,
        known: &KnownStatuses,
        at: Timestamp,
    ) -> Decision {
        let step = self.step(Transition::Complete, None, at)?;
        let hindrances = self.hindrances(known)?;
        if hindrances.wait_for_others() {
            return Err(WorkItemError::CompletionHindered { hindrances });
        }
        if !hindrances.is_empty() {
            return Err(WorkItemError::QualityGateNotMet {
                level: hindrances.level,
                failures: hindrances.gate_failures,
            });
        }
        // The clock may have been set back since the start; the cycle time is never negative.
        let started_at = self.started_at.unwrap_or(self.created_at);
        let cycle_time = at.duration_since(started_at).max(SignedDuration::ZERO);
        let completed = WorkItemEvent::WorkItemCompleted {
            cycle_time,
            resolution,
        };
        Ok(vec![step, completed])
    }

    /// Everything that prevents the completion of the item, except its own status.
    ///
    /// # Errors
    /// [`WorkItemError::NotLoaded`] if `known` lacks a child or a blocker.
    pub fn hindrances(&self, known: &KnownStatuses) -> Result<Hindrances, WorkItemError> {
        Ok(Hindrances {
            open_children: known.open_among(self.children.iter().copied())?,
            open_blockers: known.open_among(self.blockers())?,
            level: self.risk_tier.gate(),
            gate_failures: self.missing_evidence(),
        })
    }

    fn missing_evidence(&self) -> Vec<GateFailure> {
        let mut failures = match self.item_type {
            WorkItemType::Spike => Vec::new(),
            _ => self
                .risk_tier
                .gate()
                .failures(self.latest_test_run.as_ref()),
        };
        let assignee = self.assignee.as_ref();
        let approved = self.approvers.iter().any(|by| Some(by) != assignee);
        if self.risk_tier.needs_approval() && !approved {
            failures.push(GateFailure::NoApproval);
        }
        failures
    }
}
