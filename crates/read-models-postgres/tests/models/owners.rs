//! Owners that fight for segments: no event is applied twice, and none is missed.

use std::num::{NonZeroU16, NonZeroUsize};
use std::time::Duration;

use futures_util::future::join_all;
use read_side::{Options, Projector, ReadModelError, ReadModelStore};
use tokio::sync::oneshot;

use crate::fixture::{Lamps, TTL, World, create, holder, value};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_gets_a_free_segment() {
    let world = World::new();
    let models = world.models().await;
    let build = create(&models, "lamps").await;
    for round in 1..=20 {
        let claims = (0..6).map(|number| {
            let (models, build) = (models.clone(), build.clone());
            let holder = holder(&format!("owner {number}"));
            tokio::spawn(async move { models.claim(&build, 0, &holder, TTL).await })
        });
        let mut leases = Vec::new();
        for claimed in join_all(claims).await {
            match claimed.unwrap() {
                Ok(lease) => leases.push(lease),
                Err(ReadModelError::Held { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(leases.len(), 1, "round {round}");
        assert_eq!(leases[0].term.get(), round);
        models.release(&leases[0]).await.unwrap();
    }
}

/// Eight runners with short leases, each of which stops and begins again. A change that was applied
/// twice would break the primary key of `changes` and stop the read model.
#[tokio::test(flavor = "multi_thread")]
async fn runners_that_come_and_go_apply_each_event_once() {
    const EVENTS: u32 = 600;
    let world = World::new();
    let runners = (0..8).map(async |number| {
        let options = Options::new(holder(&format!("runner {number}")))
            .segments(NonZeroU16::new(3).unwrap())
            .chunk(NonZeroUsize::new(7).unwrap())
            .ttl(Duration::from_millis(500));
        let models = world.models().await;
        Projector::with_options(Lamps, world.log.clone(), models, options).unwrap()
    });
    let runners = join_all(runners).await;
    runners[0].catch_up().await.unwrap();
    let mut running = Vec::new();
    for number in 0..EVENTS {
        world.dim(&format!("lamp-{}", number % 11), "50").await;
        if number % 40 == 0 {
            let runner = runners[usize::try_from(number / 40).unwrap() % runners.len()].clone();
            let (stop, stopped) = oneshot::channel::<()>();
            let run = async move { runner.run(async { drop(stopped.await) }).await };
            running.push((stop, tokio::spawn(run)));
        }
        // The oldest one ends, now in order and now in the middle of a transaction.
        if running.len() > 3 {
            let (stop, run) = running.remove(0);
            match number % 80 {
                0 => run.abort(),
                _ => {
                    stop.send(()).unwrap();
                    run.await.unwrap().unwrap();
                }
            }
        }
    }
    runners[0]
        .wait_until(EVENTS, Duration::from_secs(60))
        .await
        .unwrap();
    for (stop, run) in running {
        stop.send(()).unwrap();
        run.await.unwrap().unwrap();
    }
    let live = runners[0].live().await.unwrap();
    let build = live.record.build;
    let count = value(runners[0].models(), &build, "SELECT count(*) FROM changes").await;
    assert_eq!(count, i64::from(EVENTS));
    assert!(runners[0].prove().await.unwrap().holds());
}
