//! A policy that takes snapshots on request.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when [`request_snapshot`](crate::AggregateRoot::request_snapshot) was called since the last
/// snapshot, for example at the end of a session. The save waits for the snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OnRequest;

impl<A: Aggregate> SnapshotPolicy<A> for OnRequest {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.is_requested()
    }

    fn is_awaited(&self, _: &SaveContext<'_, A>) -> bool {
        true
    }
}
