//! Turns new events into batches, the rows of the table `batches`.
//!
//! Encoding happens once, in the task of the caller, before the positions are known. Everything
//! from the first event on is ready then; the commit puts the header in front:
//!
//! ```text
//! [41,"lamp-1",7,1700000000000000,["0190…32 hex digits",14,"LampDimmed",1,[],{"percent":40}]]
//!  |  |        | |                 |                    |  |            | |  the payload
//!  |  |        | |                 event id             |  event type   | metadata
//!  |  |        | recorded_at, in microseconds           |               schema version
//!  |  stream   first version                            length of the payload in bytes
//!  first position
//! ```
//!
//! A payload that is not JSON, or is large, is stored out of line: its length is `null`, nothing
//! follows the metadata, and the batch has no other event.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use shared_kernel::{Append, NewEvent};

use super::metadata;
use super::text::push_string;

/// The most events in one batch. The table `offsets` counts that far.
pub(crate) const MAX_EVENTS: usize = 128;

/// The most bytes of payloads and metadata in a batch of several events. A reader reads whole
/// batches, so this bounds the bytes that it reads in vain.
const MAX_BYTES: usize = 32 * 1024;

/// The longest payload that is stored inline.
const MAX_INLINE_PAYLOAD: usize = 4 * 1024;

/// The deepest JSON that is stored inline: half of the depth that SQLite reads
/// (<https://sqlite.org/json1.html>), because the batch adds levels of its own.
const MAX_JSON_DEPTH: usize = 500;

/// A batch before its position is known.
#[derive(Debug, Clone)]
pub(crate) struct EncodedBatch {
    /// The index of the write that it belongs to, in its append.
    pub(crate) write: usize,
    /// The number of events.
    pub(crate) count: usize,
    /// 16 bytes for each event.
    pub(crate) event_ids: Vec<u8>,
    /// The name of the stream, as a JSON string.
    stream: Arc<str>,
    /// The column `events` from the comma before the first event on.
    tail: String,
    /// The payload of the only event, where it is stored out of line.
    pub(crate) payload: Option<Payload>,
}

/// An out-of-line payload: text where it is JSON, so that SQL can query it, and a blob otherwise.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Json(Arc<str>),
    Blob(Bytes),
}

impl Payload {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

impl EncodedBatch {
    /// The column `events`.
    pub(crate) fn events(&self, position: i64, version: i64, recorded_at: i64) -> String {
        let mut text = String::with_capacity(self.tail.len() + self.stream.len() + 64);
        let mut digits = itoa::Buffer::new();
        text.push('[');
        text.push_str(digits.format(position));
        text.push(',');
        text.push_str(&self.stream);
        text.push(',');
        text.push_str(digits.format(version));
        text.push(',');
        text.push_str(digits.format(recorded_at));
        text.push_str(&self.tail);
        text
    }

    fn push(&mut self, event: &NewEvent, inline: Option<&str>) -> Result<(), serde_json::Error> {
        self.count += 1;
        self.event_ids.extend_from_slice(event.id.as_bytes());
        let out = &mut self.tail;
        let mut digits = itoa::Buffer::new();
        let size = inline.map_or(0, str::len) + event.metadata.bytes();
        out.reserve(size + event.event_type.as_str().len() + 96);
        out.push_str(",[\"");
        let mut id = [0; uuid::fmt::Simple::LENGTH];
        out.push_str(event.id.as_uuid().as_simple().encode_lower(&mut id));
        out.push_str("\",");
        out.push_str(inline.map_or("null", |payload| digits.format(payload.len())));
        out.push(',');
        push_string(out, event.event_type.as_str())?;
        out.push(',');
        out.push_str(digits.format(event.schema_version.get()));
        out.push(',');
        metadata::write(out, &event.metadata)?;
        if let Some(payload) = inline {
            out.push(',');
            out.push_str(payload);
        }
        out.push(']');
        Ok(())
    }
}

/// The batches of an append, in the order of its events.
///
/// # Errors
/// Never for valid names and metadata; serde_json reports values that it cannot write.
pub(crate) fn encode(append: &Append) -> Result<Vec<EncodedBatch>, serde_json::Error> {
    let mut batches = Vec::with_capacity(append.writes().len());
    for (index, write) in append.writes().iter().enumerate() {
        let mut stream = String::with_capacity(write.stream.as_str().len() + 2);
        push_string(&mut stream, write.stream.as_str())?;
        let empty = EncodedBatch {
            write: index,
            count: 0,
            event_ids: Vec::new(),
            stream: stream.into(),
            tail: String::new(),
            payload: None,
        };
        let mut batch = empty.clone();
        let mut size = 0;
        for event in &write.events {
            let json = as_json(&event.payload);
            let inline = json.filter(|json| json.len() <= MAX_INLINE_PAYLOAD);
            let added = inline.map_or(0, str::len) + event.metadata.bytes();
            let is_full = batch.count == MAX_EVENTS || size + added > MAX_BYTES;
            if is_full || inline.is_none() || batch.payload.is_some() {
                batches.push(std::mem::replace(&mut batch, empty.clone()));
                size = 0;
            }
            size += added;
            batch.push(event, inline)?;
            if inline.is_none() {
                batch.payload = Some(match json {
                    Some(json) => Payload::Json(json.into()),
                    None => Payload::Blob(event.payload.clone()),
                });
            }
        }
        batches.push(batch);
    }
    batches.retain(|batch| batch.count > 0);
    for batch in &mut batches {
        batch.tail.push(']');
    }
    Ok(batches)
}

/// The payload as text, where it is JSON that SQLite can read (RFC 8259).
fn as_json(payload: &[u8]) -> Option<&str> {
    // serde_json skips strings without a look at their bytes, so UTF-8 is checked first.
    std::str::from_utf8(payload)
        .ok()
        .filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .filter(|text| depth(text) <= MAX_JSON_DEPTH)
}

/// How deep the arrays and objects of a JSON text are nested.
fn depth(json: &str) -> usize {
    let opens = |byte: &u8| matches!(byte, b'[' | b'{');
    let opened = json.bytes().filter(opens).count();
    if opened <= MAX_JSON_DEPTH {
        return opened;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests;
