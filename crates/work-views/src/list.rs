//! Lists of items from the rows.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use read_models_sqlite::sqlx::sqlite::SqliteRow;
use read_models_sqlite::sqlx::{self, QueryBuilder, Row, Sqlite};
use shared_kernel::codec::FormatError;
use shared_kernel::time::from_micros;
use work_tracking::{ItemFilter, ItemOrder, ListQuery, TrackedItem};

use crate::items::kind_word;
use crate::{ItemViews, ViewError};

impl ItemViews {
    /// The items of a query. On rows that are current, the answer equals `WorkTracker::list`.
    ///
    /// The database orders the rows and leaves out most of those that the filter refuses;
    /// [`ItemFilter::accepts`] decides on each.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn list(&self, query: &ListQuery) -> Result<Vec<TrackedItem>, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let damaged = |error: sqlx::Error| ViewError::row(&build, error);
        let limit = query.limit.unwrap_or(usize::MAX);
        let mut statement = statement(query);
        let mut rows = statement.build().fetch(&mut reader);
        let mut listed = Vec::new();
        while listed.len() < limit
            && let Some(row) = rows.try_next().await.map_err(damaged)?
        {
            let (tracked, updated_at) = self
                .listed(&row)
                .map_err(|error| ViewError::row(&build, error))?;
            if query.filter.accepts(&tracked.item, updated_at) {
                listed.push(tracked);
            }
        }
        Ok(listed)
    }

    /// The item of a row, and the time of its last event.
    fn listed(&self, row: &SqliteRow) -> Result<(TrackedItem, Timestamp), FormatError> {
        let updated_at = from_micros(row.try_get(2)?)?;
        Ok((self.tracked(row)?, updated_at))
    }
}

/// The rows that the filter can accept, in the order of the query.
fn statement(query: &ListQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT version, state, updated_at FROM items WHERE true");
    conditions(&mut sql, &query.filter);
    sql.push(match query.order {
        ItemOrder::Number => " ORDER BY number, item",
        ItemOrder::Updated => " ORDER BY updated_at DESC, number, item",
        ItemOrder::Priority => " ORDER BY priority DESC, number, item",
    });
    sql
}

/// Adds the conditions of a filter, so that the rows are those that [`ItemFilter::accepts`].
pub(crate) fn conditions(sql: &mut QueryBuilder<Sqlite>, filter: &ItemFilter) {
    let ItemFilter {
        statuses,
        item_types,
        assignees,
        priorities,
        risk_tiers,
        parent,
        text,
        since,
        until,
    } = filter;
    is_in(sql, "status", statuses.iter().map(|it| it.as_str()));
    is_in(sql, "type", item_types.iter().map(|it| it.as_str()));
    is_in(sql, "priority", priorities.iter().map(|it| *it as u8));
    is_in(sql, "risk", risk_tiers.iter().map(|it| it.as_str()));
    let parent = parent.map(|parent| parent.snowflake().as_i64());
    is_in(sql, "parent", parent.into_iter());
    if !assignees.is_empty() {
        sql.push(" AND (");
        for (nth, who) in assignees.iter().enumerate() {
            sql.push(if nth == 0 {
                "(assignee = "
            } else {
                " OR (assignee = "
            });
            sql.push_bind(who.name.as_str().to_owned());
            if let Some(kind) = who.kind {
                sql.push(" AND coalesce(assignee_kind = ");
                sql.push_bind(kind_word(kind)).push(", true)");
            }
            sql.push(")");
        }
        sql.push(")");
    }
    if let Some(since) = since {
        sql.push(" AND updated_at >= ");
        sql.push_bind(since.as_microsecond());
    }
    if let Some(until) = until {
        sql.push(" AND updated_at <= ");
        sql.push_bind(until.as_microsecond());
    }
    if let Some(text) = text {
        sql.push(" AND instr(text, ");
        sql.push_bind(text.to_lowercase());
        sql.push(") > 0");
    }
}

/// Adds the condition that a column has one of the values; no values are no condition.
fn is_in<T>(sql: &mut QueryBuilder<Sqlite>, column: &str, values: impl Iterator<Item = T>)
where
    T: for<'q> sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite> + Send,
{
    let mut values = values.peekable();
    if values.peek().is_none() {
        return;
    }
    sql.push(" AND ").push(column).push(" IN (");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    sql.push(")");
}
