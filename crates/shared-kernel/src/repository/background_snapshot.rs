//! A snapshot that is saved in the background: no failure goes unreported.

use std::sync::Arc;

use tracing::Instrument;

use super::background_tasks::TaskSlot;
use super::retention::{SnapshotRetention, report_failure, save_and_prune};
use crate::snapshot::SnapshotRecord;
use crate::{SnapshotStore, StreamId, StreamVersion};

/// Saves a snapshot, removes the old ones past the retention, and reports a failure by `tracing`,
/// in the caller's span.
///
/// Two snapshots of one stream may be saved at once, and end in either order: each is kept under
/// its version, and both prune down to the newest ones ([law 24](crate::laws#law-24)).
pub(super) fn save_in_background(
    slot: TaskSlot,
    store: Arc<dyn SnapshotStore>,
    retention: SnapshotRetention,
    record: SnapshotRecord,
) {
    let unfinished = Unfinished {
        stream: record.stream.clone(),
        version: record.version,
        ended: false,
    };
    let task = async move {
        if let Err(error) = save_and_prune(&*store, retention, record).await {
            report_failure(&unfinished.stream, unfinished.version, &error);
        }
        unfinished.end();
    };
    slot.start(task.in_current_span());
}

/// A snapshot that is being saved. If the task panics or is dropped, its drop reports that.
struct Unfinished {
    stream: StreamId,
    version: StreamVersion,
    ended: bool,
}

impl Unfinished {
    fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.ended {
            tracing::warn!(
                stream = %self.stream,
                version = %self.version,
                "a background snapshot was dropped before it was saved; the events are saved",
            );
        }
    }
}
