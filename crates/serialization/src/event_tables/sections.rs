//! The three sections of a document: tables with payloads in columns, as texts and in hexadecimal
//! digits, each with one table per event type.

use std::collections::HashMap;

use shared_kernel::RecordedEvent;

use super::cell_codec::CellCodec;
use super::columns::Entries;
use super::node::Node;
use super::payload::Payload;
use super::table::{Row, payload_cells, table};

/// The key of the section with payloads in columns, the first of a document.
pub(crate) const IN_COLUMNS: &str = "events";
/// The key of the section with payloads as texts, the second.
pub(crate) const AS_TEXT: &str = "texts";
/// The key of the section with payloads in hexadecimal digits, the third.
pub(crate) const IN_HEX: &str = "binary";

/// The sections for the events. `rows` has the metadata of each event, and `payloads` its payload.
pub(crate) fn sections(
    events: &[RecordedEvent],
    rows: Vec<Row>,
    payloads: Vec<Payload>,
    codec: CellCodec<'_>,
) -> Vec<(String, Node)> {
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    let mut sections = [
        (IN_COLUMNS, Vec::new()),
        (AS_TEXT, Vec::new()),
        (IN_HEX, Vec::new()),
    ];
    for (event_type, indexes) in by_type(events) {
        let mut tables = [Vec::new(), Vec::new(), Vec::new()];
        for (index, kind, payload) in place_payloads(&indexes, &payloads, events, codec) {
            if let Some(mut row) = rows[index].take() {
                row.payload = Some(payload);
                tables[kind].push(row);
            }
        }
        for ((_, section), rows) in sections.iter_mut().zip(tables) {
            if !rows.is_empty() {
                section.push((event_type.to_owned(), table(rows, codec.precision)));
            }
        }
    }
    let sections = sections
        .into_iter()
        .filter(|(_, tables)| !tables.is_empty());
    sections
        .map(|(name, tables)| (name.to_owned(), Node::Map(tables)))
        .collect()
}

/// For each event of one type: its index, the number of its section, and the cells of its payload.
/// `indexes` are the indexes of these events.
fn place_payloads(
    indexes: &[usize],
    payloads: &[Payload],
    events: &[RecordedEvent],
    codec: CellCodec<'_>,
) -> Vec<(usize, usize, Node)> {
    let in_columns: Vec<(usize, &Entries)> = indexes
        .iter()
        .filter_map(|index| match &payloads[*index] {
            Payload::Entries(entries) => Some((*index, entries.as_slice())),
            _ => None,
        })
        .collect();
    let entries: Vec<&Entries> = in_columns.iter().map(|(_, entries)| *entries).collect();
    let cells = payload_cells(&entries, |row, value| {
        codec.at(events[in_columns[row].0].recorded_at).write(value)
    });
    let mut cells = cells.into_iter();
    let placed = indexes.iter().map(|index| match &payloads[*index] {
        Payload::Entries(entries) => match cells.next().flatten() {
            Some(cells) => (*index, 0, cells),
            None => (*index, 1, Node::Text(Node::Map(entries.clone()).to_json())),
        },
        Payload::Text(text) => (*index, 1, Node::text(text)),
        Payload::Hex(digits) => (*index, 2, Node::text(digits)),
    });
    placed.collect()
}

/// The event types in the order of their first events, each with the indexes of its events.
fn by_type(events: &[RecordedEvent]) -> Vec<(&str, Vec<usize>)> {
    let mut types: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        let name = event.event_type.as_str();
        let at = *known.entry(name).or_insert_with(|| {
            types.push((name, Vec::new()));
            types.len() - 1
        });
        types[at].1.push(index);
    }
    types
}
