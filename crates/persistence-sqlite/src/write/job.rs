//! The jobs in the queue of the writer, and the slots for their answers.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use shared_kernel::lease::{WorkerLease, WorkerLeaseError};
use shared_kernel::store::AppendReceipt;
use shared_kernel::{Append, AppendError, StoreError};

use crate::codec::batch::EncodedBatch;
use crate::error::{closed, store_error};
use crate::leases::LeaseChange;
use crate::snapshots::SnapshotChange;

/// A job that waits for its turn.
#[derive(Clone)]
pub(crate) enum Job {
    Append(Arc<AppendJob>),
    Snapshot(Arc<Waiting<SnapshotChange, Result<u64, StoreError>>>),
    Lease(Arc<Waiting<LeaseChange, Result<WorkerLease, WorkerLeaseError>>>),
    /// Closes the connection. Jobs after it are refused.
    Close(Arc<Waiting<(), ()>>),
}

/// An append with its encoded batches.
pub(crate) type AppendJob = Waiting<AppendRequest, Result<AppendReceipt, AppendError>>;

pub(crate) struct AppendRequest {
    pub(crate) append: Append,
    pub(crate) batches: Vec<EncodedBatch>,
    /// When the caller asked; the events are recorded no earlier.
    pub(crate) asked_at: Timestamp,
}

/// A request and the slot for its answer.
///
/// The caller and the queue share it. A request that nobody waits for any more, because its future
/// was dropped before its turn, is skipped.
pub(crate) struct Waiting<R, A> {
    pub(crate) request: R,
    answer: Mutex<Option<A>>,
}

impl<R, A> Waiting<R, A> {
    pub(crate) fn new(request: R) -> Arc<Self> {
        Arc::new(Self {
            request,
            answer: Mutex::new(None),
        })
    }

    pub(crate) fn answer(&self, answer: A) {
        let mut slot = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(answer);
    }

    pub(crate) fn take_answer(&self) -> Option<A> {
        let mut slot = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }
}

impl Job {
    /// Whether the caller has gone away.
    pub(crate) fn is_abandoned(&self) -> bool {
        match self {
            Self::Append(job) => Arc::strong_count(job) == 1,
            Self::Snapshot(job) => Arc::strong_count(job) == 1,
            Self::Lease(job) => Arc::strong_count(job) == 1,
            Self::Close(_) => false,
        }
    }

    /// Answers that nothing came of the job.
    pub(crate) fn fail(&self, location: &str, failure: Failure) {
        match self {
            Self::Append(job) => job.answer(Err(failure.of_append(location))),
            Self::Snapshot(job) => job.answer(Err(failure.of_write(location))),
            Self::Lease(job) => job.answer(Err(failure.of_write(location).into())),
            Self::Close(job) => job.answer(()),
        }
    }
}

/// Why nothing came of a job.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another process held the write lock past the busy timeout, or wrote before this one at
    /// every attempt. Nothing was written.
    Busy,
    /// The store was closed. Nothing was written.
    Closed,
    /// The statement failed. Nothing was written.
    Sqlite(sqlx::Error),
    /// A row of the file cannot be right. Nothing was written.
    Damaged(StoreError),
    /// The commit failed in a way that does not tell whether it is in the file.
    InDoubt(sqlx::Error),
    /// The job may be in the file by an earlier commit, and was tried again in vain.
    StillInDoubt(Box<Failure>),
}

impl Failure {
    /// The error of a write that can be repeated, whether or not it is in the file.
    pub(crate) fn of_write(self, location: &str) -> StoreError {
        match self {
            Self::Busy => StoreError::Busy {
                location: location.to_owned(),
            },
            Self::Closed => closed(location),
            Self::Sqlite(error) | Self::InDoubt(error) => store_error(location, error),
            Self::Damaged(error) => error,
            Self::StillInDoubt(failure) => failure.of_write(location),
        }
    }

    /// The error of an append: whether it is in the file matters.
    pub(crate) fn of_append(self, location: &str) -> AppendError {
        let in_doubt = matches!(self, Self::InDoubt(_) | Self::StillInDoubt(_));
        match self.of_write(location) {
            error if in_doubt => AppendError::OutcomeUnknown {
                source: Box::new(error),
            },
            error => error.into(),
        }
    }
}
