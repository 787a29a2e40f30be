//! Steps: reading streams and the log.

use std::num::NonZeroUsize;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use futures_util::TryStreamExt as _;
use jiff::SignedDuration;
use shared_kernel::store::{LogQuery, StreamQuery, StreamSummary, StreamsQuery};
use shared_kernel::stream::Category;
use shared_kernel::time::Clock as _;
use shared_kernel::{EventStore as _, EventStoreExt as _, RecordedEvent};

use super::whole_log;
use crate::steps::words::{Numbers, Order, Ordinal, deposits, event_type, rows, stream, version};
use crate::world::AnnalsWorld;

#[when(expr = "{string} is read {direction}")]
async fn reads_stream(world: &mut AnnalsWorld, name: String, order: Order) {
    let query = StreamQuery::new(stream(&name)).direction(order.0);
    read_stream(world, query).await;
}

#[then(expr = "these parts of {string} are read:")]
async fn parts_are_read(world: &mut AnnalsWorld, name: String, step: &Step) {
    for row in rows(step) {
        let [order, from, to, limit, versions] = row else {
            panic!("direction, from, to, at most and versions, not {row:?}")
        };
        let Order(direction) = order.parse().unwrap();
        let limit: u64 = limit.parse().unwrap();
        let query = StreamQuery::new(stream(&name))
            .versions(version(from.parse().unwrap())..=version(to.parse().unwrap()))
            .limit(limit)
            .direction(direction);
        let events: Vec<_> = world
            .events()
            .read_stream(query)
            .try_collect()
            .await
            .unwrap();
        let found: Vec<_> = events.iter().map(|event| event.version.get()).collect();
        let expected = match versions.as_str() {
            "" => Vec::new(),
            versions => versions.parse::<Numbers>().unwrap().0,
        };
        assert_eq!(found, expected, "{row:?}");
    }
}

#[when(expr = "the log is read {direction}")]
async fn reads_log(world: &mut AnnalsWorld, order: Order) {
    read_log(world, ordered(order)).await;
}

#[when(expr = "the log is read {direction}, only the category {string}, at most {int}")]
async fn reads_category(world: &mut AnnalsWorld, order: Order, category: String, limit: u64) {
    let category = Category::new(category).unwrap();
    let query = ordered(order).category(category).limit(limit);
    read_log(world, query).await;
}

#[when(expr = "the log is read {direction}, only events {string}, at most {int}")]
async fn reads_event_type(world: &mut AnnalsWorld, order: Order, name: String, limit: u64) {
    let query = ordered(order).event_type(event_type(&name)).limit(limit);
    read_log(world, query).await;
}

fn ordered(order: Order) -> LogQuery {
    LogQuery::new().direction(order.0)
}

async fn read_stream(world: &mut AnnalsWorld, query: StreamQuery) {
    let events = world.events().read_stream(query).try_collect().await;
    world.log.readings.push(events.unwrap());
}

async fn read_log(world: &mut AnnalsWorld, query: LogQuery) {
    let events = world.events().read_log(query).try_collect().await;
    world.log.readings.push(events.unwrap());
}

#[when(expr = "the event at position {int} is looked up by its id")]
async fn looks_up(world: &mut AnnalsWorld, position: usize) {
    let id = whole_log(&*world.events()).await[position - 1].id;
    let found = world.events().find_event(id).await.unwrap();
    world.log.readings.push(found.into_iter().collect());
}

#[then("an id that nobody used finds nothing")]
async fn unused_id_finds_nothing(world: &mut AnnalsWorld) {
    let id = deposits(1)[0].id;
    assert_eq!(world.events().find_event(id).await.unwrap(), None);
}

#[when(expr = "the clock is turned forward by {int} minutes")]
fn turns_the_clock(world: &mut AnnalsWorld, minutes: i64) {
    let later = world.clock().now() + SignedDuration::from_mins(minutes);
    world.clock().set(later);
}

#[then(expr = "the {ordinal} reading gave the versions {numbers}")]
fn gave_versions(world: &mut AnnalsWorld, which: Ordinal, versions: Numbers) {
    let events = world.log.reading(which.0);
    let found: Vec<_> = events.iter().map(|event| event.version.get()).collect();
    assert_eq!(found, versions.0);
}

#[then("these events are read:")]
fn these_are_read(world: &mut AnnalsWorld, step: &Step) {
    let row = |event: &RecordedEvent| {
        vec![
            event.position.to_string(),
            event.stream.to_string(),
            event.version.to_string(),
            event.event_type.to_string(),
        ]
    };
    let found: Vec<_> = world.log.reading(0).iter().map(row).collect();
    assert_eq!(found, rows(step).map(<[_]>::to_vec).collect::<Vec<_>>());
}

#[then("the second reading begins with all that the first one gave")]
fn second_begins_with_first(world: &mut AnnalsWorld) {
    let (first, second) = (world.log.reading(0), world.log.reading(1));
    assert!(!first.is_empty() && second.len() > first.len());
    assert_eq!(second[..first.len()], *first);
}

#[then("both readings gave the same")]
fn both_gave_the_same(world: &mut AnnalsWorld) {
    assert!(!world.log.reading(0).is_empty());
    assert_eq!(world.log.reading(0), world.log.reading(1));
}

#[then(expr = "{string} reads the same in pages of {numbers}")]
async fn stream_pages(world: &mut AnnalsWorld, name: String, sizes: Numbers) {
    let whole = world.events().read_whole_stream(stream(&name)).await;
    let whole = whole.unwrap();
    for size in sizes.0 {
        let query = StreamQuery::new(stream(&name)).page_size(page_size(size));
        let backward = query.clone().backward();
        let forward: Vec<_> = world
            .events()
            .read_stream(query)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(forward, whole, "pages of {size}");
        let mut mirrored: Vec<_> = world
            .events()
            .read_stream(backward)
            .try_collect()
            .await
            .unwrap();
        mirrored.reverse();
        assert_eq!(mirrored, whole, "pages of {size}, backward");
    }
}

#[then(expr = "the log reads the same in pages of {numbers}")]
async fn log_pages(world: &mut AnnalsWorld, sizes: Numbers) {
    let whole = whole_log(&*world.events()).await;
    for size in sizes.0 {
        let query = LogQuery::new().page_size(page_size(size));
        let found: Vec<_> = world.events().read_log(query).try_collect().await.unwrap();
        assert_eq!(found, whole, "pages of {size}");
    }
}

fn page_size(size: u64) -> NonZeroUsize {
    NonZeroUsize::new(usize::try_from(size).unwrap()).unwrap()
}

#[then(expr = "the streams of the category {string} are:")]
async fn lists_category(world: &mut AnnalsWorld, category: String, step: &Step) {
    let category = Some(Category::new(category).unwrap());
    lists(world, category, step).await;
}

#[then("the streams of all categories are:")]
async fn lists_all(world: &mut AnnalsWorld, step: &Step) {
    lists(world, None, step).await;
}

async fn lists(world: &AnnalsWorld, category: Option<Category>, step: &Step) {
    let query = StreamsQuery {
        category,
        ..StreamsQuery::default()
    };
    let found: Vec<_> = world.events().streams(query).try_collect().await.unwrap();
    let summary = |row: &[String]| StreamSummary {
        stream: stream(&row[0]),
        version: version(row[1].parse().unwrap()),
    };
    assert_eq!(found, rows(step).map(summary).collect::<Vec<_>>());
}
