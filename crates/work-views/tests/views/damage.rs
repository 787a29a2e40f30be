//! Damaged streams, damaged rows, and rows that another process holds.

use std::sync::Arc;
use std::time::Duration;

use read_models_sqlite::sqlx::sqlite::SqliteConnectOptions;
use read_models_sqlite::sqlx::{ConnectOptions, Executor};
use read_side::{ModelName, ReadModelStore};
use shared_kernel::lease::LeaseHolder;
use work_tracking::ListQuery;
use work_views::ViewError;

use crate::fixture::{NoPause, World, context, views};

#[tokio::test]
async fn an_unknown_event_parks_its_item_and_no_other() {
    let world = World::new();
    let (bad, good) = (world.create("bad").await, world.create("good").await);
    world.damage(bad).await;
    world.note(good, "after the damage").await;
    world.refresh().await;
    let projector = world.views.projector();
    let parked = projector.parked().await.unwrap();
    let streams: Vec<_> = parked.iter().map(|parked| &parked.failure.stream).collect();
    assert_eq!(streams, [&bad.stream_id()]);
    assert!(projector.prove().await.unwrap().holds());
    let versions: Vec<u64> = world
        .views
        .list(&ListQuery::default())
        .await
        .unwrap()
        .iter()
        .map(|tracked| tracked.version.get())
        .collect();
    assert_eq!(versions, [1, 2]);
    assert!(
        world
            .tracker
            .list(ListQuery::default(), |_| {})
            .await
            .is_err()
    );

    // Passed over with a reason, the event hinders no later one of the item.
    projector
        .skip(parked[0].failure.event_id, "written by a test")
        .await
        .unwrap();
    let valid = work_item::WorkItemEvent::NoteAdded {
        text: "later".parse().unwrap(),
    };
    world.record(bad, &valid).await;
    world.refresh().await;
    assert!(projector.parked().await.unwrap().is_empty());
    assert_eq!(
        world.views.list(&ListQuery::default()).await.unwrap()[0]
            .version
            .get(),
        3
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_of_the_view() {
    let world = World::new();
    world.create("one").await;
    world.refresh().await;
    let file = world.models.folder().join("items.v2.1.views");
    let mut sqlite = SqliteConnectOptions::new()
        .filename(&file)
        .connect()
        .await
        .unwrap();
    sqlite
        .execute("UPDATE items SET state = x'7b'")
        .await
        .unwrap();
    let listed = world.views.list(&ListQuery::default()).await;
    assert!(matches!(listed, Err(ViewError::Row { .. })), "{listed:?}");
}

#[tokio::test]
async fn an_owner_that_does_not_go_on_is_not_waited_for() {
    let world = World::new();
    let id = world.create("one").await;
    world.refresh().await;
    let build = world.views.projector().live().await.unwrap().record.build;
    let frozen = LeaseHolder::new("frozen").unwrap();
    let hour = Duration::from_secs(3600);
    let lease = world.models.claim(&build, 0, &frozen, hour).await.unwrap();
    let waiting = views(&world.log, &world.models).with_timer(Arc::new(NoPause));
    // Current rows need no owner.
    waiting.refresh(|_| {}).await.unwrap();
    world.tracker.start(id, &context()).await.unwrap();
    let refreshed = waiting.refresh(|_| {}).await;
    assert!(matches!(refreshed, Err(ViewError::Held)), "{refreshed:?}");
    world.models.release(&lease).await.unwrap();
    world.refresh().await;
    world.list(&ListQuery::default()).await;
    assert_eq!(build.model, ModelName::new("items").unwrap());
}
