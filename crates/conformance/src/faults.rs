//! Laws on a storage that fails in the middle of an append or of a read.
//!
//! Each law first counts the operations of a call, and then lets the storage fail after some of
//! them: an append of 5 operations is tried with 0, 1, 2, 3 and 4 operations that succeed.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;

use futures_util::TryStreamExt;
use shared_kernel::store::{Direction, LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::time::Clock;
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, RecordedEvent, StoreError,
};
use std::num::NonZeroUsize;

use crate::race::together;
use crate::specimen::{AN_EARLY_MORNING, clock_at, events, stream};
use crate::walk::{add, land, whole_log};
use crate::{EventStoreHarness, FailingStore, FaultCounter};

/// The most points at which one call is made to fail.
const MOST_POINTS: u64 = 16;

/// [Law 46](shared_kernel::laws#law-46). A storage that fails in the middle of an append gives a
/// typed error and never half of the append. Once it works again, the same append lands, once.
pub async fn a_storage_that_fails_within_an_append_never_leaves_half_of_it(
    harness: &dyn EventStoreHarness,
) {
    let FailingStore { store, faults } = failing(harness).await;
    add(&store, "a-1", 3).await;
    let write = || {
        Append::new()
            .write(stream("a-1"), ExpectedVersion::Any, events(20))
            .write(stream("b-1"), ExpectedVersion::Any, events(15))
    };
    let before = faults.operations();
    land(&store, write()).await;
    let mut failures = 0;
    for after in points(faults.operations() - before) {
        let log = whole_log(&store).await;
        let append = write();
        faults.fail_after(after);
        let result = store.append(append.clone()).await;
        faults.heal();
        let landed = landed(&whole_log(&store).await, &log, &append, after);
        match result {
            Ok(_) => assert!(landed, "an acknowledged append is not there"),
            Err(AppendError::Store(error)) => {
                failures += 1;
                assert!(!landed, "an append that landed was answered with {error:?}");
            }
            Err(AppendError::OutcomeUnknown { .. }) => failures += 1,
            Err(error) => panic!("a storage that fails is {error:?}, no error of a storage"),
        }
        land(&store, append.clone()).await;
        let again = whole_log(&store).await;
        assert!(
            self::landed(&again, &log, &append, after),
            "the same append did not land when the storage worked again"
        );
    }
    assert!(failures > 0, "no append met a fault: are they counted?");
}

/// Whether `append` lies whole behind `before`; panics on a part of it and on any other change.
fn landed(log: &[RecordedEvent], before: &[RecordedEvent], append: &Append, after: u64) -> bool {
    assert!(log.starts_with(before), "a fault changed earlier events");
    let new: Vec<_> = log[before.len()..].iter().map(|event| event.id).collect();
    let appended: Vec<_> = append.events().map(|(_, event)| event.id).collect();
    assert!(
        new.is_empty() || new == appended,
        "a fault after {after} operations left {} of {} events",
        new.len(),
        appended.len()
    );
    !new.is_empty()
}

/// [Law 47](shared_kernel::laws#law-47). A storage that fails in the middle of a read gives a typed
/// error, never an early end: not of a stream, of the log or of the list of streams, and no wrong
/// version, head or event.
pub async fn a_storage_that_fails_within_a_read_never_ends_it_early(
    harness: &dyn EventStoreHarness,
) {
    let FailingStore { store, faults } = failing(harness).await;
    for _ in 0..5 {
        add(&store, "long-1", 8).await;
        add(&store, "other-1", 3).await;
    }
    for number in 2..20 {
        add(&store, format!("other-{number}"), 1).await;
    }
    let pages = NonZeroUsize::new(7).unwrap();
    for direction in [Direction::Forward, Direction::Backward] {
        let of_stream = StreamQuery::new(stream("long-1"))
            .page_size(pages)
            .direction(direction);
        let read = || store.read_stream(of_stream.clone()).try_collect::<Vec<_>>();
        let failures = whole_or_error(&faults, "a stream", read).await;
        assert!(failures > 0, "no read of a stream met a fault");

        let of_log = LogQuery::new().page_size(pages).direction(direction);
        let read = || store.read_log(of_log.clone()).try_collect::<Vec<_>>();
        let failures = whole_or_error(&faults, "the log", read).await;
        assert!(failures > 0, "no read of the log met a fault");
    }
    let all = StreamsQuery {
        page_size: Some(pages),
        ..StreamsQuery::default()
    };
    let read = || store.streams(all.clone()).try_collect::<Vec<_>>();
    whole_or_error(&faults, "the list of streams", read).await;

    // A store may answer these without its storage.
    let (long, last) = (stream("long-1"), whole_log(&store).await.pop());
    let last = last.expect("the log has events");
    let (last, time) = (last.id, last.recorded_at);
    whole_or_error(&faults, "a version", || store.stream_version(&long)).await;
    whole_or_error(&faults, "the head", || store.head()).await;
    whole_or_error(&faults, "a position", || store.position_at(time)).await;
    whole_or_error(&faults, "an event by its id", || store.find_event(last)).await;
}

/// Reads with a fault at each point. Returns how many of the reads failed; a read that does not
/// fail gives the same as without a fault.
async fn whole_or_error<T: PartialEq + Debug, F: Future<Output = Result<T, StoreError>>>(
    faults: &FaultCounter,
    place: &str,
    read: impl Fn() -> F,
) -> usize {
    let before = faults.operations();
    let expected = read().await.expect("it can be read without a fault");
    let mut failures = 0;
    for after in points(faults.operations() - before) {
        faults.fail_after(after);
        let result = read().await;
        faults.heal();
        match result {
            Ok(found) => assert!(
                found == expected,
                "{place}, read with a fault after {after} operations, is not whole"
            ),
            Err(_) => failures += 1,
        }
        let again = read().await.expect("it can be read after the fault");
        assert!(
            again == expected,
            "{place}, read after a fault, is not whole"
        );
    }
    failures
}

/// [Law 48](shared_kernel::laws#law-48). When a fault is gone, the store has every append that it
/// acknowledged, among many writers too, and none that it refused.
pub async fn after_a_fault_the_store_has_every_acknowledged_append(
    harness: &dyn EventStoreHarness,
) {
    const WRITERS: usize = 8;
    const APPENDS: usize = 3;
    let FailingStore { store, faults } = failing(harness).await;
    let before = faults.operations();
    write_all(&store, WRITERS, APPENDS).await;
    for after in points(faults.operations() - before) {
        faults.fail_after(after);
        let answers = write_all(&store, WRITERS, APPENDS).await;
        faults.heal();
        let recorded = whole_log(&store).await;
        let recorded: HashSet<_> = recorded.iter().map(|event| event.id).collect();
        for (append, answer) in answers {
            let count = append
                .events()
                .filter(|(_, event)| recorded.contains(&event.id));
            let expected = match answer {
                Ok(()) => "acknowledged",
                Err(AppendError::Store(_)) => "refused",
                Err(AppendError::OutcomeUnknown { .. }) => "unknown",
                Err(error) => panic!("a storage that fails is {error:?}"),
            };
            match (expected, count.count()) {
                ("acknowledged", 2) | ("refused", 0) | ("unknown", 0 | 2) => {}
                (_, count) => panic!(
                    "an append is {expected}, and after the fault {count} of its 2 events are there"
                ),
            }
            land(&store, append).await;
        }
    }
}

/// Lets writers append, each to a stream of its own, and returns each append with its answer.
async fn write_all(
    store: &Arc<dyn EventStore>,
    writers: usize,
    appends: usize,
) -> Vec<(Append, Result<(), AppendError>)> {
    let answers = together(writers, |writer| {
        let store = Arc::clone(store);
        async move {
            let mut answers = Vec::new();
            for _ in 0..appends {
                let name = stream(format!("writer-{writer}"));
                let append = Append::new().write(name, ExpectedVersion::Any, events(2));
                let answer = store.append(append.clone()).await;
                answers.push((append, answer.map(drop)));
            }
            answers
        }
    });
    answers.await.into_iter().flatten().collect()
}

/// Up to 16 numbers of operations, spread over those of a call.
fn points(operations: u64) -> Vec<u64> {
    let count = operations.min(MOST_POINTS);
    (0..count).map(|n| n * operations / count).collect()
}

async fn failing(harness: &dyn EventStoreHarness) -> FailingStore {
    let clock: Arc<dyn Clock> = clock_at(AN_EARLY_MORNING);
    let failing = harness.open_failing(clock).await;
    failing.expect(
        "the harness claims faults: implement open_failing, or list Unclaimed::FAULTS as unclaimed",
    )
}
