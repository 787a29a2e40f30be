//! Records with given payloads, as a store returns them.

use jiff::Timestamp;
use serialization::{JsonError, JsonErrorKind};
use shared_kernel::codec::{DecodeError, EncodeError, EncodedEvent, EventCodec};
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};

/// A record of that type and schema.
pub(crate) fn recorded(
    event_type: &str,
    schema_version: u32,
    payload: impl AsRef<[u8]>,
) -> RecordedEvent {
    RecordedEvent {
        stream: StreamId::new("parcel-1").unwrap(),
        version: StreamVersion::FIRST,
        position: GlobalPosition::FIRST,
        recorded_at: Timestamp::UNIX_EPOCH,
        id: EventId::from_parts(Timestamp::UNIX_EPOCH, [7; 10]),
        event_type: type_name(event_type),
        schema_version: version(schema_version),
        payload: payload.as_ref().to_vec().into(),
        metadata: Metadata::new(),
    }
}

/// Decodes a record that holds one event.
#[track_caller]
pub(crate) fn decoded<E>(codec: &impl EventCodec<E>, record: &RecordedEvent) -> E {
    let events = codec.decode(record).unwrap();
    events.into_single().expect("one event in the record")
}

/// The record of an event that was just encoded.
pub(crate) fn record_of(event: &EncodedEvent) -> RecordedEvent {
    recorded(
        event.event_type.as_str(),
        event.schema_version.get(),
        &event.payload,
    )
}

pub(crate) fn type_name(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

pub(crate) fn version(number: u32) -> SchemaVersion {
    SchemaVersion::new(number).unwrap()
}

/// The reason of an encoding error.
pub(crate) fn refusal(error: &EncodeError) -> &JsonErrorKind {
    located_refusal(error).kind()
}

/// The source of an encoding error.
pub(crate) fn located_refusal(error: &EncodeError) -> &JsonError {
    match error {
        EncodeError::Format(source) => source.downcast_ref().unwrap(),
        other => panic!("not refused by the format: {other:?}"),
    }
}

/// The reason of a decoding error.
pub(crate) fn malformation(error: &DecodeError) -> &JsonErrorKind {
    located_malformation(error).kind()
}

/// The source of a decoding error.
pub(crate) fn located_malformation(error: &DecodeError) -> &JsonError {
    match error {
        DecodeError::Malformed { source, .. } => source.downcast_ref().unwrap(),
        other => panic!("not malformed: {other:?}"),
    }
}
