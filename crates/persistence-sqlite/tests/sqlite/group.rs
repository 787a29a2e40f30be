//! Appends that wait at the same time share a commit. Each is accepted or refused by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use jiff::Timestamp;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::store::{AppendOutcome, LogQuery};
use shared_kernel::time::Clock;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StoreError,
};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream, version};

#[tokio::test]
async fn neighbours_in_a_queue_are_judged_each_by_itself() {
    let place = Place::new();
    let store = place.store().await;
    let repeated = events(1);
    // Polled in turn by one task, so that they stand in the queue in this order.
    let none = ExpectedVersion::NoStream;
    let answers = join_all([
        store.append_to(stream("a-1"), none, repeated.clone()),
        store.append_to(stream("a-1"), none, events(1)),
        store.append_to(stream("a-1"), none, repeated.clone()),
        store.append_to(stream("b-1"), none, repeated),
        store.append_to(stream("a-1"), ExpectedVersion::Exact(version(1)), events(2)),
        store.append_to(stream("b-1"), none, events(1)),
    ])
    .await;

    assert_eq!(answers[0].as_ref().unwrap().positions[0].get(), 1);
    assert!(matches!(&answers[1], Err(AppendError::Conflict(c)) if c.actual == version(1)));
    assert_eq!(
        answers[2].as_ref().unwrap().outcome,
        AppendOutcome::Repeated
    );
    assert!(matches!(&answers[3], Err(AppendError::IdReused { .. })));
    assert_eq!(answers[4].as_ref().unwrap().versions[0].1, version(3));
    assert_eq!(answers[5].as_ref().unwrap().positions[0].get(), 4);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_writer_that_was_overtaken_by_another_handle_answers_from_the_file() {
    let place = Place::new();
    let (one, other) = (place.store().await, place.store().await);
    let any = ExpectedVersion::Any;
    let exactly = |number| ExpectedVersion::Exact(version(number));
    one.append_to(stream("a-1"), any, events(1)).await.unwrap();
    let overtaking = events(2);
    other
        .append_to(stream("a-1"), any, overtaking.clone())
        .await
        .unwrap();
    other
        .append_to(stream("b-1"), any, events(1))
        .await
        .unwrap();

    // The facts of this handle are out of date now, each time in another way.
    let conflict = one.append_to(stream("a-1"), exactly(1), events(1)).await;
    assert!(matches!(conflict, Err(AppendError::Conflict(c)) if c.actual == version(3)));
    let conflict = one
        .append_to(stream("b-1"), ExpectedVersion::NoStream, events(1))
        .await;
    assert!(matches!(conflict, Err(AppendError::Conflict(c)) if c.actual == version(1)));
    let repeated = one.append_to(stream("a-1"), exactly(1), overtaking).await;
    assert_eq!(repeated.unwrap().outcome, AppendOutcome::Repeated);
    other
        .append_to(stream("c-1"), any, events(1))
        .await
        .unwrap();
    let written = one.append_to(stream("c-1"), any, events(1)).await.unwrap();
    assert_eq!(written.versions[0].1, version(2));
    let written = one.append_to(stream("a-1"), exactly(3), events(1)).await;
    assert_eq!(written.unwrap().positions[0].get(), 7);
    assert!(one.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn an_append_of_more_events_than_are_handed_over_at_once_is_whole() {
    let place = Place::new();
    let store = place.store().await;
    for (count, last) in [(1023, 1023), (1025, 2048), (2500, 4548)] {
        let receipt = store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(count))
            .await
            .unwrap();
        assert_eq!(receipt.last_position().unwrap().get(), last);
    }
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap().len(),
        4548
    );
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_locked_file_is_busy_for_writers_and_open_for_readers() {
    let place = Place::new();
    let options = SqliteOptions::new().with_busy_timeout(Duration::from_millis(20));
    let store = place.store_with(options).await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
        .await
        .unwrap();
    let mut shell = place.shell().await;
    shell.execute("BEGIN IMMEDIATE").await.unwrap();

    let again = events(1);
    let expected = ExpectedVersion::Exact(version(1));
    let refused = store
        .append_to(stream("a-1"), expected, again.clone())
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, AppendError::Store(StoreError::Busy { .. })),
        "{refused:?}"
    );
    assert!(refused.is_transient());
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap().len(),
        1
    );

    shell.execute("ROLLBACK").await.unwrap();
    let receipt = store
        .append_to(stream("a-1"), expected, again)
        .await
        .unwrap();
    assert_eq!(receipt.outcome, AppendOutcome::Written);
}

#[tokio::test]
async fn a_write_that_the_file_refuses_fails_alone() {
    let place = Place::new();
    let store = place.store().await;
    // A trigger of another program that refuses one batch.
    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON batches \
        WHEN instr(NEW.events, 'poison') BEGIN SELECT RAISE (ABORT, 'no'); END";
    place.shell().await.execute(trigger).await.unwrap();
    let poison = vec![event("{}"), event("\"poison\"")];
    let answers = join_all([
        store.append_to(stream("a-1"), ExpectedVersion::Any, events(1)),
        store.append_to(stream("b-1"), ExpectedVersion::Any, poison),
        store.append_to(stream("c-1"), ExpectedVersion::Any, events(1)),
    ])
    .await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(
        &answers[1],
        Err(AppendError::Store(StoreError::Backend { .. }))
    ));
    assert_eq!(
        store.stream_version(&stream("b-1")).await.unwrap(),
        version(0)
    );
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean() && report.events == 2, "{report:?}");
}

#[tokio::test]
async fn a_caller_that_goes_away_harms_no_other() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..20 {
        let mut gone = store.append_to(stream("a-1"), ExpectedVersion::Any, events(2));
        assert!(futures_util::FutureExt::now_or_never(gone.as_mut()).is_none());
        drop(gone);
        store
            .append_to(stream("b-1"), ExpectedVersion::Any, events(1))
            .await
            .unwrap();
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean());
    let gone = store.stream_version(&stream("a-1")).await.unwrap().get();
    assert_eq!(report.events, 20 + gone);
}

#[tokio::test]
async fn more_writers_than_one_group_has_lose_nothing() {
    let place = Place::new();
    let options = SqliteOptions::new()
        .with_readers(std::num::NonZeroU32::MIN)
        .with_durability(Durability::MayLoseLastAppendsOnPowerLoss);
    let store = place.store_with(options).await;
    for round in 1..=2 {
        let appends =
            (0..700).map(|_| store.append_to(stream("a-1"), ExpectedVersion::Any, events(1)));
        let mut positions = Vec::new();
        for answer in join_all(appends).await {
            positions.push(answer.unwrap().positions[0].get());
        }
        // A queue is served in its order.
        assert!(positions.into_iter().eq(700 * round - 699..=700 * round));
    }
    let found = store.stream_version(&stream("a-1")).await.unwrap();
    assert_eq!(found, version(1_400));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn an_append_of_any_length_is_found_by_its_stream_and_its_ids() {
    let place = Place::new();
    let store = place.store().await;
    for count in [1, 2, 63, 64, 65, 127, 128, 129, 1_025] {
        let stream = stream(&format!("length-{count}"));
        let two = [events(count), events(count)];
        let append =
            |events: &Vec<_>| store.append_to(stream.clone(), ExpectedVersion::Any, events.clone());
        for events in &two {
            assert_eq!(
                append(events).await.unwrap().outcome,
                AppendOutcome::Written
            );
        }
        let read = store.read_whole_stream(stream.clone()).await.unwrap();
        let read: Vec<_> = read.iter().map(|event| event.id).collect();
        let written: Vec<_> = two.iter().flatten().map(|event| event.id).collect();
        assert!(read == written, "{count}");
        for events in &two {
            assert_eq!(
                append(events).await.unwrap().outcome,
                AppendOutcome::Repeated
            );
        }
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

/// The writer plans an append from the facts that it remembers, as if it were new. The INSERT of a
/// repetition fails, and leaves no version, position or stream behind.
#[tokio::test]
async fn a_repetition_that_was_planned_as_new_leaves_no_trace() {
    let place = Place::new();
    let store = place.store().await;
    let (a, b, any) = (stream("a-1"), stream("b-1"), ExpectedVersion::Any);
    let first = events(1);
    store
        .append_to(a.clone(), any, first.clone())
        .await
        .unwrap();
    let repeated = store.append_to(a.clone(), any, first.clone()).await;
    assert_eq!(repeated.unwrap().outcome, AppendOutcome::Repeated);
    let reused = store.append_to(b.clone(), any, first).await;
    assert!(
        matches!(reused, Err(AppendError::IdReused { .. })),
        "{reused:?}"
    );

    let next = store.append_to(a, any, events(1)).await.unwrap();
    assert_eq!(
        (next.versions[0].1, next.positions[0].get()),
        (version(2), 2)
    );
    let new = store.append_to(b, any, events(1)).await.unwrap();
    assert_eq!((new.versions[0].1, new.positions[0].get()), (version(1), 3));
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test]
async fn no_append_overtakes_a_neighbour_that_is_refused() {
    let place = Place::new();
    let store = place.store().await;
    let append = |expected| store.append_to(stream("a-1"), expected, events(1));
    let (any, none) = (ExpectedVersion::Any, ExpectedVersion::NoStream);
    let answers = join_all([append(any), append(none), append(any), append(none)]).await;
    let seen = |answer: &Result<_, AppendError>| match answer {
        Err(AppendError::Conflict(conflict)) => conflict.actual,
        other => panic!("{other:?}"),
    };
    // Each is refused for the version that those before it have left.
    assert_eq!(
        (seen(&answers[1]), seen(&answers[3])),
        (version(1), version(2))
    );
    assert_eq!(answers[2].as_ref().unwrap().versions[0].1, version(2));
}

/// A clock that goes on by a second at each look. The events of a commit share the latest time of
/// its appends, so equal times tell that appends shared a commit.
#[derive(Debug, Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

async fn ticking(place: &Place) -> SqliteStore {
    let clock = Arc::new(Ticking::default());
    place
        .store_with(SqliteOptions::new().with_clock(clock))
        .await
}

/// An append is repeated while the first one still waits for the same commit.
#[tokio::test]
async fn an_append_that_is_repeated_within_a_group_gets_the_receipt_of_the_first() {
    let place = Place::new();
    let store = place.store().await;
    let exactly = |number| ExpectedVersion::Exact(version(number));
    let one = events(1);
    let append = |name, expected, events: &[NewEvent]| {
        store.append_to(stream(name), expected, events.to_vec())
    };
    // The first one begins a commit. The others wait, and are a group.
    let first = events(1);
    let (begun, written, repeated) = tokio::join!(
        append("a-1", ExpectedVersion::NoStream, &first),
        append("a-1", exactly(1), &one),
        append("a-1", exactly(1), &one),
    );
    begun.unwrap();
    let (written, repeated) = (written.unwrap(), repeated.unwrap());
    assert_eq!(written.outcome, AppendOutcome::Written);
    assert_eq!(repeated.outcome, AppendOutcome::Repeated);
    assert_eq!(written.positions, repeated.positions);

    let two = [events(1), events(1)].concat();
    let (begun, written, reused, new) = tokio::join!(
        append("a-1", exactly(2), &events(1)),
        append("a-1", exactly(3), &two[..1]),
        append("a-1", exactly(4), &two),
        append("b-1", ExpectedVersion::NoStream, &events(1)),
    );
    begun.unwrap();
    assert_eq!(written.unwrap().positions[0].get(), 4);
    assert!(matches!(reused, Err(AppendError::IdReused { .. })));
    assert_eq!(new.unwrap().positions[0].get(), 5);
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn callers_that_wait_during_a_commit_share_the_next_one() {
    let place = Place::new();
    let store = ticking(&place).await;
    let append = |name, expected| store.append_to(stream(name), expected, events(1));
    let exactly = |number| ExpectedVersion::Exact(version(number));
    // The first one begins a commit. The others wait, and are a group: one follows the first, one
    // begins a stream, and the last one conflicts with the second.
    let (first, next, new, refused) = tokio::join!(
        append("a-1", ExpectedVersion::NoStream),
        append("a-1", exactly(1)),
        append("c-1", ExpectedVersion::NoStream),
        append("a-1", exactly(1)),
    );
    assert_eq!(first.unwrap().positions[0].get(), 1);
    assert_eq!(next.unwrap().positions[0].get(), 2);
    assert_eq!(new.unwrap().positions[0].get(), 3);
    assert!(matches!(refused, Err(AppendError::Conflict(c)) if c.actual == version(2)));
    let log: Vec<_> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    let at = |event: &RecordedEvent| event.recorded_at.as_second();
    assert!(at(&log[0]) < at(&log[1]));
    assert_eq!(at(&log[1]), at(&log[2]));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn an_append_from_before_a_close_is_whole() {
    let place = Place::new();
    let store = ticking(&place).await;
    let append = |name| store.append_to(stream(name), ExpectedVersion::Any, events(1));
    let (one, other) = tokio::join!(append("a-1"), append("b-1"));
    assert!(one.is_ok() && other.is_ok());
    let (before, (), after) = tokio::join!(
        append("a-1"),
        async {
            tokio::task::yield_now().await;
            store.close().await;
        },
        async {
            tokio::task::yield_now().await;
            append("b-1").await
        },
    );
    before.unwrap();
    // One that comes at the same time as the close is written or refused.
    let is_closed = |answer| matches!(answer, Err(AppendError::Store(StoreError::Closed { .. })));
    let written = if after.is_ok() { 4 } else { 3 };
    assert!(after.is_ok() || is_closed(after));
    assert!(is_closed(append("c-1").await));
    let store = place.store().await;
    let log: Vec<_> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    assert_eq!(log.len(), written);
}

#[tokio::test]
async fn callers_that_are_refused_and_come_again_keep_no_store_open() {
    let place = Place::new();
    let store = place.store().await;
    let append = || store.append_to(stream("a-1"), ExpectedVersion::Any, events(1));
    let is_closed = AtomicBool::new(false);
    let come_again = || async {
        let mut answers = 0;
        while !is_closed.load(Ordering::Relaxed) {
            answers += 1;
            assert!(answers < 100_000, "the store is never closed");
            if append().await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::join!(come_again(), come_again(), come_again(), async {
        append().await.unwrap();
        store.close().await;
        is_closed.store(true, Ordering::Relaxed);
    });
    assert!(append().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_on_two_threads_lose_nothing() {
    let place = Place::new();
    let store = place.store().await;
    let tasks = (0..16).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut positions = Vec::new();
            for round in 0..30_u32 {
                let name = match round % 3 {
                    0 => format!("own-{task}"),
                    1 => format!("new-{task}-{round}"),
                    _ => "all-1".to_owned(),
                };
                let any = ExpectedVersion::Any;
                let receipt = store.append_to(stream(&name), any, events(1)).await;
                positions.push(receipt.unwrap().positions[0].get());
                if round % 7 == task % 7 {
                    tokio::task::yield_now().await;
                }
            }
            positions
        })
    });
    let mut positions = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        positions.extend(task.await.unwrap());
    }
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=480));
    let all = store.read_whole_stream(stream("all-1")).await.unwrap();
    assert!(all.iter().map(|event| event.version.get()).eq(1..=160));
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}
