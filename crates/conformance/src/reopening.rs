//! Laws on a storage that is opened again after all its handles were dropped.

use shared_kernel::store::{AppendOutcome, StreamsQuery};
use shared_kernel::{Append, ExpectedVersion};

use crate::EventStoreHarness;
use crate::specimen::{events, position, store_of, stream, version};
use crate::walk::{land, streams, whole_log};

/// [Law 35](shared_kernel::laws#law-35). Acknowledged events are there after the storage was opened
/// again, and versions and positions go on from them.
pub async fn what_was_acknowledged_is_there_after_reopening(harness: &dyn EventStoreHarness) {
    let write = || {
        Append::new()
            .write(stream("a-1"), ExpectedVersion::Any, events(2))
            .write(stream("b-1"), ExpectedVersion::Any, events(1))
    };
    let store = store_of(harness).await;
    land(&store, write()).await;
    land(&store, write()).await;
    let log = whole_log(&store).await;
    let list = streams(&store, StreamsQuery::default()).await;
    let head = store.head().await.unwrap();
    drop(store);

    let store = store_of(harness).await;
    assert_eq!(whole_log(&store).await, log);
    assert_eq!(streams(&store, StreamsQuery::default()).await, list);
    assert_eq!(store.head().await.unwrap(), head);
    let receipt = land(&store, write()).await;
    assert_eq!(receipt.positions, [7, 8, 9].map(position));
    assert_eq!(receipt.version_of(&stream("a-1")), Some(version(6)));
}

/// [Law 12](shared_kernel::laws#law-12). An append that was acknowledged before the storage was
/// opened again is known as a repetition.
pub async fn a_repetition_is_known_as_one_after_reopening(harness: &dyn EventStoreHarness) {
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, events(2));
    let store = store_of(harness).await;
    let given = land(&store, append.clone()).await;
    drop(store);

    let store = store_of(harness).await;
    let receipt = land(&store, append).await;
    assert_eq!(receipt.outcome, AppendOutcome::Repeated);
    assert_eq!(receipt.positions, given.positions);
    assert_eq!(receipt.versions, given.versions);
    assert_eq!(whole_log(&store).await.len(), 2);
}
