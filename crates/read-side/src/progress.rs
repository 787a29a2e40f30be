//! The position of a read model, and its state.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use shared_kernel::event::EventType;
use shared_kernel::lease::{LeaseHolder, LeaseTerm, Tenure};
use shared_kernel::store::StoreId;
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion};

use crate::{Build, ReadModelError};

/// The progress of one segment of a build. It is committed together with the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The segment, counted from 0.
    pub segment: u16,
    /// Every event up to here was considered; 0 at the beginning.
    pub through: GlobalPosition,
    /// The event of the log at `through`. If the log has another event there, the rows are stale.
    pub last_event: Option<EventId>,
    /// The state.
    pub status: Status,
    /// The last lease; `None` before the first.
    pub lease: Option<HeldLease>,
}

impl Progress {
    /// The progress of a new build that begins after `start`.
    #[must_use]
    pub fn never_run(segment: u16, start: GlobalPosition) -> Self {
        Self {
            segment,
            through: start,
            last_event: None,
            status: Status::NeverRun,
            lease: None,
        }
    }

    /// Whether an owner may commit with this lease, renew it and hand it back.
    ///
    /// # Errors
    /// [`ReadModelError::Fenced`] if another owner has the segment, or the lease was handed back.
    pub fn check(&self, lease: &Lease) -> Result<(), ReadModelError> {
        match &self.lease {
            Some(last) if last.tenure().admits(lease.term) => Ok(()),
            Some(last) => Err(ReadModelError::Fenced {
                build: lease.build.clone(),
                segment: lease.segment,
                holder: last.holder.clone(),
                term: last.term,
            }),
            None => Err(ReadModelError::NoSuchBuild {
                location: "the store of read models".to_owned(),
                build: lease.build.clone(),
            }),
        }
    }
}

/// The state of a segment of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// No event was considered yet.
    NeverRun,
    /// It has not reached the end of the log yet.
    Building,
    /// It has reached the end of the log at least once.
    Live,
    /// An event cannot be applied.
    Stopped(Failure),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRun => f.write_str("never run"),
            Self::Building => f.write_str("building"),
            Self::Live => f.write_str("live"),
            Self::Stopped(failure) => write!(f, "stopped: {failure}"),
        }
    }
}

/// An event that could not be applied, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The position of the event.
    pub position: GlobalPosition,
    /// Its stream.
    pub stream: StreamId,
    /// Its version.
    pub version: StreamVersion,
    /// Its id.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// The error of the projection, with its sources.
    pub reason: String,
}

impl Failure {
    /// The failure of an event.
    #[must_use]
    pub fn of(event: &RecordedEvent, reason: String) -> Self {
        Self {
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
            event_id: event.id,
            event_type: event.event_type.clone(),
            reason,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at position {} ({} version {}, event {}) cannot be applied: {}",
            self.event_type, self.position, self.stream, self.version, self.event_id, self.reason
        )
    }
}

/// The kept part of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLease {
    /// The number of the lease of its segment, counted from 1.
    pub term: LeaseTerm,
    /// The holder, for people.
    pub holder: LeaseHolder,
    /// The end, unless it is renewed; `None` once it was released.
    pub expires_at: Option<Timestamp>,
    /// The length of the lease.
    pub ttl: Duration,
}

impl HeldLease {
    /// Whether another owner may take the segment: the lease was released, has expired, or ends
    /// later than a lease from now could end, so that it comes from a clock that was ahead.
    ///
    /// Clocks only decide when a segment is taken over. A commit compares the term, so a former
    /// owner changes nothing whatever the clocks show.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        let tenure = self.tenure();
        let latest = end(now, self.ttl);
        tenure.is_over(now) || tenure.until.is_some_and(|until| until > latest)
    }

    /// The part of the lease that is the same for all kinds of leases.
    #[must_use]
    pub fn tenure(&self) -> Tenure {
        Tenure {
            term: self.term,
            until: self.expires_at,
        }
    }

    /// The next lease of a segment after its lease `last`.
    ///
    /// # Errors
    /// The last lease, if it is not over.
    pub fn claim(
        last: Option<&Self>,
        holder: &LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, Self> {
        match last {
            Some(held) if !held.is_over(now) => Err(held.clone()),
            last => Ok(Self::take_over(last, holder, now, ttl)),
        }
    }

    /// The next lease of a segment after its lease `last`, over or not.
    #[must_use]
    pub fn take_over(
        last: Option<&Self>,
        holder: &LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Self {
        let next = Tenure::after(last.map(Self::tenure), end(now, ttl));
        Self {
            term: next.term,
            holder: holder.clone(),
            expires_at: next.until,
            ttl,
        }
    }

    /// The error of a claim while this lease is not over.
    #[must_use]
    pub fn error(&self, build: &Build, segment: u16) -> ReadModelError {
        ReadModelError::Held {
            build: build.clone(),
            segment,
            holder: self.holder.clone(),
            until: self.expires_at.unwrap_or(Timestamp::MAX),
        }
    }

    /// This as the lease of its owner.
    #[must_use]
    pub fn of(&self, build: &Build, segment: u16) -> Lease {
        Lease {
            build: build.clone(),
            segment,
            term: self.term,
            holder: self.holder.clone(),
            ttl: self.ttl,
        }
    }
}

fn end(now: Timestamp, ttl: Duration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}

/// The right to commit to a segment of a build until another owner takes it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The build.
    pub build: Build,
    /// The segment.
    pub segment: u16,
    /// The number of the lease. A commit with an earlier term is refused.
    pub term: LeaseTerm,
    /// The holder.
    pub holder: LeaseHolder,
    /// The length of the lease. Each commit renews it for so long.
    pub ttl: Duration,
}

impl Lease {
    /// The kept part after a renewal.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> HeldLease {
        HeldLease {
            expires_at: Some(end(now, self.ttl)),
            ..self.released()
        }
    }

    /// The kept part after the release.
    #[must_use]
    pub fn released(&self) -> HeldLease {
        HeldLease {
            term: self.term,
            holder: self.holder.clone(),
            expires_at: None,
            ttl: self.ttl,
        }
    }
}

impl Step {
    /// Whether the step begins at the stored position, and does not go back.
    ///
    /// # Errors
    /// [`ReadModelError::Moved`].
    pub fn check(&self, lease: &Lease, stored: GlobalPosition) -> Result<(), ReadModelError> {
        if self.from == stored && self.through >= stored {
            return Ok(());
        }
        Err(ReadModelError::Moved {
            build: lease.build.clone(),
            segment: lease.segment,
            expected: self.from,
            found: stored,
        })
    }
}

/// The end of a transaction: the new progress of the segment of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The position before, which the commit compares.
    pub from: GlobalPosition,
    /// The new position.
    pub through: GlobalPosition,
    /// The event of the log at `through`.
    pub last_event: Option<EventId>,
    /// The new state.
    pub status: Status,
    /// Events that are put aside.
    pub park: Vec<Parked>,
    /// Events that were put aside and are done.
    pub unpark: Vec<EventId>,
    /// Events that are passed over for good.
    pub skip: Vec<Skipped>,
}

/// An event that waits aside, because it or an earlier event of its stream could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The event and the reason.
    pub failure: Failure,
    /// Whether it was tried; `false` for an event behind another one.
    pub was_tried: bool,
}

/// An event that was passed over by a decision of its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The event and the reason why it could not be applied.
    pub failure: Failure,
    /// The reason of the decision.
    pub why: String,
}

/// A build of a read model, and how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRecord {
    /// The build.
    pub build: Build,
    /// The definition of its rows.
    pub fingerprint: String,
    /// The number of its segments.
    pub segments: u16,
    /// The log from which it is made.
    pub log: StoreId,
    /// The position after which it begins; 0 for the beginning of the log.
    pub start: GlobalPosition,
    /// Its use.
    pub state: BuildState,
}

/// The use of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildState {
    /// It was never live: it is being filled, or was left by a process that ended.
    Aside,
    /// Readers of its version read it.
    Live,
    /// It was live before another one.
    Earlier,
}

impl BuildRecord {
    /// Whether readers of its version read it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state == BuildState::Live
    }
}

/// A hash over all rows of a build, as 64 hexadecimal digits of SHA-256. Only builds in one kind of
/// store compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum(String);

impl Checksum {
    /// The digits of a hash.
    #[must_use]
    pub fn from_bytes(hash: &[u8]) -> Self {
        Self(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(expires_at: Option<i64>) -> HeldLease {
        HeldLease {
            term: LeaseTerm::from(1),
            holder: LeaseHolder::new("test").unwrap(),
            expires_at: expires_at.map(|second| Timestamp::from_second(second).unwrap()),
            ttl: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_lease_is_over_when_released_expired_or_from_a_clock_ahead() {
        let now = Timestamp::from_second(100).unwrap();
        assert!(lease(None).is_over(now));
        assert!(lease(Some(100)).is_over(now));
        assert!(!lease(Some(101)).is_over(now));
        assert!(!lease(Some(105)).is_over(now));
        assert!(lease(Some(106)).is_over(now));
    }
}
