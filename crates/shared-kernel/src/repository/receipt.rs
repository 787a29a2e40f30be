//! The answer to a successful save.

use super::SnapshotError;
use crate::snapshot::policy::SnapshotInfo;
use crate::store::AppendReceipt;
use crate::{GlobalPosition, StreamId};

/// The answer to a successful save.
#[derive(Debug)]
pub struct SaveReceipt {
    /// The receipt of the store; `None` if there was nothing to append. If the save repeated an
    /// earlier append first, this is the receipt of the second append.
    pub append: Option<AppendReceipt>,
    /// The outcome of the snapshot of each aggregate with pending events, in input order.
    pub snapshots: Vec<(StreamId, SnapshotOutcome)>,
}

impl SaveReceipt {
    /// The position of the last event; `None` if there was nothing to append.
    #[must_use]
    pub fn last_position(&self) -> Option<GlobalPosition> {
        self.append.as_ref()?.last_position()
    }
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
