//! Lists of items from the rows.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use read_models_sqlite::sqlx::sqlite::SqliteRow;
use read_models_sqlite::sqlx::{self, QueryBuilder, Row, Sqlite};
use shared_kernel::codec::FormatError;
use work_tracking::{ItemFilter, ItemOrder, ListQuery, TrackedItem};

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
        let updated_at = Timestamp::from_microsecond(row.try_get(2)?)?;
        Ok((self.tracked(row)?, updated_at))
    }
}

/// The rows that the filter can accept, in the order of the query.
fn statement(query: &ListQuery) -> QueryBuilder<Sqlite> {
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
    } = &query.filter;
    let mut sql = QueryBuilder::new("SELECT version, state, updated_at FROM items WHERE true");
    is_in(&mut sql, "status", statuses.iter().map(|it| it.as_str()));
    is_in(&mut sql, "type", item_types.iter().map(|it| it.as_str()));
    let names = assignees.iter().map(|who| who.name.as_str());
    is_in(&mut sql, "assignee", names);
    is_in(&mut sql, "priority", priorities.iter().map(|it| *it as u8));
    is_in(&mut sql, "risk", risk_tiers.iter().map(|it| it.as_str()));
    let parent = parent.map(|parent| parent.snowflake().as_i64());
    is_in(&mut sql, "parent", parent.into_iter());
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
    sql.push(match query.order {
        ItemOrder::Number => " ORDER BY number, item",
        ItemOrder::Updated => " ORDER BY updated_at DESC, number, item",
        ItemOrder::Priority => " ORDER BY priority DESC, number, item",
    });
    sql
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
