//! The state of the steps on snapshots.

mod policies;
mod shelf;

use shared_kernel::repository::SnapshotError;
use shared_kernel::snapshot::SnapshotRecord;
use shared_kernel::snapshot::policy::SnapshotInfo;

/// The loaded snapshots.
#[derive(Debug, Default)]
pub(crate) struct ShelfNotes {
    given: Option<SnapshotRecord>,
    /// Accounts with a snapshot that cannot be used.
    useless: Vec<String>,
    pub(super) by_hand: Option<Result<SnapshotInfo, SnapshotError>>,
}
