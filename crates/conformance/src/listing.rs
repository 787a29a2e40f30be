//! Laws on the list of streams.

use std::num::NonZeroUsize;

use futures_util::{StreamExt, TryStreamExt};
use shared_kernel::store::StreamsQuery;
use shared_kernel::{Append, EventStore, EventStoreExt, ExpectedVersion, StreamId};

use crate::EventStoreHarness;
use crate::specimen::{category, events, store_of, stream, version};
use crate::walk::{add, land, streams};

/// Names with a byte order that differs from a dictionary's. Example: `B` before `a`.
const NAMES: [&str; 16] = [
    "work",
    "Work-1",
    "work-2",
    "work-10",
    "work-1",
    "work!1",
    "workshop-1",
    "work_item-1",
    "zoo",
    "ähre-1",
    "a",
    "🦀-1",
    "\u{ffee}-1",
    "-1",
    "-",
    "work-",
];

/// [Law 2](shared_kernel::laws#law-2). Every stream that has events is listed once with its
/// version, and none other.
pub async fn every_stream_with_events_is_listed_with_its_version(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    for (name, count) in [("b-1", 2), ("a-1", 1), ("b-1", 3)] {
        let append = Append::new()
            .write(stream(name), ExpectedVersion::Any, events(count))
            .write(stream("silent-1"), ExpectedVersion::Any, Vec::new())
            .check(stream("checked-1"), ExpectedVersion::NoStream);
        land(&store, append).await;
    }
    let mut listed: Vec<_> = streams(&store, StreamsQuery::default())
        .await
        .into_iter()
        .map(|summary| (summary.stream, summary.version))
        .collect();
    listed.sort();
    assert_eq!(
        listed,
        [(stream("a-1"), version(1)), (stream("b-1"), version(5))]
    );
}

/// [Law 17](shared_kernel::laws#law-17). Streams are listed in the byte order of their names.
pub async fn streams_are_listed_in_the_byte_order_of_their_names(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    let listed = names_of(&*store, StreamsQuery::default()).await;
    assert_eq!(listed, in_order(|_| true));
}

/// [Law 19](shared_kernel::laws#law-19). Listing a category gives its streams and no other.
pub async fn listing_a_category_gives_its_streams_and_no_other(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for wanted in [
        "work",
        "Work",
        "work_item",
        "wor",
        "",
        "zoo",
        "a",
        "🦀",
        "work!1",
    ] {
        let query = StreamsQuery {
            category: Some(category(wanted)),
            ..StreamsQuery::default()
        };
        let listed = names_of(&*store, query).await;
        let expected = in_order(|name| name.split('-').next() == Some(wanted));
        assert_eq!(listed, expected, "category {wanted:?}");
    }
}

/// [Law 16](shared_kernel::laws#law-16). Listing in pages of any size gives one and the same list.
pub async fn streams_listed_in_pages_of_any_size_are_the_same(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for category in [None, Some(category("work"))] {
        let whole = StreamsQuery {
            category,
            ..StreamsQuery::default()
        };
        let expected = names_of(&*store, whole.clone()).await;
        for size in [1, 2, 3, 4, 16, 17, usize::MAX] {
            let query = StreamsQuery {
                page_size: NonZeroUsize::new(size),
                ..whole.clone()
            };
            assert_eq!(
                names_of(&*store, query.clone()).await,
                expected,
                "pages of {size}"
            );
            // The bound is for a store that never comes to an end.
            let read = store
                .streams(query)
                .take(100)
                .map_ok(|summary| summary.stream);
            let read: Vec<_> = read.try_collect().await.unwrap();
            assert_eq!(read, expected, "one by one in pages of {size}");
        }
    }
}

/// [Law 16](shared_kernel::laws#law-16). Listing begins after a name, whether a stream has that
/// name or not, with or without a category.
pub async fn streams_are_listed_after_a_name_that_need_not_exist(harness: &dyn EventStoreHarness) {
    let store = filled(harness).await;
    for after in [
        " ",
        "-",
        "work",
        "work-",
        "work-1",
        "work-11",
        "work_",
        "zzz",
        "\u{10ffff}",
    ] {
        for wanted in [None, Some("work"), Some("")] {
            let query = StreamsQuery {
                category: wanted.map(category),
                after: Some(stream(after)),
                page_size: None,
            };
            let listed = names_of(&*store, query).await;
            let expected = in_order(|name| {
                name > after && wanted.is_none_or(|wanted| name.split('-').next() == Some(wanted))
            });
            assert_eq!(listed, expected, "after {after:?} in category {wanted:?}");
        }
    }
}

async fn filled(harness: &dyn EventStoreHarness) -> std::sync::Arc<dyn EventStore> {
    let store = store_of(harness).await;
    for name in NAMES {
        add(&store, name, 1).await;
    }
    store
}

async fn names_of(store: &dyn EventStore, query: StreamsQuery) -> Vec<StreamId> {
    let listed = streams(store, query).await;
    listed.into_iter().map(|summary| summary.stream).collect()
}

/// The names that are wanted, in byte order.
fn in_order(wanted: impl Fn(&str) -> bool) -> Vec<StreamId> {
    let mut names: Vec<_> = NAMES.into_iter().filter(|name| wanted(name)).collect();
    names.sort_by_key(|name| name.as_bytes());
    names.into_iter().map(stream).collect()
}
