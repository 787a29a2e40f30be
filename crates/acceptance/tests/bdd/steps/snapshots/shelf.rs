//! Steps: the stored snapshots, including those that cannot be used.

use bytes::Bytes;
use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use serialization::JsonStateCodec;
use shared_kernel::codec::StateCodec as _;
use shared_kernel::repository::{AsOf, SnapshotError, SnapshotOutcome};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::time::Clock as _;
use shared_kernel::{Aggregate as _, AggregateRoot, StreamVersion};

use crate::account::{Account, AccountEvent, opened_by};
use crate::failing_snapshots::Failing;
use crate::steps::words::{Numbers, rows, stream, version};
use crate::world::AnnalsWorld;

fn schema(number: u32) -> StateSchema {
    StateSchema::new(format!("{}/{number}", Account::TYPE)).unwrap()
}

/// The current schema of snapshots of accounts.
fn schema_of_today() -> StateSchema {
    schema(Account::STATE_SCHEMA)
}

fn encoded(cents: u64) -> Bytes {
    let state = Account {
        owner: "Ada".to_owned(),
        currency: "EUR".to_owned(),
        cents,
        notes: Vec::new(),
        is_closed: false,
    };
    JsonStateCodec::new().encode(&state).unwrap()
}

async fn keep(world: &AnnalsWorld, name: &str, number: u64, schema: StateSchema, payload: Bytes) {
    let snapshot = SnapshotRecord {
        stream: stream(name),
        version: version(number),
        schema,
        taken_at: world.clock().now(),
        payload,
    };
    world.snapshots().save(snapshot).await.unwrap();
}

#[given(expr = "snapshots of {string} at the versions {numbers}")]
async fn snapshots_at(world: &mut AnnalsWorld, name: String, versions: Numbers) {
    for number in versions.0 {
        keep(world, &name, number, schema_of_today(), encoded(number)).await;
    }
}

#[when(expr = "a snapshot of {string} at version {int} comes late")]
async fn comes_late(world: &mut AnnalsWorld, name: String, number: u64) {
    keep(world, &name, number, schema_of_today(), encoded(number)).await;
}

#[when(expr = "a snapshot of {string} at or below version {int} is asked for")]
async fn is_asked_for(world: &mut AnnalsWorld, name: String, at_most: u64) {
    let (name, at_most) = (stream(&name), version(at_most));
    let found = world
        .snapshots()
        .load(&name, &schema_of_today(), at_most)
        .await;
    world.shelf.given = found.unwrap();
}

#[when(expr = "a snapshot of {string} in the shape of tomorrow is asked for")]
async fn is_asked_for_tomorrow(world: &mut AnnalsWorld, name: String) {
    let tomorrow = schema(Account::STATE_SCHEMA + 1);
    let found = world
        .snapshots()
        .load(&stream(&name), &tomorrow, StreamVersion::MAX)
        .await;
    world.shelf.given = found.unwrap();
}

#[then(expr = "the one at version {int} is given")]
fn is_given(world: &mut AnnalsWorld, number: u64) {
    let given = world.shelf.given.as_ref().expect("one is given");
    assert_eq!(given.version, version(number));
    assert_eq!(given.payload, encoded(number));
}

#[then("none is given")]
fn none_is_given(world: &mut AnnalsWorld) {
    assert_eq!(world.shelf.given, None);
}

/// The versions of all snapshots of a stream, newest first.
async fn versions_kept(world: &AnnalsWorld, name: &str) -> Vec<u64> {
    let mut versions = Vec::new();
    let mut at_most = Some(StreamVersion::MAX);
    while let Some(bound) = at_most {
        let found = world
            .snapshots()
            .load(&stream(name), &schema_of_today(), bound)
            .await;
        let Some(found) = found.unwrap() else {
            break;
        };
        versions.push(found.version.get());
        at_most = found.version.previous();
    }
    versions
}

#[then(expr = "there are snapshots of {string} at the versions {numbers} and no others")]
async fn these_are_kept(world: &mut AnnalsWorld, name: String, versions: Numbers) {
    let mut kept = versions_kept(world, &name).await;
    kept.reverse();
    assert_eq!(kept, versions.0);
}

#[then(expr = "there are no snapshots of {string}")]
async fn none_is_kept(world: &mut AnnalsWorld, name: String) {
    assert_eq!(versions_kept(world, &name).await, [0; 0]);
}

#[given("each of these accounts has 500 cents and a snapshot that says it has 999999:")]
async fn have_useless_snapshots(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [name, flaw] = row else {
            panic!("account and snapshot, not {row:?}")
        };
        let mut account = AggregateRoot::create(stream(name), opened_by("Ada")).unwrap();
        for _ in 0..5 {
            let deposit = AccountEvent::MoneyDeposited { cents: 100 };
            account.raise(deposit).unwrap();
        }
        world.accounts().save(&mut account).await.unwrap();
        let whole = encoded(999_999);
        let (number, schema, payload) = match flaw.as_str() {
            "in the shape of yesterday" => (4, schema(Account::STATE_SCHEMA - 1), whole),
            "ahead of its stream" => (7, schema_of_today(), whole),
            "that breaks off in the middle" => {
                (4, schema_of_today(), whole.slice(..whole.len() / 2))
            }
            _ => panic!("no such flaw: {flaw}"),
        };
        keep(world, name, number, schema, payload).await;
        world.shelf.useless.push(name.clone());
    }
}

#[then(expr = "each of them is loaded with {int} cents, from its whole history")]
async fn are_passed_over(world: &mut AnnalsWorld, cents: u64) {
    assert!(!world.shelf.useless.is_empty());
    for name in &world.shelf.useless {
        let account = world.accounts().get(&stream(name)).await.unwrap();
        assert_eq!(account.state().cents, cents, "{name}");
        assert_eq!(account.newest_snapshot(), None, "{name}");
        assert_eq!(account.version(), version(6), "{name}");
    }
}

#[given("the snapshots cannot be loaded")]
fn cannot_be_loaded(world: &mut AnnalsWorld) {
    world.accounts.failing = Some(Failing::Load);
}

#[given("the snapshots cannot be saved")]
fn cannot_be_saved(world: &mut AnnalsWorld) {
    world.accounts.failing = Some(Failing::Save);
}

fn outcome(world: &AnnalsWorld) -> &SnapshotOutcome {
    let [(_, outcome)] = &world.accounts.receipt().snapshots[..] else {
        panic!("one account was saved")
    };
    outcome
}

#[then("it is reported that the snapshot could not be saved")]
fn save_failed(world: &mut AnnalsWorld) {
    let outcome = outcome(world);
    assert!(
        matches!(outcome, SnapshotOutcome::Failed(SnapshotError::Save(_))),
        "{outcome:?}"
    );
}

#[then("it is refused because events are not saved yet")]
fn unsaved(world: &mut AnnalsWorld) {
    let by_hand = world.shelf.by_hand.as_ref().unwrap();
    let Err(SnapshotError::Unsaved { stream: of }) = by_hand else {
        panic!("{by_hand:?}")
    };
    assert_eq!(*of, stream("account-7"));
}

#[then(expr = "a snapshot is taken at version {int}")]
async fn is_taken(world: &mut AnnalsWorld, number: u64) {
    let outcome = outcome(world);
    let SnapshotOutcome::Taken(taken) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(taken.version, version(number));
    assert_eq!(versions_kept(world, "account-7").await[0], number);
}

#[then("no snapshot is taken")]
async fn is_not_taken(world: &mut AnnalsWorld) {
    let outcome = outcome(world);
    assert!(matches!(outcome, SnapshotOutcome::NotDue), "{outcome:?}");
    let saved = world.accounts.receipt().append.as_ref().unwrap();
    let reached = saved.version_of(&stream("account-7")).unwrap().get();
    let newest = versions_kept(world, "account-7").await.first().copied();
    assert!(newest.is_none_or(|newest| newest < reached), "{newest:?}");
}

#[then(expr = "at each of its {int} versions {string} is what its whole history says")]
async fn is_what_history_says(world: &mut AnnalsWorld, versions: u64, name: String) {
    let (quick, slow) = (world.accounts(), world.accounts_without_snapshots());
    let name = stream(&name);
    assert_eq!(quick.get(&name).await.unwrap().version(), version(versions));
    for number in 1..=versions {
        let as_of = AsOf::Version(version(number));
        let quick = quick.load_as_of(&name, as_of).await.unwrap().unwrap();
        let slow = slow.load_as_of(&name, as_of).await.unwrap().unwrap();
        assert_eq!(quick.state(), slow.state(), "at version {number}");
        assert_eq!(quick.version(), version(number));
    }
}
