//! Owns the two forms of a view: the document of tables, and the JSON of the same.

use std::collections::HashMap;

use jiff::Timestamp;
use shared_kernel::RecordedEvent;

use super::actors::Actors;
use super::lossless::{FORMAT_KEY, repeated_streams, stream_cell, stream_table};
use super::node::Node;
use super::payload::Payload;
use super::rendered::Dropped;
use super::sections::sections;
use super::spelling::{Precision, Spelling, Streams};
use super::table::{Row, lift_heads};
use super::time;
use super::view::{Column, EventView, FORMAT};

/// The events that a view tells, and how.
pub(crate) struct Selection<'a> {
    pub(crate) view: &'a EventView<'a>,
    pub(crate) columns: &'a [Column],
    pub(crate) events: &'a [RecordedEvent],
    /// How many of the events are told without their payloads, the oldest ones.
    pub(crate) earlier: usize,
    pub(crate) dropped: &'a Dropped,
}

const NOTES: &str = "t is seconds after since, @ seconds after t, ~ absent, $n the id of stream n";

impl Selection<'_> {
    /// The document of tables; nothing where there is nothing to tell.
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
        let spelling = Spelling {
            streams: &streams,
            recorded_at: since,
            precision: Precision::Seconds,
        };
        let rows = events.iter().map(|event| Row {
            head: self.head(event, self.columns, spelling, &actors),
            payload: None,
        });
        let mut rows: Vec<Row> = rows.collect();
        let always = lift_heads(&mut rows);

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
            ("earlier", self.earlier_table(earlier, spelling)),
        ];
        let said = parts.into_iter().filter(|(_, node)| !node.is_empty());
        document.extend(said.map(|(key, node)| (key.to_owned(), node)));
        let payloads = events.iter().map(|event| self.payload(event));
        document.extend(sections(events, rows, payloads.collect(), spelling));
        Some(Node::Map(document))
    }

    /// The same as JSON: an array of events, or an object with what was dropped and that array.
    pub(crate) fn json(&self) -> Node {
        let events = self.events.iter().enumerate();
        let events = events.map(|(place, event)| self.object(event, place >= self.earlier));
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

    fn head(
        &self,
        event: &RecordedEvent,
        columns: &[Column],
        spelling: Spelling<'_>,
        actors: &Actors,
    ) -> Vec<(&'static str, Node)> {
        let mut head = vec![("seq", Node::number(event.position.get()))];
        head.extend(columns.iter().map(|column| {
            let cell = match column {
                Column::Stream => stream_cell(&event.stream, spelling.streams),
                Column::Time => time::spell_seconds(event.recorded_at, spelling.recorded_at),
                Column::Actor => {
                    let actor = event.metadata.actor.as_ref();
                    actor.map_or(Node::Null, |actor| actors.spell(actor))
                }
                Column::Pairs => match plain(event, *column) {
                    Node::Null => Node::Null,
                    pairs => Node::Text(pairs.to_json()),
                },
                column => plain(event, *column),
            };
            (column.name(), cell)
        }));
        head
    }

    fn earlier_table(&self, earlier: &[RecordedEvent], spelling: Spelling<'_>) -> Node {
        let told = |column: &Column| matches!(column, Column::Stream | Column::Time);
        let columns: Vec<Column> = self.columns.iter().copied().filter(told).collect();
        let rows = earlier.iter().map(|event| {
            let head = self.head(event, &columns, spelling, &Actors::default());
            let cells = head.into_iter().map(|(name, cell)| (name.to_owned(), cell));
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
            let is_told = with_payload || matches!(column, Column::Stream | Column::Time);
            let value = plain(event, *column);
            if is_told && value != Node::Null {
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

    /// The entries of a payload that are told. What is no JSON object is told under `payload`.
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
        let told = entries.into_iter().filter(|(key, _)| self.view.tells(key));
        Payload::Entries(told.collect())
    }
}

/// What is known of an event, as JSON tells it.
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

fn last_of_each_key(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<(String, Node)> = Vec::new();
    for (key, value) in entries {
        match places.get(&key) {
            Some(place) => kept[*place].1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}
