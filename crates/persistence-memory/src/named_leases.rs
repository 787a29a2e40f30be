//! The named leases in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::StoreError;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases,
};
use shared_kernel::time::{Clock, SystemClock};

/// Named leases in memory. A clone is another handle on the same names.
#[derive(Clone)]
pub struct MemoryNamedLeases {
    clock: Arc<dyn Clock>,
    leases: Arc<Mutex<BTreeMap<LeaseName, NamedLease>>>,
}

impl MemoryNamedLeases {
    /// No leases yet, with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// No leases yet, with the given clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            leases: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<LeaseName, NamedLease>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryNamedLeases {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryNamedLeases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryNamedLeases")
            .field("leases", &*self.lock())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl NamedLeases for MemoryNamedLeases {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<NamedLease, NamedLeaseError> {
        let (name, holder) = (name.clone(), holder.clone());
        let held = NamedLease::from_now(name.clone(), term, holder, self.clock.now(), ttl);
        let mut leases = self.lock();
        let held = held.after(leases.get(&name))?;
        leases.insert(name, held.clone());
        Ok(held)
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        let mut names: Vec<_> = names.iter().collect();
        names.sort();
        names.dedup();
        let leases = self.lock();
        let found = names.into_iter().filter_map(|name| leases.get(name));
        Ok(found.cloned().collect())
    }
}
