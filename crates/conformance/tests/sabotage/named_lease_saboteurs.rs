//! Saboteurs of named leases, and the laws that each breaks.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use conformance::{Harness, NamedLeasesHarness, Verdict, laws_of_named_leases};
use persistence_memory::MemoryNamedLeases;
use shared_kernel::StoreError;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases,
};
use shared_kernel::time::Clock;

use crate::named_lease_saboteurs;
use crate::saboteurs::saboteurs;

type Held = Result<NamedLease, NamedLeaseError>;

/// A defect of named leases: a change of the answers. `asked` is the lease as the caller wants it.
pub(crate) trait NamedLeaseSabotage: Default + Send + Sync + 'static {
    /// Whether each handle has leases of its own.
    const FORGETS: bool = false;

    fn held(_asked: NamedLease, held: Held) -> Held {
        held
    }

    fn read(found: Vec<NamedLease>) -> Vec<NamedLease> {
        found
    }
}

/// Leases without a defect.
#[derive(Default)]
pub(crate) struct NoSabotage;

impl NamedLeaseSabotage for NoSabotage {}

/// Lets a lower term take a name.
#[derive(Default)]
pub(crate) struct TakesLowerTerms;

impl NamedLeaseSabotage for TakesLowerTerms {
    fn held(asked: NamedLease, held: Held) -> Held {
        match held {
            Err(NamedLeaseError::Overtaken { present }) if present.term > asked.term => Ok(asked),
            held => held,
        }
    }
}

/// Lets another holder take a term.
#[derive(Default)]
pub(crate) struct SharesTerms;

impl NamedLeaseSabotage for SharesTerms {
    fn held(asked: NamedLease, held: Held) -> Held {
        match held {
            Err(NamedLeaseError::Overtaken { present }) if present.term == asked.term => Ok(asked),
            held => held,
        }
    }
}

/// Ends each lease by the clock of its last call.
#[derive(Default)]
pub(crate) struct ShortensRenewals;

impl NamedLeaseSabotage for ShortensRenewals {
    fn held(asked: NamedLease, held: Held) -> Held {
        held.map(|_| asked)
    }
}

/// Reads one lease only.
#[derive(Default)]
pub(crate) struct ReadsOneLease;

impl NamedLeaseSabotage for ReadsOneLease {
    fn read(mut found: Vec<NamedLease>) -> Vec<NamedLease> {
        found.truncate(1);
        found
    }
}

/// Keeps no lease for another handle.
#[derive(Default)]
pub(crate) struct ForgetsLeases;

impl NamedLeaseSabotage for ForgetsLeases {
    const FORGETS: bool = true;
}

struct Sabotaged<S> {
    sabotage: std::marker::PhantomData<fn() -> S>,
    clock: Arc<dyn Clock>,
    sound: MemoryNamedLeases,
}

#[async_trait]
impl<S: NamedLeaseSabotage> NamedLeases for Sabotaged<S> {
    async fn hold(
        &self,
        name: &LeaseName,
        term: LeaseTerm,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Held {
        let (now, mine) = (self.clock.now(), (name.clone(), holder.clone()));
        let asked = NamedLease::from_now(mine.0, term, mine.1, now, ttl);
        S::held(asked, self.sound.hold(name, term, holder, ttl).await)
    }

    async fn leases(&self, names: &[LeaseName]) -> Result<Vec<NamedLease>, StoreError> {
        self.sound.leases(names).await.map(S::read)
    }
}

#[derive(Default)]
struct SabotagedLeases<S>(OnceLock<MemoryNamedLeases>, std::marker::PhantomData<S>);

impl<S: NamedLeaseSabotage> Harness for SabotagedLeases<S> {}

#[async_trait]
impl<S: NamedLeaseSabotage> NamedLeasesHarness for SabotagedLeases<S> {
    async fn open_named_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn NamedLeases> {
        let new = || MemoryNamedLeases::with_clock(Arc::clone(&clock));
        let sound = match S::FORGETS {
            true => new(),
            false => self.0.get_or_init(new).clone(),
        };
        Arc::new(Sabotaged::<S> {
            sabotage: std::marker::PhantomData,
            sound,
            clock,
        })
    }
}

/// The names of the laws of named leases that a saboteur breaks.
fn broken_by<S: NamedLeaseSabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_named_leases().into_iter();
    laws.filter_map(
        |law| match law.run(Arc::new(SabotagedLeases::<S>::default())) {
            Verdict::Kept => None,
            Verdict::Broken { .. } => Some(law.name()),
            Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
        },
    )
    .collect()
}

saboteurs! { broken_by, broken_by_some;
    takes_lower_terms: named_lease_saboteurs::TakesLowerTerms => [
        the_highest_term_has_the_name,
        leases_are_there_after_reopening,
    ];
    shares_terms: named_lease_saboteurs::SharesTerms => [
        of_one_term_the_first_holder_has_the_name,
        of_many_holders_of_one_term_exactly_one_has_the_name,
    ];
    shortens_renewals: named_lease_saboteurs::ShortensRenewals => [
        a_renewal_never_shortens_a_lease,
    ];
    reads_one_lease: named_lease_saboteurs::ReadsOneLease => [
        many_leases_are_read_at_once,
    ];
    forgets_leases: named_lease_saboteurs::ForgetsLeases => [
        of_many_holders_of_one_term_exactly_one_has_the_name,
        leases_are_there_after_reopening,
    ];
}

#[test]
fn sound_named_leases_break_no_law() {
    assert_eq!(broken_by::<NoSabotage>(), BTreeSet::new());
}

#[test]
fn every_law_of_named_leases_is_broken_by_some_saboteur() {
    let laws = laws_of_named_leases();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
