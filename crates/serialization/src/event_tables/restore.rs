//! The way back from a lossless document to events.

use std::str::FromStr;

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::event::{CausationId, CorrelationId, EventType, MetadataKey, SchemaVersion};
use shared_kernel::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};

use super::actors::Actors;
use super::cell_codec::{CellCodec, Precision, Streams};
use super::error::RestoreError;
use super::lossless::{FORMAT, FORMAT_KEY};
use super::node::Node;
use super::payload::bytes_of_hex;
use super::reference::{Ids, References};
use super::sections::{AS_TEXT, IN_COLUMNS, IN_HEX};
use super::{short_id, time, view};

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
    let preamble = Preamble::read(document)?;
    let mut rows = rows(document)?;
    let mut partial_events: Vec<PartialEvent<'_>> = rows
        .drain(..)
        .map(|row| PartialEvent::read(row, &preamble))
        .collect::<Result<_, _>>()?;
    partial_events.sort_by_key(|event| event.position);
    if let Some(pair) = partial_events
        .windows(2)
        .find(|pair| pair[0].position == pair[1].position)
    {
        return Err(RestoreError::RepeatedPosition {
            position: pair[0].position,
        });
    }
    let ids = Ids::new(
        partial_events
            .iter()
            .map(|event| (event.position.get(), event.id)),
    );
    let (mut correlations, mut causations) = (References::default(), References::default());
    let events = partial_events.into_iter().map(|event| {
        let row = event.row;
        let (position, at) = (event.position, event.recorded_at);
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
            ..event.metadata
        };
        Ok(RecordedEvent {
            stream: event.stream,
            version: event.version,
            position,
            recorded_at: at,
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            payload: event.payload,
            metadata,
        })
    });
    events.collect()
}

/// The keys of a document that all tables use.
struct Preamble {
    since: Timestamp,
    streams: Streams,
    actors: Actors,
}

impl Preamble {
    fn read(document: &Node) -> Result<Self, RestoreError> {
        let wrong = |key: &'static str| RestoreError::DocumentKey { key };
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

/// The form of the payloads in a section of the document.
#[derive(Debug, Clone, Copy)]
enum PayloadForm {
    InColumns,
    AsText,
    InHex,
}

/// A row, and the places above it that hold its shared columns.
#[derive(Clone, Copy)]
struct RowSource<'a> {
    event_type: &'a str,
    /// The index of the row in its table.
    row: usize,
    form: PayloadForm,
    cells: &'a Node,
    /// The `always` and the `order` of the table.
    always: Option<&'a Node>,
    order: Option<&'a Node>,
    /// The `always` of the document.
    everywhere: Option<&'a Node>,
}

fn rows(document: &Node) -> Result<Vec<RowSource<'_>>, RestoreError> {
    let everywhere = document.get("always");
    let mut all = Vec::new();
    for (section, form) in [
        (IN_COLUMNS, PayloadForm::InColumns),
        (AS_TEXT, PayloadForm::AsText),
        (IN_HEX, PayloadForm::InHex),
    ] {
        let Some(tables) = document.get(section) else {
            continue;
        };
        let Node::Map(tables) = tables else {
            return Err(RestoreError::DocumentKey { key: section });
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
                form,
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

    fn payload(&self, codec: CellCodec<'_>) -> Option<Bytes> {
        match self.form {
            PayloadForm::AsText => Some(Bytes::from(self.cell("payload")?.as_text()?.to_owned())),
            PayloadForm::InHex => bytes_of_hex(self.cell("payload")?.as_text()?).map(Bytes::from),
            PayloadForm::InColumns => {
                let cells = self.payload_cells()?;
                let entries = read_entries(&cells, codec)?;
                Some(Bytes::from(Node::Map(entries).to_json()))
            }
        }
    }

    /// The cells of the payload in the order of its keys, with the shared ones from `always`.
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
        // Both have the order of `order`, so one pass merges them.
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

/// An event without its correlation and causation. Their cells may refer to the id of any event, so
/// they are read after all ids are known.
struct PartialEvent<'a> {
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

impl<'a> PartialEvent<'a> {
    fn read(row: RowSource<'a>, preamble: &Preamble) -> Result<Self, RestoreError> {
        let position = GlobalPosition::new(row.number("seq")?).ok();
        let at = row
            .cell("t")
            .and_then(|cell| time::read(cell, preamble.since));
        let recorded_at = row.expect("t", at)?;
        let stream = match row.cell("stream") {
            Some(Node::Text(name)) => Some(name.as_str()),
            cell => cell
                .and_then(Node::as_number)
                .and_then(|no| preamble.streams.name(no)),
        };
        let stream = stream.and_then(|name| StreamId::new(name).ok());
        let id = row.cell("id").and_then(Node::as_text);
        let id = id.and_then(|text| {
            short_id::read(text, recorded_at).or_else(|| EventId::from_str(text).ok())
        });
        let version = StreamVersion::new(row.number("version")?).ok();
        let schema_version = u32::try_from(row.number("schema_version")?).ok();
        let schema_version = schema_version.and_then(|number| SchemaVersion::new(number).ok());
        let actor = match row.optional_text("actor")? {
            None => None,
            Some(cell) => Some(row.expect("actor", preamble.actors.read(cell))?),
        };
        let codec = CellCodec {
            streams: &preamble.streams,
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
            payload: row.expect("payload", row.payload(codec))?,
            metadata: Metadata {
                actor,
                pairs: row.expect("pairs", pairs(row.cell("pairs"), codec))?,
                ..Metadata::new()
            },
            row,
        })
    }
}

fn pairs(
    cell: Option<&Node>,
    codec: CellCodec<'_>,
) -> Option<std::collections::BTreeMap<MetadataKey, String>> {
    let entries = match cell {
        None | Some(Node::Null) => Vec::new(),
        Some(Node::Map(cells)) => read_entries(&borrowed(cells), codec)?,
        Some(cell) => match codec.read(cell)?? {
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

fn read_entries(cells: &[(&str, &Node)], codec: CellCodec<'_>) -> Option<Vec<(String, Node)>> {
    let mut entries = Vec::with_capacity(cells.len());
    for (key, cell) in cells {
        let value = match cell {
            Node::Map(below) => {
                let below = read_entries(&borrowed(below), codec)?;
                // A group holds only objects with content: an empty one is an absent key.
                (!below.is_empty()).then_some(Node::Map(below))
            }
            cell => codec.read(cell)?,
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
