//! The verdicts of laws: kept, broken, not claimed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use conformance::{
    Capability, Harness, Law, LawFuture, Unclaimed, Verdict, laws_of_event_stores,
    laws_of_log_transfers, laws_of_named_leases, laws_of_snapshot_stores,
    laws_of_snapshotted_event_stores, laws_of_worker_leases,
};

struct Claimless;

const UNCLAIMED: Unclaimed = Unclaimed {
    capability: Capability::Durability,
    reason: "it is a test",
};

impl Harness for Claimless {
    fn unclaimed(&self) -> &[Unclaimed] {
        &[UNCLAIMED]
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(10)
    }
}

fn kept(_: &Claimless) -> LawFuture<'_> {
    Box::pin(async {})
}

fn broken(_: &Claimless) -> LawFuture<'_> {
    Box::pin(async { panic!("two and two are {}", 5) })
}

fn broken_in_words(_: &Claimless) -> LawFuture<'_> {
    Box::pin(async { panic!("no") })
}

fn broken_without_words(_: &Claimless) -> LawFuture<'_> {
    Box::pin(async { std::panic::panic_any(7) })
}

fn endless(_: &Claimless) -> LawFuture<'_> {
    Box::pin(std::future::pending())
}

fn verdict(run: fn(&Claimless) -> LawFuture<'_>) -> Verdict {
    Law::new(1, "a_law", run).run(Arc::new(Claimless))
}

fn message(run: fn(&Claimless) -> LawFuture<'_>) -> String {
    match verdict(run) {
        Verdict::Broken { message } => message,
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_broken_law_reports_its_reason() {
    assert_eq!(verdict(kept), Verdict::Kept);
    assert_eq!(message(broken), "two and two are 5");
    assert_eq!(message(broken_in_words), "no");
    assert!(!message(broken_without_words).is_empty());
}

#[test]
fn a_law_that_does_not_end_is_broken() {
    assert!(matches!(verdict(endless), Verdict::Broken { .. }));
}

#[test]
fn a_law_that_needs_an_unclaimed_capability_is_not_run() {
    let law = Law::new(1, "a_law", broken).needing(Capability::Durability);
    assert_eq!(law.needs(), Some(Capability::Durability));
    assert_eq!(law.run(Arc::new(Claimless)), Verdict::NotClaimed(UNCLAIMED));
    law.enforce(Arc::new(Claimless));

    let law = Law::new(1, "a_law", broken).needing(Capability::Immutability);
    assert!(matches!(
        law.run(Arc::new(Claimless)),
        Verdict::Broken { .. }
    ));
}

#[test]
fn enforcing_panics_only_if_the_law_is_broken() {
    let enforce = |run: fn(&Claimless) -> LawFuture<'_>| {
        let law = Law::new(1, "a_law", run);
        catch_unwind(AssertUnwindSafe(|| law.enforce(Arc::new(Claimless))))
    };
    assert!(enforce(kept).is_ok());
    assert!(enforce(broken).is_err());
    assert!(enforce(endless).is_err());
}

#[test]
fn a_law_is_run_from_inside_a_runtime_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async { assert_eq!(verdict(kept), Verdict::Kept) });
}

#[test]
fn laws_have_unique_names_and_numbers_of_the_contract() {
    let events = laws_of_event_stores();
    let snapshots = laws_of_snapshot_stores();
    let mut names: Vec<_> = events.iter().map(|law| law.name()).collect();
    names.extend(snapshots.iter().map(|law| law.name()));
    let tails = laws_of_snapshotted_event_stores();
    names.extend(tails.iter().map(|law| law.name()));
    let leases = laws_of_worker_leases();
    names.extend(leases.iter().map(|law| law.name()));
    let named = laws_of_named_leases();
    names.extend(named.iter().map(|law| law.name()));
    let transfers = laws_of_log_transfers();
    names.extend(transfers.iter().map(|law| law.name()));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);

    let numbers: Vec<_> = events.iter().map(Law::number).collect();
    for number in (1..=23).chain([35, 36]).chain(40..=48).chain([55]) {
        assert!(numbers.contains(&number), "no test of law {number}");
    }
    assert!(snapshots.iter().any(|law| law.number() == 24));
    for number in [70, 71, 72] {
        assert!(transfers.iter().any(|law| law.number() == number));
    }
    assert!(named.iter().all(|law| law.number() == 73));
    for number in [56, 57] {
        assert!(leases.iter().any(|law| law.number() == number));
    }
}

#[test]
fn a_law_is_displayed_as_its_sentence() {
    let laws = laws_of_event_stores();
    let law = laws.iter().find(|law| law.number() == 4).unwrap();
    assert_eq!(
        law.sentence(),
        "a wrong expectation is a conflict and writes nothing"
    );
    assert!(format!("{law:?}").contains(law.name()));
    assert_eq!(Capability::SeveralHandles.to_string(), "several handles");
}
