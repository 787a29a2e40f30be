//! The queue from the rows: the items that can be ready, the best first.

use std::collections::HashMap;

use jiff::Timestamp;
use read_models_sqlite::sqlx::sqlite::SqliteConnection;
use read_models_sqlite::sqlx::{QueryBuilder, Row, Sqlite};
use shared_kernel::codec::FormatError;
use work_item::{KnownStatuses, Participant, Status, WorkItemId};
use work_tracking::{Candidates, ReadyItem};

use crate::{ItemViews, ViewError};

/// The items that can be ready, in the order of `queue_rank`.
///
/// It leaves out only items that `readiness` refuses: those with a claim that is not over at
/// `until`, and with an open blocker or child. Indexes alone give the order, so that only the rows
/// of the page are read.
const CANDIDATES: &str = "\
WITH turn AS (
  SELECT item, priority, day, number,
    (SELECT count(*) FROM waits WHERE on_item = items.snowflake AND is_open) AS unblocks
  FROM items INDEXED BY items_by_turn
  WHERE status IN ('pending', 'in_progress')
    AND (status = 'pending' OR claim_until IS NOT NULL)
    AND coalesce(claim_until, 0) <= ";

const WAITS_FOR_NONE: &str = "\
  AND NOT EXISTS (
    SELECT 1 FROM waits JOIN items AS blocker ON blocker.snowflake = waits.on_item
    WHERE waits.item = items.item AND blocker.status IN ('pending', 'in_progress', 'blocked'))
  AND NOT EXISTS (
    SELECT 1 FROM items AS child
    WHERE child.parent = items.snowflake AND child.status IN ('pending', 'in_progress', 'blocked'))
ORDER BY priority DESC, day, unblocks DESC, number, item LIMIT ";

const PAGE: &str = "\
)
SELECT items.version, items.state, turn.unblocks FROM turn JOIN items USING (item)
ORDER BY turn.priority DESC, turn.day, turn.unblocks DESC, turn.number, item";

impl ItemViews {
    /// A page of the items that can be ready for an actor at a time. `WorkTracker::sift` keeps
    /// those that are.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn candidates(
        &self,
        asker: Option<&Participant>,
        now: Timestamp,
        offset: usize,
        limit: usize,
    ) -> Result<Candidates, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let mut sql = QueryBuilder::new(CANDIDATES);
        sql.push_bind(now.as_microsecond());
        sql.push(" AND (claim_until IS NOT NULL OR assignee IS NULL");
        if let Some(asker) = asker {
            sql.push(" OR assignee = ");
            sql.push_bind(asker.name.as_str().to_owned());
        }
        sql.push(")").push(WAITS_FOR_NONE);
        sql.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        sql.push(" OFFSET ");
        sql.push_bind(i64::try_from(offset).unwrap_or(i64::MAX))
            .push(PAGE);
        let found = self.read_candidates(sql, &mut reader).await;
        found.map_err(|error| ViewError::row(&build, error))
    }

    async fn read_candidates(
        &self,
        mut sql: QueryBuilder<Sqlite>,
        reader: &mut SqliteConnection,
    ) -> Result<Candidates, FormatError> {
        let mut items = Vec::new();
        for row in sql.build().fetch_all(&mut *reader).await? {
            items.push(ReadyItem {
                tracked: self.tracked(&row)?,
                unblocks: u64::try_from(row.try_get::<i64, _>(2)?)?,
            });
        }
        let states = items.iter().map(|item| &item.tracked.item);
        let around = states.flat_map(|item| item.children().iter().copied().chain(item.blockers()));
        let around: HashMap<i64, WorkItemId> =
            around.map(|id| (id.snowflake().as_i64(), id)).collect();
        let mut known = KnownStatuses::new();
        if !around.is_empty() {
            let mut sql =
                QueryBuilder::new("SELECT snowflake, status FROM items WHERE snowflake IN (");
            let mut list = sql.separated(", ");
            for snowflake in around.keys() {
                list.push_bind(*snowflake);
            }
            sql.push(")");
            for row in sql.build().fetch_all(reader).await? {
                let status: Status = row.try_get::<&str, _>(1)?.parse()?;
                if let Some(id) = around.get(&row.try_get::<i64, _>(0)?) {
                    known = known.with(*id, status);
                }
            }
        }
        Ok(Candidates { items, known })
    }
}
