//! Owns reading events back from a document that tells them without loss.

use std::str::FromStr;

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::{
    CausationId, CorrelationId, EventId, EventType, GlobalPosition, Metadata, MetadataKey,
    RecordedEvent, SchemaVersion, StreamId, StreamVersion,
};

use super::actors::Actors;
use super::error::RestoreError;
use super::lossless::{FORMAT, FORMAT_KEY};
use super::node::Node;
use super::payload::bytes_of_hex;
use super::reference::{Ids, References};
use super::sections::{AS_TEXT, IN_COLUMNS, IN_HEX};
use super::spelling::{Precision, Spelling, Streams};
use super::{id_spelling, time, view};

/// The events of a document, in the order of the log.
pub(crate) fn events(document: &Node) -> Result<Vec<RecordedEvent>, RestoreError> {
    match document.get(FORMAT_KEY).and_then(Node::as_text) {
        Some(FORMAT) => {}
        Some(view::FORMAT) => return Err(RestoreError::View),
        Some(other) => {
            return Err(RestoreError::UnknownFormat {
                found: other.to_owned(),
            });
        }
        None => return Err(RestoreError::NotAnEventLog),
    }
    let head = Head::read(document)?;
    let mut rows = rows(document)?;
    let mut drafts: Vec<Draft<'_>> = rows
        .drain(..)
        .map(|row| Draft::read(row, &head))
        .collect::<Result<_, _>>()?;
    drafts.sort_by_key(|draft| draft.position);
    if let Some(pair) = drafts
        .windows(2)
        .find(|pair| pair[0].position == pair[1].position)
    {
        return Err(RestoreError::RepeatedPosition {
            position: pair[0].position,
        });
    }
    let ids = Ids::new(drafts.iter().map(|draft| (draft.position.get(), draft.id)));
    let (mut correlations, mut causations) = (References::default(), References::default());
    let events = drafts.into_iter().map(|draft| {
        let row = draft.row;
        let (position, at) = (draft.position, draft.recorded_at);
        let correlation = match row.optional_text("correlation")? {
            None => None,
            Some(cell) => {
                let text = correlations.read(cell, None, position.get(), at, &ids);
                Some(row.expect("correlation", text)?)
            }
        };
        let causation = match row.optional_text("causation")? {
            None => None,
            Some(cell) => {
                let same = correlation.as_deref();
                let text = causations.read(cell, same, position.get(), at, &ids);
                Some(row.expect("causation", text)?)
            }
        };
        let correlation = correlation.map(CorrelationId::new).transpose();
        let causation = causation.map(CausationId::new).transpose();
        let metadata = Metadata {
            correlation: row.expect("correlation", correlation.ok())?,
            causation: row.expect("causation", causation.ok())?,
            ..draft.metadata
        };
        Ok(RecordedEvent {
            stream: draft.stream,
            version: draft.version,
            position,
            recorded_at: at,
            id: draft.id,
            event_type: draft.event_type,
            schema_version: draft.schema_version,
            payload: draft.payload,
            metadata,
        })
    });
    events.collect()
}

struct Head {
    since: Timestamp,
    streams: Streams,
    actors: Actors,
}

impl Head {
    fn read(document: &Node) -> Result<Self, RestoreError> {
        let wrong = |key: &'static str| RestoreError::Head { key };
        let since = document.get("since").and_then(Node::as_text);
        let since = since.and_then(|text| text.parse().ok());
        let streams = match document.get("streams") {
            None => Vec::new(),
            Some(Node::List(rows)) => {
                let names = rows.iter().zip(1..).map(|(row, number)| {
                    let numbered = row.get("no")?.as_number()? == number;
                    let name = row.get("name")?.as_text()?;
                    numbered.then(|| name.to_owned())
                });
                let names: Option<Vec<String>> = names.collect();
                names.ok_or_else(|| wrong("streams"))?
            }
            Some(_) => return Err(wrong("streams")),
        };
        let actors = match document.get("actors") {
            None => Actors::default(),
            Some(node) => Actors::from_node(node).ok_or_else(|| wrong("actors"))?,
        };
        Ok(Self {
            since: since.ok_or_else(|| wrong("since"))?,
            streams: Streams::new(streams),
            actors,
        })
    }
}

/// How the payloads of a section are told.
#[derive(Debug, Clone, Copy)]
enum Told {
    InColumns,
    AsText,
    InHex,
}

/// One row with the places where the rest of it may stand.
#[derive(Clone, Copy)]
struct RowSource<'a> {
    event_type: &'a str,
    row: usize,
    told: Told,
    cells: &'a Node,
    always: Option<&'a Node>,
    order: Option<&'a Node>,
    everywhere: Option<&'a Node>,
}

fn rows(document: &Node) -> Result<Vec<RowSource<'_>>, RestoreError> {
    let everywhere = document.get("always");
    let mut all = Vec::new();
    for (section, told) in [
        (IN_COLUMNS, Told::InColumns),
        (AS_TEXT, Told::AsText),
        (IN_HEX, Told::InHex),
    ] {
        let Some(tables) = document.get(section) else {
            continue;
        };
        let Node::Map(tables) = tables else {
            return Err(RestoreError::Head { key: section });
        };
        for (event_type, table) in tables {
            let Some(Node::List(rows)) = table.get("rows") else {
                return Err(RestoreError::Table {
                    event_type: event_type.clone(),
                });
            };
            all.extend(rows.iter().enumerate().map(|(row, cells)| RowSource {
                event_type,
                row,
                told,
                cells,
                always: table.get("always"),
                order: table.get("order"),
                everywhere,
            }));
        }
    }
    Ok(all)
}

impl<'a> RowSource<'a> {
    fn cell(&self, column: &str) -> Option<&'a Node> {
        let below = || self.always.and_then(|always| always.get(column));
        let lowest = || self.everywhere.and_then(|always| always.get(column));
        self.cells.get(column).or_else(below).or_else(lowest)
    }

    fn expect<T>(&self, column: &'static str, value: Option<T>) -> Result<T, RestoreError> {
        value.ok_or_else(|| RestoreError::Cell {
            event_type: self.event_type.to_owned(),
            row: self.row + 1,
            column,
        })
    }

    fn number(&self, column: &'static str) -> Result<u64, RestoreError> {
        self.expect(column, self.cell(column).and_then(Node::as_number))
    }

    fn optional_text(&self, column: &'static str) -> Result<Option<&'a str>, RestoreError> {
        match self.cell(column) {
            None | Some(Node::Null) => Ok(None),
            cell => self.expect(column, cell.and_then(Node::as_text)).map(Some),
        }
    }

    fn payload(&self, spelling: Spelling<'_>) -> Option<Bytes> {
        match self.told {
            Told::AsText => Some(Bytes::from(self.cell("payload")?.as_text()?.to_owned())),
            Told::InHex => bytes_of_hex(self.cell("payload")?.as_text()?).map(Bytes::from),
            Told::InColumns => {
                let cells = self.payload_cells()?;
                let entries = read_entries(&cells, spelling)?;
                Some(Bytes::from(Node::Map(entries).to_json()))
            }
        }
    }

    /// The cells of the payload by key, those above the rows put where they belong.
    fn payload_cells(&self) -> Option<Vec<(&'a str, &'a Node)>> {
        let own = match self.cells.get("payload") {
            None => &[],
            Some(Node::Map(cells)) => cells.as_slice(),
            Some(_) => return None,
        };
        let mut own = borrowed(own).into_iter().peekable();
        let Some(order) = self.order else {
            return Some(own.collect());
        };
        let (Node::List(order), Some(Node::Map(shared))) = (order, self.always?.get("payload"))
        else {
            return None;
        };
        // Both stand in the order that is told, so that one pass merges them.
        let mut shared = borrowed(shared).into_iter().peekable();
        let mut cells = Vec::with_capacity(order.len());
        for key in order {
            let key = key.as_text()?;
            let next = own.next_if(|(own, _)| *own == key);
            cells.push(next.or_else(|| shared.next_if(|(shared, _)| *shared == key))?);
        }
        if shared.next().is_some() {
            return None;
        }
        own.next().is_none().then_some(cells)
    }
}

/// What is known of an event before its references are read.
struct Draft<'a> {
    row: RowSource<'a>,
    stream: StreamId,
    version: StreamVersion,
    position: GlobalPosition,
    recorded_at: Timestamp,
    id: EventId,
    event_type: EventType,
    schema_version: SchemaVersion,
    payload: Bytes,
    metadata: Metadata,
}

impl<'a> Draft<'a> {
    fn read(row: RowSource<'a>, head: &Head) -> Result<Self, RestoreError> {
        let position = GlobalPosition::new(row.number("seq")?).ok();
        let at = row.cell("t").and_then(|cell| time::read(cell, head.since));
        let recorded_at = row.expect("t", at)?;
        let stream = match row.cell("stream") {
            Some(Node::Text(name)) => Some(name.as_str()),
            cell => cell
                .and_then(Node::as_number)
                .and_then(|no| head.streams.name(no)),
        };
        let stream = stream.and_then(|name| StreamId::new(name).ok());
        let id = row.cell("id").and_then(Node::as_text);
        let id = id.and_then(|text| {
            id_spelling::read(text, recorded_at).or_else(|| EventId::from_str(text).ok())
        });
        let version = StreamVersion::new(row.number("version")?).ok();
        let schema_version = u32::try_from(row.number("schema_version")?).ok();
        let schema_version = schema_version.and_then(|number| SchemaVersion::new(number).ok());
        let actor = match row.optional_text("actor")? {
            None => None,
            Some(cell) => Some(row.expect("actor", head.actors.read(cell))?),
        };
        let spelling = Spelling {
            streams: &head.streams,
            recorded_at,
            precision: Precision::Exact,
        };
        Ok(Self {
            position: row.expect("seq", position)?,
            stream: row.expect("stream", stream)?,
            version: row.expect("version", version)?,
            recorded_at,
            id: row.expect("id", id)?,
            event_type: row.expect("type", EventType::new(row.event_type).ok())?,
            schema_version: row.expect("schema_version", schema_version)?,
            payload: row.expect("payload", row.payload(spelling))?,
            metadata: Metadata {
                actor,
                pairs: row.expect("pairs", pairs(row.cell("pairs"), spelling))?,
                ..Metadata::new()
            },
            row,
        })
    }
}

fn pairs(
    cell: Option<&Node>,
    spelling: Spelling<'_>,
) -> Option<std::collections::BTreeMap<MetadataKey, String>> {
    let entries = match cell {
        None | Some(Node::Null) => Vec::new(),
        Some(Node::Map(cells)) => read_entries(&borrowed(cells), spelling)?,
        Some(cell) => match spelling.read(cell)?? {
            Node::Map(entries) => entries,
            _ => return None,
        },
    };
    let pairs = entries.into_iter().map(|(key, value)| {
        let value = value.as_text()?.to_owned();
        Some((MetadataKey::new(key).ok()?, value))
    });
    pairs.collect()
}

fn read_entries(cells: &[(&str, &Node)], spelling: Spelling<'_>) -> Option<Vec<(String, Node)>> {
    let mut entries = Vec::with_capacity(cells.len());
    for (key, cell) in cells {
        let value = match cell {
            Node::Map(below) => {
                let below = read_entries(&borrowed(below), spelling)?;
                // A group is there for objects with content only: without any, the key is absent.
                (!below.is_empty()).then_some(Node::Map(below))
            }
            cell => spelling.read(cell)?,
        };
        entries.extend(value.map(|value| ((*key).to_owned(), value)));
    }
    Some(entries)
}

fn borrowed(cells: &[(String, Node)]) -> Vec<(&str, &Node)> {
    cells
        .iter()
        .map(|(key, cell)| (key.as_str(), cell))
        .collect()
}
