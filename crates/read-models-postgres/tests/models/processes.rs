//! Two processes that fight for one segment, over a log on the same server, and are killed.

use std::process::Stdio;
use std::time::Duration;

use persistence_postgres::PostgresStore;
use read_models_postgres::PostgresReadModels;
use read_side::{Options, Projector};
use shared_kernel::event::EventType;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};
use tokio::process::{Child, Command};

use crate::fixture::{Lamps, World, value};

type Of = Projector<Lamps, PostgresStore, PostgresReadModels>;

async fn open(address: &str) -> (PostgresStore, Of) {
    let log = PostgresStore::connect(address).await.unwrap();
    let models = PostgresReadModels::connect(address).await.unwrap();
    let options = Options::new(LeaseHolder::this_process()).ttl(Duration::from_millis(300));
    let lamps = Projector::with_options(Lamps, log.clone(), models, options);
    (log, lamps.unwrap())
}

fn spawn(address: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::runs_until_it_is_killed", "--ignored"])
        .env("MODELS_ADDRESS", address)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A change that was applied twice would break the primary key of `changes`.
#[tokio::test(flavor = "multi_thread")]
async fn processes_that_are_killed_apply_each_event_once() {
    const EVENTS: u32 = 400;
    const PATIENCE: Duration = Duration::from_secs(60);
    let world = World::new();
    let (log, lamps) = open(&world.address).await;
    lamps.catch_up().await.unwrap();
    let mut runners = [spawn(&world.address), spawn(&world.address)];
    for number in 1..=EVENTS {
        let event = NewEvent::with_fresh_id(EventType::new("Dimmed").unwrap(), "50").unwrap();
        let lamp = StreamId::new(format!("lamp-{}", number % 7)).unwrap();
        let appended = log.append_to(lamp, ExpectedVersion::Any, vec![event]);
        appended.await.unwrap();
        if number % 50 == 0 {
            // One of them is at work.
            lamps.wait_until(number - 20, PATIENCE).await.unwrap();
            let runner = &mut runners[usize::try_from(number / 50 % 2).unwrap()];
            runner.kill().await.unwrap();
            *runner = spawn(&world.address);
        }
    }
    lamps.wait_until(EVENTS, PATIENCE).await.unwrap();
    for runner in &mut runners {
        runner.kill().await.unwrap();
    }
    let build = lamps.live().await.unwrap().record.build;
    let changes = "SELECT count(*) FROM changes";
    assert_eq!(
        value(lamps.models(), &build, changes).await,
        i64::from(EVENTS)
    );
    assert!(lamps.prove().await.unwrap().holds());
}

#[tokio::test]
#[ignore = "the process that is killed"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the address over by the environment"
)]
async fn runs_until_it_is_killed() {
    let address = std::env::var("MODELS_ADDRESS").unwrap();
    let (_, lamps) = open(&address).await;
    lamps.run(std::future::pending()).await.unwrap();
}
