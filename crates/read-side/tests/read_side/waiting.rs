//! Waiting for a read model.

use std::time::Duration;

use read_side::ProjectionError;

use crate::fixture::{World, append, options};

#[tokio::test]
async fn a_writer_waits_for_its_own_append() {
    let world = World::default();
    let sums = world.projector(options());
    let running = {
        let sums = sums.clone();
        tokio::spawn(async move { sums.run(std::future::pending()).await })
    };
    for n in 1..=20 {
        append(&world.log, "s-1", "1").await;
        sums.wait_until(n, Duration::from_secs(10)).await.unwrap();
        let row = world.row(&sums, "s-1").await.unwrap();
        assert!(row.split('+').count() >= n as usize);
    }
    running.abort();
}

#[tokio::test]
async fn a_wait_that_is_too_long_says_how_far_the_rows_are() {
    let world = World::default();
    world.fill(0..3, 1).await;
    let sums = world.projector(options());
    let timed_out = sums.wait_until(1, Duration::from_millis(5)).await;
    assert!(matches!(
        timed_out,
        Err(ProjectionError::TimedOut { position, at }) if position == 1.into() && at == 0.into()
    ));
    sums.catch_up().await.unwrap();
    sums.wait_until(3, Duration::ZERO).await.unwrap();
    let timed_out = sums.wait_until(4, Duration::ZERO).await;
    assert!(matches!(timed_out, Err(ProjectionError::TimedOut { at, .. }) if at == 3.into()));
}

#[tokio::test]
async fn a_wait_for_a_build_that_has_stopped_ends_at_once() {
    let world = World::default();
    world.fill(0..2, 1).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    world.sums.refuse("2");
    world.fill(2..4, 1).await;
    assert!(sums.catch_up().await.is_err());
    let waited = sums.wait_until(4, Duration::from_secs(3600)).await;
    assert!(matches!(waited, Err(ProjectionError::Stopped(_))));
    sums.wait_until(2, Duration::ZERO).await.unwrap();
}
