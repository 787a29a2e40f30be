//! Events in compact JSON: an array with one object per event, with all fields.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared_kernel::event::{CausationId, CorrelationId, EventType, MetadataKey, SchemaVersion};
use shared_kernel::{
    Actor, EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion,
};

use super::error::RestoreError;
use super::node::Node;
use super::payload::{Payload, bytes_of_hex};

/// The events as compact JSON.
pub(crate) fn write(events: &[RecordedEvent]) -> Result<String, serde_json::Error> {
    let records: Vec<Record> = events.iter().map(Record::of).collect();
    serde_json::to_string(&records)
}

/// The events of a JSON text in this form.
pub(crate) fn read(text: &str) -> Result<Vec<RecordedEvent>, RestoreError> {
    let records: Vec<Record> = match serde_json::from_str(text) {
        Ok(records) => records,
        Err(_) if is_view(text) => return Err(RestoreError::View),
        Err(error) => return Err(error.into()),
    };
    let events = records.into_iter().enumerate();
    let events = events.map(|(index, record)| {
        let event = record.into_event();
        event.ok_or(RestoreError::Payload { event: index + 1 })
    });
    events.collect()
}

/// Whether a text is a view in JSON. A view has `seq` instead of `position`.
fn is_view(text: &str) -> bool {
    let document: Option<Node> = serde_json::from_str(text).ok();
    let is_view = |document: &Node| match document.get("events").unwrap_or(document) {
        Node::List(events) => events
            .first()
            .is_none_or(|event| event.get("seq").is_some()),
        _ => false,
    };
    document.as_ref().is_some_and(is_view)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    position: GlobalPosition,
    stream: StreamId,
    version: StreamVersion,
    recorded_at: Timestamp,
    event_id: EventId,
    event_type: EventType,
    schema_version: SchemaVersion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation: Option<CorrelationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation: Option<CausationId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pairs: BTreeMap<MetadataKey, String>,
    /// A payload that is JSON, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
    /// A payload that is other text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_text: Option<String>,
    /// A payload that is not UTF-8, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_hex: Option<String>,
}

impl Record {
    fn of(event: &RecordedEvent) -> Self {
        let metadata = event.metadata.clone();
        let mut record = Self {
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
            recorded_at: event.recorded_at,
            event_id: event.id,
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            actor: metadata.actor,
            correlation: metadata.correlation,
            causation: metadata.causation,
            pairs: metadata.pairs,
            payload: None,
            payload_text: None,
            payload_hex: None,
        };
        match Payload::of(&event.payload) {
            Payload::Hex(digits) => record.payload_hex = Some(digits),
            Payload::Entries(entries) => {
                let json = Node::Map(entries).to_json();
                record.payload = RawValue::from_string(json).ok();
            }
            // A raw value loses the blanks around it, and null would read as no payload.
            Payload::Text(text) => match serde_json::from_str::<&RawValue>(&text) {
                Ok(raw) if raw.get() == text && text != "null" => {
                    record.payload = Some(raw.to_owned());
                }
                _ => record.payload_text = Some(text),
            },
        }
        record
    }

    fn into_event(self) -> Option<RecordedEvent> {
        let payload = match (self.payload, self.payload_text, self.payload_hex) {
            (Some(json), None, None) => Bytes::from(String::from(Box::<str>::from(json))),
            (None, Some(text), None) => Bytes::from(text),
            (None, None, Some(digits)) => Bytes::from(bytes_of_hex(&digits)?),
            _ => return None,
        };
        Some(RecordedEvent {
            stream: self.stream,
            version: self.version,
            position: self.position,
            recorded_at: self.recorded_at,
            id: self.event_id,
            event_type: self.event_type,
            schema_version: self.schema_version,
            payload,
            metadata: Metadata {
                correlation: self.correlation,
                causation: self.causation,
                actor: self.actor,
                pairs: self.pairs,
            },
        })
    }
}
