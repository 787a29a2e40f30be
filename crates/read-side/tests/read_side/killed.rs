//! Work that ends or stands still in the middle, and what other owners find then.

use futures_util::poll;
use read_side::{Projector, ReadModelStore};

use crate::fixture::{World, append, parking, stream};
use crate::schedules::Pausing;

/// A projector that stops before each call of the store, so that a test can end it there.
fn pausing(
    world: &World,
) -> Projector<crate::fixture::Sums, persistence_memory::MemoryEventStore, Pausing> {
    let (log, models) = (world.log.clone(), Pausing(world.models.clone()));
    Projector::with_options(world.sums.clone(), log, models, parking()).unwrap()
}

/// The build of a proof leaves parked events out. It never becomes a build that readers see.
#[tokio::test]
async fn the_build_of_a_killed_proof_is_not_taken_up() {
    let world = World::default();
    world.fill(0..4, 2).await;
    append(&world.log, "s-1", "bad").await;
    world.sums.refuse("bad");
    let sums = world.projector(parking());
    sums.catch_up().await.unwrap();
    let live = sums.live().await.unwrap().record.build;

    let killed = pausing(&world);
    let mut proof = Box::pin(killed.prove());
    loop {
        assert!(poll!(proof.as_mut()).is_pending(), "the proof ended");
        let builds = world.models.builds(sums.model()).await.unwrap();
        let aside = builds.iter().find(|record| record.build != live);
        if let Some(aside) = aside
            && world.models.progress(&aside.build).await.unwrap()[0].through == 5.into()
        {
            break;
        }
    }
    drop(proof);
    // The file of the live build is lost.
    world.models.remove_build(&live).await.unwrap();
    let options = parking().ttl(std::time::Duration::ZERO);
    let sums = world.projector(options);
    sums.catch_up().await.unwrap();
    assert_eq!(sums.parked().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_that_was_applied_meanwhile_is_not_skipped() {
    for polls in 0..12 {
        let world = World::default();
        world.fill(0..2, 2).await;
        let bad = append(&world.log, "s-1", "bad").await;
        world.sums.refuse("bad");
        let sums = world.projector(parking());
        sums.catch_up().await.unwrap();
        world.sums.accept("bad");

        let skipping = pausing(&world);
        let mut skip = Box::pin(skipping.skip(bad, "it is bad"));
        let mut ended = None;
        for _ in 0..polls {
            if let std::task::Poll::Ready(skipped) = poll!(skip.as_mut()) {
                ended = Some(skipped);
                break;
            }
        }
        let _ = sums.retry(&stream("s-1")).await;
        let skipped = match ended {
            Some(skipped) => skipped,
            None => skip.await,
        };
        let is_applied = world.row(&sums, "s-1").await.unwrap() == "1+bad";
        assert_eq!(skipped.is_ok(), !is_applied, "{polls}");
        let listed = sums.skipped().await.unwrap().len();
        assert_eq!(listed, usize::from(!is_applied), "{polls}");
    }
}
