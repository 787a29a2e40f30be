//! Law 36: two processes write one file, and nothing is lost, doubled or skipped.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventId, EventStore, EventStoreExt, RecordedEvent};

use crate::fixture::Place;
use crate::writer_process::{Acknowledged, WriterProcess};

const WRITERS: usize = 8;
const APPENDS: usize = 250;
const BATCH: usize = 5;
const EVENTS: usize = 2 * WRITERS * APPENDS * BATCH;

/// Compares the acknowledged events with the recorded ones.
pub(crate) async fn assert_all_there(store: &SqliteStore, told: &[Acknowledged]) {
    let ids: HashSet<EventId> = told.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), told.len(), "no event is acknowledged twice");
    for acknowledged in told {
        let found = store.find_event(acknowledged.id).await.unwrap().unwrap();
        let found = Acknowledged {
            id: found.id,
            stream: found.stream.to_string(),
            version: found.version,
            position: found.position,
        };
        assert_eq!(found, *acknowledged);
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_of_eight_writers_lose_double_and_skip_nothing() {
    let place = Place::new();
    let store = place.store().await;
    // A reader that follows from the start while they write.
    let follower = tokio::spawn({
        let store = store.clone();
        async move {
            let query = LogQuery::new().limit(EVENTS as u64);
            store
                .follow(query)
                .try_collect::<Vec<RecordedEvent>>()
                .await
                .unwrap()
        }
    });
    let start = || WriterProcess::start(&place.store_path(), WRITERS, APPENDS, BATCH);
    let (first, second) = (start(), start());
    let (first, second) = tokio::join!(first.finish(), second.finish());

    let followed = follower.await.unwrap();
    assert!(
        followed
            .iter()
            .map(|event| event.position.get())
            .eq(1..=EVENTS as u64)
    );
    let told = [first, second].concat();
    assert_eq!(told.len(), EVENTS);
    assert_all_there(&store, &told).await;
    let again: Vec<_> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    assert_eq!(again, followed);
}
