//! The jobs in the queue of the writer.

use std::sync::Arc;

use foldhash::HashSet;
use group_commit::Waiting;
use jiff::Timestamp;
use shared_kernel::lease::{NamedLease, NamedLeaseError, WorkerLease, WorkerLeaseError};
use shared_kernel::store::{AppendReceipt, Destination, ImportError, LogPart};
use shared_kernel::{Append, AppendError, EventId, GlobalPosition, StoreError};

use super::leases::LeaseDecision;
use super::snapshots::SnapshotChange;
use crate::codec::batch::EncodedBatch;

/// A job that waits for its turn.
#[derive(Clone)]
pub(crate) enum Job {
    Append(Arc<AppendJob>),
    Snapshot(Arc<Waiting<SnapshotChange, Result<u64, StoreError>>>),
    Lease(Arc<Waiting<LeaseDecision, Result<WorkerLease, WorkerLeaseError>>>),
    NamedLease(Arc<NamedLeaseJob>),
    Import(Arc<Waiting<LogPart, Result<(), ImportError>>>),
    Freeze(Arc<FreezeJob>),
    /// Closes the connection. Later groups are refused.
    Close(Arc<Waiting<(), ()>>),
}

/// An append with its encoded batches.
pub(crate) type AppendJob = Waiting<AppendRequest, Result<AppendReceipt, AppendError>>;

/// Takes or renews the lease of a name.
pub(crate) type NamedLeaseJob = Waiting<NamedLease, Result<NamedLease, NamedLeaseError>>;

/// Freezes the store for a destination, or lets it take appends again.
pub(crate) type FreezeJob =
    Waiting<Option<Destination>, Result<Option<GlobalPosition>, StoreError>>;

pub(crate) struct AppendRequest {
    pub(crate) append: Append,
    pub(crate) batches: Vec<EncodedBatch>,
    /// When the caller asked; the events are recorded no earlier.
    pub(crate) asked_at: Timestamp,
}

/// Adds the event ids of an append to `ids`. Returns whether none of them was there.
pub(super) fn adds_its_ids(append: &AppendJob, ids: &mut HashSet<EventId>) -> bool {
    let append = &append.request.append;
    let before = ids.len();
    ids.extend(append.events().map(|(_, event)| event.id));
    ids.len() == before + append.event_count()
}

impl Job {
    /// Answers that the job failed. A closing job cannot fail.
    pub(super) fn refuse(&self, failure: Failure) {
        match self {
            Self::Append(job) => job.answer(Err(failure.into())),
            Self::Snapshot(job) => job.answer(Err(failure.error)),
            Self::Lease(job) => job.answer(Err(failure.error.into())),
            Self::NamedLease(job) => job.answer(Err(failure.error.into())),
            Self::Import(job) => job.answer(Err(failure.error.into())),
            Self::Freeze(job) => job.answer(Err(failure.error)),
            Self::Close(job) => job.answer(()),
        }
    }

    /// The number of batches that it writes.
    pub(crate) fn batches(&self) -> usize {
        match self {
            Self::Append(job) => job.request.batches.len(),
            _ => 0,
        }
    }
}

/// The error of a write to a frozen store.
pub(super) fn moved(location: &str, to: &str) -> StoreError {
    StoreError::Moved {
        location: location.to_owned(),
        to: to.to_owned(),
    }
}

/// A job failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: StoreError,
    /// Whether its writes may be in the file all the same.
    pub(crate) is_in_doubt: bool,
}

impl Failure {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.error, StoreError::Busy { .. })
    }
}

impl From<StoreError> for Failure {
    /// The failure of a job that wrote nothing.
    fn from(error: StoreError) -> Self {
        Self {
            error,
            is_in_doubt: false,
        }
    }
}

impl From<Failure> for AppendError {
    fn from(failure: Failure) -> Self {
        match failure.error {
            error if failure.is_in_doubt => Self::OutcomeUnknown {
                source: Box::new(error),
            },
            error => error.into(),
        }
    }
}
