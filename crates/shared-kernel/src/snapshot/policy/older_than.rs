//! A policy by the age of the newest snapshot.

use std::time::Duration;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when the newest known snapshot is older than this, or when no snapshot is known.
///
/// If the clock has stepped back before the snapshot, the snapshot counts as new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OlderThan(pub Duration);

impl<A: Aggregate> SnapshotPolicy<A> for OlderThan {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.newest_snapshot().is_none_or(|newest| {
            let age = save.now().duration_since(newest.taken_at);
            Duration::try_from(age).is_ok_and(|age| age > self.0)
        })
    }
}
