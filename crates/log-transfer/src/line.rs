//! The three kinds of lines, as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::store::StoreId;
use shared_kernel::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};

/// The name of the format.
pub const FORMAT: &str = "annals-export/1";

/// How the last line begins, and no other one.
pub(crate) const TRAILER: &[u8] = b"{\"events\":";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    format: String,
    #[serde(with = "hexadecimal")]
    pub(crate) store: StoreId,
    pub(crate) first: GlobalPosition,
    /// The id of the event before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<EventId>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trailer {
    pub(crate) events: u64,
    pub(crate) last: GlobalPosition,
    pub(crate) sha256: String,
}

/// The format in a first line of any version.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
}

#[derive(Serialize)]
struct NewLine<'e> {
    position: GlobalPosition,
    stream: &'e StreamId,
    version: StreamVersion,
    id: EventId,
    #[serde(rename = "type")]
    event_type: &'e EventType,
    schema: SchemaVersion,
    time: Timestamp,
    metadata: &'e Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    position: GlobalPosition,
    stream: StreamId,
    version: StreamVersion,
    id: EventId,
    #[serde(rename = "type")]
    event_type: EventType,
    schema: SchemaVersion,
    time: Timestamp,
    metadata: Metadata,
    payload: Option<String>,
    payload_base64: Option<String>,
}

impl Header {
    pub(crate) fn new(store: StoreId, first: GlobalPosition, after: Option<EventId>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            store,
            first,
            after,
        }
    }
}

/// The format that a first line names; `None` if it is not that of an export.
pub(crate) fn format_of(line: &[u8]) -> Option<String> {
    let header: AnyHeader = serde_json::from_slice(line).ok()?;
    Some(header.format).filter(|format| format.starts_with("annals-export/"))
}

/// The line of an event, without its check.
pub(crate) fn event_line(event: &RecordedEvent) -> serde_json::Result<Vec<u8>> {
    let text = std::str::from_utf8(&event.payload).ok();
    serde_json::to_vec(&NewLine {
        position: event.position,
        stream: &event.stream,
        version: event.version,
        id: event.id,
        event_type: &event.event_type,
        schema: event.schema_version,
        time: event.recorded_at,
        metadata: &event.metadata,
        payload: text,
        payload_base64: text.is_none().then(|| STANDARD.encode(&event.payload)),
    })
}

/// The event of a line without its check.
///
/// # Errors
/// The reason why it is no line of an event.
pub(crate) fn event_of(line: &[u8]) -> Result<RecordedEvent, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let payload = match (line.payload, line.payload_base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(text)) => STANDARD.decode(text).map_err(|error| error.to_string())?,
        _ => return Err("it needs one of `payload` and `payload_base64`".to_owned()),
    };
    Ok(RecordedEvent {
        stream: line.stream,
        version: line.version,
        position: line.position,
        recorded_at: line.time,
        id: line.id,
        event_type: line.event_type,
        schema_version: line.schema,
        payload: payload.into(),
        metadata: line.metadata,
    })
}

/// The id of a store as 32 hexadecimal digits.
mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use shared_kernel::store::StoreId;

    pub(super) fn serialize<S: Serializer>(id: &StoreId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StoreId, D::Error> {
        let text = String::deserialize(from)?;
        let number = u128::from_str_radix(&text, 16).ok();
        let number = number.filter(|_| text.len() == 32 && !text.starts_with('+'));
        let number = number.ok_or_else(|| D::Error::custom("a store id has 32 digits"))?;
        Ok(StoreId::from_bytes(number.to_be_bytes()))
    }
}
