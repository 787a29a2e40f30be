//! A policy by the size of the encoded state.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when the encoded state has more bytes than this.
///
/// Every save encodes the state. To avoid that, combine it with a cheaper policy, for example
/// `EveryEvents::DEFAULT.and(StateLargerThan(4096))`. A state that cannot be encoded is due, so
/// that the failure is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateLargerThan(pub usize);

impl<A: Aggregate> SnapshotPolicy<A> for StateLargerThan {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.encoded_state_bytes()
            .is_none_or(|bytes| bytes > self.0)
    }
}
