//! Events that cannot be applied.

use std::num::NonZeroU32;
use std::time::Duration;

use persistence_memory::MemoryEventStore;
use read_side::{ProjectionError, ReadModelStore, Status};

use crate::fixture::{World, append, chunk, holder, options, parking, stream, through};

#[tokio::test]
async fn the_default_stops_before_the_event_and_names_it() {
    let world = World::default();
    world.fill(0..10, 2).await;
    world.sums.refuse("7");
    let sums = world.projector(options());
    let Err(ProjectionError::Stopped(failure)) = sums.catch_up().await else {
        panic!("it went on");
    };
    assert_eq!(failure.position, 8.into());
    assert_eq!(
        (failure.stream.as_str(), failure.version),
        ("s-1", 4.into())
    );
    assert_eq!(failure.reason, "7 is no number");
    assert!(matches!(
        sums.live().await,
        Err(ProjectionError::NotBuilt { .. })
    ));

    // The next program can apply it.
    world.sums.accept("7");
    assert_eq!(sums.catch_up().await.unwrap(), 10.into());
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7+9");
}

#[tokio::test]
async fn a_live_build_that_stops_keeps_its_rows_up_to_there() {
    let world = World::default();
    world.fill(0..4, 2).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    world.sums.refuse("5");
    world.fill(4..8, 2).await;
    assert!(matches!(
        sums.catch_up().await,
        Err(ProjectionError::Stopped(_))
    ));
    let live = sums.live().await.unwrap();
    assert_eq!(live.through(), 5.into());
    assert_eq!(live.failure().unwrap().reason, "5 is no number");
    assert!(matches!(live.progress[0].status, Status::Stopped(_)));
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3");
    assert_eq!(world.row(&sums, "s-0").await.unwrap(), "0+2+4");
}

#[tokio::test]
async fn parking_puts_a_stream_aside_in_order_and_lets_the_others_go_on() {
    let world = World::default();
    world.fill(0..10, 2).await;
    world.sums.refuse("3");
    let sums = world.projector(parking().chunk(chunk(4)));
    assert_eq!(sums.catch_up().await.unwrap(), 10.into());
    assert_eq!(world.row(&sums, "s-0").await.unwrap(), "0+2+4+6+8");
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1");
    let parked = sums.parked().await.unwrap();
    let positions: Vec<_> = parked.iter().map(|p| p.failure.position.get()).collect();
    assert_eq!(positions, [4, 6, 8, 10]);
    let tried: Vec<_> = parked.iter().map(|p| p.was_tried).collect();
    assert_eq!(tried, [true, false, false, false]);

    // It still fails, and nothing moves.
    assert!(matches!(
        sums.retry(&stream("s-1")).await,
        Err(ProjectionError::Stopped(failure)) if failure.position == 4.into()
    ));
    assert_eq!(sums.parked().await.unwrap().len(), 4);

    world.sums.accept("3");
    assert_eq!(sums.retry(&stream("s-1")).await.unwrap(), 4);
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7+9");
    assert_eq!(sums.parked().await.unwrap(), []);
    assert_eq!(through(&sums).await, 10.into());
    world.fill(10..12, 2).await;
    sums.catch_up().await.unwrap();
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7+9+11");
}

#[tokio::test]
async fn a_retry_that_fails_later_keeps_the_rest_parked() {
    let world = World::default();
    world.fill(0..10, 2).await;
    world.sums.refuse("3");
    let sums = world.projector(parking());
    sums.catch_up().await.unwrap();
    world.sums.accept("3");
    world.sums.refuse("7");
    assert!(matches!(
        sums.retry(&stream("s-1")).await,
        Err(ProjectionError::Stopped(failure)) if failure.position == 8.into()
    ));
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5");
    let parked = sums.parked().await.unwrap();
    let positions: Vec<_> = parked.iter().map(|p| p.failure.position.get()).collect();
    assert_eq!(positions, [8, 10]);
    // A new event of the stream waits behind them, also in a new session.
    append(&world.log, "s-1", "11").await;
    sums.catch_up().await.unwrap();
    assert_eq!(sums.parked().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_skip_needs_a_reason_and_is_kept() {
    let world = World::default();
    world.fill(0..6, 2).await;
    let bad = append(&world.log, "s-1", "bad").await;
    world.sums.refuse("bad");
    let sums = world.projector(options());
    assert!(matches!(
        sums.catch_up().await,
        Err(ProjectionError::Stopped(_))
    ));
    assert!(matches!(
        sums.skip(bad, " ").await,
        Err(ProjectionError::NoReason)
    ));
    let other = append(&world.log, "s-1", "7").await;
    assert!(matches!(
        sums.skip(other, "no").await,
        Err(ProjectionError::NotParked { event }) if event == other
    ));
    sums.skip(bad, "a typing error").await.unwrap();
    assert_eq!(sums.catch_up().await.unwrap(), 8.into());
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7");
    let skipped = sums.skipped().await.unwrap();
    assert_eq!(skipped.len(), 1);
    assert_eq!(
        (skipped[0].failure.event_id, &*skipped[0].why),
        (bad, "a typing error")
    );

    // A rebuild keeps the decision.
    sums.rebuild().await.unwrap();
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7");
    assert_eq!(sums.skipped().await.unwrap(), skipped);
}

#[tokio::test]
async fn a_skipped_event_lets_its_stream_be_retried() {
    let world = World::default();
    world.fill(0..4, 2).await;
    let bad = append(&world.log, "s-1", "bad").await;
    append(&world.log, "s-1", "5").await;
    world.sums.refuse("bad");
    let sums = world.projector(parking());
    sums.catch_up().await.unwrap();
    assert_eq!(sums.parked().await.unwrap().len(), 2);
    sums.skip(bad, "a typing error").await.unwrap();
    assert_eq!(sums.retry(&stream("s-1")).await.unwrap(), 1);
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5");
}

#[tokio::test]
async fn an_event_is_tried_as_often_as_the_options_say() {
    let world = World::default();
    append(&world.log, "s-1", "late").await;
    world.sums.refuse("late");
    let attempts = options().attempts(NonZeroU32::new(3).unwrap());
    let sums = world.projector(attempts);
    let catching_up = tokio::spawn(async move { sums.catch_up().await });
    // Once in a chunk; the attempts that count come then, one by one.
    while *world.sums.attempts.lock().unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    world.sums.accept("late");
    assert_eq!(catching_up.await.unwrap().unwrap(), 1.into());
}

#[tokio::test]
async fn an_operator_who_meets_stale_rows_gives_the_segment_back() {
    let world = World::default();
    world.fill(0..2, 2).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let bad = append(&world.log, "s-1", "bad").await;
    world.sums.refuse("bad");
    sums.catch_up().await.unwrap_err();
    let other = World {
        log: MemoryEventStore::new(),
        ..world.clone()
    };
    other.fill(0..2, 2).await;
    let sums = other.projector(options().ttl(Duration::from_secs(600)));
    let stale = sums.skip(bad, "a typing error").await;
    assert!(
        matches!(stale, Err(ProjectionError::Stale { .. })),
        "{stale:?}"
    );
    let build = world
        .models
        .builds(sums.model())
        .await
        .unwrap()
        .remove(0)
        .build;
    let next = holder("next");
    let ttl = Duration::from_secs(5);
    world.models.claim(&build, 0, &next, ttl).await.unwrap();
}
