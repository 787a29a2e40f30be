//! Owns the answer to a save that succeeded.

use super::SnapshotError;
use crate::StreamId;
use crate::snapshot::policy::SnapshotInfo;
use crate::store::AppendReceipt;

/// The answer to a save that succeeded.
#[derive(Debug)]
pub struct SaveReceipt {
    /// What the store answered, or `None` where there was nothing to append. Where a save had to
    /// settle an earlier append first, this is the last of its appends.
    pub append: Option<AppendReceipt>,
    /// What became of the snapshot of each aggregate that had events pending, in the order in which
    /// the aggregates were given.
    pub snapshots: Vec<(StreamId, SnapshotOutcome)>,
}

/// What became of a snapshot after a save. None of it changes what was saved.
#[derive(Debug)]
pub enum SnapshotOutcome {
    /// None was due, or the repository has no snapshot store.
    NotDue,
    /// It was taken.
    Taken(SnapshotInfo),
    /// It was handed over to [background tasks](crate::repository::BackgroundTasks): the state is
    /// encoded, its saving is under way. A failure of that is reported by `tracing`.
    HandedOver(SnapshotInfo),
    /// It was due and could not be taken. It was also reported by `tracing`.
    Failed(SnapshotError),
}
