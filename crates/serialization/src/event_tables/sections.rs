//! Owns the tables of a document: one for each event type, of payloads told in columns, of payloads
//! kept as texts, and of bytes in hexadecimal digits.

use std::collections::HashMap;

use shared_kernel::RecordedEvent;

use super::columns::Entries;
use super::node::Node;
use super::payload::Payload;
use super::spelling::Spelling;
use super::table::{Row, payload_cells, table};

/// The key of each kind of tables in a document, in the order in which they stand there.
pub(crate) const IN_COLUMNS: &str = "events";
/// See [`IN_COLUMNS`].
pub(crate) const AS_TEXT: &str = "texts";
/// See [`IN_COLUMNS`].
pub(crate) const IN_HEX: &str = "binary";

/// The tables of events whose `rows` are made but for the payloads.
pub(crate) fn sections(
    events: &[RecordedEvent],
    rows: Vec<Row>,
    payloads: Vec<Payload>,
    spelling: Spelling<'_>,
) -> Vec<(String, Node)> {
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    let mut sections = [
        (IN_COLUMNS, Vec::new()),
        (AS_TEXT, Vec::new()),
        (IN_HEX, Vec::new()),
    ];
    for (event_type, places) in by_type(events) {
        let mut tables = [Vec::new(), Vec::new(), Vec::new()];
        for (place, kind, payload) in told(&places, &payloads, events, spelling) {
            if let Some(mut row) = rows[place].take() {
                row.payload = Some(payload);
                tables[kind].push(row);
            }
        }
        for ((_, section), rows) in sections.iter_mut().zip(tables) {
            if !rows.is_empty() {
                section.push((event_type.to_owned(), table(rows, spelling.precision)));
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

/// For each place of one event type, the section and the cell or cells of the payload.
fn told(
    places: &[usize],
    payloads: &[Payload],
    events: &[RecordedEvent],
    spelling: Spelling<'_>,
) -> Vec<(usize, usize, Node)> {
    let in_columns: Vec<(usize, &Entries)> = places
        .iter()
        .filter_map(|place| match &payloads[*place] {
            Payload::Entries(entries) => Some((*place, entries.as_slice())),
            _ => None,
        })
        .collect();
    let entries: Vec<&Entries> = in_columns.iter().map(|(_, entries)| *entries).collect();
    let cells = payload_cells(&entries, |row, value| {
        spelling
            .at(events[in_columns[row].0].recorded_at)
            .spell(value)
    });
    let mut cells = cells.into_iter();
    let told = places.iter().map(|place| match &payloads[*place] {
        Payload::Entries(entries) => match cells.next().flatten() {
            Some(cells) => (*place, 0, cells),
            None => (*place, 1, Node::Text(Node::Map(entries.clone()).to_json())),
        },
        Payload::Text(text) => (*place, 1, Node::text(text)),
        Payload::Hex(digits) => (*place, 2, Node::text(digits)),
    });
    told.collect()
}

/// The places of the events of each type, in the order of their first events.
fn by_type(events: &[RecordedEvent]) -> Vec<(&str, Vec<usize>)> {
    let mut types: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (place, event) in events.iter().enumerate() {
        let name = event.event_type.as_str();
        let at = *known.entry(name).or_insert_with(|| {
            types.push((name, Vec::new()));
            types.len() - 1
        });
        types[at].1.push(place);
    }
    types
}
