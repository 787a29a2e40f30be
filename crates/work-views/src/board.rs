//! The board from the rows.

use read_models_sqlite::sqlx::sqlite::SqliteConnection;
use read_models_sqlite::sqlx::{Executor, QueryBuilder, Row};
use shared_kernel::codec::FormatError;
use work_item::Status;
use work_tracking::{Board, BoardColumn, BoardQuery};

use crate::list::conditions;
use crate::{ItemViews, ViewError};

/// The number of items in each column. The index has the columns of the usual filters, so that the
/// count reads no row.
const COUNTS: &str = "SELECT status, count(*) FROM items INDEXED BY items_by_rank WHERE true";

impl ItemViews {
    /// The board. On rows that are current, the answer equals `WorkTracker::board` of the present.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn board(&self, query: &BoardQuery) -> Result<Board, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let board = self.read_board(query, &mut reader).await;
        board.map_err(|error| ViewError::row(&build, error))
    }

    async fn read_board(
        &self,
        query: &BoardQuery,
        reader: &mut SqliteConnection,
    ) -> Result<Board, FormatError> {
        // Counts and cards are of one moment.
        reader.execute("BEGIN").await?;
        let mut counts = QueryBuilder::new(COUNTS);
        conditions(&mut counts, &query.filter);
        let counts = counts.push(" GROUP BY status").build();
        let mut columns: Vec<_> = Status::ALL.iter().copied().map(empty).collect();
        for row in counts.fetch_all(&mut *reader).await? {
            let status: &str = row.try_get(0)?;
            let (status, count): (Status, i64) = (status.parse()?, row.try_get(1)?);
            for column in columns.iter_mut().filter(|column| column.status == status) {
                column.count = usize::try_from(count)?;
            }
        }
        let limit = i64::try_from(query.cards).unwrap_or(i64::MAX);
        for column in columns.iter_mut().filter(|column| column.count > 0) {
            let mut cards = QueryBuilder::new("SELECT version, state FROM items WHERE status = ");
            cards.push_bind(column.status.as_str());
            conditions(&mut cards, &query.filter);
            cards.push(" ORDER BY rank DESC, number, item LIMIT ");
            let cards = cards.push_bind(limit).build();
            for row in cards.fetch_all(&mut *reader).await? {
                column.cards.push(self.tracked(&row)?);
            }
        }
        Ok(Board { columns })
    }
}

fn empty(status: Status) -> BoardColumn {
    BoardColumn {
        status,
        count: 0,
        cards: Vec::new(),
    }
}
