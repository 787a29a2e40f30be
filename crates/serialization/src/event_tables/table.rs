//! Owns the shape of one table: what all rows share stands once, above them.

use super::cell_codec::Precision;
use super::columns::{Columns, Entries};
use super::node::Node;

/// What one event is in a table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What the document says of every event, `seq` first.
    pub(crate) metadata: Vec<(&'static str, Node)>,
    /// The cells of the payload.
    pub(crate) payload: Option<Node>,
}

/// From so many rows on, telling a value of a payload once is cheaper than in each of them,
/// although the order of the keys then has to be told.
const MIN_ROWS_TO_LIFT: usize = 8;

/// A table as a node: `always`, what all rows share; `order`, the keys of the payload in their
/// order, where some of them are in `always`; and `rows`.
pub(crate) fn table(mut rows: Vec<Row>, precision: Precision) -> Node {
    let mut always = lift_metadata(&mut rows);
    let mut table = Vec::new();
    if let Some((order, payload)) = lift_payload(&mut rows) {
        always.push(("payload".to_owned(), payload));
        // Who only reads can do without the order, and gets it cheaper.
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

/// Takes out of the rows every column but the first that is the same in all of them.
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
    // What is unknown of every event needs no word.
    let said = shared.into_iter().filter(|(_, cell)| *cell != Node::Null);
    said.map(|(name, cell)| (name.to_owned(), cell)).collect()
}

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

/// The payload cells of rows that one set of columns tells; which of them it tells.
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
