//! Owns the policy that makes a save wait for its snapshot.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due where another policy is, and the save waits until the snapshot is in the store; made by
/// [`SnapshotPolicy::awaited`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited<P>(pub(super) P);

impl<A: Aggregate, P: SnapshotPolicy<A>> SnapshotPolicy<A> for Awaited<P> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        self.0.is_due(save)
    }

    fn is_awaited(&self, _: &SaveContext<'_, A>) -> bool {
        true
    }
}
