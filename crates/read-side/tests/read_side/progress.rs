//! The position of a read model.

use std::pin::pin;
use std::time::Duration;

use read_side::{Options, ProjectionError, Selection, Status};
use shared_kernel::event::EventType;
use shared_kernel::stream::Category;

use crate::fixture::{World, append, chunk, options, segments, stream, through};

async fn rows_after(options: Options) -> Vec<(String, String)> {
    let world = World::default();
    world.fill(0..100, 7).await;
    let sums = world.projector(options);
    sums.catch_up().await.unwrap();
    assert_eq!(through(&sums).await, 100.into());
    world.rows(&sums).await
}

#[tokio::test]
async fn rows_are_the_same_for_any_chunk_and_any_number_of_segments() {
    let rows = rows_after(options()).await;
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[6].1, "6+13+20+27+34+41+48+55+62+69+76+83+90+97");
    for size in [1, 2, 3, 64, 99, 100, 101] {
        assert_eq!(
            rows_after(options().chunk(chunk(size))).await,
            rows,
            "{size}"
        );
    }
    for count in [2, 3, 16] {
        let options = options().segments(segments(count)).chunk(chunk(5));
        assert_eq!(rows_after(options).await, rows, "{count} segments");
    }
}

#[tokio::test]
async fn an_empty_log_gives_a_live_build_at_0() {
    let world = World::default();
    let sums = world.projector(options());
    assert!(matches!(
        sums.live().await,
        Err(ProjectionError::NotBuilt { .. })
    ));
    assert_eq!(sums.catch_up().await.unwrap(), 0.into());
    let live = sums.live().await.unwrap();
    assert_eq!(live.progress[0].status, Status::Live);
    assert_eq!(live.through(), 0.into());
}

#[tokio::test]
async fn a_filtered_projection_moves_though_nothing_matches() {
    let mut world = World::default();
    world.sums.selection = Selection::all().category(Category::new("other").unwrap());
    world.fill(0..10, 2).await;
    let sums = world.projector(options());
    assert_eq!(sums.catch_up().await.unwrap(), 10.into());
    append(&world.log, "other-1", "x").await;
    append(&world.log, "s-1", "y").await;
    assert_eq!(sums.catch_up().await.unwrap(), 12.into());
    assert_eq!(
        world.rows(&sums).await,
        [("other-1".to_owned(), "x".to_owned())]
    );
}

#[tokio::test]
async fn one_stream_or_one_type_can_be_selected() {
    let mut world = World::default();
    world.fill(0..6, 3).await;
    world.sums.selection = Selection::all().stream(stream("s-2"));
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    assert_eq!(
        world.rows(&sums).await,
        [("s-2".to_owned(), "2+5".to_owned())]
    );

    let mut world = World::default();
    world.fill(0..6, 3).await;
    world.sums.selection = Selection::all().event_type(EventType::new("Removed").unwrap());
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    assert_eq!(world.rows(&sums).await, []);
}

/// With any moment of the last append: each begins while a runner catches up or waits.
#[tokio::test]
async fn from_catching_up_to_following_there_is_no_seam() {
    let world = World::default();
    world.fill(0..50, 5).await;
    let sums = world.projector(options().chunk(chunk(3)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = {
        let sums = sums.clone();
        tokio::spawn(async move { sums.run(async { drop(stopped.await) }).await })
    };
    for n in 50..200 {
        world.fill(n..n + 1, 5).await;
        if n % 7 == 0 {
            tokio::task::yield_now().await;
        }
    }
    sums.wait_until(200, Duration::from_secs(10)).await.unwrap();
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    let expected: Vec<_> = (0..40).map(|n| (n * 5 + 3).to_string()).collect();
    assert_eq!(world.row(&sums, "s-3").await.unwrap(), expected.join("+"));
}

#[tokio::test]
async fn a_dropped_run_leaves_whole_commits() {
    let world = World::default();
    world.fill(0..40, 4).await;
    for polls in 0..60 {
        let sums = world.projector(options().chunk(chunk(1)));
        let mut run = Box::pin(sums.catch_up());
        for _ in 0..polls {
            if futures_util::poll!(run.as_mut()).is_ready() {
                break;
            }
        }
    }
    let sums = world.projector(options());
    let caught_up = pin!(sums.catch_up());
    let reached = tokio::time::timeout(Duration::from_secs(10), caught_up).await;
    assert_eq!(reached.unwrap().unwrap(), 40.into());
    assert_eq!(
        world.row(&sums, "s-1").await.unwrap(),
        "1+5+9+13+17+21+25+29+33+37"
    );
}
