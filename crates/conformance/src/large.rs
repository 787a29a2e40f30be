//! Laws on large numbers: of events in an append, of events in a read, of streams in an append.

use std::num::NonZeroUsize;

use futures_util::TryStreamExt;
use shared_kernel::store::{
    AppendOutcome, DEFAULT_PAGE_SIZE, Direction, LogQuery, StreamQuery, StreamsQuery,
};
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent,
    StreamId, StreamVersion,
};

use crate::EventStoreHarness;
use crate::specimen::{events, exactly, position, store_of, stream, version};
use crate::walk::{self, add, land};

/// [Law 43](shared_kernel::laws#law-43). An append of 8,001 events over three streams is whole: its
/// versions, positions, order and content. Repeated, it returns the same receipt and writes
/// nothing; refused, it writes nothing.
pub async fn an_append_of_8001_events_is_whole(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    add(&store, "before-1", 1).await;
    let parts = [("a-1", 5_000), ("b-1", 1), ("c-1", 3_000)];
    let append = parts.iter().fold(Append::new(), |append, (name, count)| {
        append.write(stream(name), ExpectedVersion::NoStream, events(*count))
    });

    let refused = append.clone().check(stream("before-1"), exactly(2));
    let error = store.append(refused).await;
    assert!(matches!(error, Err(AppendError::Conflict(_))), "{error:?}");
    assert_eq!(store.head().await.unwrap(), Some(position(1)));

    let receipt = land(&store, append.clone()).await;
    assert_eq!(receipt.outcome, AppendOutcome::Written);
    assert!(
        receipt
            .positions
            .iter()
            .copied()
            .eq((2..=8_002).map(position))
    );
    let versions = parts.map(|(name, count)| (stream(name), version(count as u64)));
    assert_eq!(receipt.versions, versions);

    let repeated = land(&store, append.clone()).await;
    assert_eq!(repeated.outcome, AppendOutcome::Repeated);
    assert!(repeated.positions == receipt.positions, "other positions");
    assert_eq!(repeated.versions, receipt.versions);

    add(&store, "after-1", 1).await;
    let pages = NonZeroUsize::new(1_000).unwrap();
    let log = walk::log(&*store, LogQuery::new().page_size(pages)).await;
    assert_eq!(log.len(), 8_003);
    let expected = append.writes().iter().flat_map(|write| {
        let numbered = (1..).zip(&write.events);
        numbered.map(|(version, event)| (&write.stream, version, event))
    });
    assert_recorded(&log[1..8_002], expected);
    for write in append.writes() {
        let query = StreamQuery::new(write.stream.clone()).page_size(pages);
        let numbered = (1..).zip(&write.events);
        let expected = numbered.map(|(version, event)| (&write.stream, version, event));
        assert_recorded(&walk::stream(&*store, query).await, expected);
    }
}

fn assert_recorded<'a>(
    found: &[RecordedEvent],
    expected: impl Iterator<Item = (&'a StreamId, u64, &'a NewEvent)>,
) {
    let mut found = found.iter();
    for (stream, version, event) in expected {
        let found = found.next().expect("as many events are read as written");
        assert_eq!(
            (&found.stream, found.version.get(), found.id),
            (stream, version, event.id)
        );
        assert_eq!(found.payload, event.payload, "the payload of {}", event.id);
    }
    assert_eq!(found.len(), 0, "events that nobody wrote");
}

/// [Law 44](shared_kernel::laws#law-44). A read of more than one default page is whole, forward and
/// backward: of a stream, of the log and of the list of streams.
pub async fn a_read_of_more_than_one_default_page_is_whole(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let count = DEFAULT_PAGE_SIZE.get() + 3;
    // Half of the long stream, then three more streams than a page holds, then the other half.
    let halves = [count / 2, count - count / 2];
    add(&store, "long-1", halves[0]).await;
    let others = (0..count).fold(Append::new(), |append, number| {
        let name = stream(format!("other-{number:05}"));
        append.write(name, ExpectedVersion::NoStream, events(1))
    });
    land(&store, others).await;
    add(&store, "long-1", halves[1]).await;

    let versions: Vec<u64> = (1..=count as u64).collect();
    let positions: Vec<u64> = (1..=2 * count as u64).collect();
    for direction in [Direction::Forward, Direction::Backward] {
        let of_stream = StreamQuery::new(stream("long-1")).direction(direction);
        let of_log = LogQuery::new().direction(direction);
        for (way, stream, log) in [
            (
                "page by page",
                walk::stream(&*store, of_stream.clone()).await,
                walk::log(&*store, of_log.clone()).await,
            ),
            (
                "as one stream",
                store.read_stream(of_stream).try_collect().await.unwrap(),
                store.read_log(of_log).try_collect().await.unwrap(),
            ),
        ] {
            let stream = stream.iter().map(|event| event.version.get());
            assert!(
                forward(stream.collect(), direction) == versions,
                "a stream read {direction:?} {way} is not whole"
            );
            let log = log.iter().map(|event| event.position.get());
            assert!(
                forward(log.collect(), direction) == positions,
                "the log read {direction:?} {way} is not whole"
            );
        }
    }
    let listed = walk::streams(&*store, StreamsQuery::default()).await;
    assert_eq!(listed.len(), 1 + count, "listed streams");
}

fn forward(mut numbers: Vec<u64>, direction: Direction) -> Vec<u64> {
    if direction == Direction::Backward {
        numbers.reverse();
    }
    numbers
}

/// [Law 45](shared_kernel::laws#law-45). The expectations on 150 streams all bind: each of them,
/// broken alone, refuses the whole append; without a broken one it lands.
pub async fn expectations_on_150_streams_all_bind(harness: &dyn EventStoreHarness) {
    const STREAMS: usize = 150;
    let store = store_of(harness).await;
    let names: Vec<_> = (0..STREAMS).map(|n| stream(format!("s-{n}"))).collect();
    let first = names.iter().fold(Append::new(), |append, name| {
        append.write(name.clone(), ExpectedVersion::NoStream, events(1))
    });
    land(&store, first).await;
    let head = store.head().await.unwrap();
    // Every third stream is only checked.
    let append = |broken: Option<usize>| {
        names
            .iter()
            .enumerate()
            .fold(Append::new(), |append, (number, name)| {
                let expected = exactly(if broken == Some(number) { 2 } else { 1 });
                match number % 3 {
                    0 => append.check(name.clone(), expected),
                    _ => append.write(name.clone(), expected, events(1)),
                }
            })
    };
    for (number, name) in names.iter().enumerate() {
        match store.append(append(Some(number))).await {
            Err(AppendError::Conflict(conflict)) => {
                assert_eq!(conflict.stream, *name);
                assert_eq!(conflict.actual, StreamVersion::FIRST);
            }
            other => panic!("a broken expectation of {name} gives {other:?}, not a conflict"),
        }
        assert_eq!(store.head().await.unwrap(), head, "something was written");
    }
    let receipt = land(&store, append(None)).await;
    assert_eq!(receipt.positions.len(), STREAMS / 3 * 2);
    for (number, name) in names.iter().enumerate() {
        let expected = if number % 3 == 0 { 1 } else { 2 };
        assert_eq!(
            store.stream_version(name).await.unwrap(),
            version(expected),
            "the version of {name}"
        );
    }
}
