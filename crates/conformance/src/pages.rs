//! Laws on pages: the page size does not change the events that are read.

use std::num::NonZeroUsize;

use shared_kernel::EventStore;
use shared_kernel::store::{Direction, LogQuery, StreamQuery};

use crate::EventStoreHarness;
use crate::specimen::{position, store_of, stream, version};
use crate::walk::{self, add};

/// [Law 16](shared_kernel::laws#law-16). Any page size gives one and the same sequence: of a stream
/// and of the log, forward and backward, with bounds and a limit.
pub async fn any_page_size_gives_one_and_the_same_sequence(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for (from, to, limit) in [(0, 100, None), (2, 9, None), (2, 10, Some(5))] {
            let of_stream = StreamQuery::new(stream("own-1"))
                .versions(version(from)..=version(to))
                .limit(limit)
                .direction(direction);
            let of_log = LogQuery::new()
                .positions(position(from)..=position(to))
                .limit(limit)
                .direction(direction);
            let in_stream = walk::stream(&*store, of_stream.clone()).await;
            let in_log = walk::log(&*store, of_log.clone()).await;
            for size in [1, 2, 3, 7, 11, usize::MAX] {
                let size = NonZeroUsize::new(size).unwrap();
                let paged = walk::stream(&*store, of_stream.clone().page_size(size)).await;
                assert_eq!(
                    paged, in_stream,
                    "a stream {direction:?} in pages of {size}"
                );
                let paged = walk::log(&*store, of_log.clone().page_size(size)).await;
                assert_eq!(paged, in_log, "the log {direction:?} in pages of {size}");
            }
        }
    }
}

/// [Law 16](shared_kernel::laws#law-16). A page that fills the limit has no next one. Example:
/// limit 4 of 11 events, read in one page of 4.
pub async fn a_page_that_fills_the_limit_has_no_next_one(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for direction in [Direction::Forward, Direction::Backward] {
        let query = StreamQuery::new(stream("own-1"))
            .limit(4)
            .direction(direction);
        let (read, next) = walk::stream_to_the_last_page(&*store, query).await;
        assert_eq!((read.len(), next), (4, None), "a stream {direction:?}");

        let query = LogQuery::new().limit(4).direction(direction);
        let (read, next) = walk::log_to_the_last_page(&*store, query).await;
        assert_eq!((read.len(), next), (4, None), "the log {direction:?}");
    }
}

/// A store with a stream of eleven events among as many others.
async fn filled(harness: &dyn EventStoreHarness) -> std::sync::Arc<dyn EventStore> {
    let store = store_of(harness).await;
    for count in [1, 2, 3, 5] {
        for name in ["own-1", "other-1"] {
            add(&store, name, count).await;
        }
    }
    store
}
