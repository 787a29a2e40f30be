//! Whether an item is ready: the one function that decides, for lists, the queue and explanations.

use std::cmp::Reverse;
use std::fmt;

use jiff::Timestamp;
use work_item::{
    KnownStatuses, OpenItem, Participant, Status, WorkItem, WorkItemError, WorkItemId, WorkNumber,
    Workers,
};

/// One reason why an item is not ready. Its text is a sentence, the same in all answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// It is done or cancelled.
    Closed(Status),
    /// It is blocked, for this reason.
    Blocked(Option<String>),
    /// An actor has claimed it and may go on.
    Claimed {
        /// The actor.
        by: Participant,
        /// The end of the claim, with its renewals; `None` if it has none.
        until: Option<Timestamp>,
    },
    /// An actor works on it, or it is in progress without an assignee. It has no claim of an agent,
    /// so it stays in progress until it is released.
    InProgress(Option<Participant>),
    /// It is assigned to another actor.
    Assigned(Participant),
    /// It waits for this item.
    OpenBlocker(OpenItem),
    /// It contains this open item. Its gate cannot be passed before the item is closed.
    OpenChild(OpenItem),
    /// A child or a blocker cannot be read.
    Unreadable(WorkItemId),
}

impl NotReady {
    /// The word for programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Blocked(_) => "blocked",
            Self::Claimed { .. } => "claimed",
            Self::InProgress(_) => "in_progress",
            Self::Assigned(_) => "assigned",
            Self::OpenBlocker(_) => "open_blocker",
            Self::OpenChild(_) => "open_child",
            Self::Unreadable(_) => "unreadable_item",
        }
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(status) => write!(f, "it is {status}"),
            Self::Blocked(None) => f.write_str("it is blocked"),
            Self::Blocked(Some(reason)) => write!(f, "it is blocked: {reason}"),
            Self::Claimed { by, until: None } => write!(f, "{by} has claimed it"),
            Self::Claimed {
                by,
                until: Some(until),
            } => write!(f, "{by} has claimed it until {until}"),
            Self::InProgress(None) => f.write_str("it is in progress"),
            Self::InProgress(Some(by)) => write!(f, "{by} works on it"),
            Self::Assigned(to) => write!(f, "it is assigned to {to}"),
            Self::OpenBlocker(open) => write!(f, "blocker {} is {}", open.id, open.status),
            Self::OpenChild(open) => write!(f, "child {} is {}", open.id, open.status),
            Self::Unreadable(id) => write!(f, "{id} cannot be read"),
        }
    }
}

/// The reasons why an item is not ready for an actor; an item without a reason is ready.
///
/// `known` must have the statuses of its children and blockers. `renewed` is the end of the lease
/// of its claim. A claim that is over does not count: the item is ready, and may be in progress,
/// but not if a person works on it.
///
/// # Errors
/// [`WorkItemError::NotLoaded`] if `known` lacks a child or a blocker.
pub fn readiness(
    item: &WorkItem,
    known: &KnownStatuses,
    renewed: Option<Timestamp>,
    asker: Option<&Participant>,
    now: Timestamp,
) -> Result<Vec<NotReady>, WorkItemError> {
    let status = item.status();
    if !status.is_open() {
        return Ok(vec![NotReady::Closed(status)]);
    }
    let mut reasons = Vec::new();
    if status == Status::Blocked {
        let reason = item.status_reason().map(ToString::to_string);
        reasons.push(NotReady::Blocked(reason));
    }
    match (item.claim(), item.assignee()) {
        (Some(_), _) if item.is_claim_over(renewed, now) => {}
        (Some(claim), _) if claim.is_over(renewed, now) && status == Status::InProgress => {
            reasons.push(NotReady::InProgress(Some(claim.claimant.clone())));
        }
        (Some(claim), _) => reasons.push(NotReady::Claimed {
            by: claim.claimant.clone(),
            until: claim.end(renewed),
        }),
        (None, assignee) if status == Status::InProgress => {
            reasons.push(NotReady::InProgress(assignee.cloned()));
        }
        (None, Some(assignee)) if asker.is_none_or(|asker| !asker.is_same_actor(assignee)) => {
            reasons.push(NotReady::Assigned(assignee.clone()));
        }
        (None, _) => {}
    }
    // The gate of an item does not matter: its evidence comes with the work.
    let around = item.hindrances(known, &Workers::new())?;
    let blockers = around.open_blockers.into_iter();
    let children = around.open_children.into_iter();
    let unreadable = around.unreadable.into_iter();
    reasons.extend(blockers.map(NotReady::OpenBlocker));
    reasons.extend(children.map(NotReady::OpenChild));
    reasons.extend(unreadable.map(NotReady::Unreadable));
    Ok(reasons)
}

/// The place of an item in the queue, the smallest first: by priority, then by the day of its
/// creation (UTC), then by the number of items that wait for it, then by number.
///
/// For example, of two items of one priority that were created on one day, the one for which three
/// items wait comes first. Both come after an item of the day before.
#[must_use]
pub fn queue_rank(item: &WorkItem, unblocks: u64) -> (Reverse<u8>, i64, Reverse<u64>, WorkNumber) {
    let priority = Reverse(item.priority() as u8);
    let number = item.id().number();
    (priority, creation_day(item), Reverse(unblocks), number)
}

/// The day of the creation of an item (UTC), counted from 1970-01-01.
#[must_use]
pub fn creation_day(item: &WorkItem) -> i64 {
    item.created_at().as_microsecond().div_euclid(DAY)
}

/// A day in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
