//! Steps: processes that run the balances, and owners of their segment.

use std::num::NonZeroU16;
use std::time::Duration;

use cucumber::{given, then, when};
use read_side::{Lease, ProjectionError, ReadModelError, ReadModelStore as _, Rows as _, Step};
use shared_kernel::lease::LeaseHolder;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::BalancesOf;
use crate::models::Tx;
use crate::world::AnnalsWorld;

const TTL: Duration = Duration::from_secs(5);

/// A process that follows the log. Dropped, it dies.
pub(super) struct Runner {
    task: JoinHandle<Result<(), ProjectionError>>,
    stop: oneshot::Sender<()>,
}

impl Runner {
    fn of(balances: BalancesOf<1>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let run = async move { balances.run(async { drop(stopped.await) }).await };
        Self {
            task: tokio::spawn(run),
            stop,
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A person who owns the segment of the balances, and the rows that are not committed yet.
pub(super) struct Owner {
    lease: Lease,
    rows: Option<(Tx, Step)>,
    claimed: Option<Result<(), ReadModelError>>,
}

#[given(expr = "the balances have {int} segments")]
fn have_segments(world: &mut AnnalsWorld, count: u16) {
    world.read_side.segments = NonZeroU16::new(count);
}

#[given("the balances follow the log")]
#[given("the balances follow the log in another process")]
fn follow(world: &mut AnnalsWorld) {
    let runner = Runner::of(world.balances());
    world.read_side.runners.push(runner);
}

#[when("the processes die")]
fn die(world: &mut AnnalsWorld) {
    world.read_side.runners.clear();
}

#[when("the processes end")]
async fn end(world: &mut AnnalsWorld) {
    for mut runner in std::mem::take(&mut world.read_side.runners) {
        let (stop, _) = oneshot::channel();
        drop(std::mem::replace(&mut runner.stop, stop));
        (&mut runner.task).await.unwrap().unwrap();
    }
}

#[given(expr = "{word} owns the balances")]
#[when(expr = "{word} claims the balances")]
async fn claims(world: &mut AnnalsWorld, who: String) {
    let (live, models) = (world.balances().live().await.unwrap(), world.models());
    let holder = LeaseHolder::new(&who).unwrap();
    match models.claim(&live.record.build, 0, &holder, TTL).await {
        Ok(lease) => {
            world.read_side.owner = Some(Owner {
                lease,
                rows: None,
                claimed: Some(Ok(())),
            });
        }
        Err(error) => {
            let owner = world.read_side.owner.as_mut().expect("there is an owner");
            owner.claimed = Some(Err(error));
        }
    }
}

fn owner(world: &mut AnnalsWorld) -> &mut Owner {
    world.read_side.owner.as_mut().expect("there is an owner")
}

#[then("he has them")]
fn has_them(world: &mut AnnalsWorld) {
    assert!(matches!(owner(world).claimed, Some(Ok(()))));
}

#[then(expr = "he is refused, because {word} holds them")]
fn is_refused_because_held(world: &mut AnnalsWorld, who: String) {
    let Some(Err(ReadModelError::Held { holder, .. })) = &owner(world).claimed else {
        panic!("{:?}", owner(world).claimed)
    };
    assert_eq!(holder.as_str(), who);
}

#[given(expr = "{word} has written {int} cents for {string}, and freezes before she commits")]
async fn freezes(world: &mut AnnalsWorld, _who: String, cents: u64, account: String) {
    let (live, models) = (world.balances().live().await.unwrap(), world.models());
    let own = live.progress[0].clone();
    let mut tx = models.begin(&owner(world).lease).await.unwrap();
    tx.put("balances", &account, cents.to_string().into());
    let step = Step {
        from: own.through,
        through: own.through,
        last_event: own.last_event,
        status: own.status,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    };
    owner(world).rows = Some((tx, step));
}

#[when(expr = "{word} wakes and commits")]
async fn wakes(world: &mut AnnalsWorld, _who: String) {
    let models = world.models();
    let owner = owner(world);
    let (tx, step) = owner.rows.take().expect("rows that are not committed");
    owner.claimed = Some(models.commit(tx, &owner.lease, step).await);
}

#[then("she is refused, because her lease is over")]
fn is_refused_because_fenced(world: &mut AnnalsWorld) {
    let claimed = &owner(world).claimed;
    assert!(
        matches!(claimed, Some(Err(ReadModelError::Fenced { .. }))),
        "{claimed:?}"
    );
}
