//! Laws on an empty store, and on versions and positions.

use shared_kernel::store::{LogQuery, StreamsQuery};
use shared_kernel::{Append, ExpectedVersion, GlobalPosition, StreamVersion};

use crate::EventStoreHarness;
use crate::specimen::{events, store_of, stream, version};
use crate::walk::{add, land, log, streams, whole_log};

/// [Law 1](shared_kernel::laws#law-1). A new store reads empty and has no head position.
pub async fn a_new_store_reads_empty_and_has_no_head(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    assert_eq!(store.head().await.unwrap(), None);
    assert_eq!(whole_log(&store).await, []);
    assert_eq!(log(&store, LogQuery::new().backward()).await, []);
    assert_eq!(streams(&store, StreamsQuery::default()).await, []);
}

/// [Law 1](shared_kernel::laws#law-1). From the first event on, the head is the position of the
/// last event.
pub async fn the_head_is_the_position_of_the_last_event(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    for (name, count) in [("a-1", 1), ("b-1", 3), ("a-1", 2)] {
        let append = Append::new().write(stream(name), ExpectedVersion::Any, events(count));
        let receipt = land(&store, append).await;
        assert_eq!(store.head().await.unwrap(), receipt.last_position());
    }
}

/// [Law 2](shared_kernel::laws#law-2). The events of a stream have the versions 1, 2, 3 … without
/// holes; those of the log have the positions 1, 2, 3 … without holes.
pub async fn versions_and_positions_count_up_from_one_without_holes(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    for (name, count) in [("a-1", 1), ("b-1", 3), ("a-1", 2), ("c-1", 1), ("b-1", 1)] {
        add(&store, name, count).await;
    }
    let log = whole_log(&store).await;
    let counted: Vec<_> = log
        .iter()
        .map(|event| {
            (
                event.position.get(),
                event.stream.as_str(),
                event.version.get(),
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            (1, "a-1", 1),
            (2, "b-1", 1),
            (3, "b-1", 2),
            (4, "b-1", 3),
            (5, "a-1", 2),
            (6, "a-1", 3),
            (7, "c-1", 1),
            (8, "b-1", 4),
        ]
    );
    assert_eq!(log[0].version, StreamVersion::FIRST);
    assert_eq!(log[0].position, GlobalPosition::FIRST);
}

/// [Law 2](shared_kernel::laws#law-2). A stream's version is the number of its events.
pub async fn the_version_of_a_stream_is_the_number_of_its_events(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let (own, other) = (stream("own-1"), stream("other-1"));
    for (count, expected) in [(1, 1), (3, 4), (2, 6)] {
        for name in [&own, &other] {
            let append = Append::new().write(name.clone(), ExpectedVersion::Any, events(count));
            land(&store, append).await;
        }
        assert_eq!(store.stream_version(&own).await.unwrap(), version(expected));
    }
}
