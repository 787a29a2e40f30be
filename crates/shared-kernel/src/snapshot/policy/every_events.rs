//! A policy by the number of events.

use std::num::NonZeroU64;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when a save reaches or passes a multiple of N events; the default is 100.
///
/// It examines the whole span of the save. For example, with N = 100 a save from version 98 to 101
/// is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EveryEvents(NonZeroU64);

impl EveryEvents {
    /// A snapshot every 100 events.
    pub const DEFAULT: Self = Self(NonZeroU64::new(100).unwrap());

    /// A snapshot every `events` events.
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
