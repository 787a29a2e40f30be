//! The board: columns, their order and counts, now and in the past.

use std::time::Duration;

use jiff::Timestamp;
use shared_kernel::{EventStore, GlobalPosition};
use work_item::{Priority, Status, WorkItemType};
use work_tracking::{Board, BoardQuery, ItemFilter};

use crate::fixture::{
    Fixture, STORY, ada, anonymous, fixture, minutes_after_ten, number, reason, task, title,
};

/// The numbers on the cards and the count of a column.
fn column(board: &Board, status: Status) -> (Vec<u64>, usize) {
    let mut columns = board.columns.iter();
    let column = columns.find(|column| column.status == status).unwrap();
    let numbers = column
        .cards
        .iter()
        .map(|card| card.item.id().number().get());
    (numbers.collect(), column.count)
}

async fn board(fixture: &Fixture, filter: ItemFilter, as_of: Option<GlobalPosition>) -> Board {
    let query = BoardQuery { filter, cards: 2 };
    let board = fixture.tracker.board(&query, as_of, |_| {}).await.unwrap();
    let statuses: Vec<_> = board.columns.iter().map(|column| column.status).collect();
    assert_eq!(statuses, Status::ALL);
    board
}

/// Four tasks and a story, created a minute apart. Task 3 is critical, task 2 low.
async fn five_items() -> Fixture {
    let fixture = fixture();
    for (nth, new) in [
        task("a"),
        task("b").with_priority(Priority::Low),
        task("c").with_priority(Priority::Critical),
        task("d"),
        task("e").with_type(STORY),
    ]
    .into_iter()
    .enumerate()
    {
        if nth > 0 {
            fixture.clock.advance(Duration::from_secs(60));
        }
        fixture.tracker.create(new, None, ada()).await.unwrap();
    }
    fixture
}

#[tokio::test]
async fn an_open_column_begins_with_the_most_urgent_item_and_counts_the_rest() {
    let fixture = five_items().await;
    let found = board(&fixture, ItemFilter::new(), None).await;
    assert_eq!(column(&found, Status::Pending), (vec![3, 1], 5));
    assert_eq!(column(&found, Status::Blocked), (vec![], 0));
    assert!(!found.is_empty());

    let stories = ItemFilter::new().item_type(STORY);
    let found = board(&fixture, stories, None).await;
    assert_eq!(column(&found, Status::Pending), (vec![5], 1));
    let spikes = ItemFilter::new().item_type(WorkItemType::Spike);
    assert!(board(&fixture, spikes, None).await.is_empty());
}

#[tokio::test]
async fn a_closed_column_begins_with_the_item_that_was_closed_last() {
    let fixture = five_items().await;
    for item in [3, 1, 4] {
        let (item, why) = (number(item), reason("no use"));
        let cancelled = fixture.tracker.cancel(item, why, &anonymous()).await;
        cancelled.unwrap();
    }
    // A note closes nothing.
    let note = "later".parse().unwrap();
    let noted = fixture.tracker.note(number(3), note, &anonymous()).await;
    noted.unwrap();
    let found = board(&fixture, ItemFilter::new(), None).await;
    assert_eq!(column(&found, Status::Cancelled), (vec![4, 1], 3));
    assert_eq!(column(&found, Status::Pending), (vec![5, 2], 2));
}

#[tokio::test]
async fn a_board_of_the_past_is_the_log_up_to_its_position() {
    let fixture = five_items().await;
    let tracker = &fixture.tracker;
    let started = tracker.start(number(1), &anonymous()).await.unwrap();
    tracker
        .retitle(number(1), title("z"), &anonymous())
        .await
        .unwrap();
    let all = ItemFilter::new();
    let at = async |time: Timestamp| fixture.store.position_at(time).await.unwrap();

    let found = board(&fixture, all.clone(), at(minutes_after_ten(1)).await).await;
    assert_eq!(column(&found, Status::Pending), (vec![1, 2], 2));
    let nothing = board(&fixture, all.clone(), Some(GlobalPosition::START)).await;
    assert!(nothing.is_empty());

    let head = fixture.store.head().await.unwrap().unwrap();
    let before = head.previous();
    let found = board(&fixture, all.clone(), before).await;
    let cards = &found.columns[1].cards;
    assert_eq!(cards[0].version, started.version);
    assert_eq!(cards[0].item.title().as_str(), "a");

    let present = board(&fixture, all.clone(), None).await;
    assert_eq!(board(&fixture, all.clone(), Some(head)).await, present);
    assert_eq!(
        board(&fixture, all, Some(GlobalPosition::MAX)).await,
        present
    );
}

#[tokio::test]
async fn a_new_store_has_an_empty_board() {
    let fixture = fixture();
    assert!(board(&fixture, ItemFilter::new(), None).await.is_empty());
}
