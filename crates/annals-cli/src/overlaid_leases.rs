//! Named leases that are held in memory, over those of a store that stay as they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use persistence_memory::MemoryNamedLeases;
use shared_kernel::StoreError;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases,
};
use shared_kernel::time::Clock;

/// The leases of a store, and those that a command on a view in memory holds. Of two leases of one
/// name, the later one counts.
pub(crate) struct OverlaidLeases {
    below: Arc<dyn NamedLeases>,
    held: MemoryNamedLeases,
}

impl OverlaidLeases {
    pub(crate) fn over(below: Arc<dyn NamedLeases>, clock: Arc<dyn Clock>) -> Self {
        let held = MemoryNamedLeases::with_clock(clock);
        Self { below, held }
    }
}

#[async_trait]
impl NamedLeases for OverlaidLeases {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<NamedLease, NamedLeaseError> {
        self.held.hold(name, term, holder, ttl).await
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        let mut later = BTreeMap::new();
        let both = [
            self.below.leases(names).await?,
            self.held.leases(names).await?,
        ];
        for lease in both.into_iter().flatten() {
            let is_later = |other: &NamedLease| {
                (lease.term, lease.expires_at) > (other.term, other.expires_at)
            };
            if later.get(&lease.name).is_none_or(is_later) {
                later.insert(lease.name.clone(), lease);
            }
        }
        Ok(later.into_values().collect())
    }
}
