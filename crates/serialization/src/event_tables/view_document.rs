//! The two forms of a view: a document of tables, and JSON with the same content.

use std::collections::HashMap;

use jiff::Timestamp;
use shared_kernel::RecordedEvent;

use super::actors::Actors;
use super::cell_codec::{CellCodec, Precision, Streams};
use super::lossless::{FORMAT_KEY, repeated_streams, stream_cell, stream_table};
use super::node::Node;
use super::payload::Payload;
use super::rendered::Dropped;
use super::sections::sections;
use super::table::{Row, lift_metadata};
use super::time;
use super::view::{EventView, FORMAT};
use super::view_column::Column;

/// The content of a view: the events and columns to show.
pub(crate) struct Selection<'a> {
    pub(crate) view: &'a EventView<'a>,
    pub(crate) columns: &'a [Column],
    pub(crate) events: &'a [RecordedEvent],
    /// The number of oldest events that are shown without their payloads.
    pub(crate) earlier: usize,
    pub(crate) dropped: &'a Dropped,
}

const NOTES: &str = "t is seconds after since, @ seconds after t, ~ absent, $n the id of stream n";

impl Selection<'_> {
    /// The document of tables; `None` without events.
    pub(crate) fn tables(&self) -> Option<Node> {
        let since = self.events.first()?.recorded_at;
        let (earlier, events) = self.events.split_at(self.earlier);
        let streams = if self.columns.contains(&Column::Stream) {
            Streams::new(repeated_streams(self.events))
        } else {
            Streams::default()
        };
        let actors = if self.columns.contains(&Column::Actor) {
            Actors::among(events)
        } else {
            Actors::default()
        };
        let codec = CellCodec {
            streams: &streams,
            recorded_at: since,
            precision: Precision::Seconds,
        };
        let rows = events.iter().map(|event| Row {
            metadata: self.metadata(event, self.columns, codec, &actors),
            payload: None,
        });
        let mut rows: Vec<Row> = rows.collect();
        let always = lift_metadata(&mut rows);

        let mut document = vec![(FORMAT_KEY.to_owned(), Node::text(FORMAT))];
        document.extend(self.dropped_line());
        document.push(("notes".to_owned(), Node::text(NOTES)));
        if self.columns.contains(&Column::Time) {
            let second = Timestamp::from_second(since.as_second()).unwrap_or(since);
            document.push(("since".to_owned(), Node::text(second.to_string())));
        }
        let parts = [
            ("always", Node::Map(always)),
            ("streams", stream_table(&streams)),
            ("actors", actors.to_node()),
            ("earlier", self.earlier_table(earlier, codec)),
        ];
        let said = parts.into_iter().filter(|(_, node)| !node.is_empty());
        document.extend(said.map(|(key, node)| (key.to_owned(), node)));
        let payloads = events.iter().map(|event| self.payload(event));
        document.extend(sections(events, rows, payloads.collect(), codec));
        Some(Node::Map(document))
    }

    /// The view as JSON: an array of events, or an object with `dropped` and the array as `events`.
    pub(crate) fn json(&self) -> Node {
        let events = self.events.iter().enumerate();
        let events = events.map(|(index, event)| self.object(event, index >= self.earlier));
        let events = Node::List(events.collect());
        match self.dropped_line() {
            None => events,
            Some(line) => Node::Map(vec![line, ("events".to_owned(), events)]),
        }
    }

    fn dropped_line(&self) -> Option<(String, Node)> {
        let line = || ("dropped".to_owned(), Node::text(self.dropped.to_string()));
        (!self.dropped.is_empty()).then(line)
    }

    fn metadata(
        &self,
        event: &RecordedEvent,
        columns: &[Column],
        codec: CellCodec<'_>,
        actors: &Actors,
    ) -> Vec<(&'static str, Node)> {
        let mut cells = vec![("seq", Node::number(event.position.get()))];
        cells.extend(columns.iter().map(|column| {
            let cell = match column {
                Column::Stream => stream_cell(&event.stream, codec.streams),
                Column::Time => time::write_seconds(event.recorded_at, codec.recorded_at),
                Column::Actor => {
                    let actor = event.metadata.actor.as_ref();
                    actor.map_or(Node::Null, |actor| actors.write(actor))
                }
                Column::Pairs => match plain(event, *column) {
                    Node::Null => Node::Null,
                    pairs => Node::Text(pairs.to_json()),
                },
                column => plain(event, *column),
            };
            (column.name(), cell)
        }));
        cells
    }

    fn earlier_table(&self, earlier: &[RecordedEvent], codec: CellCodec<'_>) -> Node {
        let included = |column: &Column| matches!(column, Column::Stream | Column::Time);
        let columns: Vec<Column> = self.columns.iter().copied().filter(included).collect();
        let rows = earlier.iter().map(|event| {
            let cells = self.metadata(event, &columns, codec, &Actors::default());
            let cells = cells
                .into_iter()
                .map(|(name, cell)| (name.to_owned(), cell));
            let event_type = ("type".to_owned(), Node::text(event.event_type.as_str()));
            Node::Map(cells.chain([event_type]).collect())
        });
        Node::List(rows.collect())
    }

    fn object(&self, event: &RecordedEvent, with_payload: bool) -> Node {
        let mut entries = vec![
            ("seq".to_owned(), Node::number(event.position.get())),
            (
                "event_type".to_owned(),
                Node::text(event.event_type.as_str()),
            ),
        ];
        for column in self.columns {
            let is_included = with_payload || matches!(column, Column::Stream | Column::Time);
            let value = plain(event, *column);
            if is_included && value != Node::Null {
                let name = match column {
                    Column::Time => "recorded_at",
                    Column::Id => "event_id",
                    column => column.name(),
                };
                entries.push((name.to_owned(), value));
            }
        }
        if let (true, Payload::Entries(payload)) = (with_payload, self.payload(event)) {
            entries.push(("payload".to_owned(), Node::Map(payload)));
        }
        Node::Map(entries)
    }

    /// The entries of a payload that the view shows. A payload that is not a JSON object is the
    /// entry `payload`.
    fn payload(&self, event: &RecordedEvent) -> Payload {
        let entries = match Payload::of(&event.payload) {
            Payload::Entries(entries) => entries,
            Payload::Text(text) => match serde_json::from_str(&text) {
                Ok(Node::Map(entries)) => last_of_each_key(entries),
                Ok(value) => vec![("payload".to_owned(), value)],
                Err(_) => vec![("payload".to_owned(), Node::Text(text))],
            },
            Payload::Hex(_) => {
                let size = Node::text(format!("{} bytes", event.payload.len()));
                vec![("payload".to_owned(), size)]
            }
        };
        let included = entries
            .into_iter()
            .filter(|(key, _)| self.view.includes(key));
        Payload::Entries(included.collect())
    }
}

/// The value of a column as JSON shows it; null if it is unknown.
fn plain(event: &RecordedEvent, column: Column) -> Node {
    let metadata = &event.metadata;
    match column {
        Column::Stream => Node::text(event.stream.as_str()),
        Column::Version => Node::number(event.version.get()),
        Column::Time => Node::text(event.recorded_at.to_string()),
        Column::Actor => metadata.actor.as_ref().map_or(Node::Null, |actor| {
            Node::Map(vec![
                ("kind".to_owned(), Node::text(actor.kind.to_string())),
                ("name".to_owned(), Node::text(actor.name.as_str())),
            ])
        }),
        Column::Id => Node::text(event.id.to_string()),
        Column::SchemaVersion => Node::number(event.schema_version.get().into()),
        Column::Correlation => {
            let id = metadata.correlation.as_ref();
            id.map_or(Node::Null, |id| Node::text(id.as_str()))
        }
        Column::Causation => {
            let id = metadata.causation.as_ref();
            id.map_or(Node::Null, |id| Node::text(id.as_str()))
        }
        Column::Pairs if metadata.pairs.is_empty() => Node::Null,
        Column::Pairs => {
            let pairs = metadata.pairs.iter();
            Node::Map(
                pairs
                    .map(|(k, v)| (k.as_str().to_owned(), Node::text(v)))
                    .collect(),
            )
        }
    }
}

/// The entries with each key once: in its first place, with its last value.
fn last_of_each_key(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut indexes: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<(String, Node)> = Vec::new();
    for (key, value) in entries {
        match indexes.get(&key) {
            Some(index) => kept[*index].1 = value,
            None => {
                indexes.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}
