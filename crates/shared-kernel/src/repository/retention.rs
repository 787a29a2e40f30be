//! The retention of snapshots: a save stores the new snapshot and removes old ones.

use std::num::NonZeroU32;

use super::SnapshotError;
use crate::snapshot::SnapshotRecord;
use crate::{SnapshotStore, StreamId, StreamVersion};

/// The snapshots of a stream that are kept. More of them make loads of earlier states faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotRetention {
    /// All of them.
    All,
    /// The newest ones, up to this number.
    Newest(NonZeroU32),
}

impl Default for SnapshotRetention {
    /// The newest ten.
    fn default() -> Self {
        const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
        Self::Newest(TEN)
    }
}

/// Saves a snapshot and removes the old ones past the retention.
pub(super) async fn save_and_prune(
    store: &dyn SnapshotStore,
    retention: SnapshotRetention,
    record: SnapshotRecord,
) -> Result<(), SnapshotError> {
    let (stream, schema) = (record.stream.clone(), record.schema.clone());
    store.save(record).await.map_err(SnapshotError::Save)?;
    if let SnapshotRetention::Newest(keep) = retention {
        let pruned = store.prune(&stream, &schema, keep).await;
        pruned.map_err(SnapshotError::Prune)?;
    }
    Ok(())
}

pub(super) fn report_failure(stream: &StreamId, version: StreamVersion, error: &SnapshotError) {
    tracing::warn!(
        %stream,
        %version,
        error = error as &dyn std::error::Error,
        "the events are saved, but their snapshot is not",
    );
}
