//! A policy without automatic snapshots.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Never due: only
/// [`take_snapshot`](crate::EventSourcedRepository::take_snapshot) takes snapshots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Never;

impl<A: Aggregate> SnapshotPolicy<A> for Never {
    fn is_due(&self, _: &SaveContext<'_, A>) -> bool {
        false
    }
}
