//! The list of items.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared_kernel::aggregate::HistoryError;
use shared_kernel::store::DEFAULT_PAGE_SIZE;
use shared_kernel::{GlobalPosition, RepositoryError, StreamVersion};
use work_item::{Priority, RiskTier, Status, WorkItemType, WorkNumber};
use work_tracking::{ItemFilter, ItemOrder, ListProgress, ListQuery, TrackedItem, TrackingError};

use crate::fixture::{
    Fixture, LogScript, STORY, TASK, ada, anonymous, fixture, item, list_all, number, reason,
    retitled, scripted, task, ten, who,
};

/// Item 1: a started task of ada. 2: a pending story. 3: a cancelled spike of grace. 4: a pending
/// task.
async fn four_items() -> Fixture {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    for new in [
        task("a"),
        task("b").with_type(STORY),
        task("c").with_type(WorkItemType::Spike),
        task("d"),
    ] {
        tracker.create(new, None, ada()).await.unwrap();
    }
    let (first, third) = (WorkNumber::FIRST, number(3));
    tracker.start(first, &anonymous()).await.unwrap();
    tracker
        .assign(third, who("grace"), &anonymous())
        .await
        .unwrap();
    tracker
        .cancel(third, reason("no use"), &anonymous())
        .await
        .unwrap();
    tracker
        .assign(first, who("ada"), &anonymous())
        .await
        .unwrap();
    fixture
}

fn numbers(listed: &[TrackedItem]) -> Vec<u64> {
    listed
        .iter()
        .map(|tracked| tracked.item.id().number().get())
        .collect()
}

#[tokio::test]
async fn items_are_listed_by_number_in_their_present_state() {
    let fixture = four_items().await;
    let listed = list_all(&fixture.tracker).await.unwrap();
    assert_eq!(numbers(&listed), [1, 2, 3, 4]);
    for tracked in &listed {
        let shown = fixture.tracker.show(tracked.item.id()).await.unwrap();
        assert_eq!(tracked, &shown);
    }
    assert_eq!(listed[0].version, StreamVersion::from(3));
}

#[tokio::test]
async fn a_filter_accepts_items_that_meet_every_condition() {
    let fixture = four_items().await;
    for (filter, expected) in [
        (ItemFilter::new().status(Status::Pending), vec![2, 4]),
        (
            ItemFilter::new()
                .status(Status::Pending)
                .status(Status::Cancelled),
            vec![2, 3, 4],
        ),
        (ItemFilter::new().item_type(TASK), vec![1, 4]),
        (
            ItemFilter::new().item_type(TASK).item_type(STORY),
            vec![1, 2, 4],
        ),
        (ItemFilter::new().assignee(who("ada")), vec![1]),
        (
            ItemFilter::new()
                .assignee(who("ada"))
                .assignee(who("grace")),
            vec![1, 3],
        ),
        (
            ItemFilter::new().status(Status::Pending).item_type(TASK),
            vec![4],
        ),
        (
            ItemFilter::new()
                .status(Status::Pending)
                .assignee(who("ada")),
            vec![],
        ),
        (ItemFilter::new().assignee(who("linus")), vec![]),
        (ItemFilter::new().status(Status::Done), vec![]),
    ] {
        let listed = fixture.tracker.list(&filter, |_| {}).await.unwrap();
        assert_eq!(numbers(&listed), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_new_store_has_no_items() {
    let fixture = fixture();
    let mut calls = 0;
    let listed = fixture
        .tracker
        .list(&ItemFilter::new(), |_| calls += 1)
        .await
        .unwrap();
    assert_eq!((listed.len(), calls), (0, 0));
}

#[tokio::test]
async fn progress_is_reported_page_by_page_to_the_end() {
    let fixture = fixture();
    let items = DEFAULT_PAGE_SIZE.get() + 1;
    let end = GlobalPosition::try_from(2 * items as u64).unwrap();
    for _ in 0..items {
        fixture
            .tracker
            .create(task("x"), None, ada())
            .await
            .unwrap();
    }
    let mut progress: Vec<ListProgress> = Vec::new();
    let listed = fixture
        .tracker
        .list(&ItemFilter::new(), |step| progress.push(step))
        .await;
    assert_eq!(listed.unwrap().len(), items);

    assert!(progress.len() > 1);
    assert!(progress.is_sorted_by(|a, b| a.read < b.read));
    assert!(progress.iter().all(|step| step.end == end));
    assert_eq!(progress.last().unwrap().read, end);
}

#[tokio::test]
async fn a_list_ignores_events_after_its_start() {
    let (fixture, store) = scripted();
    let first = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item;
    for _ in 0..DEFAULT_PAGE_SIZE.get() {
        fixture
            .tracker
            .create(task("x"), None, ada())
            .await
            .unwrap();
    }
    store.script_log(LogScript::Before(retitled(7, first.id(), "another")));
    let listed = list_all(&fixture.tracker).await.unwrap();
    assert_eq!(listed[0].item, first);
    assert_eq!(listed.len(), DEFAULT_PAGE_SIZE.get() + 1);

    let listed = list_all(&fixture.tracker).await.unwrap();
    assert_eq!(listed[0].item.title().as_str(), "another");
}

#[tokio::test]
async fn a_log_with_a_missing_or_repeated_event_is_refused() {
    let (fixture, store) = scripted();
    let id = item(&fixture.tracker, TASK, None).await;
    fixture.tracker.start(id, &anonymous()).await.unwrap();
    let creation = GlobalPosition::from(1);

    store.script_log(LogScript::Without(creation));
    let refused = list_all(&fixture.tracker).await.unwrap_err();
    let TrackingError::Repository(RepositoryError::History(HistoryError::Gap {
        expected,
        version,
        ..
    })) = refused
    else {
        panic!("expected a gap: {refused:?}");
    };
    assert_eq!((expected.get(), version.get()), (1, 2));

    store.script_log(LogScript::Twice(creation));
    let refused = list_all(&fixture.tracker).await.unwrap_err();
    let TrackingError::Repository(RepositoryError::History(HistoryError::NotIncreasing {
        after,
        version,
        ..
    })) = refused
    else {
        panic!("expected a repeated event: {refused:?}");
    };
    assert_eq!((after.get(), version.get()), (1, 1));
}

#[tokio::test]
async fn a_list_has_an_order_and_a_limit() {
    let fixture = four_items().await;
    let tracker = &fixture.tracker;
    let urgent = Priority::Critical;
    tracker
        .change_priority(number(4), urgent, &anonymous())
        .await
        .unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    tracker
        .change_priority(number(2), Priority::Low, &anonymous())
        .await
        .unwrap();
    for (order, limit, expected) in [
        (ItemOrder::Number, None, vec![1, 2, 3, 4]),
        (ItemOrder::Number, Some(2), vec![1, 2]),
        (ItemOrder::Updated, Some(2), vec![2, 1]),
        (ItemOrder::Priority, None, vec![4, 1, 3, 2]),
        (ItemOrder::Priority, Some(0), vec![]),
    ] {
        let query = ListQuery {
            order,
            limit,
            ..ListQuery::default()
        };
        let listed = tracker.list(query, |_| {}).await.unwrap();
        assert_eq!(numbers(&listed), expected, "{order:?} {limit:?}");
    }
}

#[tokio::test]
async fn a_filter_accepts_texts_times_parents_and_words() {
    let fixture = four_items().await;
    let tracker = &fixture.tracker;
    let story = tracker.find(number(2)).await.unwrap();
    let child = task("Straße").with_risk_tier(RiskTier::T3);
    let parent = story.map(Into::into);
    tracker.create(child, parent, ada()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    let text = Some("Lamps AND Ways".parse().unwrap());
    tracker
        .describe(number(4), text, &anonymous())
        .await
        .unwrap();
    let noon = ten() + SignedDuration::from_secs(60);
    let of = |change: fn(&mut ItemFilter, Timestamp), at| {
        let mut filter = ItemFilter::new();
        change(&mut filter, at);
        filter
    };
    for (filter, expected) in [
        (
            of(|it, _| it.text = Some("STRAße".to_owned()), noon),
            vec![5],
        ),
        (
            of(|it, _| it.text = Some("and ways".to_owned()), noon),
            vec![4],
        ),
        (of(|it, at| it.since = Some(at), noon), vec![4]),
        (of(|it, at| it.until = Some(at), ten()), vec![1, 2, 3, 5]),
        (
            of(|it, _| it.risk_tiers = vec![RiskTier::T3], noon),
            vec![5],
        ),
        (
            of(|it, _| it.priorities = vec![Priority::High], noon),
            vec![],
        ),
        (
            ItemFilter {
                parent: story,
                ..ItemFilter::new()
            },
            vec![5],
        ),
    ] {
        let listed = tracker.list(&filter, |_| {}).await.unwrap();
        assert_eq!(numbers(&listed), expected, "{filter:?}");
    }
}
