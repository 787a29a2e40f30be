//! Owns how many events come out of SQLite as one value, and how they are taken apart again.
//!
//! What a read costs is mostly the handing over of rows and columns from one thread to another, so
//! a page is handed over as one row. Each event is a head of decimal numbers in ASCII, which says
//! how long the texts and bytes after it are; so any byte may stand in them. What does not fit is
//! damage, never a guess.

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::{
    EventId, EventType, GlobalPosition, Metadata, RecordedEvent, SchemaVersion, StoreError,
    StreamId, StreamVersion,
};
use uuid::Uuid;

use crate::error::damaged;

/// An event that has more bytes than this in its payload and its metadata is not packed: only its
/// position is. It is read by itself, so that a page stays small whatever is in it.
macro_rules! most_packed_bytes {
    () => {
        "32768"
    };
}

/// The SQL expression that packs one event `e` and the name of its stream, whatever its size.
macro_rules! packed_event {
    ($stream:literal) => {
        concat!(
            "e.position || ' ' || e.version || ' ' || e.recorded_at || ' ' || e.schema_version \
             || ' ' || coalesce(octet_length(",
            $stream,
            "), -1) || ' ' || octet_length(e.event_type) || ' ' || octet_length(e.metadata) \
             || ' ' || octet_length(e.payload) || ' ' || octet_length(e.event_id) || ';' \
             || coalesce(",
            $stream,
            ", '') || e.event_type || e.metadata || e.event_id || e.payload"
        )
    };
}

/// The SQL expression that packs one event `e` where it is small enough, and else its position.
macro_rules! packed_event_or_position {
    ($stream:literal) => {
        concat!(
            "iif(octet_length(e.payload) + octet_length(e.metadata) <= ",
            crate::packed_events::most_packed_bytes!(),
            ", ",
            crate::packed_events::packed_event!($stream),
            ", e.position || ';')"
        )
    };
}

pub(crate) use {most_packed_bytes, packed_event, packed_event_or_position};

/// What stands for one event in a packed page.
pub(crate) enum Packed {
    Event(RecordedEvent),
    /// The position of one that is to be read by itself.
    TooLarge(i64),
}

/// Takes packed events apart, one after the other.
pub(crate) struct Unpacker<'p> {
    location: &'p str,
    rest: &'p [u8],
    /// The stream that all of them are in, where that is known: then its name is not in them.
    stream: Option<&'p StreamId>,
    /// Neighbours have much in common.
    last: Option<(StreamId, EventType)>,
}

/// The numbers in the head of an event.
struct Head {
    position: i64,
    version: i64,
    recorded_at: i64,
    schema_version: i64,
    /// The lengths of stream name, event type, metadata, payload and event id.
    lengths: [i64; 5],
}

impl<'p> Unpacker<'p> {
    pub(crate) fn new(location: &'p str, packed: &'p [u8], stream: Option<&'p StreamId>) -> Self {
        Self {
            location,
            rest: packed,
            stream,
            last: None,
        }
    }

    /// The next event, or `None` after the last.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub(crate) fn next(&mut self) -> Result<Option<Packed>, StoreError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (position, ends) = self.number()?;
        if ends {
            return Ok(Some(Packed::TooLarge(position)));
        }
        let head = self.head(position)?;
        let event = self.event(&head).map_err(|problem| {
            damaged(
                self.location,
                format!("the event at position {position}: {problem}"),
            )
        })?;
        Ok(Some(Packed::Event(event)))
    }

    fn head(&mut self, position: i64) -> Result<Head, StoreError> {
        let mut rest = [0; 8];
        let last = rest.len() - 1;
        for (index, number) in rest.iter_mut().enumerate() {
            let ends;
            (*number, ends) = self.number()?;
            if ends != (index == last) {
                return Err(self.malformed());
            }
        }
        let [version, recorded_at, schema_version, lengths @ ..] = rest;
        Ok(Head {
            position,
            version,
            recorded_at,
            schema_version,
            lengths,
        })
    }

    /// A decimal number, and whether it is the last one of the head.
    fn number(&mut self) -> Result<(i64, bool), StoreError> {
        let (digits, is_negative) = match self.rest {
            [b'-', digits @ ..] => (digits, true),
            digits => (digits, false),
        };
        let mut number = 0_i64;
        for (index, byte) in digits.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    // Counted below zero, where there is room for the lowest number too.
                    let digit = i64::from(byte - b'0');
                    let next = number.checked_mul(10).and_then(|n| n.checked_sub(digit));
                    number = next.ok_or_else(|| self.malformed())?;
                }
                b' ' | b';' if index > 0 => {
                    self.rest = &digits[index + 1..];
                    let number = if is_negative {
                        Some(number)
                    } else {
                        number.checked_neg()
                    };
                    return Ok((number.ok_or_else(|| self.malformed())?, *byte == b';'));
                }
                _ => return Err(self.malformed()),
            }
        }
        Err(self.malformed())
    }

    fn event(&mut self, head: &Head) -> Result<RecordedEvent, String> {
        let [stream, event_type, metadata, payload, id] = head.lengths;
        if stream < 0 {
            return Err("its stream is gone".to_owned());
        }
        let stream = self.take(stream)?;
        let event_type = text(self.take(event_type)?)?;
        let metadata = text(self.take(metadata)?)?;
        let id = Uuid::from_slice(self.take(id)?).map_err(|e| e.to_string())?;
        let payload = Bytes::copy_from_slice(self.take(payload)?);
        let (stream, event_type) = self.names(stream, event_type)?;
        Ok(RecordedEvent {
            stream,
            version: StreamVersion::try_from(head.version).map_err(|e| e.to_string())?,
            position: GlobalPosition::try_from(head.position).map_err(|e| e.to_string())?,
            recorded_at: timestamp(head.recorded_at)?,
            id: EventId::from_uuid(id).map_err(|e| e.to_string())?,
            event_type,
            schema_version: schema_version(head.schema_version)?,
            payload,
            metadata: metadata_from_text(metadata).map_err(|e| e.to_string())?,
        })
    }

    /// The names of stream and type; those of the event before are used again where they are the
    /// same.
    fn names(&mut self, stream: &[u8], event_type: &str) -> Result<(StreamId, EventType), String> {
        let last = self.last.take();
        let (last_stream, last_type) = last.map_or((None, None), |(s, t)| (Some(s), Some(t)));
        let stream = match (self.stream, last_stream) {
            (Some(stream), _) => stream.clone(),
            (None, Some(last)) if last.as_str().as_bytes() == stream => last,
            _ => StreamId::new(text(stream)?).map_err(|e| e.to_string())?,
        };
        let event_type = match last_type {
            Some(last) if last.as_str() == event_type => last,
            _ => EventType::new(event_type).map_err(|e| e.to_string())?,
        };
        self.last = Some((stream.clone(), event_type.clone()));
        Ok((stream, event_type))
    }

    fn take(&mut self, length: i64) -> Result<&'p [u8], String> {
        let length = usize::try_from(length).map_err(|e| e.to_string())?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn malformed(&self) -> StoreError {
        damaged(self.location, "an event has columns of the wrong types")
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

fn schema_version(number: i64) -> Result<SchemaVersion, String> {
    u32::try_from(number)
        .ok()
        .and_then(|number| SchemaVersion::new(number).ok())
        .ok_or_else(|| format!("schema version {number} is none"))
}

fn metadata_from_text(text: &str) -> Result<Metadata, serde_json::Error> {
    if text == "{}" {
        Ok(Metadata::new())
    } else {
        serde_json::from_str(text)
    }
}

/// A time from the microseconds kept for it.
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, String> {
    const PER_SECOND: i64 = 1_000_000;
    // Not by `from_microsecond`, which knows no part of the last second that a timestamp can tell.
    let rest = i32::try_from(micros.rem_euclid(PER_SECOND)).unwrap_or(0);
    Timestamp::new(micros.div_euclid(PER_SECOND), rest * 1_000)
        .map_err(|e| format!("{micros} microseconds are no time: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &[u8; 16] = b"\x01\x8b\xcf\xe5\x68\x00\x70\x01\x80\x02\x03\x04\x05\x06\x07\x08";

    /// One event as SQL packs it.
    fn packed(head: &str, texts: &str, payload: &[u8]) -> Vec<u8> {
        [head.as_bytes(), b";", texts.as_bytes(), ID, payload].concat()
    }

    fn unpacked(packed: &[u8]) -> Result<Option<Packed>, StoreError> {
        Unpacker::new("here", packed, None).next()
    }

    #[test]
    fn any_byte_may_stand_in_what_is_packed() {
        let payload = b"1 2;\0\xff";
        let mut bytes = packed("7 3 -5 2 3 2 2 6 16", "a;1T {}", payload);
        bytes.extend(packed("8 4 -4 2 3 2 2 6 16", "a;1T {}", payload));
        let mut unpacker = Unpacker::new("here", &bytes, None);
        for position in [7, 8] {
            let Some(Packed::Event(event)) = unpacker.next().unwrap() else {
                panic!("an event is asked for");
            };
            assert_eq!(event.position.get(), position);
            assert_eq!(event.version.get(), position - 4);
            assert_eq!(event.stream.as_str(), "a;1");
            assert_eq!(event.event_type.as_str(), "T ");
            assert_eq!(event.schema_version.get(), 2);
            assert_eq!(event.payload, &payload[..]);
            assert_eq!(event.recorded_at.as_microsecond(), position as i64 - 12);
        }
        assert!(unpacker.next().unwrap().is_none());
    }

    #[test]
    fn a_large_event_is_told_by_its_position() {
        let mut unpacker = Unpacker::new("here", b"12;13;", None);
        for expected in [12, 13] {
            let found = unpacker.next().unwrap();
            assert!(matches!(found, Some(Packed::TooLarge(position)) if position == expected));
        }
        assert!(unpacker.next().unwrap().is_none());
    }

    #[test]
    fn what_does_not_fit_is_damage() {
        for bytes in [
            packed("7 3 5 2 3 2 2 99 16", "a-1T {}", b"x"),
            packed("7 3 5 2 -1 2 2 1 16", "T {}", b"x"),
            packed("7 3 5 0 3 2 2 1 16", "a-1T {}", b"x"),
            packed("7 -3 5 1 3 2 2 1 16", "a-1T {}", b"x"),
            packed("7 3 5 1 3 2 2 1 15", "a-1T {}", b"x"),
            packed("7 3 5 1 3 2 1 1 16", "a-1T {", b"x"),
            packed("7 3 5 1 3 2 2 1", "a-1T {}", b"x"),
            packed("7 3 5 1 3 2 2 1 16 4", "a-1T {}", b"x"),
            packed("7 3 x 1 3 2 2 1 16", "a-1T {}", b"x"),
            packed("7 3  1 3 2 2 1 16", "a-1T {}", b"x"),
            packed("7 3 99999999999999999999 1 3 2 2 1 16", "a-1T {}", b"x"),
            packed("9223372036854775808 3 5 1 3 2 2 1 16", "a-1T {}", b"x"),
            packed("7 3 9223372036854775807 1 3 2 2 1 16", "a-1T {}", b"x"),
            b"7".to_vec(),
            b"-".to_vec(),
            b";".to_vec(),
        ] {
            let found = unpacked(&bytes);
            assert!(
                matches!(found, Err(StoreError::Damaged { .. })),
                "{:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn every_time_that_a_clock_can_tell_is_read_back_to_the_microsecond() {
        for time in [
            "-009999-01-02T01:59:59Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00Z",
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(timestamp(time.as_microsecond()).unwrap(), time);
        }
        let last = timestamp(Timestamp::MAX.as_microsecond()).unwrap();
        assert_eq!(last.as_microsecond(), Timestamp::MAX.as_microsecond());
        assert!(timestamp(i64::MAX).is_err());
    }
}
