//! Laws on the log: its order, its filters, and its readers beside writers.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared_kernel::store::{Direction, EventFilter, LogQuery};
use shared_kernel::{Append, EventStore, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent};

use crate::EventStoreHarness;
use crate::race::together;
use crate::specimen::{category, event, event_type, events, fresh_id, position, store_of, stream};
use crate::walk::{self, add, land, whole_log};

/// [Law 19](shared_kernel::laws#law-19). The log gives every event once, in the order in which the
/// appends landed, across streams.
pub async fn the_log_gives_every_event_once_in_commit_order(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    // Ids that sort against the order of the log.
    let mut made: Vec<_> = (0..5).map(|_| events(3)).collect();
    let mut written = Vec::new();
    for (name, count) in [("b-1", 2), ("a-1", 1), ("c-1", 3), ("a-1", 2), ("b-1", 1)] {
        let mut events = made.pop().expect("as many batches are made as written");
        events.truncate(count);
        written.extend(events.iter().map(|event| event.id));
        land(
            &store,
            Append::new().write(stream(name), ExpectedVersion::Any, events),
        )
        .await;
    }
    let read: Vec<_> = whole_log(&store)
        .await
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(read, written);
}

/// [Law 19](shared_kernel::laws#law-19). A filter by categories and event types applies before the
/// limit, in either direction and at any page size.
pub async fn a_filter_applies_before_the_limit(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let kinds = [
        ("order", "Opened"),
        ("note", "Opened"),
        ("order", "Closed"),
        ("note", "Closed"),
    ];
    for round in 0..4 {
        for (of, named) in kinds {
            let event = NewEvent::new(fresh_id(), event_type(named), "{}");
            let name = stream(format!("{of}-{round}"));
            land(
                &store,
                Append::new().write(name, ExpectedVersion::Any, vec![event]),
            )
            .await;
        }
        add(&store, "other-1", 2).await;
    }
    let all = whole_log(&store).await;
    for filter in filters() {
        for (direction, limit, size) in ways() {
            let query = LogQuery {
                filter: filter.clone(),
                ..LogQuery::new()
                    .page_size(size)
                    .limit(limit)
                    .direction(direction)
            };
            let mut expected: Vec<_> = all.iter().filter(|event| passes(&filter, event)).collect();
            if direction == Direction::Backward {
                expected.reverse();
            }
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            expected.truncate(limit.unwrap_or(usize::MAX));
            let found = walk::log(&*store, query.clone()).await;
            assert!(found.iter().eq(expected), "{query:?} gives {found:?}");
        }
    }
}

/// [Law 19](shared_kernel::laws#law-19). The category of a stream is all of its name before the
/// first `-`: not a beginning of it, not folded, the whole name where there is no `-`, and perhaps
/// nothing.
pub async fn a_category_is_all_of_the_name_before_the_first_dash(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let names = [
        "work-1",
        "work",
        "work_item-1",
        "work_item",
        "workshop-1",
        "work-item-1",
        "Work-1",
        "wor-1",
        "-work",
        "-",
        "w%-1",
        "w%rk-1",
        "wérk-1",
        "work -1",
        " work-1",
    ];
    for name in names {
        land(
            &store,
            Append::new().write(stream(name), ExpectedVersion::Any, vec![event(name)]),
        )
        .await;
    }
    let by_category = |name: &'static str| {
        let part = name.split('-').next().unwrap();
        (category(part), name)
    };
    let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (category, name) in names.map(by_category) {
        expected.entry(category).or_default().push(name);
    }
    expected.insert(category("absent"), Vec::new());
    for (category, names) in expected {
        let query = LogQuery::new().category(category.clone());
        let found = walk::log(&*store, query).await;
        let found: Vec<_> = found.iter().map(|event| event.stream.as_str()).collect();
        assert_eq!(found, names, "the streams of category {category:?}");
    }
}

/// [Law 20](shared_kernel::laws#law-20). A reader that has seen a position never later finds an
/// event at or below it: beside racing writers it meets every position in order.
pub async fn a_reader_beside_writers_never_meets_a_gap(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    assert_no_gaps(&[Arc::clone(&store)], &[store]).await;
}

/// Lets eight writers race on `writing` while a reader on each of `reading` looks for gaps.
pub(crate) async fn assert_no_gaps(
    writing: &[Arc<dyn EventStore>],
    reading: &[Arc<dyn EventStore>],
) {
    const WRITERS: usize = 8;
    const APPENDS: usize = 12;
    let done = Arc::new(AtomicUsize::new(0));
    let seen = together(WRITERS + reading.len(), |runner| {
        let done = Arc::clone(&done);
        let is_writer = runner < WRITERS;
        let store = if is_writer {
            Arc::clone(&writing[runner % writing.len()])
        } else {
            Arc::clone(&reading[runner - WRITERS])
        };
        async move {
            if is_writer {
                write_some(&*store, runner, APPENDS).await;
                done.fetch_add(1, Ordering::SeqCst);
                return None;
            }
            let mut seen = GlobalPosition::START;
            while done.load(Ordering::SeqCst) < WRITERS {
                seen = read_on(&*store, seen).await;
                tokio::task::yield_now().await;
            }
            Some(read_on(&*store, seen).await)
        }
    })
    .await;
    // Each writer appends one, two and three events in turn.
    let all = position((WRITERS * APPENDS * 2) as u64);
    for last in seen.into_iter().flatten() {
        assert_eq!(last, all, "the last position that a reader met");
    }
}

async fn write_some(store: &dyn EventStore, writer: usize, appends: usize) {
    let name = stream(format!("writer-{writer}"));
    for number in 0..appends {
        let events = events(1 + number % 3);
        land(
            store,
            Append::new().write(name.clone(), ExpectedVersion::Any, events),
        )
        .await;
    }
}

/// Reads to the end of the log as it is now and gives the last position.
async fn read_on(store: &dyn EventStore, seen: GlobalPosition) -> GlobalPosition {
    let from = seen.next().expect("a position of a law has a next one");
    let mut seen = seen;
    for event in walk::log(store, LogQuery::new().positions(from..)).await {
        assert_eq!(
            Some(event.position),
            seen.next(),
            "a reader that had seen {seen} went on"
        );
        seen = event.position;
    }
    seen
}

fn filters() -> Vec<EventFilter> {
    let categories: [&[&str]; 4] = [&[], &["order"], &["note", "order"], &["absent"]];
    let types: [&[&str]; 4] = [&[], &["Opened"], &["Closed", "Noted"], &["Absent"]];
    let with = |categories: &[&str], types: &[&str]| EventFilter {
        categories: categories.iter().map(|name| category(name)).collect(),
        event_types: types.iter().map(|name| event_type(name)).collect(),
    };
    categories
        .iter()
        .flat_map(|categories| types.map(|types| with(categories, types)))
        .collect()
}

fn ways() -> Vec<(Direction, Option<u64>, NonZeroUsize)> {
    let mut ways = Vec::new();
    for direction in [Direction::Forward, Direction::Backward] {
        for limit in [None, Some(1), Some(3), Some(100)] {
            for size in [1, 2, 100] {
                ways.push((direction, limit, NonZeroUsize::new(size).unwrap()));
            }
        }
    }
    ways
}

fn passes(filter: &EventFilter, event: &RecordedEvent) -> bool {
    filter.accepts(&event.stream, &event.event_type)
}
