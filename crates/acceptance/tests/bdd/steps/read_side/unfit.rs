//! Steps: events that the balances cannot show, and the operator who decides on them.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use futures_util::TryStreamExt as _;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventId, EventStoreExt as _};

use crate::steps::words::{Numbers, position, rows, stream};
use crate::world::AnnalsWorld;

#[given("the balances park what they cannot show")]
fn park(world: &mut AnnalsWorld) {
    world.read_side.parks = true;
}

pub(super) async fn event_at(world: &AnnalsWorld, number: u64) -> EventId {
    let query = LogQuery::new().positions(position(number)..=position(number));
    let found = world.events().read_log(query).try_next().await.unwrap();
    found.expect("the log has this position").id
}

#[when(expr = "an operator skips position {int} because {string}")]
async fn skips(world: &mut AnnalsWorld, number: u64, why: String) {
    let event = event_at(world, number).await;
    world.read_side.outcome = Some(world.balances().skip(event, &why).await);
}

#[when(expr = "an operator retries {string}")]
async fn retries(world: &mut AnnalsWorld, name: String) {
    let retried = world.balances().retry(&stream(&name)).await;
    world.read_side.outcome = Some(retried.map(drop));
}

#[when(expr = "an operator of the next release retries {string}")]
async fn next_release_retries(world: &mut AnnalsWorld, name: String) {
    let retried = world.next_release().retry(&stream(&name)).await;
    world.read_side.outcome = Some(retried.map(drop));
}

async fn parked(world: &mut AnnalsWorld) -> Vec<u64> {
    let parked = world.balances().parked().await.unwrap().into_iter();
    parked.map(|parked| parked.failure.position.get()).collect()
}

#[then(expr = "the events at the positions {numbers} are parked")]
async fn are_parked(world: &mut AnnalsWorld, positions: Numbers) {
    assert_eq!(parked(world).await, positions.0);
}

#[then("no event is parked")]
async fn none_is_parked(world: &mut AnnalsWorld) {
    assert_eq!(parked(world).await, [0; 0]);
}

#[then("these events are skipped:")]
async fn are_skipped(world: &mut AnnalsWorld, step: &Step) {
    let skipped = world.balances().skipped().await.unwrap().into_iter();
    let found: Vec<_> = skipped
        .map(|skipped| [skipped.failure.position.to_string(), skipped.why])
        .collect();
    assert!(
        found.iter().map(|row| row.as_slice()).eq(rows(step)),
        "{found:?}"
    );
}
