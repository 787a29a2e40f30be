//! Named leases that are read and never changed, for a command that writes nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shared_kernel::StoreError;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases,
};

/// The leases of a store. Holding one changes nothing, and answers with the present lease of the
/// name.
pub(crate) struct KeptLeases(pub(crate) Arc<dyn NamedLeases>);

#[async_trait]
impl NamedLeases for KeptLeases {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        _: Duration,
    ) -> Result<NamedLease, NamedLeaseError> {
        let present = self.0.leases(std::slice::from_ref(name)).await?;
        Ok(present.into_iter().next().unwrap_or_else(|| NamedLease {
            name: name.clone(),
            term,
            holder: holder.clone(),
            expires_at: jiff::Timestamp::UNIX_EPOCH,
        }))
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        self.0.leases(names).await
    }
}
