//! Owns the scenarios of listing items.

use shared_kernel::aggregate::HistoryError;
use shared_kernel::event::EventType;
use shared_kernel::store::DEFAULT_PAGE_SIZE;
use shared_kernel::{
    Append, EventId, ExpectedVersion, GlobalPosition, NewEvent, RepositoryError, StreamVersion,
};
use work_item::{Status, WorkItemId, WorkItemType, WorkNumber};
use work_tracking::{ItemFilter, ListProgress, TrackedItem, TrackingError};

use crate::given::{Bench, ada, bench, meddled, name, nobody, reason, task, ten};
use crate::meddling_store::LogMeddling;

/// A task that ada has started, a pending story, a cancelled spike of grace, a pending task.
async fn four_items() -> Bench {
    let bench = bench();
    let tracker = &bench.tracker;
    for new in [
        task("a"),
        task("b").with_type(WorkItemType::Story),
        task("c").with_type(WorkItemType::Spike),
        task("d"),
    ] {
        tracker.create(new, None, ada()).await.unwrap();
    }
    let (first, third) = (WorkNumber::FIRST, WorkNumber::new(3).unwrap());
    tracker.start(first, &nobody()).await.unwrap();
    tracker
        .assign(third, name("grace"), &nobody())
        .await
        .unwrap();
    tracker
        .cancel(third, reason("no use"), &nobody())
        .await
        .unwrap();
    tracker.assign(first, name("ada"), &nobody()).await.unwrap();
    bench
}

fn numbers(listed: &[TrackedItem]) -> Vec<u64> {
    listed
        .iter()
        .map(|tracked| tracked.item.id().number().get())
        .collect()
}

#[tokio::test]
async fn items_are_listed_by_number_as_they_are_now() {
    let bench = four_items().await;
    let listed = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap();
    assert_eq!(numbers(&listed), [1, 2, 3, 4]);
    for tracked in &listed {
        let shown = bench.tracker.show(tracked.item.id()).await.unwrap();
        assert_eq!(tracked, &shown);
    }
    assert_eq!(listed[0].version, StreamVersion::from(3));
}

#[tokio::test]
async fn a_filter_takes_those_that_meet_every_condition() {
    let bench = four_items().await;
    for (filter, expected) in [
        (ItemFilter::new().status(Status::Pending), vec![2, 4]),
        (
            ItemFilter::new()
                .status(Status::Pending)
                .status(Status::Cancelled),
            vec![2, 3, 4],
        ),
        (ItemFilter::new().item_type(WorkItemType::Task), vec![1, 4]),
        (
            ItemFilter::new()
                .item_type(WorkItemType::Task)
                .item_type(WorkItemType::Story),
            vec![1, 2, 4],
        ),
        (ItemFilter::new().assignee(name("ada")), vec![1]),
        (
            ItemFilter::new()
                .assignee(name("ada"))
                .assignee(name("grace")),
            vec![1, 3],
        ),
        (
            ItemFilter::new()
                .status(Status::Pending)
                .item_type(WorkItemType::Task),
            vec![4],
        ),
        (
            ItemFilter::new()
                .status(Status::Pending)
                .assignee(name("ada")),
            vec![],
        ),
        (ItemFilter::new().assignee(name("linus")), vec![]),
        (ItemFilter::new().status(Status::Done), vec![]),
    ] {
        let listed = bench.tracker.list(&filter, |_| {}).await.unwrap();
        assert_eq!(numbers(&listed), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_new_store_has_no_items() {
    let bench = bench();
    let mut told = 0;
    let listed = bench
        .tracker
        .list(&ItemFilter::new(), |_| told += 1)
        .await
        .unwrap();
    assert_eq!((listed.len(), told), (0, 0));
}

#[tokio::test]
async fn the_progress_comes_page_by_page_to_its_end() {
    let bench = bench();
    let items = DEFAULT_PAGE_SIZE.get() + 1;
    let end = GlobalPosition::try_from(2 * items as u64).unwrap();
    for _ in 0..items {
        bench.tracker.create(task("x"), None, ada()).await.unwrap();
    }
    let mut progress: Vec<ListProgress> = Vec::new();
    let listed = bench
        .tracker
        .list(&ItemFilter::new(), |step| progress.push(step))
        .await;
    assert_eq!(listed.unwrap().len(), items);

    assert!(progress.len() > 1);
    assert!(progress.is_sorted_by(|a, b| a.read < b.read));
    assert!(progress.iter().all(|step| step.end == end));
    assert_eq!(progress.last().unwrap().read, end);
}

/// What another program would write: it calls an item something else.
fn retitled(item: WorkItemId) -> Append {
    let id = EventId::from_parts(ten(), [7; 10]);
    let event_type = EventType::new("WorkItemRetitled").unwrap();
    let event = NewEvent::new(id, event_type, r#"{"title":"another"}"#);
    Append::new().write(item.stream_id(), ExpectedVersion::Any, vec![event])
}

#[tokio::test]
async fn all_items_are_as_of_the_same_moment_whatever_is_written_meanwhile() {
    let (bench, store) = meddled();
    let first = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    for _ in 0..DEFAULT_PAGE_SIZE.get() {
        bench.tracker.create(task("x"), None, ada()).await.unwrap();
    }
    store.meddle_with_log(LogMeddling::Before(retitled(first.id())));
    let listed = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap();
    assert_eq!(listed[0].item, first);
    assert_eq!(listed.len(), DEFAULT_PAGE_SIZE.get() + 1);

    let listed = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap();
    assert_eq!(listed[0].item.title().as_str(), "another");
}

#[tokio::test]
async fn a_log_that_leaves_an_event_out_or_gives_it_twice_is_refused() {
    let (bench, store) = meddled();
    let id = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    bench.tracker.start(id, &nobody()).await.unwrap();
    let creation = GlobalPosition::from(1);

    store.meddle_with_log(LogMeddling::Without(creation));
    let refused = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap_err();
    let TrackingError::Repository(RepositoryError::History(HistoryError::Gap {
        expected,
        version,
        ..
    })) = refused
    else {
        panic!("a gap: {refused:?}");
    };
    assert_eq!((expected.get(), version.get()), (1, 2));

    store.meddle_with_log(LogMeddling::Twice(creation));
    let refused = bench
        .tracker
        .list(&ItemFilter::new(), |_| {})
        .await
        .unwrap_err();
    let TrackingError::Repository(RepositoryError::History(HistoryError::NotIncreasing {
        after,
        version,
        ..
    })) = refused
    else {
        panic!("the same event again: {refused:?}");
    };
    assert_eq!((after.get(), version.get()), (1, 1));
}
