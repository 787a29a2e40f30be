//! Owns the scenarios of creators who get in each other's way.

use std::collections::HashSet;
use std::sync::Arc;

use persistence_memory::MemoryEventStore;
use shared_kernel::event::EventType;
use shared_kernel::repository::RetryPolicy;
use shared_kernel::time::{SystemClock, SystemTimer};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, ExpectedVersion, NewEvent, RepositoryError, StreamId,
    StreamVersion,
};
use tokio::sync::Barrier;
use work_item::{WorkItemType, WorkNumber};
use work_tracking::{FailureKind, ItemFilter, TrackingError};

use crate::given::{ada, attempts, meddled, nobody, task, ten, tracker};
use crate::meddling_store::Meddling;

/// What another program would write: it takes the numbers from `first` to `last`.
fn numbers_taken(first: u8, last: u8) -> Append {
    let stream = StreamId::new("work_item_numbers-register").unwrap();
    let entry = |n: u8| {
        let id = EventId::from_parts(ten(), [n; 10]);
        let payload = format!(r#"{{"number":"WORK-{n:03}","item":"{n}"}}"#);
        NewEvent::new(id, EventType::new("NumberAssigned").unwrap(), payload)
    };
    Append::new().write(
        stream,
        ExpectedVersion::Any,
        (first..=last).map(entry).collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creators_at_the_same_time_each_get_a_number_without_gaps() {
    const CREATORS: u16 = 12;
    const EACH: u64 = 10;
    let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new());
    let barrier = Arc::new(Barrier::new(usize::from(CREATORS)));
    let creators = (0..CREATORS).map(|worker| {
        let tracker = tracker(store.clone(), Arc::new(SystemClock), worker).with_timer(SystemTimer);
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            let mut own = Vec::new();
            for _ in 0..EACH {
                let created = tracker.create(task("x"), None, ada()).await.unwrap();
                own.push(created.item.id());
            }
            assert!(own.is_sorted_by_key(|id| id.number()));
            own
        })
    });
    let mut all = Vec::new();
    for creator in creators.collect::<Vec<_>>() {
        all.extend(creator.await.unwrap());
    }
    let count = u64::from(CREATORS) * EACH;
    let mut numbers: Vec<_> = all.iter().map(|id| id.number().get()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    let ids: HashSet<_> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len());

    // Each number leads to the item that was given it, and every item is listed.
    let reader = tracker(store, Arc::new(SystemClock), 99);
    for id in &all {
        assert_eq!(reader.find(id.number()).await.unwrap(), Some(*id));
    }
    let listed = reader.list(&ItemFilter::new(), |_| {}).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|tracked| tracked.item.id().number().get())
        .collect();
    assert_eq!(listed, numbers);
}

#[tokio::test]
async fn whoever_was_too_late_takes_the_next_number() {
    let (bench, store) = meddled();
    store.meddle([
        Meddling::After(numbers_taken(1, 1)),
        Meddling::After(numbers_taken(2, 4)),
    ]);
    let created = bench.tracker.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), WorkNumber::new(5).unwrap());
}

#[tokio::test]
async fn whoever_is_always_too_late_gives_up_after_the_attempts_it_has() {
    let (bench, store) = meddled();
    store.meddle((1..=3).map(|n| Meddling::After(numbers_taken(n, n))));
    let tracker = bench.tracker.with_retry(attempts(3));
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    let told = refused.to_string();
    let TrackingError::Conflict {
        item,
        attempts,
        source,
    } = refused
    else {
        panic!("a conflict: {refused:?}");
    };
    assert_eq!(item, None, "{told}");
    assert_eq!(told, "gave up after 3 attempt(s)");
    assert_eq!((attempts, source.actual), (3, StreamVersion::from(3)));
    // The next one succeeds: nothing was left behind.
    let created = tracker.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), WorkNumber::new(4).unwrap());
}

#[tokio::test]
async fn a_busy_store_is_asked_again() {
    let (bench, store) = meddled();
    store.meddle([Meddling::Busy, Meddling::Busy]);
    let created = bench.tracker.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), WorkNumber::FIRST);
}

#[tokio::test]
async fn a_store_that_stays_busy_is_given_up() {
    let (bench, store) = meddled();
    let tracker = bench.tracker.with_retry(attempts(2));
    store.meddle([Meddling::Busy, Meddling::Busy]);
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 2, .. })
    ));

    store.be_busy_reading(1);
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert!(matches!(refused, TrackingError::Store(error) if error.is_transient()));
}

#[tokio::test]
async fn a_store_that_fails_for_good_is_not_asked_again() {
    let (bench, store) = meddled();
    store.meddle([Meddling::Closed]);
    let refused = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 1, .. })
    ));
}

#[tokio::test]
async fn an_unknown_outcome_never_makes_two_items_of_one() {
    for meddling in [Meddling::UnknownAndLanded, Meddling::UnknownAndLost] {
        let (bench, store) = meddled();
        store.meddle([meddling]);
        let created = bench.tracker.create(task("x"), None, ada()).await.unwrap();
        assert_eq!(created.item.id().number(), WorkNumber::FIRST);
        let listed = bench
            .tracker
            .list(&ItemFilter::new(), |_| {})
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].item, created.item);
    }
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_told() {
    let (bench, store) = meddled();
    store.meddle([Meddling::UnknownAndLost, Meddling::UnknownAndLost]);
    let tracker = bench.tracker.with_retry(attempts(2));
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append {
            attempts: 2,
            source: AppendError::OutcomeUnknown { .. },
        })
    ));
}

#[tokio::test]
async fn an_outcome_that_was_unknown_once_is_not_made_known_by_a_busy_store() {
    for lost in [Meddling::UnknownAndLost, Meddling::UnknownAndLanded] {
        let (bench, store) = meddled();
        store.meddle([lost, Meddling::Busy]);
        let tracker = bench.tracker.with_retry(attempts(2));
        let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
        assert!(matches!(
            refused,
            TrackingError::Repository(RepositoryError::Append {
                attempts: 2,
                source: AppendError::OutcomeUnknown { .. },
            })
        ));
    }
}

#[tokio::test]
async fn a_parent_that_changes_in_between_is_looked_at_again() {
    let (bench, store) = meddled();
    let story = task("story").with_type(WorkItemType::Story);
    let story = bench
        .tracker
        .create(story, None, ada())
        .await
        .unwrap()
        .item
        .id();
    let retitled = NewEvent::new(
        EventId::from_parts(ten(), [7; 10]),
        EventType::new("WorkItemRetitled").unwrap(),
        r#"{"title":"another"}"#,
    );
    let retitled = || {
        Append::new().write(
            story.stream_id(),
            ExpectedVersion::Any,
            vec![retitled.clone()],
        )
    };

    store.meddle([Meddling::After(retitled())]);
    let once = bench.tracker.clone().with_retry(RetryPolicy::NEVER);
    let refused = once
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap_err();
    let TrackingError::Conflict { source, .. } = refused else {
        panic!("the parent was held to what was seen: {refused:?}");
    };
    assert_eq!(source.stream, story.stream_id());

    let child = bench
        .tracker
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap();
    assert_eq!(child.item.parent(), Some(story));
    assert_eq!(child.item.id().number(), WorkNumber::new(2).unwrap());
}

#[tokio::test]
async fn a_command_that_was_overtaken_decides_again_unless_it_names_a_version() {
    let (bench, store) = meddled();
    let item = bench
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap()
        .item
        .id();
    let retitled = |n: u8| {
        let id = EventId::from_parts(ten(), [n; 10]);
        let event = EventType::new("WorkItemRetitled").unwrap();
        let event = NewEvent::new(id, event, format!(r#"{{"title":"t{n}"}}"#));
        Append::new().write(item.stream_id(), ExpectedVersion::Any, vec![event])
    };
    store.meddle([Meddling::After(retitled(1))]);
    let started = bench.tracker.start(item, &nobody()).await.unwrap();
    assert_eq!(started.version, StreamVersion::from(3));
    assert_eq!(started.item.title().as_str(), "t1");

    let seen = nobody().at_version(started.version);
    store.meddle([Meddling::After(retitled(2))]);
    let refused = bench.tracker.unassign(item, &seen).await;
    assert_eq!(
        refused.unwrap().recorded,
        0,
        "nothing to record, nothing to be refused"
    );
    let refused = bench
        .tracker
        .assign(item, "ada".parse().unwrap(), &seen)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    assert!(matches!(
        refused,
        TrackingError::Conflict { attempts: 1, .. }
    ));

    store.meddle([Meddling::Closed]);
    let refused = bench
        .tracker
        .assign(item, "ada".parse().unwrap(), &nobody())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 1, .. })
    ));
}
