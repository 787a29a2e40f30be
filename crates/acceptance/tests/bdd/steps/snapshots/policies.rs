//! Steps: snapshot policies, and the circumstances that they check.

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use cucumber::{given, when};
use jiff::SignedDuration;
use shared_kernel::repository::SnapshotRetention;
use shared_kernel::snapshot::policy::{
    EveryEvents, Never, OlderThan, OnRequest, ReplayLongerThan, SnapshotPolicy, StateLargerThan,
    When,
};
use shared_kernel::time::Clock as _;

use crate::account::Account;
use crate::altered_store::Alteration;
use crate::steps::words::stream;
use crate::world::AnnalsWorld;

type Policy = Arc<dyn SnapshotPolicy<Account>>;

#[given(regex = r"^a snapshot is due (.+?)(?:, and the newest (\d+) are kept)?$")]
fn is_due(world: &mut AnnalsWorld, policy: String, kept: String) {
    // These words keep the default policy.
    world.accounts.policy = (policy != "as nobody has said").then(|| parsed(&policy));
    let kept: Option<NonZeroU32> = kept.parse().ok();
    world.accounts.retention = kept.map(SnapshotRetention::Newest);
}

fn parsed(text: &str) -> Policy {
    if let Some((left, right)) = text.split_once(" and ") {
        return Arc::new(parsed(left).and(parsed(right)));
    }
    if let Some((left, right)) = text.split_once(" or ") {
        return Arc::new(parsed(left).or(parsed(right)));
    }
    if let Some(policy) = text.strip_prefix("not ") {
        return Arc::new(parsed(policy).not());
    }
    let number = text.split(' ').find_map(|word| word.parse::<u64>().ok());
    let number = || number.expect("a number in the policy");
    match text {
        "never" => Arc::new(Never),
        "on request" => Arc::new(OnRequest),
        "when the account is closed" => Arc::new(When(|account: &Account| account.is_closed)),
        "when the replay took long" => Arc::new(ReplayLongerThan::default()),
        _ if text.starts_with("every ") => {
            Arc::new(EveryEvents::new(NonZeroU64::new(number()).unwrap()))
        }
        _ if text.starts_with("when the newest is older than ") => {
            Arc::new(OlderThan(Duration::from_secs(60 * number())))
        }
        _ if text.starts_with("when the state is larger than ") => {
            Arc::new(StateLargerThan(usize::try_from(number()).unwrap()))
        }
        _ => panic!("no such policy: {text}"),
    }
}

#[given(expr = "a snapshot of {string} was taken by hand")]
async fn was_taken_by_hand(world: &mut AnnalsWorld, name: String) {
    let accounts = world.accounts();
    let mut account = accounts.get(&stream(&name)).await.unwrap();
    accounts.take_snapshot(&mut account).await.unwrap();
}

#[when(expr = "the clock is turned back by {int} minutes")]
fn turns_back(world: &mut AnnalsWorld, minutes: i64) {
    let earlier = world.clock().now() - SignedDuration::from_mins(minutes);
    world.clock().set(earlier);
}

#[given(expr = "reading takes {int} ms")]
fn reading_takes(world: &mut AnnalsWorld, milliseconds: u64) {
    let clock = world.clock().clone();
    let by = Duration::from_millis(milliseconds);
    world.alter(Alteration::Slow { clock, by });
}
