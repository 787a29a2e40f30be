//! The port of named leases: a holder keeps a name by renewing it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use super::{LeaseHolder, LeaseTerm};
use crate::StoreError;
use crate::text::validated_text;

validated_text! {
    /// The name of a lease, for example `claim-7318349394477056`; 1 to 200 bytes.
    LeaseName, "lease name", max 200
}

/// The right to a name for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLease {
    /// The name.
    pub name: LeaseName,
    /// The number of the lease of this name. The caller chooses it.
    pub term: LeaseTerm,
    /// The holder.
    pub holder: LeaseHolder,
    /// The end of the lease, in whole microseconds.
    pub expires_at: Timestamp,
}

impl NamedLease {
    /// A lease from now on for `ttl`.
    #[must_use]
    pub fn from_now(
        name: LeaseName,
        term: LeaseTerm,
        holder: LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Self {
        let end = now.checked_add(ttl).unwrap_or(Timestamp::MAX);
        Self {
            name,
            term,
            holder,
            expires_at: Timestamp::from_microsecond(end.as_microsecond()).unwrap_or(end),
        }
    }

    /// The lease of the name after a call with this one, where `last` is the one before.
    ///
    /// # Errors
    /// [`NamedLeaseError::Overtaken`] if `last` has a higher term, or this term and another holder.
    pub fn after(self, last: Option<&Self>) -> Result<Self, NamedLeaseError> {
        let Some(last) = last.filter(|last| last.term >= self.term) else {
            return Ok(self);
        };
        if last.term > self.term || last.holder != self.holder {
            return Err(NamedLeaseError::Overtaken {
                present: last.clone(),
            });
        }
        Ok(Self {
            expires_at: self.expires_at.max(last.expires_at),
            ..self
        })
    }
}

/// Leases names to processes that share a store, so that a holder renews a right without an event.
///
/// The caller chooses the term, because its source is another one, for example an event in the log.
/// So a name needs no call that frees it: the next term takes it over.
///
/// | time | call | term | expires at |
/// |---|---|---|---|
/// | 10:00 | A holds `claim-7` with term 1 for 15 minutes | 1 | 10:15 |
/// | 10:10 | A holds it with term 1 again | 1 | 10:25 |
/// | 10:11 | B is refused, because term 1 is A's | 1 | 10:25 |
/// | 10:12 | B holds it with term 2 | 2 | 10:27 |
/// | 10:13 | A is refused, because its term is 1 | 2 | 10:27 |
///
/// - **Terms** ([law 73](crate::laws#law-73)): the highest term has the name, and of one term the
///   first holder. A renewal never moves the end to an earlier time.
/// - **Clocks**: "now" is the time of the store's [`Clock`](crate::time::Clock). A clock that is an
///   hour ahead gives leases that last an hour longer. A higher term takes them over all the same.
/// - **Durability**: an answered call survives the process, as far as the store does.
/// - **Cancellation**: if the future is dropped, the call has happened or not.
#[async_trait]
pub trait NamedLeases: Send + Sync {
    /// Takes or renews a name: its lease ends at now + `ttl`, or later.
    ///
    /// # Errors
    /// [`NamedLeaseError::Overtaken`] if the name has a higher term, or this term with another
    /// holder; [`NamedLeaseError::Store`].
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<NamedLease, NamedLeaseError>;

    /// The last leases of names, whether they are over or not, in one trip. Names that were never
    /// leased are left out; the order is that of the names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError>;
}

#[async_trait]
impl<L: NamedLeases + ?Sized> NamedLeases for Arc<L> {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<NamedLease, NamedLeaseError> {
        (**self).hold(name, term, holder, ttl).await
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        (**self).leases(names).await
    }
}

/// A name could not be leased.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NamedLeaseError {
    /// Another lease of the name has a higher term, or the same term and another holder.
    #[error(
        "{} is leased to {} with term {} until {}",
        .present.name, .present.holder, .present.term, .present.expires_at
    )]
    Overtaken {
        /// The present lease.
        present: NamedLease,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
