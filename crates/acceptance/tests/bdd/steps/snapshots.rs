//! Owns what the steps on snapshots note in the course of a scenario.

mod policies;
mod shelf;

use shared_kernel::snapshot_policy::SnapshotInfo;
use shared_kernel::{SnapshotError, SnapshotRecord};

/// What was asked for and given.
#[derive(Debug, Default)]
pub(crate) struct ShelfNotes {
    given: Option<SnapshotRecord>,
    /// Accounts with a snapshot that is of no use.
    useless: Vec<String>,
    pub(super) by_hand: Option<Result<SnapshotInfo, SnapshotError>>,
}
