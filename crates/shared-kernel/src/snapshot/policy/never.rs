//! Owns the policy of those who want no snapshots but by hand.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Never due: snapshots are taken only by
/// [`take_snapshot`](crate::EventSourcedRepository::take_snapshot).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Never;

impl<A: Aggregate> SnapshotPolicy<A> for Never {
    fn is_due(&self, _: &SaveContext<'_, A>) -> bool {
        false
    }
}
