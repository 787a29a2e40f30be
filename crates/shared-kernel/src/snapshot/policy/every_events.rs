//! Owns the policy that counts events.

use std::num::NonZeroU64;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when a save reaches or passes a multiple of so many events: 100 unless said.
///
/// It looks at the whole span of the save, so a save of many events cannot step over a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EveryEvents(NonZeroU64);

impl EveryEvents {
    /// How many events lie between two snapshots unless something else is said.
    pub const DEFAULT: Self = Self(NonZeroU64::new(100).unwrap());

    /// Due every so many events.
    #[must_use]
    pub const fn new(events: NonZeroU64) -> Self {
        Self(events)
    }
}

impl Default for EveryEvents {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl<A: Aggregate> SnapshotPolicy<A> for EveryEvents {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.new_version().get() / self.0 > save.old_version().get() / self.0
    }
}
