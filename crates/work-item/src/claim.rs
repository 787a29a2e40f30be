//! The claim of a work item: the actor that works on it, and until when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared_kernel::event::ActorKind;

use crate::{Participant, Status, WorkItem, WorkItemError, WorkItemEvent};

/// The right of one actor to work on an item.
///
/// A claim ends at `until`, or later: its holder renews it without an event, by a lease with the
/// number `term`. After its end, it stays the claim of its holder until another actor takes over.
///
/// | time | call | term | ends |
/// |---|---|---|---|
/// | 10:00 | `agent:a` claims the item for 15 minutes | 1 | 10:15 |
/// | 10:10 | `agent:a` records a test run: the lease is renewed | 1 | 10:25 |
/// | 10:12 | `agent:b` is refused, because `agent:a` has it | 1 | 10:25 |
/// | 10:25 | `agent:b` takes it over | 2 | 10:40 |
/// | 10:26 | `agent:a` is refused, because it has lost its claim | 2 | 10:40 |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The actor that has the item.
    pub claimant: Participant,
    /// The number of the claim, counted from 1 for each item.
    pub term: u64,
    /// The time of the claim.
    pub since: Timestamp,
    /// The end of the claim without a renewal; `None` for a claim until its release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// An actor that lost its claim and has not claimed the item again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostClaim {
    /// The actor.
    pub claimant: Participant,
    /// The time of the loss.
    pub at: Timestamp,
}

impl Claim {
    /// The end of the claim; `renewed` is the end of the lease with its term. `None` if it has no
    /// end.
    #[must_use]
    pub fn end(&self, renewed: Option<Timestamp>) -> Option<Timestamp> {
        self.until.map(|until| until.max(renewed.unwrap_or(until)))
    }

    /// Whether another actor may take it over.
    #[must_use]
    pub fn is_over(&self, renewed: Option<Timestamp>, now: Timestamp) -> bool {
        self.end(renewed).is_some_and(|end| end <= now)
    }

    /// The time for which it was claimed; `None` if it has no end.
    #[must_use]
    pub fn length(&self) -> Option<SignedDuration> {
        self.until.map(|until| until.duration_since(self.since))
    }

    /// Whether an actor has the claim.
    #[must_use]
    pub fn is_of(&self, actor: &Participant) -> bool {
        self.claimant.is_same_actor(actor)
    }
}

/// The part of an item that a command changes, as far as claims tell commands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// A note. Every actor may add one.
    Note,
    /// A claim, or the start of an agent: it decides on the present claim by itself.
    Claim,
    /// Another part, for example the title or the evidence.
    Content,
    /// The status, the assignee, or the end of the claim.
    Status,
}

impl WorkItem {
    /// Checks that the claims of the item allow an actor to change it; `None` for an unknown actor,
    /// which counts as a person.
    ///
    /// - An actor that lost its claim changes nothing until it has claimed the item again.
    /// - An agent does not change the status of an item that another actor has claimed, also after
    ///   the end of that claim. The same holds for an item in work that is assigned to another
    ///   actor, for example to the person that started it. A person may: agents work for people.
    ///
    /// `renewed` is the end of the lease of the claim, for the message.
    ///
    /// # Errors
    /// [`WorkItemError::ClaimLost`]; [`WorkItemError::Claimed`]; [`WorkItemError::Assigned`].
    pub fn check_claim(
        &self,
        by: Option<&Participant>,
        touch: Touch,
        renewed: Option<Timestamp>,
    ) -> Result<(), WorkItemError> {
        let Some(by) = by else { return Ok(()) };
        let lost = self.lost_claims.iter();
        if matches!(touch, Touch::Content | Touch::Status)
            && let Some(lost) = lost.rev().find(|lost| lost.claimant.is_same_actor(by))
        {
            return Err(WorkItemError::ClaimLost {
                by: by.clone(),
                at: lost.at,
                holder: self.assignee.clone(),
            });
        }
        if !by.is_agent() {
            return Ok(());
        }
        match (&self.claim, &self.assignee) {
            (Some(claim), _) if touch == Touch::Status && !claim.is_of(by) => {
                Err(claimed(claim, renewed))
            }
            (None, Some(assignee))
                if matches!(touch, Touch::Claim | Touch::Status)
                    && matches!(self.status, Status::InProgress | Status::Blocked)
                    && !assignee.is_same_actor(by) =>
            {
                let assignee = assignee.clone();
                Err(WorkItemError::Assigned { assignee })
            }
            _ => Ok(()),
        }
    }

    /// Claims the item for an actor, to whom it is then assigned; `until` is `None` for a claim
    /// without an end. `renewed` is the end of the lease of the present claim.
    ///
    /// It changes nothing if the actor has the claim already, and the caller renews its lease.
    /// But a claim without an end takes the place of one that has an end.
    ///
    /// # Errors
    /// - [`WorkItemError::Closed`] if it is done or cancelled.
    /// - [`WorkItemError::Claimed`] if another actor has a claim that is not over. Only a person
    ///   takes over such a claim, and only that of an agent.
    /// - [`WorkItemError::Assigned`] if an agent claims an item without a claim that is assigned to
    ///   another actor, or one that stays with a person after the end of the claim.
    pub fn claim_for(
        &self,
        by: Participant,
        until: Option<Timestamp>,
        renewed: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<Vec<WorkItemEvent>, WorkItemError> {
        let status = self.status;
        if !status.is_open() {
            return Err(WorkItemError::Closed { status });
        }
        let took_over = match (&self.claim, &self.assignee) {
            (Some(claim), _) if claim.is_of(&by) => {
                let is_without_end = until.is_none() && claim.until.is_some();
                if !claim.is_over(renewed, at) && !is_without_end {
                    return Ok(Vec::new());
                }
                None
            }
            (Some(claim), _) if claim.is_over(renewed, at) => {
                let assignee = claim.claimant.clone();
                if by.is_agent() && self.stays_with_a_person() {
                    return Err(WorkItemError::Assigned { assignee });
                }
                Some(assignee)
            }
            (Some(claim), _) if by.is_agent() || !claim.claimant.is_agent() => {
                return Err(claimed(claim, renewed));
            }
            (Some(claim), _) => Some(claim.claimant.clone()),
            (None, Some(assignee)) if by.is_agent() && !assignee.is_same_actor(&by) => {
                let assignee = assignee.clone();
                return Err(WorkItemError::Assigned { assignee });
            }
            (None, _) => None,
        };
        Ok(vec![WorkItemEvent::WorkItemClaimed {
            claimant: by.name,
            kind: by.kind,
            term: self.claims.saturating_add(1),
            until,
            took_over,
            at,
        }])
    }

    /// Whether the claim of the item is over, so that another actor may take it over.
    ///
    /// The claim of a person on an item in work is not: it lasts until the release.
    #[must_use]
    pub fn is_claim_over(&self, renewed: Option<Timestamp>, now: Timestamp) -> bool {
        let claim = self.claim.as_ref();
        claim.is_some_and(|claim| claim.is_over(renewed, now)) && !self.stays_with_a_person()
    }

    /// Whether it is in work, and a person has the claim.
    fn stays_with_a_person(&self) -> bool {
        let claim = self.claim.as_ref();
        let is_in_work = matches!(self.status, Status::InProgress | Status::Blocked);
        is_in_work && claim.is_some_and(|claim| !claim.claimant.is_agent())
    }

    /// Gives the item back: its claim and its assignment end, and work in progress becomes pending.
    /// It changes nothing if the item is pending and not assigned. `by` is the actor that releases
    /// it; if that is not the claimant, the claimant has lost its claim.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`] if it is done or cancelled.
    pub fn release(
        &self,
        by: Option<&Participant>,
        at: Timestamp,
    ) -> Result<Vec<WorkItemEvent>, WorkItemError> {
        let mut events = self.unassign()?;
        if let Some(claim) = &self.claim {
            let Participant { name, kind } = claim.claimant.clone();
            events = vec![WorkItemEvent::ClaimReleased {
                claimant: name,
                kind,
                by: by.filter(|by| !claim.is_of(by)).cloned(),
                at,
            }];
        }
        if self.status == Status::InProgress {
            events.insert(0, self.step(crate::Transition::Release, None, at)?);
        }
        Ok(events)
    }

    /// The claim; `None` for an item that is not claimed.
    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }

    /// Ends the claim, and records its loss.
    pub(crate) fn end_claim(&mut self, is_lost: bool, at: Option<Timestamp>) {
        let Some(claim) = self.claim.take() else {
            return;
        };
        if is_lost {
            self.lost_claims.push(LostClaim {
                at: at.unwrap_or(claim.since),
                claimant: claim.claimant,
            });
        }
    }
}

impl Participant {
    /// Whether both name one actor: the same name and kind, where an unknown kind is a person.
    #[must_use]
    pub fn is_same_actor(&self, other: &Self) -> bool {
        let kind = |one: &Self| one.kind.unwrap_or(ActorKind::Person);
        self.name == other.name && kind(self) == kind(other)
    }

    /// Whether it is an agent.
    #[must_use]
    pub fn is_agent(&self) -> bool {
        self.kind == Some(ActorKind::Agent)
    }
}

fn claimed(claim: &Claim, renewed: Option<Timestamp>) -> WorkItemError {
    WorkItemError::Claimed {
        claimant: claim.claimant.clone(),
        since: claim.since,
        until: claim.end(renewed),
    }
}
