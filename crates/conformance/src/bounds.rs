//! Laws on the bounds, the limit and the direction of a query.

use shared_kernel::store::{Direction, LogQuery, StreamQuery};
use shared_kernel::{EventStore, GlobalPosition, RecordedEvent, StreamVersion};

use crate::EventStoreHarness;
use crate::specimen::{position, store_of, stream, version};
use crate::walk::{self, add, whole_log, whole_stream};

/// How many events the stream has that is read, and how many there are of others between them.
const EVENTS: u64 = 7;
const FROM: [u64; 5] = [0, 1, 2, 5, 7];
const TO: [u64; 5] = [2, 5, 7, 8, StreamVersion::MAX.get()];
const LIMITS: [Option<u64>; 5] = [None, Some(1), Some(3), Some(7), Some(100)];

/// [Law 15](shared_kernel::laws#law-15). A forward read of a stream gives the events between `from`
/// and `to`, both inclusive, and at most the first `limit` of them. Example: `from` 2, `to` 5,
/// `limit` 3 gives 2, 3, 4.
pub async fn a_stream_gives_what_lies_between_its_bounds(harness: &dyn EventStoreHarness) {
    stream_gives_what_is_asked_for(&*filled(harness).await, Direction::Forward).await;
}

/// [Law 15](shared_kernel::laws#law-15). A backward read of a stream is the exact mirror of the
/// forward one; its limit counts from the newest. Example: `from` 2, `to` 5, `limit` 3 gives 5, 4,
/// 3.
pub async fn a_stream_read_backward_is_the_mirror_of_it_read_forward(
    harness: &dyn EventStoreHarness,
) {
    stream_gives_what_is_asked_for(&*filled(harness).await, Direction::Backward).await;
}

/// [Law 15](shared_kernel::laws#law-15). A forward read of the log gives the events between `from`
/// and `to`, both inclusive, and at most the first `limit` of them.
pub async fn the_log_gives_what_lies_between_its_bounds(harness: &dyn EventStoreHarness) {
    log_gives_what_is_asked_for(&*filled(harness).await, Direction::Forward).await;
}

/// [Law 15](shared_kernel::laws#law-15). A backward read of the log is the exact mirror of the
/// forward one; its limit counts from the newest.
pub async fn the_log_read_backward_is_the_mirror_of_it_read_forward(
    harness: &dyn EventStoreHarness,
) {
    log_gives_what_is_asked_for(&*filled(harness).await, Direction::Backward).await;
}

/// [Law 15](shared_kernel::laws#law-15). `from` past `to` and limit 0 are empty and no error, and
/// nothing comes after them.
pub async fn crossed_bounds_and_limit_zero_are_empty_and_no_error(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for (from, to, limit) in [
            (0, u64::MAX >> 1, Some(0)),
            (3, 5, Some(0)),
            (5, 4, None),
            (7, 0, None),
            (1, 0, Some(3)),
            (u64::MAX >> 1, 7, None),
        ] {
            let query = StreamQuery::new(stream("own-1"))
                .versions(version(from)..=version(to))
                .limit(limit)
                .direction(direction);
            let page = store.read_stream_page(&query).await.unwrap();
            assert_eq!((page.items, page.next), (Vec::new(), None), "{query:?}");

            let query = LogQuery::new()
                .positions(position(from)..=position(to))
                .limit(limit)
                .direction(direction);
            let page = store.read_log_page(&query).await.unwrap();
            assert_eq!((page.items, page.next), (Vec::new(), None), "{query:?}");
        }
    }
}

/// [Law 15](shared_kernel::laws#law-15). A stream that never was reads as empty, at version 0, also
/// where others are.
pub async fn a_stream_that_never_was_reads_as_empty_at_version_zero(
    harness: &dyn EventStoreHarness,
) {
    let store = filled(harness).await;
    for name in ["never-1", "own", "own-", "own-11"].map(stream) {
        let found = store.stream_version(&name).await.unwrap();
        assert_eq!(found, StreamVersion::EMPTY, "the version of {name}");
        for query in [
            StreamQuery::new(name.clone()),
            StreamQuery::new(name.clone()).backward(),
        ] {
            let page = store.read_stream_page(&query).await.unwrap();
            assert_eq!((page.items, page.next), (Vec::new(), None), "{query:?}");
        }
    }
}

/// [Law 22](shared_kernel::laws#law-22). Bounds and limits past 2³¹, past 2³² or at the very last
/// are answered and never cut short to smaller ones.
pub async fn bounds_and_limits_past_two_to_the_31_are_never_cut_short(
    harness: &dyn EventStoreHarness,
) {
    let store = filled(harness).await;
    let (own, all) = (
        whole_stream(&store, &stream("own-1")).await,
        whole_log(&store).await,
    );
    let large = [
        (1 << 31) + 2,
        (1 << 32) + 2,
        (1 << 53) + 2,
        GlobalPosition::MAX.get(),
    ];
    for number in large {
        for direction in [Direction::Forward, Direction::Backward] {
            let of_stream = StreamQuery::new(stream("own-1")).direction(direction);
            let past = of_stream.clone().versions(version(number)..);
            assert_eq!(walk::stream(&*store, past).await, [], "from {number}");
            let up_to = of_stream.versions(..=version(number)).limit(number);
            let read = walk::stream(&*store, up_to).await;
            assert!(
                read == directed(&own, direction),
                "to {number}, limit {number}"
            );

            let of_log = LogQuery::new().direction(direction);
            let past = of_log.clone().positions(position(number)..);
            assert_eq!(walk::log(&*store, past).await, [], "from {number}");
            let up_to = of_log
                .positions(..=position(number))
                .limit(u64::MAX - number);
            let read = walk::log(&*store, up_to).await;
            assert!(read == directed(&all, direction), "to {number}");
        }
    }
}

/// A store with a stream of seven events among others.
async fn filled(harness: &dyn EventStoreHarness) -> std::sync::Arc<dyn EventStore> {
    let store = store_of(harness).await;
    for (name, count) in [
        ("own-1", 2),
        ("own-2", 1),
        ("own-1", 4),
        ("other", 2),
        ("own-1", 1),
    ] {
        add(&store, name, count).await;
    }
    store
}

async fn stream_gives_what_is_asked_for(store: &dyn EventStore, direction: Direction) {
    let all = whole_stream(store, &stream("own-1")).await;
    assert_eq!(all.len() as u64, EVENTS);
    for (from, to, limit) in grid() {
        let query = StreamQuery::new(stream("own-1"))
            .versions(version(from)..=version(to))
            .limit(limit)
            .direction(direction);
        let expected = model(
            &all,
            |event| event.version.get(),
            from,
            to,
            limit,
            direction,
        );
        let found = walk::stream(store, query).await;
        assert_eq!(
            found, expected,
            "from {from} to {to}, limit {limit:?}, {direction:?}"
        );
    }
}

async fn log_gives_what_is_asked_for(store: &dyn EventStore, direction: Direction) {
    let all = whole_log(store).await;
    for (from, to, limit) in grid() {
        let query = LogQuery::new()
            .positions(position(from)..=position(to))
            .limit(limit)
            .direction(direction);
        let expected = model(
            &all,
            |event| event.position.get(),
            from,
            to,
            limit,
            direction,
        );
        let found = walk::log(store, query).await;
        assert_eq!(
            found, expected,
            "from {from} to {to}, limit {limit:?}, {direction:?}"
        );
    }
}

/// Every combination of bounds that do not cross, with every limit.
fn grid() -> impl Iterator<Item = (u64, u64, Option<u64>)> {
    let bounds = FROM.into_iter().flat_map(|from| TO.map(|to| (from, to)));
    bounds
        .filter(|(from, to)| from <= to)
        .flat_map(|(from, to)| LIMITS.map(|limit| (from, to, limit)))
}

/// The expected answer to a query, worked out from all events in forward order.
fn model(
    all: &[RecordedEvent],
    place: impl Fn(&RecordedEvent) -> u64,
    from: u64,
    to: u64,
    limit: Option<u64>,
    direction: Direction,
) -> Vec<RecordedEvent> {
    let mut found = directed(all, direction);
    found.retain(|event| (from..=to).contains(&place(event)));
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        found.truncate(limit);
    }
    found
}

fn directed(all: &[RecordedEvent], direction: Direction) -> Vec<RecordedEvent> {
    match direction {
        Direction::Forward => all.to_vec(),
        Direction::Backward => all.iter().rev().cloned().collect(),
    }
}
