//! Concurrent creations, busy stores and unknown outcomes.

use std::collections::HashSet;
use std::sync::Arc;

use persistence_memory::MemoryEventStore;
use shared_kernel::repository::RetryPolicy;
use shared_kernel::time::{SystemClock, SystemTimer};
use shared_kernel::{Append, AppendError, EventStore, RepositoryError, StreamVersion};
use tokio::sync::Barrier;
use work_item::WorkNumber;
use work_tracking::{FailureKind, ItemFilter, TrackingError};

use crate::fixture::{
    AppendScript, STORY, TASK, ada, anonymous, attempts, conflict, foreign, foreign_event, item,
    list_all, number, register, retitled, scripted, task, tracker,
};

/// An append of another program that assigns the numbers from `first` to `last`.
fn numbers_taken(first: u8, last: u8) -> Append {
    let entry = |n: u8| {
        let payload = format!(r#"{{"number":"WORK-{n:03}","item":"{n}"}}"#);
        foreign_event(n, "NumberAssigned", payload)
    };
    foreign(register(), (first..=last).map(entry).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_creators_get_numbers_without_gaps() {
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

    // Each number finds its item, and every item is listed.
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
async fn a_creator_takes_the_next_number_after_a_conflict() {
    let (fixture, store) = scripted();
    store.script([
        AppendScript::After(numbers_taken(1, 1)),
        AppendScript::After(numbers_taken(2, 4)),
    ]);
    let created = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap();
    assert_eq!(created.item.id().number(), number(5));
}

#[tokio::test]
async fn a_creation_gives_up_at_the_time_limit() {
    let (fixture, store) = scripted();
    store.script((1..=3).map(|n| AppendScript::After(numbers_taken(n, n))));
    let tracker = fixture.tracker.with_retry(attempts(3));
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    assert_eq!(refused.to_string(), "gave up after 3 attempt(s)");
    let (item, attempts, source) = conflict(refused);
    assert_eq!(item, None);
    assert_eq!((attempts, source.actual), (3, StreamVersion::from(3)));
    // The failed creation left nothing behind, so the next one succeeds.
    let created = tracker.create(task("x"), None, ada()).await.unwrap();
    assert_eq!(created.item.id().number(), number(4));
}

#[tokio::test]
async fn a_busy_append_is_retried() {
    let (fixture, store) = scripted();
    store.script([AppendScript::Busy, AppendScript::Busy]);
    let created = fixture
        .tracker
        .create(task("x"), None, ada())
        .await
        .unwrap();
    assert_eq!(created.item.id().number(), WorkNumber::FIRST);
}

#[tokio::test]
async fn a_creation_on_a_busy_store_gives_up_at_the_time_limit() {
    let (fixture, store) = scripted();
    let tracker = fixture.tracker.with_retry(attempts(2));
    store.script([AppendScript::Busy, AppendScript::Busy]);
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 2, .. })
    ));

    store.fail_version_reads(1);
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert!(matches!(refused, TrackingError::Store(error) if error.is_transient()));
}

#[tokio::test]
async fn a_creation_on_a_closed_store_is_not_retried() {
    let (fixture, store) = scripted();
    store.script([AppendScript::Closed]);
    let refused = fixture
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
async fn a_creation_with_an_unknown_outcome_creates_one_item() {
    for script in [
        AppendScript::UnknownButWritten,
        AppendScript::UnknownAndNotWritten,
    ] {
        let (fixture, store) = scripted();
        store.script([script]);
        let created = fixture
            .tracker
            .create(task("x"), None, ada())
            .await
            .unwrap();
        assert_eq!(created.item.id().number(), WorkNumber::FIRST);
        let listed = list_all(&fixture.tracker).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].item, created.item);
    }
}

#[tokio::test]
async fn a_lasting_unknown_outcome_is_returned() {
    let (fixture, store) = scripted();
    store.script([
        AppendScript::UnknownAndNotWritten,
        AppendScript::UnknownAndNotWritten,
    ]);
    let tracker = fixture.tracker.with_retry(attempts(2));
    let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
    assert!(is_unknown_after_two_attempts(&refused));
}

fn is_unknown_after_two_attempts(refused: &TrackingError) -> bool {
    matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append {
            attempts: 2,
            source: AppendError::OutcomeUnknown { .. },
        })
    )
}

#[tokio::test]
async fn a_busy_store_does_not_replace_an_unknown_outcome() {
    for lost in [
        AppendScript::UnknownAndNotWritten,
        AppendScript::UnknownButWritten,
    ] {
        let (fixture, store) = scripted();
        store.script([lost, AppendScript::Busy]);
        let tracker = fixture.tracker.with_retry(attempts(2));
        let refused = tracker.create(task("x"), None, ada()).await.unwrap_err();
        assert!(is_unknown_after_two_attempts(&refused));
    }
}

#[tokio::test]
async fn a_changed_parent_is_loaded_again() {
    let (fixture, store) = scripted();
    let story = item(&fixture.tracker, STORY, None).await;

    store.script([AppendScript::After(retitled(7, story, "another"))]);
    let once = fixture.tracker.clone().with_retry(RetryPolicy::NEVER);
    let refused = once
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap_err();
    let (_, _, source) = conflict(refused);
    assert_eq!(source.stream, story.stream_id());

    let child = fixture
        .tracker
        .create(task("x"), Some(story.into()), ada())
        .await
        .unwrap();
    assert_eq!(child.item.parent(), Some(story));
    assert_eq!(child.item.id().number(), number(2));
}

#[tokio::test]
async fn a_command_decides_again_after_a_conflict_unless_it_names_a_version() {
    let (fixture, store) = scripted();
    let item = item(&fixture.tracker, TASK, None).await;
    store.script([AppendScript::After(retitled(1, item, "t1"))]);
    let started = fixture.tracker.start(item, &anonymous()).await.unwrap();
    assert_eq!(started.version, StreamVersion::from(3));
    assert_eq!(started.item.title().as_str(), "t1");

    let seen = anonymous().at_version(started.version);
    store.script([AppendScript::After(retitled(2, item, "t2"))]);
    let refused = fixture.tracker.unassign(item, &seen).await;
    assert_eq!(
        refused.unwrap().events.len(),
        0,
        "a command without events has no conflict"
    );
    let refused = fixture
        .tracker
        .assign(item, "ada".parse().unwrap(), &seen)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Conflict);
    assert!(matches!(
        refused,
        TrackingError::Conflict { attempts: 1, .. }
    ));

    store.script([AppendScript::Closed]);
    let refused = fixture
        .tracker
        .assign(item, "ada".parse().unwrap(), &anonymous())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Storage);
    assert!(matches!(
        refused,
        TrackingError::Repository(RepositoryError::Append { attempts: 1, .. })
    ));
}
