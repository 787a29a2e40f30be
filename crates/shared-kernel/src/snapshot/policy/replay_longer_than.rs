//! A policy by the duration of the last replay.

use std::time::Duration;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when the replay at the load took longer than this; the default is 100 ms.
///
/// The replay reads and applies the events; the clock of the repository measures it. After a
/// snapshot the next replay is short, so the aggregate is not due again at once.
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
