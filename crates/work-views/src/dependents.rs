//! The rows that say which items depend on an item.

use read_models_sqlite::SqliteTx;
use work_item::{DependencyKind, WorkItemEvent};

/// The table.
pub(crate) const CREATE: &str = include_str!("dependents.sql");

/// Keeps the dependency that an event of the item `row` adds. In `dependents`, one that is removed
/// later stays: the state of the item decides, and rows that are ahead of a reader hide none.
pub(crate) fn keep(row: i64, event: &WorkItemEvent, tx: &mut SqliteTx) {
    match event {
        WorkItemEvent::DependencyAdded { on, kind } => {
            let on = on.snowflake().as_i64();
            let sql = "INSERT INTO dependents VALUES (?, ?) ON CONFLICT DO NOTHING";
            tx.execute(sql, (on, row));
            if *kind == DependencyKind::Blocks {
                let sql = "INSERT INTO waits VALUES (?, ?, true) ON CONFLICT DO NOTHING";
                tx.execute(sql, (row, on));
            }
        }
        WorkItemEvent::DependencyRemoved { on, .. } => {
            let sql = "DELETE FROM waits WHERE item = ? AND on_item = ?";
            tx.execute(sql, (row, on.snowflake().as_i64()));
        }
        WorkItemEvent::StatusChanged { from, to, .. } if from.is_open() != to.is_open() => {
            let sql = "UPDATE waits SET is_open = ? WHERE item = ?";
            tx.execute(sql, (i64::from(to.is_open()), row));
        }
        _ => {}
    }
}
