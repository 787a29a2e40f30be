//! A policy by a predicate on the state.

use std::fmt;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when a predicate is true for the state after the save, for example `When(Lamp::is_removed)`.
#[derive(Clone, Copy)]
pub struct When<F>(pub F);

impl<A: Aggregate, F: Fn(&A) -> bool + Send + Sync> SnapshotPolicy<A> for When<F> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        (self.0)(save.state())
    }
}

impl<F> fmt::Debug for When<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("When").finish_non_exhaustive()
    }
}
