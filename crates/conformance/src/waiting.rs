//! Laws on readers that wait, pause in the middle of a read, or follow the log.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, poll};
use shared_kernel::store::{LogQuery, ReadStream, StreamQuery};
use shared_kernel::{
    Append, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, RecordedEvent,
};
use tokio::time::timeout;

use crate::EventStoreHarness;
use crate::race::{finished, together};
use crate::specimen::{category, events, position, store_of, stream, version};
use crate::walk::{add, land};

/// [Law 23](shared_kernel::laws#law-23). A reader that waits for the next event wakes when it
/// comes, and is told how far the log has come.
pub async fn a_waiting_reader_wakes_when_an_event_comes(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    for last in 0..3 {
        let mut waiting = pin!(store.wait_past(position(last)));
        assert!(
            poll!(waiting.as_mut()).is_pending(),
            "it does not wait for the first event"
        );
        append_one(&*store).await;
        let woken = timeout(harness.patience(), waiting).await;
        let reached = woken.expect("the reader wakes in time").unwrap();
        assert_eq!(reached, position(last + 1));
    }
}

/// [Law 23](shared_kernel::laws#law-23). All readers that wait wake, however many they are.
pub async fn all_waiting_readers_wake(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    append_one(&*store).await;
    let waiting = (0..20).map(|_| store.wait_past(GlobalPosition::FIRST));
    let mut waiting: Vec<_> = waiting.collect();
    for reader in &mut waiting {
        assert!(poll!(reader.as_mut()).is_pending(), "it does not wait");
    }
    append_one(&*store).await;
    for reader in waiting {
        let woken = timeout(harness.patience(), reader).await;
        assert_eq!(
            woken.expect("the reader wakes in time").unwrap(),
            position(2)
        );
    }
}

/// [Law 23](shared_kernel::laws#law-23). Waiting for an event that is already there ends at once,
/// with the head of the log.
pub async fn waiting_past_what_is_already_there_is_answered_with_the_head(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    for _ in 0..3 {
        append_one(&*store).await;
    }
    for behind in 0..3 {
        let answer = timeout(harness.patience(), store.wait_past(position(behind))).await;
        assert_eq!(
            answer.expect("the answer comes in time").unwrap(),
            position(3)
        );
    }
}

/// [Law 23](shared_kernel::laws#law-23). A reader that waits past a position is not answered before
/// an event past it is there.
pub async fn a_waiting_reader_is_not_answered_before_its_event_is_there(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    append_one(&*store).await;
    let mut patient = pin!(store.wait_past(position(4)));
    let mut endless: Vec<_> = [
        (1 << 31) - 1,
        1 << 31,
        1 << 32,
        (1 << 32) + 1,
        GlobalPosition::MAX.get(),
    ]
    .map(|past| store.wait_past(position(past)))
    .into();
    for _ in 1..4 {
        assert!(
            poll!(patient.as_mut()).is_pending(),
            "it was answered too early"
        );
        append_one(&*store).await;
    }
    assert!(
        poll!(patient.as_mut()).is_pending(),
        "it was answered for its own position"
    );
    append_one(&*store).await;
    let woken = timeout(harness.patience(), patient).await;
    assert_eq!(
        woken.expect("the reader wakes in time").unwrap(),
        position(5)
    );
    for reader in &mut endless {
        assert!(
            poll!(reader.as_mut()).is_pending(),
            "it was answered for an event far off"
        );
    }
}

/// [Law 23](shared_kernel::laws#law-23). A reader left idle in the middle of a stream or of the
/// log, or in the middle of waiting, blocks no writer, and goes on later where it stopped.
pub async fn a_reader_left_idle_blocks_no_writer(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let name = stream("a-1");
    let write = || Append::new().write(name.clone(), ExpectedVersion::Any, events(4));
    land(&store, write()).await;

    let page_size = NonZeroUsize::new(2).unwrap();
    let mut of_stream = store.read_stream(StreamQuery::new(name.clone()).page_size(page_size));
    let mut of_log = store.read_log(LogQuery::new().page_size(page_size));
    let patience = harness.patience();
    assert_eq!(next(&mut of_stream, patience).await.version, version(1));
    assert_eq!(next(&mut of_log, patience).await.position, position(1));
    let mut waiting = pin!(store.wait_past(position(100)));
    assert!(poll!(waiting.as_mut()).is_pending(), "it does not wait");

    for _ in 0..3 {
        let append = timeout(patience, store.append(write())).await;
        append
            .expect("the writer is not blocked")
            .expect("the append lands");
    }
    for expected in 2..=4 {
        assert_eq!(
            next(&mut of_stream, patience).await.version,
            version(expected)
        );
        assert_eq!(
            next(&mut of_log, patience).await.position,
            position(expected)
        );
    }
}

/// [Law 23](shared_kernel::laws#law-23). A follower begins at the position of its query, gets every
/// event once and in order while writers write, and waits for later ones.
pub async fn a_follower_gets_every_event_once_while_writers_write(harness: &dyn EventStoreHarness) {
    const WRITERS: usize = 4;
    const APPENDS: usize = 10;
    let store = store_of(harness).await;
    for _ in 0..3 {
        append_one(&*store).await;
    }
    let writing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            together(WRITERS, |writer| {
                let store = Arc::clone(&store);
                async move {
                    for _ in 0..APPENDS {
                        let name = stream(format!("writer-{writer}"));
                        let append = Append::new().write(name, ExpectedVersion::Any, events(2));
                        land(&*store, append).await;
                    }
                }
            })
            .await;
        })
    };
    let from = position(3);
    let query = LogQuery::new()
        .positions(from..)
        .page_size(NonZeroUsize::new(3).unwrap());
    let mut following = store.follow(query);
    let mut ids = HashSet::new();
    for expected in 3..=(3 + WRITERS * APPENDS * 2) as u64 {
        let event = next(&mut following, harness.patience()).await;
        assert_eq!(
            event.position,
            position(expected),
            "the follower missed or repeated one"
        );
        assert!(ids.insert(event.id), "the follower got {} twice", event.id);
    }
    finished(writing.await);
    append_one(&*store).await;
    let event = next(&mut following, harness.patience()).await;
    assert!(ids.insert(event.id), "the follower got {} twice", event.id);
}

/// [Law 23](shared_kernel::laws#law-23). A follower with a filter gets only the events that pass
/// it, also when none passes for long, and ends at its limit.
pub async fn a_follower_with_a_filter_gets_only_what_passes_it(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let query = LogQuery::new()
        .category(category("wanted"))
        .limit(5)
        .page_size(NonZeroUsize::new(2).unwrap());
    let mut following = store.follow(query);
    let mut expected = Vec::new();
    for round in 0..5 {
        for name in ["other-1", "wanted", "wantedtoo-1"] {
            let name = if name == "wanted" {
                format!("wanted-{round}")
            } else {
                name.to_owned()
            };
            let wanted = name.starts_with("wanted-");
            let batch = events(if wanted { 1 } else { 3 });
            expected.extend(batch.iter().filter(|_| wanted).map(|event| event.id));
            land(
                &store,
                Append::new().write(stream(name), ExpectedVersion::Any, batch),
            )
            .await;
        }
        let event = next(&mut following, harness.patience()).await;
        assert_eq!(Some(&event.id), expected.last());
    }
    let end = timeout(harness.patience(), following.next()).await;
    assert!(
        end.expect("the end comes in time").is_none(),
        "the follower goes past its limit"
    );
}

async fn append_one(store: &dyn EventStore) {
    add(store, "tick-1", 1).await;
}

async fn next(reading: &mut ReadStream<'_, RecordedEvent>, patience: Duration) -> RecordedEvent {
    let event = timeout(patience, reading.next()).await;
    let event = event.expect("the next event comes in time");
    event
        .expect("there is a next event")
        .expect("it can be read")
}
