//! Owns how new events become runs: the columns of one row for events of one stream that are appended
//! together. It is done once, on the task of the caller, before anything is known of their places.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use shared_kernel::{Append, Metadata};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Sqlite, Type};

use crate::stored_metadata;

/// How many bytes of payloads and metadata a run of several events has at most. A reader takes whole runs, so that
/// this is also what it takes too much at most.
const MOST_BYTES: usize = 32_768;

/// How many bytes a payload has at most that stands among the events; a larger one stands apart, and is read only
/// where a page has room for it.
const MOST_BYTES_INSIDE: usize = 4_096;

/// How many events a run has at most.
const MOST_EVENTS: usize = 128;

/// A run without its place.
#[derive(Debug)]
pub(crate) struct EncodedRun {
    /// Which of the writes of its append it belongs to.
    pub(crate) write: usize,
    /// How many events it has.
    pub(crate) count: usize,
    /// 16 bytes for each event.
    pub(crate) event_ids: Vec<u8>,
    /// The end of the JSON array in the column `events`, from the first event on.
    pub(crate) events: String,
    /// The payload of a run's only event, where it does not stand among the events.
    pub(crate) payload: Option<EncodedPayload>,
}

/// What every column of a run but its place is made of, for one event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventParts<'e> {
    pub(crate) id: &'e [u8; 16],
    pub(crate) event_type: &'e str,
    pub(crate) schema_version: i64,
    pub(crate) metadata: &'e Metadata,
}

/// Payload bytes on their way into a column of type ANY: as TEXT where they are JSON (RFC 8259), so
/// that SQL can look into them.
#[derive(Debug, Clone)]
pub(crate) enum EncodedPayload {
    Json(Arc<str>),
    Other(Bytes),
}

impl EncodedPayload {
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Json(text) => text.len(),
            Self::Other(bytes) => bytes.len(),
        }
    }
}

/// Makes runs of events of one stream, one event after the other.
#[derive(Default)]
pub(crate) struct RunEncoder {
    runs: Vec<EncodedRun>,
    write: usize,
    count: usize,
    bytes: usize,
    event_ids: Vec<u8>,
    events: String,
}

/// The runs of an append, in the order of its writes.
///
/// # Errors
/// Where something cannot be written as JSON, which no text can bring about.
pub(crate) fn encode(append: &Append) -> Result<Vec<EncodedRun>, serde_json::Error> {
    let mut encoder = RunEncoder {
        runs: Vec::with_capacity(append.writes().len()),
        ..RunEncoder::default()
    };
    for (nth, write) in append.writes().iter().enumerate() {
        encoder.begin(nth);
        for event in &write.events {
            let parts = EventParts {
                id: event.id.as_bytes(),
                event_type: event.event_type.as_str(),
                schema_version: event.schema_version.get().into(),
                metadata: &event.metadata,
            };
            encoder.add(parts, &event.payload)?;
        }
    }
    Ok(encoder.finish())
}

impl RunEncoder {
    /// What is added from here on belongs to the write with this number.
    fn begin(&mut self, write: usize) {
        self.end_run(None);
        self.write = write;
    }

    /// Adds an event with its payload.
    ///
    /// # Errors
    /// Where something cannot be written as JSON, which no text can bring about.
    pub(crate) fn add(
        &mut self,
        event: EventParts<'_>,
        payload: &Bytes,
    ) -> Result<(), serde_json::Error> {
        let json = as_json(payload);
        if let Some(json) = json.filter(|json| json.len() <= MOST_BYTES_INSIDE) {
            let bytes = json.len() + event.metadata.bytes();
            if self.count >= MOST_EVENTS || self.bytes + bytes > MOST_BYTES {
                self.end_run(None);
            }
            self.bytes += bytes;
            return self.push(event, Some(json));
        }
        self.end_run(None);
        self.push(event, None)?;
        self.end_run(Some(match json {
            Some(json) => EncodedPayload::Json(json.into()),
            None => EncodedPayload::Other(payload.clone()),
        }));
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Vec<EncodedRun> {
        self.end_run(None);
        self.runs
    }

    /// Writes an event; without a payload where that lies apart.
    fn push(
        &mut self,
        event: EventParts<'_>,
        payload: Option<&str>,
    ) -> Result<(), serde_json::Error> {
        self.count += 1;
        self.event_ids.extend_from_slice(event.id);
        let out = &mut self.events;
        // About what the metadata of one command takes, and the punctuation.
        out.reserve(payload.map_or(0, str::len) + event.event_type.len() + 128);
        if self.count > 1 {
            out.push(',');
        }
        out.push('[');
        match payload {
            Some(payload) => out.push_str(itoa::Buffer::new().format(payload.len())),
            None => out.push_str("null"),
        }
        out.push(',');
        push_string(out, event.event_type)?;
        out.push(',');
        out.push_str(itoa::Buffer::new().format(event.schema_version));
        out.push(',');
        stored_metadata::write(out, event.metadata)?;
        if let Some(payload) = payload {
            out.push(',');
            out.push_str(payload);
        }
        out.push(']');
        Ok(())
    }

    fn end_run(&mut self, payload: Option<EncodedPayload>) {
        if self.count == 0 {
            return;
        }
        self.events.push(']');
        self.runs.push(EncodedRun {
            write: self.write,
            count: std::mem::take(&mut self.count),
            event_ids: std::mem::take(&mut self.event_ids),
            events: std::mem::take(&mut self.events),
            payload,
        });
        self.bytes = 0;
    }
}

/// Writes a text without control characters as a JSON string.
///
/// # Errors
/// Where it cannot be written, which no text can bring about.
pub(crate) fn push_string(out: &mut String, text: &str) -> Result<(), serde_json::Error> {
    if memchr::memchr2(b'"', b'\\', text.as_bytes()).is_some() {
        out.push_str(&serde_json::to_string(text)?);
    } else {
        // Nothing else needs an escape.
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
    Ok(())
}

/// How deep the arrays and objects of a payload may be that SQL can look into: half of what SQLite reads
/// (<https://sqlite.org/json1.html>), since an event adds some.
const MOST_DEPTH: usize = 500;

/// The payload as text, where it is JSON that SQLite can read.
fn as_json(payload: &[u8]) -> Option<&str> {
    // The parser skips strings without a look at their bytes, so UTF-8 is checked first.
    std::str::from_utf8(payload)
        .ok()
        .filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .filter(|text| is_shallow(text))
}

/// Whether JSON is nowhere deeper than [`MOST_DEPTH`].
fn is_shallow(json: &str) -> bool {
    let opens = |byte: &u8| matches!(byte, b'[' | b'{');
    if json.len() <= MOST_DEPTH || json.bytes().filter(opens).count() <= MOST_DEPTH {
        return true;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest <= MOST_DEPTH
}

impl Type<Sqlite> for EncodedPayload {
    fn type_info() -> SqliteTypeInfo {
        <&[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for EncodedPayload {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            // By value, so that the text is shared and not copied.
            Self::Json(text) => Encode::<Sqlite>::encode(Arc::clone(text), buffer),
            Self::Other(bytes) => Encode::<Sqlite>::encode(bytes.to_vec(), buffer),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use shared_kernel::{EventId, EventType, ExpectedVersion, NewEvent, StreamId};

    use super::*;

    /// The runs of events of one stream.
    pub(crate) fn runs(events: &[NewEvent]) -> Vec<EncodedRun> {
        let stream = StreamId::new("lamp-1").unwrap();
        encode(&Append::new().write(stream, ExpectedVersion::Any, events.to_vec())).unwrap()
    }

    fn event(payload: impl Into<Bytes>) -> NewEvent {
        let id = EventId::from_parts(jiff::Timestamp::UNIX_EPOCH, [7; 10]);
        NewEvent::new(id, EventType::new("a \"T\"").unwrap(), payload)
    }

    #[test]
    fn json_is_text_and_anything_else_is_not() {
        for json in [
            &b"{}"[..],
            b" {\"a\": [1, 2.50, \"\\u00e9\"]} \n",
            b"null",
            b"1e400",
            b"\"x\"",
        ] {
            assert!(as_json(json).is_some(), "{json:?}");
        }
        for other in [
            &b""[..],
            b"hello",
            b"{",
            b"{} {}",
            b"\"\xff\"",
            b"\0",
            b"{\"a\":\"\x00\"}",
        ] {
            assert!(as_json(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn json_that_is_too_deep_for_sqlite_is_kept_as_anything_else() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(as_json(nested(MOST_DEPTH).as_bytes()).is_some());
        assert!(as_json(nested(MOST_DEPTH + 1).as_bytes()).is_none());
        let wide = format!("[{}\"[[\\\"[\"]", "[],{},".repeat(MOST_DEPTH));
        assert!(as_json(wide.as_bytes()).is_some());
        let text = format!("\"{}\"", "[".repeat(2 * MOST_DEPTH));
        assert!(as_json(text.as_bytes()).is_some());
    }

    #[test]
    fn events_that_are_json_share_a_run() {
        let runs = runs(&[event("{}"), event(" [1] ")]);
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].count, runs[0].event_ids.len()), (2, 32));
        let expected = r#"[2,"a \"T\"",1,[],{}],[5,"a \"T\"",1,[], [1] ]]"#;
        assert_eq!(runs[0].events, expected);
    }

    #[test]
    fn what_is_no_json_or_large_stands_alone_with_its_payload_apart() {
        let large = format!("\"{}\"", "x".repeat(MOST_BYTES_INSIDE));
        let runs = runs(&[event("1"), event("no"), event(large.clone()), event("2")]);
        let counts: Vec<_> = runs.iter().map(|run| run.count).collect();
        assert_eq!(counts, [1, 1, 1, 1]);
        assert_eq!(runs[1].events, r#"[null,"a \"T\"",1,[]]]"#);
        assert!(matches!(&runs[1].payload, Some(EncodedPayload::Other(bytes)) if bytes == "no"));
        assert!(matches!(&runs[2].payload, Some(EncodedPayload::Json(text)) if **text == *large));
        assert!(runs[0].payload.is_none() && runs[3].payload.is_none());
    }

    #[test]
    fn a_run_has_room_for_so_many_bytes_and_events() {
        let many: Vec<_> = (0..=MOST_EVENTS).map(|_| event("1")).collect();
        let counts: Vec<_> = runs(&many).iter().map(|run| run.count).collect();
        assert_eq!(counts, [MOST_EVENTS, 1]);
        let payload = format!("\"{}\"", "x".repeat(MOST_BYTES_INSIDE - 2));
        let wide: Vec<_> = (0..17).map(|_| event(payload.clone())).collect();
        let counts: Vec<_> = runs(&wide).iter().map(|run| run.count).collect();
        assert_eq!(counts, [8, 8, 1]);
        assert!(runs(&[]).is_empty());
    }

    #[test]
    fn writes_share_no_run() {
        let write = |append: Append, name, events| {
            append.write(StreamId::new(name).unwrap(), ExpectedVersion::Any, events)
        };
        let append = write(Append::new(), "lamp-1", vec![event("1"), event("2")]);
        let append = write(write(append, "lamp-2", vec![]), "lamp-3", vec![event("3")]);
        let runs = encode(&append).unwrap();
        let found: Vec<_> = runs.iter().map(|run| (run.write, run.count)).collect();
        assert_eq!(found, [(0, 2), (2, 1)]);
    }
}
