//! Damaged streams, damaged rows, and rows that another process holds.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::pending;
use read_models_sqlite::SqliteReadModels;
use read_models_sqlite::sqlx::sqlite::SqliteConnectOptions;
use read_models_sqlite::sqlx::{ConnectOptions, Executor};
use read_side::{Lease, ModelName, ReadModelStore, Status, Step};
use shared_kernel::EventStore;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::store::LogQuery;
use shared_kernel::time::Timer;
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
    let file = world.models.folder().join("items.v5.1.views");
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
    assert!(
        matches!(refreshed, Err(ViewError::Held { .. })),
        "{refreshed:?}"
    );
    world.models.release(&lease).await.unwrap();
    world.refresh().await;
    world.list(&ListQuery::default()).await;
    assert_eq!(build.model, ModelName::new("items").unwrap());
}

/// A timer that lets the owner of the rows go on by one event in each pause.
struct WorkOfTheOwner {
    models: SqliteReadModels,
    log: Arc<dyn EventStore>,
    lease: Lease,
}

#[async_trait]
impl Timer for WorkOfTheOwner {
    async fn sleep(&self, _: Duration) {
        let Self { models, log, lease } = self;
        let progress = models.progress(&lease.build).await.unwrap().remove(0);
        let query = LogQuery::new().positions(progress.through.next().unwrap()..);
        let next = log.read_log_page(&query.limit(1)).await.unwrap().items;
        let Some(next) = next.first() else {
            return pending().await;
        };
        let step = Step {
            from: progress.through,
            through: next.position,
            last_event: Some(next.id),
            status: Status::Live,
            park: Vec::new(),
            unpark: Vec::new(),
            skip: Vec::new(),
        };
        let tx = models.begin(lease).await.unwrap();
        models.commit(tx, lease, step).await.unwrap();
    }
}

#[tokio::test]
async fn a_process_that_works_on_the_rows_is_waited_for_or_left_after_a_second() {
    let world = World::new();
    let id = world.create("one").await;
    world.refresh().await;
    let build = world.views.projector().live().await.unwrap().record.build;
    let other = LeaseHolder::new("another process").unwrap();
    let hour = Duration::from_secs(3600);
    let lease = world.models.claim(&build, 0, &other, hour).await.unwrap();
    for number in 0..20 {
        world.note(id, &format!("note {number}")).await;
    }
    let (models, log) = (world.models.clone(), world.log.clone());
    let owner = Arc::new(WorkOfTheOwner { models, log, lease });
    let waiting = views(&world.log, &world.models).with_timer(owner);
    let mut seen = Vec::new();
    let left = waiting.refresh_soon(|at| seen.push(at)).await;
    let Err(ViewError::Held { done, end }) = left else {
        panic!("{left:?}");
    };
    assert!(done < end, "{done} of {end}");
    assert_eq!(seen.len(), 4, "it looks five times in a second: {seen:?}");
    assert!(seen.iter().all(|at| at.is_waiting), "{seen:?}");
    // Rows that are behind are no answer, and the ones that are there say how far they are.
    assert!(!waiting.is_current().await.unwrap());
    let rows = waiting.rows().await.unwrap().unwrap();
    assert!(rows.through() >= done && rows.through() < end);

    seen.clear();
    waiting.refresh(|at| seen.push(at)).await.unwrap();
    assert!(waiting.is_current().await.unwrap());
    assert!(seen.len() > 10 && seen.iter().all(|at| at.is_waiting));
}

#[tokio::test]
async fn own_work_on_the_rows_is_no_waiting() {
    let world = World::new();
    world.create("one").await;
    let working = views(&world.log, &world.models).with_timer(Arc::new(NoPause));
    let mut seen = Vec::new();
    let rebuilt = working.watch(working.projector().rebuild(), |at| seen.push(at));
    rebuilt.await.unwrap().unwrap();
    assert!(seen.iter().all(|at| !at.is_waiting), "{seen:?}");
    world.refresh().await;
    let damaged = world.create("two").await;
    world.damage(damaged).await;
    world.refresh().await;
    let rows = world.views.rows().await.unwrap();
    assert!(rows.is_none(), "the rows lack a parked event");
}
