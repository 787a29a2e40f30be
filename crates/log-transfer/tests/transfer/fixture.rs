//! A log with known bytes.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use log_transfer::{Export, ExportRange, Import, Imported, TransferError};
use persistence_memory::MemoryEventStore;
use shared_kernel::event::{ActorKind, EventType, MetadataKey, SchemaVersion};
use shared_kernel::store::{LogPart, LogTransfer, StoreId};
use shared_kernel::{Actor, EventId, EventStore, Metadata, RecordedEvent, StreamId, StreamVersion};

pub(crate) const EPOCH: Timestamp = Timestamp::UNIX_EPOCH;

/// Events at the positions 1, 2, 3 …, one second after each other, of these streams.
pub(crate) fn recorded(events: &[(&str, &[u8])]) -> Vec<RecordedEvent> {
    let mut versions = HashMap::new();
    let numbered = (1_u8..).zip(events);
    let event = |(number, (name, payload)): (u8, &(&str, &[u8]))| {
        let version = versions.entry((*name).to_owned()).or_insert(0_u32);
        *version += 1;
        RecordedEvent {
            stream: StreamId::new(name).unwrap(),
            version: StreamVersion::from(*version),
            position: u32::from(number).into(),
            recorded_at: EPOCH + SignedDuration::from_micros(i64::from(number) * 1_000_001),
            id: EventId::from_parts(EPOCH, [number; 10]),
            event_type: EventType::new("Noted").unwrap(),
            schema_version: SchemaVersion::FIRST,
            payload: payload.to_vec().into(),
            metadata: Metadata::new(),
        }
    };
    numbered.map(event).collect()
}

/// Three events: of JSON, of bytes that are no text, and of no bytes, with metadata.
pub(crate) fn three() -> Vec<RecordedEvent> {
    let mut events = recorded(&[
        ("lamp-7", b"{\"watts\": 5}"),
        ("\"lamp\"", b"\0\xff"),
        ("lamp-7", b""),
    ]);
    events[2].schema_version = SchemaVersion::new(2).unwrap();
    events[2].metadata = Metadata::new()
        .with_actor(Actor::new(ActorKind::Person, "ada").unwrap())
        .with_pair(MetadataKey::new("note").unwrap(), "a\0b\n\u{2028}");
    events
}

/// A store with these events and a known id.
pub(crate) async fn store_of(events: Vec<RecordedEvent>) -> MemoryEventStore {
    let store = MemoryEventStore::new();
    let part = LogPart {
        store: StoreId::from_bytes([0xab; 16]),
        after: None,
        events,
    };
    store.import(part).await.unwrap();
    store
}

pub(crate) async fn export(
    store: &dyn EventStore,
    range: ExportRange,
) -> Result<String, TransferError> {
    let mut export = Export::begin(store, range).await?;
    let mut lines = Vec::new();
    while let Some(mut next) = export.next_lines().await? {
        lines.append(&mut next);
    }
    Ok(String::from_utf8(lines).unwrap())
}

/// Imports lines in pieces of this many bytes.
pub(crate) async fn import(
    store: &dyn LogTransfer,
    lines: &str,
    piece: usize,
) -> Result<Imported, TransferError> {
    let mut import = Import::into(store);
    for piece in lines.as_bytes().chunks(piece) {
        import.take(piece).await?;
    }
    import.finish().await
}
