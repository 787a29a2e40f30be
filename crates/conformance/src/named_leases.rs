//! Laws of named leases: the highest term has the name.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use shared_kernel::lease::{
    LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError, NamedLeases,
};
use shared_kernel::time::{Clock, ManualClock};

use crate::race::together;
use crate::specimen::{AN_EARLY_MORNING, clock_at, time_at};
use crate::{Harness, Law};

const MINUTE: Duration = Duration::from_secs(60);

/// A storage that holds named leases.
#[async_trait]
pub trait NamedLeasesHarness: Harness {
    /// Opens the named leases of this harness. Each call returns one more handle on the same
    /// leases, with the time of `clock`.
    async fn open_named_leases(&self, clock: Arc<dyn Clock>) -> Arc<dyn NamedLeases>;
}

/// [Law 73](shared_kernel::laws#law-73). A higher term takes a name over, also before the end of
/// the lease and by a clock that is behind. A lower term is refused.
pub async fn the_highest_term_has_the_name(harness: &dyn NamedLeasesHarness) {
    let (clock, leases) = open(harness).await;
    let first = hold(&*leases, "a", 1, "ada").await.unwrap();
    assert_eq!(first.expires_at, clock.now() + MINUTE);
    clock.set(clock.now() - SignedDuration::from_hours(1));
    let third = hold(&*leases, "a", 3, "ben").await.unwrap();
    assert_eq!(third.expires_at, clock.now() + MINUTE);
    clock.set(clock.now() + SignedDuration::from_hours(9));
    for (term, holder) in [(1, "ada"), (2, "ben"), (2, "eve")] {
        overtaken(hold(&*leases, "a", term, holder).await, &third);
    }
    assert_eq!(all(&*leases, &["a"]).await, [third]);
}

/// [Law 73](shared_kernel::laws#law-73). A second holder of the same term is refused, also after
/// the end of the lease.
pub async fn of_one_term_the_first_holder_has_the_name(harness: &dyn NamedLeasesHarness) {
    let (clock, leases) = open(harness).await;
    let first = hold(&*leases, "a", 1, "ada").await.unwrap();
    overtaken(hold(&*leases, "a", 1, "ben").await, &first);
    clock.set(first.expires_at + SignedDuration::from_hours(1));
    overtaken(hold(&*leases, "a", 1, "ben").await, &first);
    let renewed = hold(&*leases, "a", 1, "ada").await.unwrap();
    assert_eq!(renewed.expires_at, clock.now() + MINUTE);
}

/// [Law 73](shared_kernel::laws#law-73). A renewal by a clock that is behind, or for a shorter
/// time, leaves the end as it is.
pub async fn a_renewal_never_shortens_a_lease(harness: &dyn NamedLeasesHarness) {
    let (clock, leases) = open(harness).await;
    let first = hold(&*leases, "a", 1, "ada").await.unwrap();
    clock.set(clock.now() - SignedDuration::from_hours(1));
    let again = hold(&*leases, "a", 1, "ada").await.unwrap();
    assert_eq!(again, first);
    assert_eq!(all(&*leases, &["a"]).await, [first]);
}

/// [Law 73](shared_kernel::laws#law-73). Many leases are read at once; unknown names are left out.
/// Leases of other names, and of names that begin alike, are not touched.
pub async fn many_leases_are_read_at_once(harness: &dyn NamedLeasesHarness) {
    let (_, leases) = open(harness).await;
    assert_eq!(all(&*leases, &["a", "b"]).await, []);
    let names: Vec<_> = (10..60).map(|number| format!("a-{number}")).collect();
    let mut held = Vec::new();
    for (term, name) in (1..).zip(&names) {
        held.push(hold(&*leases, name, term, "ada").await.unwrap());
    }
    hold(&*leases, "a", 7, "ben").await.unwrap();
    let mut wanted: Vec<_> = names.iter().map(String::as_str).collect();
    wanted.push("a-unknown");
    wanted.reverse();
    assert_eq!(all(&*leases, &wanted).await, held);
}

/// [Law 73](shared_kernel::laws#law-73). Of many holders that take one term at the same time,
/// through two handles, exactly one has the name.
pub async fn of_many_holders_of_one_term_exactly_one_has_the_name(
    harness: &dyn NamedLeasesHarness,
) {
    let (clock, one) = open(harness).await;
    let handles = [one, harness.open_named_leases(clock).await];
    for term in 1..=4 {
        let results = together(8, |number| {
            let leases = Arc::clone(&handles[number % 2]);
            async move { hold(&*leases, "a", term, &format!("holder {number}")).await }
        })
        .await;
        let won: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
        assert_eq!(won.len(), 1, "holders of term {term}");
        assert_eq!(all(&*handles[1], &["a"]).await, won);
    }
}

/// [Law 73](shared_kernel::laws#law-73). A lease is there after the storage was opened again.
pub async fn leases_are_there_after_reopening(harness: &dyn NamedLeasesHarness) {
    let (_, leases) = open(harness).await;
    let held = hold(&*leases, "a", 2, "ada").await.unwrap();
    drop(leases);
    let (_, leases) = open(harness).await;
    overtaken(hold(&*leases, "a", 1, "ben").await, &held);
    assert_eq!(all(&*leases, &["a"]).await, [held]);
}

async fn open(harness: &dyn NamedLeasesHarness) -> (Arc<ManualClock>, Arc<dyn NamedLeases>) {
    let clock = clock_at(AN_EARLY_MORNING);
    assert_eq!(clock.now(), time_at(AN_EARLY_MORNING));
    let leases = harness.open_named_leases(clock.clone()).await;
    (clock, leases)
}

async fn hold(
    leases: &dyn NamedLeases,
    name: &str,
    term: u64,
    holder: &str,
) -> Result<NamedLease, NamedLeaseError> {
    let holder = LeaseHolder::new(holder).expect("a holder of a law is well formed");
    let term = LeaseTerm::new(term).expect("a term of a law is well formed");
    leases.hold(&named(name), term, &holder, MINUTE).await
}

async fn all(leases: &dyn NamedLeases, names: &[&str]) -> Vec<NamedLease> {
    let names: Vec<_> = names.iter().map(|name| named(name)).collect();
    leases.leases(&names).await.expect("the leases are read")
}

fn named(name: &str) -> LeaseName {
    LeaseName::new(name).expect("a name of a law is well formed")
}

fn overtaken(held: Result<NamedLease, NamedLeaseError>, by: &NamedLease) {
    match held {
        Err(NamedLeaseError::Overtaken { present }) => assert_eq!(&present, by),
        other => panic!("a lease that is overtaken is {other:?}"),
    }
}

/// Passes the list of the laws of named leases to another macro of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_named_lease_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            named_leases {
                73 the_highest_term_has_the_name;
                73 of_one_term_the_first_holder_has_the_name;
                73 a_renewal_never_shortens_a_lease;
                73 many_leases_are_read_at_once;
                73 (SeveralHandles) of_many_holders_of_one_term_exactly_one_has_the_name;
                73 (Durability) leases_are_there_after_reopening;
            }
        }
    };
}

/// Makes one test of every law of named leases, named after it, in the module where it stands.
///
/// The argument is an expression that makes a new [`NamedLeasesHarness`]; each test makes its own.
#[macro_export]
macro_rules! named_lease_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_named_lease_laws_to! { __tests [NamedLeasesHarness $harness] }
    };
}

/// Every law of named leases.
#[must_use]
pub fn laws_of_named_leases() -> Vec<Law<dyn NamedLeasesHarness>> {
    crate::__pass_named_lease_laws_to!(__values)
}
