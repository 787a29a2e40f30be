//! Owns what the writer is asked to do, and why nothing may come of it.

use async_trait::async_trait;
use shared_kernel::{Append, StoreError};
use tokio::sync::oneshot;

use crate::draft::Draft;
use crate::error::{closed, store_error};
use crate::write_transaction::WriteTransaction;

/// A write that waits for its turn.
///
/// It decides inside the transaction whether it is refused, and a refusal changes nothing there; so
/// it never needs to be undone by itself.
#[async_trait]
pub(crate) trait WriteJob: Send + Sync {
    /// The append, where it is one.
    fn append(&self) -> Option<&Append> {
        None
    }

    /// Puts the write into a draft, where it fits; then it is done with the draft. One that has not
    /// been put there is left to [`perform`](Self::perform).
    fn propose(&mut self, _draft: &mut Draft<'_>) -> bool {
        false
    }

    /// Does the work inside the open transaction and keeps what it found. It may be called again in
    /// another transaction, when the first one could not be committed.
    ///
    /// An error means that the transaction has to be rolled back.
    async fn perform(&mut self, transaction: &mut WriteTransaction<'_>) -> Result<(), sqlx::Error>;

    /// Tells the caller what was found; the transaction is committed.
    fn committed(self: Box<Self>);

    /// Tells the caller that nothing came of it.
    fn failed(self: Box<Self>, failure: Failure);
}

/// Why nothing came of a write.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another process held the write lock for too long: the transaction never began.
    Busy,
    /// The transaction was rolled back: nothing was written.
    RolledBack(sqlx::Error),
    /// The commit itself failed, so that it is not known what a reader finds after a crash.
    InCommit(sqlx::Error),
    /// A commit that held the write failed, and so did doing it again alone.
    InDoubt(Box<Failure>),
    /// The store was closed before the write had its turn.
    Closed,
}

impl Failure {
    /// What it means for a write that can be done again as it is, whatever became of it.
    pub(crate) fn into_store_error(self, location: &str) -> StoreError {
        match self {
            Self::Busy => StoreError::Busy {
                location: location.to_owned(),
            },
            Self::Closed => closed(location),
            Self::InDoubt(later) => later.into_store_error(location),
            Self::RolledBack(error) | Self::InCommit(error) => store_error(location, error),
        }
    }
}

/// What is put into the writer's queue.
pub(crate) enum Request {
    /// A write.
    Write(Box<dyn WriteJob>),
    /// The end: what was queued before is still done. The answer comes when the file is closed.
    Close(oneshot::Sender<()>),
}
