//! Claims: an actor takes an item, keeps it by its commands, and gives it back.
//!
//! The log names the claimant: a claim is an event, appended at exactly the version on which it
//! was decided. A lease with the number of the claim only moves its end, so a night of renewals
//! adds no event, and a store without leases is right by itself: the claim ends at `until`.
//! `docs/decisions/0019-claims.md` has the reasons.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use shared_kernel::lease::{LeaseHolder, LeaseName, LeaseTerm, NamedLease};
use shared_kernel::repository::{AsOf, Draft};
use shared_kernel::{Append, RepositoryError, StreamVersion};
use work_item::{
    Claim, ClaimLength, Participant, Touch, WorkItem, WorkItemError, WorkItemEvent, WorkItemId,
};

use crate::readiness::{NotReady, readiness};
use crate::{CommandContext, CommandOutcome, ItemRef, TrackedItem, TrackingError, WorkTracker};

/// The ends of leases by the name of the claim, for many items.
#[derive(Debug, Clone, Default)]
pub struct RenewedClaims(HashMap<LeaseName, NamedLease>);

impl RenewedClaims {
    /// The end of the lease of an item's claim; `None` without a claim or a lease of its term.
    #[must_use]
    pub fn of(&self, item: &WorkItem) -> Option<Timestamp> {
        let term = term(item.claim()?)?;
        let lease = self.0.get(&lease_name(item)?)?;
        (lease.term == term).then_some(lease.expires_at)
    }
}

/// An item, and the reasons why it is not ready; none if it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The item.
    pub tracked: TrackedItem,
    /// The reasons.
    pub reasons: Vec<NotReady>,
}

impl WorkTracker {
    /// Claims an item for the actor in the metadata, to whom it is then assigned. Without a length,
    /// the claim of an agent lasts [`ClaimLength::DEFAULT`], and that of a person until its
    /// release. A claim that the actor has already is renewed, and no event is recorded.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the actor that has the item,
    /// [`NoActor`](TrackingError::NoActor) if the metadata has no actor.
    pub async fn claim(
        &self,
        item: impl Into<ItemRef> + Send,
        length: Option<ClaimLength>,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let by = context.actor().ok_or(TrackingError::NoActor)?;
        let length = length_for(&by, length);
        let outcome = self.claim_for(item.into(), by, length, context).await?;
        if outcome.events.is_empty() {
            self.renew(&outcome.item, length, context).await;
        }
        Ok(outcome)
    }

    /// Claims an item for the actor in the metadata if it is ready, as [`explain`](Self::explain)
    /// would say at this moment; `None` if it is not. It never renews a claim, so of two callers
    /// with one name only one gets the item.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub async fn claim_if_ready(
        &self,
        item: WorkItemId,
        length: Option<ClaimLength>,
        context: &CommandContext,
    ) -> Result<Option<CommandOutcome>, TrackingError> {
        let by = &context.actor().ok_or(TrackingError::NoActor)?;
        let (length, at) = (length_for(by, length), self.now());
        let items = self.items.clone().with_metadata(context.metadata.clone());
        let claimed = items.execute_across(|_| self.draft_if_ready(item, by, length, at));
        let claimed = claimed
            .await
            .map_err(|error| error.about(Some(item.into())))?;
        Ok(claimed.value)
    }

    /// Drafts the claim of an item that is ready, with checks of the items on which that rests.
    async fn draft_if_ready(
        &self,
        item: WorkItemId,
        by: &Participant,
        length: Option<ClaimLength>,
        at: Timestamp,
    ) -> Result<Draft<WorkItem, Option<CommandOutcome>>, TrackingError> {
        let stream = item.stream_id();
        let mut root = self.items.get(&stream).await?;
        let (reasons, around) = self.reasons(root.state(), Some(by), at).await?;
        if !reasons.is_empty() {
            return Ok(Draft::of([]).with_value(None));
        }
        let until = length.map(|length| length.from(at));
        let renewed = self.renewed([root.state()]).await?.of(root.state());
        let events = root.state().claim_for(by.clone(), until, renewed, at)?;
        let applied = root.raise_all(events.clone());
        applied.map_err(|source| RepositoryError::Inapplicable { stream, source })?;
        let outcome = CommandOutcome::of(&root, events);
        Ok(Draft::from(root).and(around).with_value(Some(outcome)))
    }

    /// Gives an item back: its claim and its assignment end, and work in progress becomes pending.
    ///
    /// # Errors
    /// [`TrackingError`]; [`Refused`](TrackingError::Refused) with the reason of the item.
    pub async fn release(
        &self,
        item: impl Into<ItemRef> + Send,
        context: &CommandContext,
    ) -> Result<CommandOutcome, TrackingError> {
        let (by, at) = (context.actor(), self.now());
        self.command(item, context, Touch::Status, |item| {
            item.release(by.as_ref(), at)
        })
        .await
    }

    /// An item, and all reasons why it is not ready for an actor now.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`], and the errors of loading.
    pub async fn explain(
        &self,
        item: impl Into<ItemRef> + Send,
        asker: Option<&Participant>,
    ) -> Result<Explained, TrackingError> {
        let tracked = self.show(item).await?;
        let (reasons, _) = self.reasons(&tracked.item, asker, self.now()).await?;
        Ok(Explained { tracked, reasons })
    }

    /// The ends of the leases of claims, in one trip. A tracker without leases knows none.
    ///
    /// # Errors
    /// [`TrackingError::Store`].
    pub async fn renewed<'i>(
        &self,
        items: impl IntoIterator<Item = &'i WorkItem> + Send,
    ) -> Result<RenewedClaims, TrackingError> {
        let has_end = |item: &&WorkItem| item.claim().is_some_and(|claim| claim.until.is_some());
        let claimed = items.into_iter().filter(has_end);
        let names: Vec<_> = claimed.filter_map(lease_name).collect();
        let Some(leases) = self.leases.as_ref().filter(|_| !names.is_empty()) else {
            return Ok(RenewedClaims::default());
        };
        let found = leases.leases(&names).await?.into_iter();
        let found = found.map(|lease| (lease.name.clone(), lease));
        Ok(RenewedClaims(found.collect()))
    }

    /// Renews the claim of an item if it is that of the actor in the metadata: for a length, or
    /// for the length of the claim. No event is recorded.
    ///
    /// An error does no harm: the claim ends a little earlier.
    pub async fn renew(
        &self,
        item: &WorkItem,
        length: Option<ClaimLength>,
        context: &CommandContext,
    ) {
        let Some((claim, by, leases)) = item
            .claim()
            .zip(context.actor())
            .zip(self.leases.as_ref())
            .map(|((claim, by), leases)| (claim, by, leases))
        else {
            return;
        };
        let length = length.map(ClaimLength::duration).or(claim.length());
        let length = length.map(|length| Duration::try_from(length).unwrap_or_default());
        let name = lease_name(item).zip(term(claim));
        let holder = LeaseHolder::new(by.name.as_str()).ok();
        if let (true, Some(length), Some((name, term)), Some(holder)) =
            (claim.is_of(&by), length, name, holder)
        {
            let _ = leases.hold(&name, term, &holder, length).await;
        }
    }

    /// The error of a command, or the refusal of an actor that has lost the item since the version
    /// that it expected: the conflict would not name the claimant. An actor that still has the item
    /// has renewed its claim, as by each of its commands.
    pub(crate) async fn or_lost(
        &self,
        error: TrackingError,
        item: ItemRef,
        touch: Touch,
        context: &CommandContext,
    ) -> TrackingError {
        if !matches!(error, TrackingError::Conflict { .. }) || context.expected.is_none() {
            return error;
        }
        let Ok(present) = self.show(item).await else {
            return error;
        };
        self.renew(&present.item, None, context).await;
        // A claim that another actor has refuses a new one as it refuses a change of the status.
        let touch = match touch {
            Touch::Claim if present.item.claim().is_some() => Touch::Status,
            other => other,
        };
        match present
            .item
            .check_claim(context.actor().as_ref(), touch, None)
        {
            Err(refusal) => refusal.into(),
            Ok(()) => error,
        }
    }

    /// The decision on a claim. It reads the lease of the present one.
    pub(crate) async fn claim_by(
        &self,
        item: &WorkItem,
        by: &Participant,
        length: Option<ClaimLength>,
        at: Timestamp,
    ) -> Result<Result<Vec<WorkItemEvent>, WorkItemError>, TrackingError> {
        let renewed = self.renewed([item]).await?.of(item);
        let until = length.map(|length| length.from(at));
        Ok(item.claim_for(by.clone(), until, renewed, at))
    }

    /// The reasons why an item is not ready, and the checks of the items on which they rest.
    async fn reasons(
        &self,
        item: &WorkItem,
        asker: Option<&Participant>,
        now: Timestamp,
    ) -> Result<(Vec<NotReady>, Append), TrackingError> {
        let around = item.children().iter().copied().chain(item.blockers());
        let present = AsOf::Version(StreamVersion::MAX);
        let around = self.load_readable(around, present).await?;
        let renewed = self.renewed([item]).await?.of(item);
        let reasons = readiness(item, &around.statuses(), renewed, asker, now)?;
        let checks = around.found.iter().fold(Append::new(), |checks, other| {
            checks.check(other.item.id().stream_id(), other.version)
        });
        Ok((reasons, checks))
    }
}

/// The length of a claim: that of an agent always has an end.
pub(crate) fn length_for(by: &Participant, length: Option<ClaimLength>) -> Option<ClaimLength> {
    length.or(by.is_agent().then_some(ClaimLength::DEFAULT))
}

/// The name of the lease of an item's claims, for example `claim-7318349394477056`.
fn lease_name(item: &WorkItem) -> Option<LeaseName> {
    LeaseName::new(format!("claim-{}", item.id().snowflake())).ok()
}

fn term(claim: &Claim) -> Option<LeaseTerm> {
    LeaseTerm::new(claim.term).ok()
}
