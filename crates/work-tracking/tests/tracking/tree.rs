//! The tree of items.

use work_item::{Status, WorkItemId, WorkNumber};
use work_tracking::{FailureKind, ItemTree, TrackingError};

use crate::fixture::{
    EPIC, Fixture, STORY, SUBTASK, TASK, anonymous, fixture, foreign, foreign_event, item, number,
    snowflake, started, with_snapshots,
};

fn depths(tree: &ItemTree) -> Vec<(usize, WorkItemId)> {
    tree.depth_first()
        .map(|(depth, tracked)| (depth, tracked.item.id()))
        .collect()
}

#[tokio::test]
async fn a_tree_holds_all_descendants_in_order_of_creation() {
    let mut fixture = fixture();
    fixture.tracker = with_snapshots(fixture.tracker);
    let tracker = &fixture.tracker;
    let epic = item(tracker, EPIC, None).await;
    let first = item(tracker, STORY, Some(epic)).await;
    let second = item(tracker, STORY, Some(epic)).await;
    let late = item(tracker, TASK, Some(first)).await;
    let task = item(tracker, TASK, Some(second)).await;
    let leaf = item(tracker, SUBTASK, Some(late)).await;
    item(tracker, EPIC, None).await;
    tracker.start(task, &anonymous()).await.unwrap();

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
async fn the_tree_of_a_missing_item_is_not_found() {
    let fixture = fixture();
    let unknown = WorkNumber::FIRST;
    let of_empty_store = fixture.tracker.tree(unknown).await.unwrap_err();
    assert_eq!(of_empty_store.kind(), FailureKind::NotFound);
    let id = snowflake(7);
    assert!(matches!(
        fixture.tracker.tree(id).await,
        Err(TrackingError::NotFound { .. })
    ));
    item(&fixture.tracker, TASK, None).await;
    assert!(matches!(
        fixture.tracker.tree(id).await,
        Err(TrackingError::NotFound { .. })
    ));
}

/// Writes into the history of an item that another one is its child.
async fn add_child(fixture: &Fixture, parent: WorkItemId, child: WorkItemId) {
    let (snowflake, number) = (child.snowflake(), child.number());
    let payload = format!(r#"{{"child":{{"snowflake":"{snowflake}","number":"{number}"}}}}"#);
    let event = foreign_event(9, "ChildAdded", payload);
    let append = foreign(parent.stream_id(), vec![event]);
    fixture.store.append(append).await.unwrap();
}

#[tokio::test]
async fn a_child_listed_twice_appears_once() {
    let fixture = fixture();
    let story = item(&fixture.tracker, STORY, None).await;
    let task = item(&fixture.tracker, TASK, Some(story)).await;
    add_child(&fixture, story, task).await;
    let tree = fixture.tracker.tree(story).await.unwrap();
    assert_eq!(depths(&tree), [(0, story), (1, task)]);
}

#[tokio::test]
async fn a_reference_to_a_missing_item_is_an_error_that_only_why_explains() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let story = started(tracker, STORY, None).await;
    let missing = WorkItemId::new(snowflake(99), number(99));
    add_child(&fixture, story, missing).await;
    for answer in [
        tracker.tree(story).await.map(drop).unwrap_err(),
        tracker
            .complete(story, None, &anonymous())
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(answer.kind(), FailureKind::Storage);
        assert!(matches!(answer, TrackingError::Dangling { item } if item == missing));
    }
    let why = tracker.why(story).await.unwrap();
    assert_eq!(why.hindrances.unwrap().unreadable, [missing]);
    assert_eq!(why.unreadable, [missing.stream_id()]);
}

#[tokio::test]
async fn contradicting_histories_are_an_error() {
    for claimed in [0, 1, 2] {
        let fixture = fixture();
        let story = item(&fixture.tracker, STORY, None).await;
        let task = item(&fixture.tracker, TASK, Some(story)).await;
        let stranger = item(&fixture.tracker, SUBTASK, None).await;
        // The task lists itself, its parent, or an item without a parent.
        let claimed = [task, story, stranger][claimed];
        add_child(&fixture, task, claimed).await;
        let refused = fixture.tracker.tree(story).await.unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Storage);
        assert!(matches!(
            refused,
            TrackingError::NotItsChild { parent, child } if parent == task && child == claimed
        ));
    }
}
