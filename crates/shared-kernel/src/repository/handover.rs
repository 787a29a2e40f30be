//! Owns the saving of a snapshot beside its command: what is done, and that no failure is lost.

use std::sync::Arc;

use tracing::Instrument;

use super::SnapshotRetention;
use super::snapshots::{keep, report_failure};
use crate::repository::background_tasks::TaskPlace;
use crate::snapshot::SnapshotRecord;
use crate::{SnapshotStore, StreamId, StreamVersion};

/// Saves a snapshot, removes those that are kept no longer, and reports a failure by `tracing`, in
/// the span of whoever hands it over.
///
/// Two snapshots of one stream may be under way at once and end in either order: they stand beside
/// each other under their versions, and whichever prunes last leaves the newest
/// ([law 24](crate::laws#law-24)).
pub(super) fn hand_over(
    place: TaskPlace,
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
        if let Err(error) = keep(&*store, retention, record).await {
            report_failure(&unfinished.stream, unfinished.version, &error);
        }
        unfinished.end();
    };
    place.start(task.in_current_span());
}

/// A snapshot that is on its way. Where the task is dropped or panics, that is told too.
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
                "the saving of a snapshot was given up before its end; the events are saved",
            );
        }
    }
}
