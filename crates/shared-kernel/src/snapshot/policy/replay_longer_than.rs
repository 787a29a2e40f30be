//! Owns the policy that looks at the cost of the last load.

use std::time::Duration;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when the replay that loaded the aggregate took longer than this: 100 ms unless said.
///
/// It is the time of reading and applying the events, by the clock of the repository. After a
/// snapshot the next load is short, so the same aggregate is not due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayLongerThan(pub Duration);

impl Default for ReplayLongerThan {
    fn default() -> Self {
        Self(Duration::from_millis(100))
    }
}

impl<A: Aggregate> SnapshotPolicy<A> for ReplayLongerThan {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.replay_duration() > self.0
    }
}
