//! The lossless document: all data of the events as tables.

use std::collections::HashMap;

use shared_kernel::{RecordedEvent, StreamId};

use super::actors::Actors;
use super::cell_codec::{CellCodec, Precision, Streams};
use super::columns::Entries;
use super::node::Node;
use super::payload::Payload;
use super::reference::{Ids, References};
use super::sections::sections;
use super::table::{Row, lift_metadata, payload_cells};
use super::{short_id, time};

/// The value of [`FORMAT_KEY`] in this form.
pub(crate) const FORMAT: &str = "lossless 1";
/// The first key of a document.
pub(crate) const FORMAT_KEY: &str = "event_log";

const NOTES: &str = "t is seconds after since, @ seconds after t, ~ absent, $n the id of stream n, \
                     ^n the same as in event n, = the same as correlation";

/// The document; `None` if there are no events, or if they are not in the order of the log.
pub(crate) fn document(events: &[RecordedEvent]) -> Option<Node> {
    let since = events.first()?.recorded_at;
    let ascending = events.is_sorted_by(|a, b| a.position < b.position);
    if !ascending {
        return None;
    }
    let streams = Streams::new(repeated_streams(events));
    let actors = Actors::among(events);
    let codec = CellCodec {
        streams: &streams,
        recorded_at: since,
        precision: Precision::Exact,
    };
    let mut rows = metadata_rows(events, codec, &actors);
    let always = lift_metadata(&mut rows);

    let mut document = vec![
        (FORMAT_KEY.to_owned(), Node::text(FORMAT)),
        ("notes".to_owned(), Node::text(NOTES)),
        ("since".to_owned(), Node::text(since.to_string())),
    ];
    let parts = [
        ("always", Node::Map(always)),
        ("streams", stream_table(&streams)),
        ("actors", actors.to_node()),
    ];
    let said = parts.into_iter().filter(|(_, node)| !node.is_empty());
    document.extend(said.map(|(key, node)| (key.to_owned(), node)));
    let payloads = events.iter().map(|event| Payload::of(&event.payload));
    let payloads: Vec<Payload> = payloads.collect();
    document.extend(sections(events, rows, payloads, codec));
    Some(Node::Map(document))
}

/// The streams with more than one event, in the order of their first events.
pub(crate) fn repeated_streams(events: &[RecordedEvent]) -> Vec<String> {
    let mut counts: HashMap<&StreamId, usize> = HashMap::new();
    let mut met = Vec::new();
    for event in events {
        let count = counts.entry(&event.stream).or_default();
        if *count == 0 {
            met.push(&event.stream);
        }
        *count += 1;
    }
    met.retain(|stream| counts.get(stream).is_some_and(|count| *count > 1));
    met.into_iter()
        .map(|stream| stream.as_str().to_owned())
        .collect()
}

pub(crate) fn stream_table(streams: &Streams) -> Node {
    let rows = streams.names().iter().zip(1..).map(|(name, number)| {
        Node::Map(vec![
            ("no".to_owned(), Node::number(number)),
            ("name".to_owned(), Node::text(name)),
        ])
    });
    Node::List(rows.collect())
}

/// The number of a stream, or its name if it has no number.
pub(crate) fn stream_cell(stream: &StreamId, streams: &Streams) -> Node {
    match streams.number(stream.as_str()) {
        Some(number) => Node::number(number as u64),
        None => Node::text(stream.as_str()),
    }
}

fn metadata_rows(events: &[RecordedEvent], codec: CellCodec<'_>, actors: &Actors) -> Vec<Row> {
    let CellCodec {
        streams,
        recorded_at: since,
        ..
    } = codec;
    let ids = Ids::new(events.iter().map(|event| (event.position.get(), event.id)));
    let (mut correlations, mut causations) = (References::default(), References::default());
    let pairs = pairs_cells(events, codec);
    let rows = events.iter().zip(pairs).map(|(event, pairs)| {
        let at = event.recorded_at;
        let position = event.position.get();
        let metadata = &event.metadata;
        let correlation = metadata.correlation.as_ref().map(|id| id.as_str());
        let causation = metadata.causation.as_ref().map(|id| id.as_str());
        let correlation_cell =
            correlation.map(|text| correlations.write(text, None, position, at, &ids));
        let causation_cell =
            causation.map(|text| causations.write(text, correlation, position, at, &ids));
        let id = short_id::write(event.id, at).unwrap_or_else(|| event.id.to_string());
        Row {
            metadata: vec![
                ("seq", Node::number(position)),
                ("stream", stream_cell(&event.stream, streams)),
                ("version", Node::number(event.version.get())),
                ("t", time::write(at, since)),
                ("id", Node::Text(id)),
                (
                    "schema_version",
                    Node::number(event.schema_version.get().into()),
                ),
                (
                    "actor",
                    metadata
                        .actor
                        .as_ref()
                        .map_or(Node::Null, |a| actors.write(a)),
                ),
                (
                    "correlation",
                    correlation_cell.map_or(Node::Null, Node::Text),
                ),
                ("causation", causation_cell.map_or(Node::Null, Node::Text)),
                ("pairs", pairs),
            ],
            payload: None,
        }
    });
    rows.collect()
}

/// The cells of the free pairs: a group of columns if all events fit it, otherwise JSON. They are
/// null if no event has pairs.
fn pairs_cells(events: &[RecordedEvent], codec: CellCodec<'_>) -> Vec<Node> {
    let pairs: Vec<Vec<(String, Node)>> = events
        .iter()
        .map(|event| {
            let pairs = event.metadata.pairs.iter();
            pairs
                .map(|(key, value)| (key.as_str().to_owned(), Node::text(value)))
                .collect()
        })
        .collect();
    if pairs.iter().all(Vec::is_empty) {
        return vec![Node::Null; events.len()];
    }
    let pairs: Vec<&Entries> = pairs.iter().map(Vec::as_slice).collect();
    let cells = payload_cells(&pairs, |index, value| {
        codec.at(events[index].recorded_at).write(value)
    });
    match cells.into_iter().collect() {
        Some(cells) => cells,
        None => {
            let json = pairs
                .iter()
                .map(|pairs| Node::Map(pairs.to_vec()).to_json());
            json.map(|json| Node::Text(format!("={json}"))).collect()
        }
    }
}
