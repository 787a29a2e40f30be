//! Laws on writers that race.

use std::sync::Arc;

use shared_kernel::store::{AppendOutcome, AppendReceipt};
use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion, NewEvent};

use crate::EventStoreHarness;
use crate::race::together;
use crate::specimen::{events, exactly, store_of, stream, version};
use crate::walk::{land, whole_log, whole_stream};

const WRITERS: usize = 16;

/// [Law 9](shared_kernel::laws#law-9). Of N writers racing on `Exact(v)`, exactly one wins; the
/// others get a conflict that says the version which the winner left.
pub async fn of_many_writers_on_one_exact_version_exactly_one_wins(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let name = stream("contended-1");
    land(
        &store,
        Append::new().write(name.clone(), ExpectedVersion::Any, events(1)),
    )
    .await;
    for round in 1..=5 {
        let results = together(WRITERS, |_| {
            let append = Append::new().write(name.clone(), exactly(round), events(1));
            let store = Arc::clone(&store);
            async move { store.append(append).await }
        })
        .await;
        let (winners, losers): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(winners.len(), 1, "winners on version {round}");
        for loser in losers {
            let Err(AppendError::Conflict(conflict)) = loser else {
                panic!("a writer who lost the race got {loser:?}, not a conflict");
            };
            assert_eq!(conflict.stream, name);
            assert_eq!(conflict.expected, exactly(round));
            assert_eq!(conflict.actual, version(round + 1));
        }
        assert_eq!(whole_stream(&store, &name).await.len() as u64, round + 1);
    }
}

/// [Law 9](shared_kernel::laws#law-9). Of N writers on `Any`, all land: versions are contiguous,
/// each writer's own order is kept, and their batches do not interleave.
pub async fn writers_on_any_all_land_in_their_own_order_and_do_not_interleave(
    harness: &dyn EventStoreHarness,
) {
    const BATCHES: usize = 6;
    let store = store_of(harness).await;
    let batches: Vec<Vec<Vec<NewEvent>>> = (0..WRITERS)
        .map(|_| (0..BATCHES).map(|_| events(3)).collect())
        .collect();
    let receipts = together(WRITERS, |writer| {
        let store = Arc::clone(&store);
        let batches = batches[writer].clone();
        async move {
            let mut receipts = Vec::new();
            for batch in batches {
                let append = Append::new().write(stream("shared-1"), ExpectedVersion::Any, batch);
                receipts.push(land(&store, append).await);
                // So that writers take turns also where there is but one thread for them.
                tokio::task::yield_now().await;
            }
            receipts
        }
    })
    .await;

    let log = whole_log(&store).await;
    let versions: Vec<_> = log.iter().map(|event| event.version.get()).collect();
    let contiguous: Vec<_> = (1..=(WRITERS * BATCHES * 3) as u64).collect();
    assert_eq!(versions, contiguous, "the versions of the shared stream");
    for (batches, receipts) in batches.iter().zip(&receipts) {
        let mut last = None;
        for (batch, receipt) in batches.iter().zip(receipts) {
            let first = receipt.positions[0];
            assert!(
                last < Some(first),
                "a writer's later batch lies before its earlier one"
            );
            let index = first.get() as usize - 1;
            for (event, record) in batch.iter().zip(&log[index..]) {
                assert_eq!(
                    record.id, event.id,
                    "batches interleave at {}",
                    record.position
                );
            }
            last = receipt.last_position();
        }
    }
}

/// [Law 9](shared_kernel::laws#law-9). Writers that name the same streams in opposite orders do not
/// block one another for good.
pub async fn appends_over_the_same_streams_in_opposite_orders_all_land(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let racing = together(WRITERS, |writer| {
        let store = Arc::clone(&store);
        let (first, second) = if writer % 2 == 0 {
            ("a-1", "b-1")
        } else {
            ("b-1", "a-1")
        };
        async move {
            for _ in 0..4 {
                let append = Append::new()
                    .write(stream(first), ExpectedVersion::Any, events(1))
                    .write(stream(second), ExpectedVersion::Any, events(1));
                land(&store, append).await;
            }
        }
    });
    let ended = tokio::time::timeout(harness.patience() * 4, racing).await;
    assert!(ended.is_ok(), "writers wait for one another for good");
    assert_eq!(whole_log(&store).await.len(), WRITERS * 4 * 2);
}

/// [Law 12](shared_kernel::laws#law-12). Of N writers racing with the very same append, one writes
/// it and the others repeat it, with one and the same receipt.
pub async fn of_many_writers_of_the_same_append_one_writes_and_the_others_repeat(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let append = Append::new()
        .write(stream("a-1"), ExpectedVersion::Any, events(2))
        .write(stream("b-1"), ExpectedVersion::Any, events(1));
    let receipts = together(WRITERS, |_| {
        let (store, append) = (Arc::clone(&store), append.clone());
        async move { land(&store, append).await }
    })
    .await;
    let wrote = |receipt: &&AppendReceipt| receipt.outcome == AppendOutcome::Written;
    assert_eq!(
        receipts.iter().filter(wrote).count(),
        1,
        "writers who wrote"
    );
    for receipt in &receipts {
        assert_eq!(receipt.positions, receipts[0].positions);
        assert_eq!(receipt.versions, receipts[0].versions);
    }
    assert_eq!(whole_log(&store).await.len(), 3);
}
