//! The overlay: a store of all events and an overlay of the first part answer the same.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use persistence_memory::{MemoryEventStore, MemoryOverlay};
use shared_kernel::event::EventType;
use shared_kernel::store::{Direction, LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::stream::Category;
use shared_kernel::time::ManualClock;
use shared_kernel::{
    Append, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent, StreamId,
    StreamVersion,
};

use crate::handles::{events, stream};

/// The streams and numbers of events of each append.
const APPENDS: [&[(&str, usize)]; 6] = [
    &[("a-1", 2), ("b-1", 1)],
    &[("a-2", 3)],
    &[("b-1", 2)],
    &[("c-1", 1), ("a-1", 2)],
    &[("a-0", 1)],
    &[("a-1", 1), ("b-1", 1)],
];

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-01-05T08:00:00Z".parse().unwrap()))
}

fn append(writes: &[(&str, usize)]) -> Append {
    writes.iter().fold(Append::new(), |append, (name, count)| {
        let mut events = events(*count);
        events[0].event_type = EventType::new("Begun").unwrap();
        append.write(stream(name), ExpectedVersion::Any, events)
    })
}

/// Every read of a store: pages of streams and of the log, versions, times, names.
async fn answers(store: &dyn EventStore, ids: &[NewEvent]) -> Vec<String> {
    let mut answers = vec![format!("{:?}", store.head().await.unwrap())];
    for direction in [Direction::Forward, Direction::Backward] {
        for size in [1, 2, 3, 100] {
            let size = NonZeroUsize::new(size).unwrap();
            for limit in [None, Some(0), Some(1), Some(4), Some(100)] {
                for (from, to) in [(0, 100), (2, 4), (3, 3), (4, 2), (5, 9), (9, 12)] {
                    let query = LogQuery::new()
                        .positions::<u32>(from..=to)
                        .direction(direction)
                        .page_size(size)
                        .limit(limit);
                    let begun = query.clone().event_type(EventType::new("Begun").unwrap());
                    let of_a = query.clone().category(Category::new("a").unwrap());
                    for query in [query, begun, of_a] {
                        let found: Vec<_> = store.read_log(query).try_collect().await.unwrap();
                        answers.push(format!("{found:?}"));
                    }
                    for name in ["a-1", "b-1", "a-2", "c-1", "z-9"] {
                        let query = StreamQuery::new(stream(name))
                            .versions::<u32>(from..=to)
                            .direction(direction)
                            .page_size(size)
                            .limit(limit);
                        let found: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
                        answers.push(format!("{found:?}"));
                    }
                }
            }
        }
    }
    for name in ["a-0", "a-1", "b-1", "z-9"] {
        answers.push(format!(
            "{:?}",
            store.stream_version(&stream(name)).await.unwrap()
        ));
    }
    for minute in 0..9 {
        let time = format!("2026-01-05T08:{minute:02}:30Z").parse().unwrap();
        answers.push(format!("{:?}", store.position_at(time).await.unwrap()));
    }
    for event in ids {
        answers.push(format!("{:?}", store.find_event(event.id).await.unwrap()));
    }
    for size in [1, 2, 100] {
        for category in [None, Some(Category::new("a").unwrap())] {
            let query = StreamsQuery {
                category,
                page_size: NonZeroUsize::new(size),
                ..StreamsQuery::default()
            };
            let found: Vec<_> = store.streams(query).try_collect().await.unwrap();
            answers.push(format!("{found:?}"));
        }
    }
    answers
}

#[tokio::test]
async fn an_overlay_answers_as_a_store_with_all_events() {
    let appends: Vec<_> = APPENDS.iter().map(|writes| append(writes)).collect();
    let ids = appends.iter().flat_map(Append::events);
    let ids: Vec<_> = ids.map(|(_, event)| event.clone()).collect();
    for below in 0..=appends.len() {
        let (whole_clock, clock) = (clock(), clock());
        let whole = MemoryEventStore::with_clock(whole_clock.clone());
        let base = MemoryEventStore::with_clock(clock.clone());
        for append in &appends[..below] {
            whole.append(append.clone()).await.unwrap();
            base.append(append.clone()).await.unwrap();
            whole_clock.advance(Duration::from_secs(60));
            clock.advance(Duration::from_secs(60));
        }
        let overlay = MemoryOverlay::over(Arc::new(base.clone()), clock.clone());
        let overlay = overlay.await.unwrap();
        for append in &appends[below..] {
            let expected = whole.append(append.clone()).await.unwrap();
            assert_eq!(overlay.append(append.clone()).await.unwrap(), expected);
            whole_clock.advance(Duration::from_secs(60));
            clock.advance(Duration::from_secs(60));
        }
        let expected = answers(&whole, &ids).await;
        assert_eq!(
            answers(&overlay, &ids).await,
            expected,
            "{below} appends below"
        );
        assert_eq!(overlay.id().await.unwrap(), base.id().await.unwrap());

        // The appends become one, which has the same effect on each stream.
        let untouched = base.head().await.unwrap();
        assert_eq!(
            untouched.map_or(0, GlobalPosition::get),
            overlay.begin().get()
        );
        base.append(overlay.pending()).await.unwrap();
        for name in ["a-0", "a-1", "a-2", "b-1", "c-1"] {
            let of = async |store: &dyn EventStore| {
                let found = store.read_whole_stream(stream(name)).await.unwrap();
                found
                    .into_iter()
                    .map(|event| (event.id, event.version))
                    .collect::<Vec<_>>()
            };
            assert_eq!(of(&base).await, of(&whole).await, "{name}");
        }
    }
}

#[tokio::test]
async fn later_events_of_the_store_are_hidden_and_make_the_own_appends_a_conflict() {
    let base = MemoryEventStore::new();
    base.append(append(&[("a-1", 2)])).await.unwrap();
    let overlay = MemoryOverlay::over(Arc::new(base.clone()), clock());
    let overlay = overlay.await.unwrap();
    let later = append(&[("a-1", 1), ("b-1", 1)]);
    base.append(later.clone()).await.unwrap();
    let version = overlay.stream_version(&stream("a-1")).await.unwrap();
    assert_eq!(version, StreamVersion::from(2));
    let streams = overlay.streams(StreamsQuery::default());
    assert_eq!(streams.try_collect::<Vec<_>>().await.unwrap().len(), 1);
    let (_, hidden) = later.events().next().unwrap();
    assert!(overlay.find_event(hidden.id).await.unwrap().is_none());
    assert_eq!(overlay.read_whole_stream(stream("b-1")).await.unwrap(), []);

    let checked = Append::new()
        .write(stream("c-1"), ExpectedVersion::NoStream, events(1))
        .check(stream("a-1"), StreamVersion::from(2));
    let receipt = overlay.append(checked).await.unwrap();
    assert_eq!(receipt.positions, [GlobalPosition::from(3)]);
    let refused = base.append(overlay.pending()).await.unwrap_err();
    assert!(format!("{refused:?}").contains("a-1"), "{refused:?}");
    assert_eq!(base.head().await.unwrap(), Some(GlobalPosition::from(4)));
}

#[tokio::test]
async fn a_refused_append_leaves_nothing_pending() {
    let base = MemoryEventStore::new();
    let recorded = append(&[("a-1", 1)]);
    base.append(recorded.clone()).await.unwrap();
    let overlay = MemoryOverlay::over(Arc::new(base), clock()).await.unwrap();
    let wrong = Append::new().write(stream("a-1"), ExpectedVersion::NoStream, events(1));
    assert!(overlay.append(wrong).await.is_err());
    // A repetition of an append of the store writes nothing.
    overlay.append(recorded.clone()).await.unwrap();
    let (_, event) = recorded.events().next().unwrap();
    let reused = Append::new().write(
        StreamId::new("b-1").unwrap(),
        ExpectedVersion::Any,
        vec![event.clone()],
    );
    assert!(overlay.append(reused).await.is_err());
    assert_eq!(overlay.pending(), Append::new());
    assert!(overlay.own_events().is_empty());
}
