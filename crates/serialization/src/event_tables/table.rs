//! The table of one event type: a column that all rows share stands once, above them.

use super::cell_codec::Precision;
use super::columns::{Columns, Entries};
use super::node::Node;

/// The row of one event.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The columns of metadata, `seq` first.
    pub(crate) metadata: Vec<(&'static str, Node)>,
    /// The cells of the payload.
    pub(crate) payload: Option<Node>,
}

/// The number of rows from which on shared payload columns move above the rows. For fewer rows, the
/// list of keys in `order` would cost more tokens than the shared cells.
const MIN_ROWS_TO_LIFT: usize = 8;

/// The table as a node with the keys `always`, `order` and `rows`.
///
/// `always` has the columns that all rows share. `order` has the keys of the payload in their
/// order, if some of them are in `always`:
///
/// ```text
/// always:
///   payload:
///     unit: kWh
/// order[2]: reading,unit
/// rows[8]{seq,payload{reading}}:
/// ```
pub(crate) fn table(mut rows: Vec<Row>, precision: Precision) -> Node {
    let mut always = lift_metadata(&mut rows);
    let mut table = Vec::new();
    if let Some((order, payload)) = lift_payload(&mut rows) {
        always.push(("payload".to_owned(), payload));
        // A view leaves out the order to save tokens: its events are never restored.
        if precision == Precision::Exact {
            table.push(("order".to_owned(), order));
        }
    }
    if !always.is_empty() {
        table.insert(0, ("always".to_owned(), Node::Map(always)));
    }
    let rows = rows.into_iter().map(|row| {
        let mut cells: Vec<(String, Node)> = row
            .metadata
            .into_iter()
            .map(|(name, cell)| (name.to_owned(), cell))
            .collect();
        let payload = row.payload.filter(|payload| !payload.is_empty());
        cells.extend(payload.map(|payload| ("payload".to_owned(), payload)));
        Node::Map(cells)
    });
    table.push(("rows".to_owned(), Node::List(rows.collect())));
    Node::Map(table)
}

/// Removes from the rows every column, except the first, that has the same value in all of them.
/// Returns the removed columns without the null ones.
pub(crate) fn lift_metadata(rows: &mut [Row]) -> Vec<(String, Node)> {
    let Some((first, others)) = rows.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let shared: Vec<(&'static str, Node)> = first
        .metadata
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(index, cell)| {
            others
                .iter()
                .all(|row| row.metadata.get(*index) == Some(cell))
        })
        .map(|(_, cell)| cell.clone())
        .collect();
    for row in rows {
        row.metadata
            .retain(|(name, _)| !shared.iter().any(|(lifted, _)| lifted == name));
    }
    // A column that is null in every event is left out: it reads back as unknown.
    let said = shared.into_iter().filter(|(_, cell)| *cell != Node::Null);
    said.map(|(name, cell)| (name.to_owned(), cell)).collect()
}

/// Removes the payload columns that all rows share. Returns the order of all keys, and the removed
/// columns; `None` if there are none, or too few rows.
fn lift_payload(rows: &mut [Row]) -> Option<(Node, Node)> {
    let (first, others) = rows.split_first()?;
    if others.len() + 1 < MIN_ROWS_TO_LIFT {
        return None;
    }
    let Some(Node::Map(cells)) = &first.payload else {
        return None;
    };
    let order: Vec<Node> = cells.iter().map(|(key, _)| Node::text(key)).collect();
    let same = |index: usize| {
        others.iter().all(|row| match &row.payload {
            Some(Node::Map(others)) => others.get(index) == cells.get(index),
            _ => false,
        })
    };
    let lifts: Vec<bool> = (0..cells.len()).map(same).collect();
    let mut shared = Vec::new();
    for row in rows {
        if let Some(Node::Map(cells)) = &mut row.payload {
            let (lifted, kept): (Vec<_>, Vec<_>) = std::mem::take(cells)
                .into_iter()
                .zip(&lifts)
                .partition(|(_, lifted)| **lifted);
            *cells = kept.into_iter().map(|(cell, _)| cell).collect();
            shared = lifted.into_iter().map(|(cell, _)| cell).collect();
        }
    }
    let shared = Some(shared).filter(|shared| !shared.is_empty())?;
    Some((Node::List(order), Node::Map(shared)))
}

/// The payload cells of each row under a common set of columns; `None` for a payload that does not
/// fit. `write` writes one cell of the row with the given index.
pub(crate) fn payload_cells(
    payloads: &[&Entries],
    mut write: impl FnMut(usize, Option<&Node>) -> Node,
) -> Vec<Option<Node>> {
    let (columns, fitting) = Columns::of(payloads);
    let rows = payloads.iter().zip(fitting).enumerate();
    rows.map(|(index, (entries, fits))| {
        fits.then(|| Node::Map(columns.cells(entries, &mut |value| write(index, value))))
    })
    .collect()
}
