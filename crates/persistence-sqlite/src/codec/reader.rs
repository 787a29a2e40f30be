//! Reads recorded events out of the texts of batches.
//!
//! A statement concatenates the column `events` of many batches into one text, because handing over
//! a row costs more than reading it. [`BatchReader`] takes such texts in any order and keeps the
//! events of the wanted range. [`batch`](super::batch) describes the text of one batch.

use std::ops::RangeInclusive;

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{EventId, GlobalPosition, Metadata, RecordedEvent, StreamId, StreamVersion};
use uuid::Uuid;

use super::{metadata, scan};
use crate::error::ReadError;

/// The events to keep of the batches that are read.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// These versions; every batch must be of this stream.
    Versions(StreamId, RangeInclusive<i64>),
    /// These positions, of any stream.
    Positions(RangeInclusive<i64>),
}

/// Collects the wanted events of batches.
pub(crate) struct BatchReader {
    wanted: Wanted,
    events: Vec<RecordedEvent>,
    out_of_line: Vec<GlobalPosition>,
    batches: usize,
}

/// The wanted events that were found.
#[derive(Debug, Default)]
pub(crate) struct FoundEvents {
    /// Sorted by position.
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of those whose payload is out of line. It is empty until it is read.
    pub(crate) out_of_line: Vec<GlobalPosition>,
    /// The number of batches that were read.
    pub(crate) batches: usize,
}

impl BatchReader {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            events: Vec::new(),
            out_of_line: Vec::new(),
            batches: 0,
        }
    }

    /// Reads the batches of one text.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] for a text that is not batches, and for a batch of another stream
    /// than the wanted one.
    pub(crate) fn read(&mut self, text: &[u8]) -> Result<(), ReadError> {
        let mut rest = BatchText {
            rest: text,
            last_metadata: None,
            last_type: None,
        };
        while !rest.rest.is_empty() {
            let begin = rest.rest;
            self.read_batch(&mut rest).map_err(|problem| {
                let begin = begin.get(..40).unwrap_or(begin).escape_ascii();
                ReadError::Damaged(format!("the batch `{begin}…`: {problem}"))
            })?;
        }
        Ok(())
    }

    /// The wanted events.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] where two events have one position.
    pub(crate) fn finish(mut self) -> Result<FoundEvents, ReadError> {
        // SQLite does not promise the order in which it concatenates.
        self.events.sort_unstable_by_key(|event| event.position);
        let twice = self
            .events
            .windows(2)
            .find(|pair| pair[0].position == pair[1].position);
        if let Some(pair) = twice {
            let position = pair[0].position;
            return Err(ReadError::Damaged(format!(
                "position {position} has two events"
            )));
        }
        Ok(FoundEvents {
            events: self.events,
            out_of_line: self.out_of_line,
            batches: self.batches,
        })
    }

    fn read_batch<'t>(&mut self, text: &mut BatchText<'t>) -> Result<(), String> {
        text.token(b"[")?;
        let mut position = text.number()?;
        let stream = self.stream(text.string()?)?;
        let mut version = text.number()?;
        let recorded_at = timestamp(text.number()?)?;
        if position < 1 || version < 1 {
            return Err(format!("position {position}, version {version}"));
        }
        loop {
            let event = text.event(self.events.last().map(|last| &last.metadata))?;
            if self.wants(position, version) {
                let position = GlobalPosition::try_from(position).map_err(|e| e.to_string())?;
                if event.payload.is_none() {
                    self.out_of_line.push(position);
                }
                self.events.push(RecordedEvent {
                    stream: stream.clone(),
                    version: StreamVersion::try_from(version).map_err(|e| e.to_string())?,
                    position,
                    recorded_at,
                    id: event.id()?,
                    event_type: event.event_type,
                    schema_version: event.schema_version,
                    payload: Bytes::copy_from_slice(event.payload.unwrap_or_default()),
                    metadata: event.metadata,
                });
                text.last_metadata = Some(event.metadata_text);
            }
            match text.take(1)? {
                b"," => {}
                b"]" => break,
                _ => return Err("the events do not end".to_owned()),
            }
            position = position.checked_add(1).ok_or("a position is too high")?;
            version = version.checked_add(1).ok_or("a version is too high")?;
        }
        self.batches += 1;
        Ok(())
    }

    fn wants(&self, position: i64, version: i64) -> bool {
        match &self.wanted {
            Wanted::Versions(_, versions) => versions.contains(&version),
            Wanted::Positions(positions) => positions.contains(&position),
        }
    }

    /// The stream of a batch, shared with the wanted one or the one of the event before.
    fn stream(&self, name: JsonString<'_>) -> Result<StreamId, String> {
        let known = match &self.wanted {
            Wanted::Versions(stream, _) => Some(stream),
            Wanted::Positions(_) => self.events.last().map(|event| &event.stream),
        };
        if let (Some(known), JsonString::Plain(name)) = (known, &name)
            && known.as_str().as_bytes() == *name
        {
            return Ok(known.clone());
        }
        let found = StreamId::new(name.into_string()?).map_err(|e| e.to_string())?;
        match &self.wanted {
            Wanted::Versions(wanted, _) if found != *wanted => {
                Err(format!("it belongs to stream {found}, not to {wanted}"))
            }
            _ => Ok(found),
        }
    }
}

/// The rest of a text, and what the event before had, to be shared with the next one.
struct BatchText<'t> {
    rest: &'t [u8],
    /// The text of the metadata of the last event that was kept.
    last_metadata: Option<&'t [u8]>,
    last_type: Option<EventType>,
}

/// An event without its place.
struct EventText<'t> {
    id: &'t [u8],
    event_type: EventType,
    schema_version: SchemaVersion,
    metadata: Metadata,
    metadata_text: &'t [u8],
    /// `None` where it is out of line.
    payload: Option<&'t [u8]>,
}

impl EventText<'_> {
    fn id(&self) -> Result<EventId, String> {
        let uuid = Uuid::try_parse_ascii(self.id).map_err(|e| e.to_string())?;
        EventId::from_uuid(uuid).map_err(|e| e.to_string())
    }
}

/// A JSON string, without its quotes.
enum JsonString<'t> {
    /// It has no escapes.
    Plain(&'t [u8]),
    Escaped(&'t [u8]),
}

impl JsonString<'_> {
    fn into_string(self) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(utf8(text)?.to_owned()),
            Self::Escaped(text) => {
                let quoted = [b"\"", text, b"\""].concat();
                serde_json::from_slice(&quoted).map_err(|e| e.to_string())
            }
        }
    }
}

impl<'t> BatchText<'t> {
    /// Reads one event, up to the comma or bracket after it.
    fn event(&mut self, last: Option<&Metadata>) -> Result<EventText<'t>, String> {
        self.token(b"[\"")?;
        let id = self.take(uuid::fmt::Simple::LENGTH)?;
        self.token(b"\",")?;
        let length = match self.rest.strip_prefix(b"null,") {
            Some(rest) => {
                self.rest = rest;
                None
            }
            None => Some(usize::try_from(self.number()?).map_err(|e| e.to_string())?),
        };
        let event_type = self.event_type()?;
        let schema_version = u32::try_from(self.number()?).ok();
        let schema_version = schema_version
            .and_then(|number| SchemaVersion::new(number).ok())
            .ok_or("a schema version is out of range")?;
        let text = self.rest;
        let metadata = match (self.last_metadata.and_then(|m| text.strip_prefix(m)), last) {
            // The events of one command have the same metadata.
            (Some(rest), Some(last)) => {
                self.rest = rest;
                last.clone()
            }
            _ => {
                let (metadata, rest) = metadata::read(text, last)?;
                self.rest = rest;
                metadata
            }
        };
        let metadata_text = &text[..text.len() - self.rest.len()];
        let payload = match length {
            Some(length) => {
                self.token(b",")?;
                Some(self.take(length)?)
            }
            None => None,
        };
        self.token(b"]")?;
        Ok(EventText {
            id,
            event_type,
            schema_version,
            metadata,
            metadata_text,
            payload,
        })
    }

    fn event_type(&mut self) -> Result<EventType, String> {
        if let Some(last) = &self.last_type
            && let Some(rest) = self.rest.strip_prefix(b"\"")
            && let Some(rest) = rest.strip_prefix(last.as_str().as_bytes())
            && let Some(rest) = rest.strip_prefix(b"\",")
        {
            self.rest = rest;
            return Ok(last.clone());
        }
        let name = self.string()?;
        let is_plain = matches!(name, JsonString::Plain(_));
        let event_type = EventType::new(name.into_string()?).map_err(|e| e.to_string())?;
        self.last_type = Some(event_type.clone()).filter(|_| is_plain);
        Ok(event_type)
    }

    /// A JSON string and the comma after it.
    fn string(&mut self) -> Result<JsonString<'t>, String> {
        self.token(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', self.rest).ok_or("a string does not end")?;
        if self.rest[end] == b'"' {
            let text = self.take(end)?;
            self.token(b"\",")?;
            return Ok(JsonString::Plain(text));
        }
        let mut escaped = false;
        let end = self.rest.iter().position(|byte| {
            let is_end = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            is_end
        });
        let text = self.take(end.ok_or("a string does not end")?)?;
        self.token(b"\",")?;
        Ok(JsonString::Escaped(text))
    }

    /// A number and the comma after it.
    fn number(&mut self) -> Result<i64, String> {
        scan::number(&mut self.rest)
    }

    fn token(&mut self, token: &[u8]) -> Result<(), String> {
        scan::token(&mut self.rest, token)
    }

    fn take(&mut self, length: usize) -> Result<&'t [u8], String> {
        scan::take(&mut self.rest, length)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

/// The time of so many microseconds since 1970.
///
/// # Errors
/// A number that no timestamp has.
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, String> {
    const PER_SECOND: i64 = 1_000_000;
    // Not `Timestamp::from_microsecond`, which refuses the last second of the range.
    let rest = i32::try_from(micros.rem_euclid(PER_SECOND)).unwrap_or(0);
    Timestamp::new(micros.div_euclid(PER_SECOND), rest * 1_000)
        .map_err(|e| format!("{micros} microseconds is not a time: {e}"))
}

#[cfg(test)]
mod tests;
