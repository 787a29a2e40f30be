//! The merge of two stores that began as copies of one.

use std::sync::Arc;

use futures_util::TryStreamExt;
use persistence_memory::MemoryEventStore;
use shared_kernel::store::LogQuery;
use shared_kernel::{Append, EventStore, EventStoreExt, ExpectedVersion, NewEvent};
use work_item::{Status, WorkItemId};
use work_tracking::{ClashReason, Merged, TrackingError, WorkTracker};

use crate::fixture::{
    EPIC, Fixture, RELATES, STORY, TASK, ada, anonymous, block, done, fixture, item, list_all,
    note, number, reason, task, tasks, title, tracker,
};

/// A copy of a store, and a tracker on it with a worker of its own.
async fn copy(fixture: &Fixture, worker: u16) -> (Arc<dyn EventStore>, WorkTracker) {
    let copy: Arc<dyn EventStore> = Arc::new(MemoryEventStore::with_clock(fixture.clock.clone()));
    let log = fixture.store.read_log(LogQuery::new());
    for event in log.try_collect::<Vec<_>>().await.unwrap() {
        let new = NewEvent {
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            payload: event.payload,
            metadata: event.metadata,
        };
        let append = Append::new().write(event.stream, ExpectedVersion::Any, vec![new]);
        copy.append(append).await.unwrap();
    }
    let tracker = tracker(copy.clone(), fixture.clock.clone(), worker);
    (copy, tracker)
}

async fn merge(into: &WorkTracker, from: &Arc<dyn EventStore>) -> Merged {
    into.merge(&**from, &ada()).await.unwrap()
}

fn clashes(refused: Result<Merged, TrackingError>) -> Vec<(Option<WorkItemId>, ClashReason)> {
    match refused {
        Err(TrackingError::Clashes { clashes }) => clashes
            .into_iter()
            .map(|clash| (clash.item, clash.reason))
            .collect(),
        other => panic!("{other:?}"),
    }
}

async fn titles(tracker: &WorkTracker) -> Vec<String> {
    let items = list_all(tracker).await.unwrap();
    let name = |item: &work_item::WorkItem| format!("{} {}", item.id(), item.title());
    items.iter().map(|tracked| name(&tracked.item)).collect()
}

async fn add(tracker: &WorkTracker, title: &str) -> WorkItemId {
    let created = tracker.create(task(title), None, ada()).await.unwrap();
    created.item.id()
}

#[tokio::test]
async fn new_items_get_the_next_numbers_and_keep_the_old_ones_as_aliases() {
    let here = fixture();
    let [first] = tasks(&here.tracker).await;
    let (there, other) = copy(&here, 1).await;
    add(&here.tracker, "ours").await;
    let one = add(&other, "theirs").await;
    let two = add(&other, "theirs too").await;
    block(&other, two, one).await;
    block(&other, one, first).await;

    let merged = merge(&here.tracker, &there).await;
    assert_eq!(merged.new_items, [one, two]);
    let renumbered: Vec<_> = merged
        .renumbered
        .iter()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    let expected = [("WORK-002", "WORK-003"), ("WORK-003", "WORK-004")];
    assert_eq!(
        renumbered,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    let expected = [
        "WORK-001 x",
        "WORK-002 ours",
        "WORK-003 theirs",
        "WORK-004 theirs too",
    ];
    assert_eq!(titles(&here.tracker).await, expected);
    let two = here.tracker.show(number(4)).await.unwrap().item;
    // The blocker is named by its number here.
    assert_eq!(
        two.blockers().map(|id| id.to_string()).collect::<Vec<_>>(),
        ["WORK-003"]
    );
    assert_eq!(
        two.aliases()
            .iter()
            .map(|it| it.as_str())
            .collect::<Vec<_>>(),
        ["WORK-003"]
    );
    let former = here.tracker.formerly(number(3)).await.unwrap();
    assert_eq!(
        former.iter().map(|it| it.item.id()).collect::<Vec<_>>(),
        [two.id()]
    );
    assert_eq!(here.tracker.formerly(number(1)).await.unwrap(), []);
    assert_eq!(add(&here.tracker, "next").await.number(), number(5));
}

#[tokio::test]
async fn a_second_merge_adds_nothing_and_a_grown_branch_only_its_new_events() {
    let here = fixture();
    let (there, other) = copy(&here, 1).await;
    add(&here.tracker, "ours").await;
    let theirs = add(&other, "theirs").await;
    let first = merge(&here.tracker, &there).await;
    assert_eq!((first.added, first.known), (1, 0));
    let head = here.store.head().await.unwrap();
    let again = merge(&here.tracker, &there).await;
    assert_eq!((again.added, again.known), (0, 1));
    assert_eq!(
        (again.new_items, again.renumbered),
        (Vec::new(), Vec::new())
    );
    assert_eq!(here.store.head().await.unwrap(), head);

    other.start(theirs, &anonymous()).await.unwrap();
    let grown = merge(&here.tracker, &there).await;
    assert_eq!((grown.added, grown.changed_items), (1, vec![theirs]));
    let item = here.tracker.show(theirs).await.unwrap().item;
    assert_eq!(
        (item.status(), item.id().number()),
        (Status::InProgress, number(2))
    );
}

#[tokio::test]
async fn both_stores_are_alike_after_a_merge_in_both_directions() {
    let here = fixture();
    let [first] = tasks(&here.tracker).await;
    let (there, other) = copy(&here, 1).await;
    add(&here.tracker, "ours").await;
    add(&other, "theirs").await;
    here.tracker.start(first, &anonymous()).await.unwrap();
    merge(&here.tracker, &there).await;
    let back = merge(&other, &here.store).await;
    assert_eq!((back.new_items.len(), back.changed_items), (1, vec![first]));
    assert_eq!(
        titles(&other).await,
        ["WORK-001 x", "WORK-002 theirs", "WORK-003 ours"]
    );
    for (store, tracker) in [(&there, &here.tracker), (&here.store, &other)] {
        assert_eq!(merge(tracker, store).await.added, 0);
    }
}

#[tokio::test]
async fn an_item_that_both_changed_is_refused_by_name_and_nothing_is_written() {
    let here = fixture();
    let [one, two, three] = tasks(&here.tracker).await;
    let (there, other) = copy(&here, 1).await;
    for id in [one, two] {
        here.tracker.start(id, &anonymous()).await.unwrap();
        other
            .retitle(id, title("renamed"), &anonymous())
            .await
            .unwrap();
    }
    other.start(three, &anonymous()).await.unwrap();
    add(&other, "theirs").await;
    let head = here.store.head().await.unwrap();
    let refused = here.tracker.merge(&*there, &ada()).await;
    let both = ClashReason::BothChanged;
    assert_eq!(clashes(refused), [(Some(one), both), (Some(two), both)]);
    assert_eq!(here.store.head().await.unwrap(), head);
}

#[tokio::test]
async fn notes_and_children_of_one_side_are_no_clash() {
    let here = fixture();
    let epic = item(&here.tracker, EPIC, None).await;
    let (there, other) = copy(&here, 1).await;
    item(&here.tracker, STORY, Some(epic)).await;
    item(&other, STORY, Some(epic)).await;
    other
        .note(epic, note("seen there"), &anonymous())
        .await
        .unwrap();
    here.tracker
        .retitle(epic, title("renamed"), &anonymous())
        .await
        .unwrap();
    merge(&here.tracker, &there).await;
    let merged = here.tracker.show(epic).await.unwrap().item;
    let children: Vec<_> = merged.children().iter().map(ToString::to_string).collect();
    assert_eq!(
        (children, merged.notes()),
        (vec!["WORK-002".to_owned(), "WORK-003".to_owned()], 1)
    );
    assert_eq!(merged.title(), &title("renamed"));
    assert_eq!(merge(&here.tracker, &there).await.added, 0);
    // The other direction: here the changes of the other store are more than notes.
    merge(&other, &here.store).await;
    assert_eq!(
        other.show(epic).await.unwrap().item.title(),
        &title("renamed")
    );
}

#[tokio::test]
async fn a_closed_parent_gets_no_new_child_by_a_merge() {
    let here = fixture();
    let story = item(&here.tracker, STORY, None).await;
    let (there, other) = copy(&here, 1).await;
    here.tracker
        .cancel(story, reason("no use"), &anonymous())
        .await
        .unwrap();
    item(&other, TASK, Some(story)).await;
    let expected = [(Some(story), ClashReason::ClosedWithNewChild)];
    assert_eq!(clashes(here.tracker.merge(&*there, &ada()).await), expected);
    assert_eq!(clashes(other.merge(&*here.store, &ada()).await), expected);
}

#[tokio::test]
async fn a_child_that_is_opened_again_under_a_closed_parent_is_refused() {
    let here = fixture();
    let story = item(&here.tracker, STORY, None).await;
    let child = done(&here.tracker, TASK, Some(story)).await;
    let (tracker, none) = (&here.tracker, anonymous());
    let (there, other) = copy(&here, 1).await;
    tracker
        .reopen(child, reason("of use"), &none)
        .await
        .unwrap();
    other.cancel(story, reason("no use"), &none).await.unwrap();
    let expected = [(Some(story), ClashReason::ClosedWithOpenChild)];
    assert_eq!(clashes(tracker.merge(&*there, &ada()).await), expected);
    assert_eq!(clashes(other.merge(&*here.store, &ada()).await), expected);
}

#[tokio::test]
async fn two_dependencies_that_close_a_circle_are_refused() {
    let here = fixture();
    let [one, two, three] = tasks(&here.tracker).await;
    let (there, other) = copy(&here, 1).await;
    block(&here.tracker, one, two).await;
    block(&other, two, one).await;
    let relates = other
        .add_dependency(three, one, RELATES, &anonymous())
        .await;
    relates.unwrap();
    let refused = clashes(here.tracker.merge(&*there, &ada()).await);
    let circle = ClashReason::Circle;
    assert_eq!(refused, [(Some(one), circle), (Some(two), circle)]);
}

#[tokio::test]
async fn an_event_with_another_content_is_refused() {
    let here = fixture();
    let [one] = tasks(&here.tracker).await;
    here.tracker
        .note(one, note("as it was"), &anonymous())
        .await
        .unwrap();
    let forged: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new());
    let log = here.store.read_log(LogQuery::new());
    for event in log.try_collect::<Vec<_>>().await.unwrap() {
        let payload = String::from_utf8(event.payload.to_vec()).unwrap();
        let new = NewEvent {
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            payload: payload.replace("as it was", "as it is now").into(),
            metadata: event.metadata,
        };
        let append = Append::new().write(event.stream, ExpectedVersion::Any, vec![new]);
        forged.append(append).await.unwrap();
    }
    let refused = clashes(here.tracker.merge(&*forged, &ada()).await);
    assert_eq!(refused, [(Some(one), ClashReason::Altered)]);
}

#[tokio::test]
async fn a_store_that_is_no_branch_of_this_one_is_merged_as_new_items() {
    let (here, there) = (fixture(), fixture());
    add(&here.tracker, "ours").await;
    let other = tracker(there.store.clone(), there.clock.clone(), 1);
    add(&other, "theirs").await;
    merge(&here.tracker, &there.store).await;
    assert_eq!(
        titles(&here.tracker).await,
        ["WORK-001 ours", "WORK-002 theirs"]
    );
}
