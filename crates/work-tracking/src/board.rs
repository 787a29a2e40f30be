//! The board: the items by status, each column with its first cards and its count.

use std::cmp::Reverse;

use shared_kernel::GlobalPosition;
use work_item::{Status, WorkItem};

use crate::fold::Folded;
use crate::{ItemFilter, ListProgress, TrackedItem, TrackingError, WorkTracker};

/// The items of a board, and the largest number of cards in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuery {
    /// The filter.
    pub filter: ItemFilter,
    /// The largest number of cards in a column.
    pub cards: usize,
}

/// A column for each status, in the order of [`Status::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The columns.
    pub columns: Vec<BoardColumn>,
}

/// The items of one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardColumn {
    /// The status.
    pub status: Status,
    /// The number of all items with this status.
    pub count: usize,
    /// The first of them: open items by priority, the most urgent first; closed items by their
    /// closing, the latest first. Items that are equal in it are ordered by number.
    pub cards: Vec<TrackedItem>,
}

impl Board {
    /// Whether it has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(|column| column.count == 0)
    }
}

/// The place of an item in its column; the largest comes first. `moved` is the position of its last
/// change of status.
///
/// For example, an open item of high priority has 2, and one that was closed by the event at
/// position 57 has 57. A column never has both.
#[must_use]
pub fn board_rank(item: &WorkItem, moved: GlobalPosition) -> i64 {
    match item.status().is_open() {
        true => item.priority() as i64,
        false => moved.as_i64(),
    }
}

impl WorkTracker {
    /// The board as of a position of the log; `None` for its last position when the call begins.
    /// It reads the log as [`list`](Self::list) does.
    ///
    /// For the board as of a time, take the position from
    /// [`EventStore::position_at`](shared_kernel::EventStore::position_at).
    ///
    /// # Errors
    /// The errors of [`list`](Self::list).
    pub async fn board(
        &self,
        query: &BoardQuery,
        as_of: Option<GlobalPosition>,
        progress: impl FnMut(ListProgress) + Send,
    ) -> Result<Board, TrackingError> {
        let mut items = self.fold(as_of, progress, |_, _, _| {}).await?;
        items.retain(|it| query.filter.accepts(&it.tracked.item, it.updated_at));
        items.sort_by_key(|it| {
            let item = &it.tracked.item;
            let rank = board_rank(item, it.moved);
            (Reverse(rank), item.id().number(), it.created)
        });
        let (mut columns, mut rest) = (Vec::new(), items);
        for status in Status::ALL {
            let has_status = |it: &Folded| it.tracked.item.status() == *status;
            let (found, others) = rest.into_iter().partition::<Vec<_>, _>(has_status);
            rest = others;
            columns.push(BoardColumn {
                status: *status,
                count: found.len(),
                cards: found
                    .into_iter()
                    .take(query.cards)
                    .map(|it| it.tracked)
                    .collect(),
            });
        }
        Ok(Board { columns })
    }
}
