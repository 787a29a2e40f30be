//! Law 36 for handles: the facts that a handle remembers are out of date at each append of another.

use futures_util::TryStreamExt;
use persistence_sqlite::SqliteStore;
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, RecordedEvent,
};

use crate::fixture::{Place, event, events, stream, version};

async fn log(store: &SqliteStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}

/// Every position once, every version of each stream once, and nothing wrong in the file.
async fn is_whole(store: &SqliteStore, count: u64) {
    let all = log(store).await;
    assert!(all.iter().map(|event| event.position.get()).eq(1..=count));
    let mut versions = std::collections::HashMap::new();
    for event in &all {
        let last = versions.entry(event.stream.clone()).or_insert(0);
        *last += 1;
        assert_eq!(event.version.get(), *last, "{}", event.stream);
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test]
async fn handles_that_write_by_turns_all_land() {
    let place = Place::new();
    let handles = [place.store().await, place.store().await];
    let mut position = 0;
    for turn in 0..200_u32 {
        let store = &handles[turn as usize % 2];
        let expected = match turn % 3 {
            _ if turn == 0 => ExpectedVersion::NoStream,
            0 => ExpectedVersion::Any,
            1 => ExpectedVersion::Exact(version(turn)),
            _ => ExpectedVersion::StreamExists,
        };
        // One stream that both write, and a new one.
        let append = Append::new()
            .write(stream("both-1"), expected, events(1))
            .write(
                stream(&format!("new-{turn}")),
                ExpectedVersion::NoStream,
                events(2),
            );
        let receipt = store.append(append).await.unwrap();
        assert_eq!(receipt.versions[0].1, version(turn + 1));
        assert_eq!(receipt.versions[1].1, version(2));
        let positions = receipt.positions.iter().map(|position| position.get());
        assert!(positions.eq(position + 1..=position + 3));
        position += 3;
    }
    is_whole(&handles[0], 600).await;
}

#[tokio::test]
async fn a_handle_that_was_overtaken_refuses_by_what_the_file_has() {
    let place = Place::new();
    let handles = [place.store().await, place.store().await];
    for turn in 0..50_u32 {
        let (store, other) = (
            &handles[turn as usize % 2],
            &handles[(turn as usize + 1) % 2],
        );
        let name = || stream("both-1");
        let before = version(turn);
        other
            .append_to(name(), ExpectedVersion::Any, events(1))
            .await
            .unwrap();
        // The handle remembers the version before.
        let expected = match turn {
            0 => ExpectedVersion::NoStream,
            _ => ExpectedVersion::Exact(before),
        };
        let refused = store.append_to(name(), expected, events(1)).await;
        assert!(
            matches!(&refused, Err(AppendError::Conflict(c)) if c.actual == version(turn + 1)),
            "{refused:?}"
        );
        let check = Append::new()
            .write(stream("c-1"), ExpectedVersion::Any, events(1))
            .check(name(), expected);
        let refused = store.append(check).await;
        assert!(
            matches!(&refused, Err(AppendError::Conflict(_))),
            "{refused:?}"
        );
    }
    is_whole(&handles[1], 50).await;
}

const TASKS: usize = 6;
const APPENDS: usize = 25;

/// Appends with any version, or with the version read before until no other task comes in between.
async fn write(store: SqliteStore, task: usize) {
    for turn in 0..APPENDS {
        let own = stream(&format!("own-{task}"));
        let new = vec![event("1"), event("2")];
        if task.is_multiple_of(2) {
            let any = ExpectedVersion::Any;
            store.append_to(stream("any-1"), any, new).await.unwrap();
        } else {
            loop {
                let found = store.stream_version(&stream("exact-1")).await.unwrap();
                let expected = ExpectedVersion::Exact(found);
                match store
                    .append_to(stream("exact-1"), expected, new.clone())
                    .await
                {
                    Ok(receipt) => break assert_eq!(receipt.versions[0].1.get(), found.get() + 2),
                    Err(AppendError::Conflict(conflict)) => assert!(conflict.actual > found),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        let expected = match turn {
            0 => ExpectedVersion::NoStream,
            turn => ExpectedVersion::Exact(version(u32::try_from(turn).unwrap())),
        };
        store.append_to(own, expected, events(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_on_two_handles_all_land() {
    let place = Place::new();
    let handles = [place.store().await, place.store().await];
    // Tasks 0, 1, 4, 5 … use the first handle, so each handle has tasks of either expectation.
    let tasks = (0..2 * TASKS).map(|task| tokio::spawn(write(handles[task / 2 % 2].clone(), task)));
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let written = 2 * TASKS * APPENDS * 3;
    is_whole(&handles[0], written as u64).await;
    for name in ["any-1", "exact-1"] {
        let events = handles[1].read_whole_stream(stream(name)).await.unwrap();
        assert_eq!(events.len(), TASKS * APPENDS * 2);
        // No append came between the two events of another.
        for pair in events.chunks(2) {
            assert_eq!(
                (&pair[0].payload[..], &pair[1].payload[..]),
                (&b"1"[..], &b"2"[..])
            );
            assert_eq!(pair[0].position.next(), Some(pair[1].position));
        }
    }
}
