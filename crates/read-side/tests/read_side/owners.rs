//! Several owners of one read model.

use std::sync::Arc;
use std::time::Duration;

use futures_util::poll;
use jiff::Timestamp;
use persistence_memory::MemoryReadModels;
use read_side::{ReadModelError, ReadModelStore, Rows, Status, Step};
use shared_kernel::GlobalPosition;
use shared_kernel::time::ManualClock;

use crate::fixture::{World, chunk, holder, options, segments};

const TTL: Duration = Duration::from_secs(5);

fn step(from: u32, through: u32) -> Step {
    Step {
        from: from.into(),
        through: through.into(),
        last_event: None,
        status: Status::Building,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    }
}

#[tokio::test]
async fn runners_apply_each_event_once_and_in_the_order_of_its_stream() {
    let world = World::default();
    world.fill(0..100, 9).await;
    let mut stops = Vec::new();
    let mut running = Vec::new();
    for name in ["one", "two", "three"] {
        let mut options = options().segments(segments(4)).chunk(chunk(3));
        options.holder = holder(name);
        let sums = world.projector(options);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        stops.push(stop);
        running.push(tokio::spawn(async move {
            sums.run(async { drop(stopped.await) }).await
        }));
    }
    for n in 100..300 {
        world.fill(n..n + 1, 9).await;
        tokio::task::yield_now().await;
    }
    let sums = world.projector(options().segments(segments(4)));
    sums.wait_until(300, Duration::from_secs(10)).await.unwrap();
    drop(stops);
    for running in running {
        running.await.unwrap().unwrap();
    }
    let rows = world.rows(&sums).await;
    for (i, (name, row)) in rows.iter().enumerate() {
        assert_eq!(*name, format!("s-{i}"));
        let numbers = (0..300).filter(|n| n % 9 == i).map(|n| n.to_string());
        assert_eq!(*row, numbers.collect::<Vec<_>>().join("+"));
    }
}

#[tokio::test]
async fn a_former_owner_commits_nothing() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let models = MemoryReadModels::with_clock(clock.clone());
    let world = World {
        models: models.clone(),
        ..World::default()
    };
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let build = sums.live().await.unwrap().record.build;

    let frozen = models
        .claim(&build, 0, &holder("frozen"), TTL)
        .await
        .unwrap();
    let mut rows = models.begin(&frozen).await.unwrap();
    rows.put("sums", "s-1", "wrong".into());
    let held = models.claim(&build, 0, &holder("next"), TTL).await;
    assert!(matches!(held, Err(ReadModelError::Held { .. })));

    // A renewal keeps the segment; without one it is taken over when the time is up.
    clock.advance(Duration::from_secs(4));
    models.renew(&frozen).await.unwrap();
    clock.advance(Duration::from_secs(4));
    assert!(models.claim(&build, 0, &holder("next"), TTL).await.is_err());
    clock.advance(Duration::from_secs(1));
    let next = models.claim(&build, 0, &holder("next"), TTL).await.unwrap();
    assert!(next.term > frozen.term);

    for refused in [
        models.commit(rows, &frozen, step(0, 3)).await,
        models.renew(&frozen).await,
        models.begin(&frozen).await.map(drop),
    ] {
        let Err(ReadModelError::Fenced { holder, term, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((holder.as_str(), term), ("next", next.term));
    }
    // Giving back what is lost changes nothing.
    models.release(&frozen).await.unwrap();
    assert!(
        models
            .claim(&build, 0, &holder("third"), TTL)
            .await
            .is_err()
    );
    assert_eq!(models.get(&build, "sums", "s-1").unwrap(), None);
}

#[tokio::test]
async fn a_commit_from_another_position_is_refused_with_its_rows() {
    let world = World::default();
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let build = sums.live().await.unwrap().record.build;
    let models = &world.models;
    let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
    let commit = async |from, through| {
        let mut rows = models.begin(&lease).await.unwrap();
        rows.put("sums", "key", format!("{through}").into());
        models.commit(rows, &lease, step(from, through)).await
    };
    commit(0, 4).await.unwrap();
    for (from, through) in [(0, 4), (3, 5), (4, 3), (5, 6)] {
        let Err(ReadModelError::Moved { found, .. }) = commit(from, through).await else {
            panic!("it committed from {from} to {through}");
        };
        assert_eq!(found, GlobalPosition::from(4));
    }
    assert_eq!(models.get(&build, "sums", "key").unwrap().unwrap(), "4");
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let world = World::default();
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let build = sums.live().await.unwrap().record.build;
    let lease = world
        .models
        .claim(&build, 0, &holder("one"), TTL)
        .await
        .unwrap();
    let mut rows = world.models.begin(&lease).await.unwrap();
    rows.put("sums", "key", "1".into());
    assert_eq!(rows.get("sums", "key").await.unwrap().unwrap(), "1");
    drop(rows);
    let mut rows = world.models.begin(&lease).await.unwrap();
    assert_eq!(rows.get("sums", "key").await.unwrap(), None);
}

#[tokio::test]
async fn a_catch_up_waits_for_the_owner_of_a_segment() {
    let world = World::default();
    world.fill(0..10, 2).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let build = sums.live().await.unwrap().record.build;
    let lease = world
        .models
        .claim(&build, 0, &holder("slow"), TTL)
        .await
        .unwrap();
    world.fill(10..12, 2).await;
    let mut catching_up = Box::pin(sums.catch_up());
    assert!(poll!(catching_up.as_mut()).is_pending());
    world.models.release(&lease).await.unwrap();
    assert_eq!(catching_up.await.unwrap(), 12.into());
}
