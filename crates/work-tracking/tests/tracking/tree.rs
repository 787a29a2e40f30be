//! Owns the scenarios of the tree of items.

use shared_kernel::event::EventType;
use shared_kernel::{Append, EventId, ExpectedVersion, NewEvent};
use work_item::{Status, WorkItemId, WorkItemType, WorkNumber};
use work_tracking::{FailureKind, ItemTree, TrackingError};

use crate::given::{Bench, bench, item, nobody, started, ten, with_snapshots};

const EPIC: WorkItemType = WorkItemType::Epic;
const STORY: WorkItemType = WorkItemType::Story;
const TASK: WorkItemType = WorkItemType::Task;
const SUBTASK: WorkItemType = WorkItemType::Subtask;

fn depths(tree: &ItemTree) -> Vec<(usize, WorkItemId)> {
    tree.depth_first()
        .map(|(depth, tracked)| (depth, tracked.item.id()))
        .collect()
}

#[tokio::test]
async fn a_tree_holds_all_that_lies_in_an_item_in_the_order_of_creation() {
    let mut bench = bench();
    bench.tracker = with_snapshots(bench.tracker);
    let tracker = &bench.tracker;
    let epic = item(tracker, EPIC, None).await;
    let first = item(tracker, STORY, Some(epic)).await;
    let second = item(tracker, STORY, Some(epic)).await;
    let late = item(tracker, TASK, Some(first)).await;
    let task = item(tracker, TASK, Some(second)).await;
    let leaf = item(tracker, SUBTASK, Some(late)).await;
    item(tracker, EPIC, None).await;
    tracker.start(task, &nobody()).await.unwrap();

    let tree = tracker.tree(epic.number()).await.unwrap();
    assert_eq!(
        depths(&tree),
        [
            (0, epic),
            (1, first),
            (2, late),
            (3, leaf),
            (1, second),
            (2, task)
        ]
    );
    let started = &tree.children[1].children[0].tracked;
    assert_eq!(started.item.status(), Status::InProgress);
    assert_eq!(*started, tracker.show(task).await.unwrap());
    assert_eq!(tree.tracked.item.id(), epic);

    let part = tracker.tree(late).await.unwrap();
    assert_eq!(depths(&part), [(0, late), (1, leaf)]);
    assert_eq!(depths(&tracker.tree(leaf).await.unwrap()), [(0, leaf)]);
}

#[tokio::test]
async fn an_item_that_is_not_there_has_no_tree() {
    let bench = bench();
    let unknown = WorkNumber::FIRST;
    let of_empty_store = bench.tracker.tree(unknown).await.unwrap_err();
    assert_eq!(of_empty_store.kind(), FailureKind::NotFound);
    let id = shared_kernel::snowflake::Snowflake::new(7).unwrap();
    assert!(matches!(
        bench.tracker.tree(id).await,
        Err(TrackingError::NotFound { .. })
    ));
    item(&bench.tracker, TASK, None).await;
    assert!(matches!(
        bench.tracker.tree(id).await,
        Err(TrackingError::NotFound { .. })
    ));
}

/// Writes into the history of an item that another one lies in it.
async fn claim(bench: &Bench, parent: WorkItemId, child: WorkItemId) {
    let (snowflake, number) = (child.snowflake(), child.number());
    let payload = format!(r#"{{"child":{{"snowflake":"{snowflake}","number":"{number}"}}}}"#);
    let id = EventId::from_parts(ten(), [9; 10]);
    let event = NewEvent::new(id, EventType::new("ChildAdded").unwrap(), payload);
    let append = Append::new().write(parent.stream_id(), ExpectedVersion::Any, vec![event]);
    bench.store.append(append).await.unwrap();
}

#[tokio::test]
async fn a_child_that_is_claimed_twice_is_told_once() {
    let bench = bench();
    let story = item(&bench.tracker, STORY, None).await;
    let task = item(&bench.tracker, TASK, Some(story)).await;
    claim(&bench, story, task).await;
    let tree = bench.tracker.tree(story).await.unwrap();
    assert_eq!(depths(&tree), [(0, story), (1, task)]);
}

#[tokio::test]
async fn an_item_that_is_named_and_not_there_is_told_by_every_answer_that_rests_on_it() {
    let bench = bench();
    let tracker = &bench.tracker;
    let story = started(tracker, STORY, None).await;
    let number = WorkNumber::new(99).unwrap();
    let ghost = WorkItemId::new(shared_kernel::snowflake::Snowflake::new(7).unwrap(), number);
    claim(&bench, story, ghost).await;
    for answer in [
        tracker.tree(story).await.map(drop).unwrap_err(),
        tracker.why(story).await.map(drop).unwrap_err(),
        tracker
            .complete(story, None, &nobody())
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(answer.kind(), FailureKind::Storage);
        assert!(matches!(answer, TrackingError::Dangling { item } if item == ghost));
    }
}

#[tokio::test]
async fn histories_that_contradict_each_other_make_no_endless_tree() {
    for claimed in [0, 1, 2] {
        let bench = bench();
        let story = item(&bench.tracker, STORY, None).await;
        let task = item(&bench.tracker, TASK, Some(story)).await;
        let stranger = item(&bench.tracker, SUBTASK, None).await;
        // The task has among its children itself, its parent, or one that lies in no other.
        let claimed = [task, story, stranger][claimed];
        claim(&bench, task, claimed).await;
        let refused = bench.tracker.tree(story).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Storage);
        assert!(matches!(
            refused,
            TrackingError::NotItsChild { parent, child } if parent == task && child == claimed
        ));
    }
}
