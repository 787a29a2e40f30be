//! Steps: a projection of the balances, its builds and its proof.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use cucumber::gherkin::Step;
use cucumber::{Parameter, given, then, when};
use read_side::{
    ApplyError, ProjectionError, ReadModelStore as _, Rows, Selection, Start, Step as Commit,
    Typed, TypedProjection, replay,
};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::stream::Category;
use shared_kernel::{EventEnvelope, GlobalPosition};

use crate::account::{AccountEvent, codec};
use crate::steps::words::{position, rows, time};
use crate::world::AnnalsWorld;

/// The time limit of a wait. It is far longer than any wake-up.
const TOO_LONG: Duration = Duration::from_secs(30);

/// The balance of each account, if it is not above a limit.
pub(super) struct Balances<const VERSION: u32> {
    pub(super) highest: u64,
    pub(super) selection: Selection,
}

#[async_trait]
impl<Tx: Rows, const VERSION: u32> TypedProjection<Tx> for Balances<VERSION> {
    type Event = AccountEvent;
    const NAME: &'static str = "balances";
    const VERSION: u32 = VERSION;

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn apply(
        &self,
        event: &EventEnvelope<AccountEvent>,
        tx: &mut Tx,
    ) -> Result<(), ApplyError> {
        let account = event.stream.as_str();
        let cents: u64 = match tx.get("balances", account).await? {
            Some(row) => std::str::from_utf8(&row)?.parse()?,
            None => 0,
        };
        let cents = match &event.event {
            AccountEvent::MoneyDeposited { cents: more } => cents + more,
            AccountEvent::MoneyWithdrawn { cents: less } => cents - less,
            _ => cents,
        };
        if cents > self.highest {
            return Err(format!("more than {} cents", self.highest).into());
        }
        tx.put("balances", account, cents.to_string().into());
        Ok(())
    }
}

/// A moment of a replay.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "as_of", regex = r"position \d+|\d\d:\d\d")]
pub(crate) enum AsOfMoment {
    Position(u64),
    Time(shared_kernel::jiff::Timestamp),
}

impl FromStr for AsOfMoment {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.strip_prefix("position ") {
            Some(number) => Self::Position(number.parse().unwrap()),
            None => Self::Time(time(text)),
        })
    }
}

/// The rows of a table of accounts and cents.
fn expected(step: &Step) -> Vec<(String, String)> {
    let pair = |row: &[String]| (row[0].clone(), row[1].clone());
    rows(step).map(pair).collect()
}

#[given(expr = "the balances are committed after {int} events")]
fn commit_after(world: &mut AnnalsWorld, count: usize) {
    world.read_side.chunk = NonZeroUsize::new(count);
}

#[given(expr = "the balances take only the category {string}")]
fn take_only(world: &mut AnnalsWorld, category: String) {
    let category = Category::new(category).unwrap();
    world.read_side.selection = Selection::all().category(category);
}

#[given(expr = "the balances begin after position {int}")]
fn begin_after(world: &mut AnnalsWorld, number: u64) {
    world.read_side.start = Start::After(position(number));
}

#[given("the balances are brought up to date")]
#[when("the balances are brought up to date")]
async fn are_brought_up_to_date(world: &mut AnnalsWorld) {
    let reached = world.balances().catch_up().await;
    world.read_side.outcome = Some(reached.map(drop));
}

#[given("the next release brings the balances up to date")]
#[when("the next release brings the balances up to date")]
async fn next_release_brings_up_to_date(world: &mut AnnalsWorld) {
    world.next_release().catch_up().await.unwrap();
}

#[when("version 2 brings the balances up to date")]
async fn version_2_brings_up_to_date(world: &mut AnnalsWorld) {
    world.release::<2>(1000).catch_up().await.unwrap();
}

#[given("the balances are built again")]
#[when("the balances are built again")]
async fn are_built_again(world: &mut AnnalsWorld) {
    let reached = world.balances().rebuild().await;
    world.read_side.outcome = Some(reached.map(drop));
}

#[when("the balances are switched back")]
async fn are_switched_back(world: &mut AnnalsWorld) {
    let reached = world.balances().switch_back().await;
    world.read_side.outcome = Some(reached.map(drop));
}

#[given(expr = "{word} waits until the balances have position {int}")]
#[when(expr = "{word} waits until the balances have position {int}")]
async fn waits(world: &mut AnnalsWorld, _who: String, number: u64) {
    let waited = world
        .balances()
        .wait_until(position(number), TOO_LONG)
        .await;
    world.read_side.outcome = Some(waited);
}

#[when(expr = "{word} waits for no time until the balances have position {int}")]
async fn waits_for_no_time(world: &mut AnnalsWorld, _who: String, number: u64) {
    let balances = world.balances();
    let waited = balances.wait_until(position(number), Duration::ZERO);
    world.read_side.outcome = Some(waited.await);
}

#[then("the wait succeeds")]
fn wait_succeeds(world: &mut AnnalsWorld) {
    assert!(matches!(world.read_side.outcome, Some(Ok(()))));
}

#[then(expr = "the wait is given up at position {int}")]
fn wait_is_given_up(world: &mut AnnalsWorld, number: u64) {
    let ProjectionError::TimedOut { at, .. } = world.read_side.error() else {
        panic!("{:?}", world.read_side.outcome)
    };
    assert_eq!(at.get(), number);
}

#[then(expr = "the balances are at position {int}")]
async fn are_at(world: &mut AnnalsWorld, number: u64) {
    let live = world.balances().live().await.unwrap();
    assert_eq!(live.through().get(), number);
}

#[then("the balances are:")]
async fn are(world: &mut AnnalsWorld, step: &Step) {
    let live = world.balances().live().await.unwrap();
    let models = world.models();
    let found = models.documents(&live.record.build, "balances").await;
    assert_eq!(found, expected(step));
}

#[then(expr = "the balances cannot be read: {}")]
async fn cannot_be_read(world: &mut AnnalsWorld, reason: String) {
    let message = world.balances().live().await.unwrap_err().to_string();
    assert!(message.contains(&reason), "{message}");
}

#[then(expr = "the live build is {string}")]
async fn live_build_is(world: &mut AnnalsWorld, name: String) {
    let live = world.balances().live().await.unwrap();
    assert_eq!(live.record.build.to_string(), name);
}

#[then(expr = "the live build of version 2 is {string}")]
async fn live_build_of_2_is(world: &mut AnnalsWorld, name: String) {
    let live = world.release::<2>(1000).live().await.unwrap();
    assert_eq!(live.record.build.to_string(), name);
}

#[given(expr = "the balance of {string} is changed by hand to {int} cents")]
async fn is_changed_by_hand(world: &mut AnnalsWorld, account: String, cents: u64) {
    let (live, models) = (world.balances().live().await.unwrap(), world.models());
    let hand = LeaseHolder::new("a hand").unwrap();
    let build = &live.record.build;
    let lease = models.claim(build, 0, &hand, TOO_LONG).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.put("balances", &account, cents.to_string().into());
    let own = &live.progress[0];
    let unmoved = Commit {
        from: own.through,
        through: own.through,
        last_event: own.last_event,
        status: own.status.clone(),
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    };
    models.commit(tx, &lease, unmoved).await.unwrap();
    models.release(&lease).await.unwrap();
}

#[when("the balances are proven")]
async fn are_proven(world: &mut AnnalsWorld) {
    let proof = world.balances().prove().await.unwrap();
    world.read_side.proof = Some(proof.to_string());
}

#[then(expr = "the proof says {string}")]
fn proof_says(world: &mut AnnalsWorld, text: String) {
    assert_eq!(world.read_side.proof.as_ref(), Some(&text));
}

#[then(expr = "as of {as_of} the balances were:")]
async fn were(world: &mut AnnalsWorld, moment: AsOfMoment, step: &Step) {
    let (log, temporary) = (world.followed_log(), world.models().temporary().await);
    let to = match moment {
        AsOfMoment::Position(0) => GlobalPosition::START,
        AsOfMoment::Position(number) => position(number),
        AsOfMoment::Time(time) => log.position_at(time).await.unwrap().unwrap_or_default(),
    };
    let selection = Selection::all();
    let highest = u64::MAX;
    let balances = Typed::new(Balances::<1> { highest, selection }, codec());
    let build = replay(balances, log, temporary.clone(), to).await.unwrap();
    let found = temporary.documents(&build, "balances").await;
    assert_eq!(found, expected(step));
}
