//! The answer to a successful save.

use super::SnapshotError;
use crate::StreamId;
use crate::snapshot::policy::SnapshotInfo;
use crate::store::AppendReceipt;

/// The answer to a successful save.
#[derive(Debug)]
pub struct SaveReceipt {
    /// The receipt of the store; `None` if there was nothing to append. If the save repeated an
    /// earlier append first, this is the receipt of the second append.
    pub append: Option<AppendReceipt>,
    /// The outcome of the snapshot of each aggregate with pending events, in input order.
    pub snapshots: Vec<(StreamId, SnapshotOutcome)>,
}

/// The outcome of the snapshot after a save. The events are saved in any case.
#[derive(Debug)]
pub enum SnapshotOutcome {
    /// No snapshot was due, or the repository has no snapshot store.
    NotDue,
    /// The snapshot is in the store.
    Taken(SnapshotInfo),
    /// The state is encoded, and a [background task](crate::repository::BackgroundTasks) saves it.
    /// If the task fails, it reports that by `tracing`.
    InBackground(SnapshotInfo),
    /// The snapshot was due and could not be taken. `tracing` has the same report.
    Failed(SnapshotError),
}
