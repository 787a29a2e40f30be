//! The rows that say which items depend on an item.

use read_models_sqlite::SqliteTx;
use work_item::WorkItemEvent;

/// The table.
pub(crate) const CREATE: &str = include_str!("dependents.sql");

/// Keeps the dependency that an event of the item `row` adds. One that is removed later stays: the
/// state of the item decides, and rows that are ahead of a reader hide none.
pub(crate) fn keep(row: i64, event: &WorkItemEvent, tx: &mut SqliteTx) {
    if let WorkItemEvent::DependencyAdded { on, .. } = event {
        let sql = "INSERT INTO dependents VALUES (?, ?) ON CONFLICT DO NOTHING";
        tx.execute(sql, (on.snowflake().as_i64(), row));
    }
}
