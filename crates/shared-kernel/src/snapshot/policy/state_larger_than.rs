//! Owns the policy that looks at the size of the state.

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due when the encoded state has more bytes than this.
///
/// The state is encoded at every save to find out; put it behind a cheaper policy with
/// [`and`](SnapshotPolicy::and) where that matters. A state that cannot be encoded is due, so that
/// the failure is reported and not hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateLargerThan(pub usize);

impl<A: Aggregate> SnapshotPolicy<A> for StateLargerThan {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        save.encoded_state_bytes()
            .is_none_or(|bytes| bytes > self.0)
    }
}
