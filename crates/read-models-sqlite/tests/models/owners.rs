//! Two handles on one folder, as two processes have them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use read_models_sqlite::SqliteReadModels;
use read_side::{ReadModelError, ReadModelStore, Status};
use shared_kernel::GlobalPosition;
use shared_kernel::time::ManualClock;

use crate::fixture::{Counts, TTL, World, holder, leased, step, value};

const COUNT: &str = "SELECT count(*) FROM t";

fn pair(world: &World) -> (Arc<ManualClock>, SqliteReadModels, SqliteReadModels) {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let one = world.models().with_clock(clock.clone());
    let two = world.models().with_clock(clock.clone());
    (clock, one, two)
}

#[tokio::test]
async fn a_held_segment_is_taken_over_when_its_lease_is_over() {
    let world = World::new();
    let (clock, one, two) = pair(&world);
    let lease = leased(&one).await;
    let held = two.claim(&lease.build, 0, &holder("two"), TTL).await;
    let Err(ReadModelError::Held {
        holder: by, until, ..
    }) = held
    else {
        panic!("{held:?}");
    };
    assert_eq!((by, until), (holder("one"), Timestamp::UNIX_EPOCH + TTL));

    clock.advance(TTL / 2);
    one.renew(&lease).await.unwrap();
    clock.advance(TTL / 2);
    two.claim(&lease.build, 0, &holder("two"), TTL)
        .await
        .unwrap_err();
    one.release(&lease).await.unwrap();
    let next = two
        .claim(&lease.build, 0, &holder("two"), TTL)
        .await
        .unwrap();
    assert_eq!(next.term.get(), 2);
    // A late release changes nothing.
    one.release(&lease).await.unwrap();
    two.renew(&next).await.unwrap();
}

#[tokio::test]
async fn a_former_owner_commits_nothing() {
    let world = World::new();
    let (clock, one, two) = pair(&world);
    let lease = leased(&one).await;
    let mut frozen = one.begin(&lease).await.unwrap();
    frozen.execute("INSERT INTO t VALUES (1)", ());
    clock.advance(TTL);
    let next = two
        .claim(&lease.build, 0, &holder("two"), TTL)
        .await
        .unwrap();

    let committed = one.commit(frozen, &lease, step(1, 2)).await;
    let Err(ReadModelError::Fenced {
        holder: by, term, ..
    }) = committed
    else {
        panic!("{committed:?}");
    };
    assert_eq!((by, term), (holder("two"), next.term));
    let fenced = |result| matches!(result, Err(ReadModelError::Fenced { .. }));
    assert!(fenced(one.renew(&lease).await));
    assert!(fenced(one.begin(&lease).await.map(drop)));
    assert_eq!(value(&two, &lease.build, COUNT).await, 0);

    let mut tx = two.begin(&next).await.unwrap();
    tx.execute("INSERT INTO t VALUES (2)", ());
    two.commit(tx, &next, step(1, 2)).await.unwrap();
    assert_eq!(value(&one, &lease.build, COUNT).await, 1);
}

#[tokio::test]
async fn a_commit_from_another_position_writes_nothing() {
    let world = World::new();
    let (_, one, two) = pair(&world);
    let lease = leased(&one).await;
    let late = one.begin(&lease).await.unwrap();
    let first = two.begin(&lease).await.unwrap();
    two.commit(first, &lease, step(1, 5)).await.unwrap();
    let moved = one.commit(late, &lease, step(1, 2)).await;
    let Err(ReadModelError::Moved {
        expected, found, ..
    }) = moved
    else {
        panic!("{moved:?}");
    };
    assert_eq!((expected, found), (1.into(), 5.into()));
}

#[tokio::test]
async fn a_transaction_in_the_way_for_too_long_is_busy() {
    let world = World::new();
    let (_, one, two) = pair(&world);
    let lease = leased(&one).await;
    let mut long = one.begin(&lease).await.unwrap();
    long.fetch_all(COUNT, ()).await.unwrap();
    let two = two.with_busy_timeout(Duration::from_millis(1));
    let busy = two.renew(&lease).await.unwrap_err();
    assert!(matches!(busy, ReadModelError::Busy { .. }), "{busy:?}");
    assert!(busy.is_transient());
    // Reading goes on meanwhile.
    assert_eq!(two.progress(&lease.build).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_switch_happens_once() {
    let world = World::new();
    let (_, one, two) = pair(&world);
    let first = leased(&one).await.build;
    let second = leased(&two).await.build;
    one.switch(&first, None).await.unwrap();
    let switched = two.switch(&second, None).await;
    assert!(matches!(switched, Err(ReadModelError::Switched { .. })));
    two.switch(&second, Some(&first)).await.unwrap();
    one.switch(&second, Some(&second)).await.unwrap();
    let records = one.builds(&first.model).await.unwrap();
    let live: Vec<_> = records.iter().filter(|record| record.is_live()).collect();
    assert_eq!(live.len(), 1);
    assert_eq!(live[0].build, second);
}

#[tokio::test]
async fn waiting_sees_the_rows_of_another_handle() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    let (reads, writes) = (world.projector(Counts), world.projector(Counts));
    let waiting = tokio::spawn(async move {
        let waited = reads.wait_until(2, Duration::from_secs(20)).await;
        waited.map(|()| reads)
    });
    writes.catch_up().await.unwrap();
    world.dim("lamp-1", "1").await;
    writes.catch_up().await.unwrap();
    let reads = waiting.await.unwrap().unwrap();
    let live = reads.live().await.unwrap();
    assert_eq!(live.through(), GlobalPosition::from(2));
    assert_eq!(live.progress[0].status, Status::Live);
}
