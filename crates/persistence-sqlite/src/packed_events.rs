//! Owns how many events come out of SQLite as one value, and how they are taken apart again.
//!
//! What a read costs is mostly the handing over of rows and columns from one thread to another, so
//! many events are handed over as one row. In it, each field of an event ends with a NUL, which no
//! number, name or JSON text has in it, but for the payload: it comes last, may have any byte, and
//! its length is told before. What does not fit is damage, never a guess.

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::{
    EventId, EventType, GlobalPosition, Metadata, RecordedEvent, SchemaVersion, StoreError,
    StreamId, StreamVersion,
};
use uuid::Uuid;

use crate::error::damaged;
use crate::stored_metadata::metadata;

/// An event that has more bytes than this in its payload and its metadata is not packed: only its
/// position is. It is read by itself, so that a page stays small whatever is in it.
macro_rules! most_packed_bytes {
    () => {
        "16384"
    };
}

/// The SQL expression that packs one event `e`, whatever its size; with the name of its stream, where
/// an expression for that is given. One function call, because each `||` would copy all before it.
macro_rules! packed_event {
    ($($stream:literal)?) => {
        concat!(
            "concat_ws(char(0), e.position, e.version, e.recorded_at, e.schema_version, \
             octet_length(e.payload), ",
            $("coalesce(", $stream, ", ''), ",)?
            "e.event_type, e.metadata, e.event_id, e.payload)"
        )
    };
}

/// The SQL expression that packs one event `e` where it is small enough, and else its position.
macro_rules! packed_event_or_position {
    ($($stream:literal)?) => {
        concat!(
            "iif(octet_length(e.payload) + octet_length(e.metadata) <= ",
            crate::packed_events::most_packed_bytes!(),
            ", ",
            crate::packed_events::packed_event!($($stream)?),
            ", concat_ws(char(0), e.position, '', ''))"
        )
    };
}

pub(crate) use {most_packed_bytes, packed_event, packed_event_or_position};

/// What was packed, in the order of the log.
#[derive(Default)]
pub(crate) struct Unpacked {
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of those that are to be read by themselves.
    pub(crate) too_large: Vec<GlobalPosition>,
}

/// Takes packed events apart, one after the other.
struct Unpacker<'p> {
    rest: &'p [u8],
    /// The stream that all of them are in, where that is known: then its name is not in them.
    stream: Option<&'p StreamId>,
    /// The metadata of the last event, as it was packed.
    last_metadata: &'p [u8],
    unpacked: Unpacked,
}

/// What ends each field but the last.
const END: u8 = 0;

/// Takes apart what one row has of packed events, in whatever order they are in it; where all of them
/// are in one stream, its name is not in them.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(crate) fn unpack(
    location: &str,
    packed: &[u8],
    stream: Option<&StreamId>,
    expected: usize,
) -> Result<Unpacked, StoreError> {
    let mut unpacker = Unpacker {
        rest: packed,
        stream,
        last_metadata: b"",
        unpacked: Unpacked {
            events: Vec::with_capacity(expected),
            too_large: Vec::new(),
        },
    };
    while !unpacker.rest.is_empty() {
        let position = unpacker
            .number()
            .and_then(|position| GlobalPosition::try_from(position).map_err(|e| e.to_string()));
        let position =
            position.map_err(|problem| damaged(location, format!("an event: {problem}")))?;
        if let [END, rest @ ..] = unpacker.rest {
            unpacker.rest = rest;
            unpacker.unpacked.too_large.push(position);
            continue;
        }
        unpacker.event(position).map_err(|problem| {
            damaged(
                location,
                format!("the event at position {position}: {problem}"),
            )
        })?;
    }
    let mut unpacked = unpacker.unpacked;
    // SQLite does not promise in which order it packs them.
    unpacked.events.sort_unstable_by_key(|event| event.position);
    unpacked.too_large.sort_unstable();
    Ok(unpacked)
}

impl<'p> Unpacker<'p> {
    fn event(&mut self, position: GlobalPosition) -> Result<(), String> {
        let version = self.number()?;
        let recorded_at = self.number()?;
        let schema_version = self.number()?;
        let payload = usize::try_from(self.number()?).map_err(|e| e.to_string())?;
        let stream = self.stream()?;
        let event_type = self.event_type()?;
        let metadata = self.metadata()?;
        let id = self.id()?;
        let payload = Bytes::copy_from_slice(self.take(payload)?);
        self.unpacked.events.push(RecordedEvent {
            stream,
            version: StreamVersion::try_from(version).map_err(|e| e.to_string())?,
            position,
            recorded_at: timestamp(recorded_at)?,
            id,
            event_type,
            schema_version: schema_version_of(schema_version)?,
            payload,
            metadata,
        });
        Ok(())
    }

    fn stream(&mut self) -> Result<StreamId, String> {
        if let Some(stream) = self.stream {
            return Ok(stream.clone());
        }
        let name = self.field()?;
        match self.unpacked.events.last() {
            Some(last) if last.stream.as_str().as_bytes() == name => Ok(last.stream.clone()),
            _ if name.is_empty() => Err("its stream is gone".to_owned()),
            _ => StreamId::new(text(name)?).map_err(|e| e.to_string()),
        }
    }

    fn event_type(&mut self) -> Result<EventType, String> {
        let name = self.field()?;
        match self.unpacked.events.last() {
            Some(last) if last.event_type.as_str().as_bytes() == name => {
                Ok(last.event_type.clone())
            }
            _ => EventType::new(text(name)?).map_err(|e| e.to_string()),
        }
    }

    fn metadata(&mut self) -> Result<Metadata, String> {
        let text = self.field()?;
        let last = self.unpacked.events.last().map(|last| &last.metadata);
        let metadata = match last {
            // Events of one command have one metadata.
            Some(last) if self.last_metadata == text => last.clone(),
            last => metadata(text, last).map_err(|e| e.to_string())?,
        };
        self.last_metadata = text;
        Ok(metadata)
    }

    fn id(&mut self) -> Result<EventId, String> {
        let bytes = self.take(size_of::<Uuid>())?;
        if self.take(1)? != [END] {
            return Err("its id is too long".to_owned());
        }
        let id = Uuid::from_slice(bytes).map_err(|e| e.to_string())?;
        EventId::from_uuid(id).map_err(|e| e.to_string())
    }

    /// A decimal number.
    fn number(&mut self) -> Result<i64, String> {
        // Short ones, which nearly all are, cannot overflow.
        let mut number = 0_i64;
        for (length, byte) in self.rest.iter().enumerate().take(18) {
            match byte {
                b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
                &END if length > 0 => {
                    self.take(length + 1)?;
                    return Ok(number);
                }
                _ => break,
            }
        }
        self.any_number()
    }

    #[cold]
    fn any_number(&mut self) -> Result<i64, String> {
        let field = self.field()?;
        let (digits, is_negative) = match field {
            [b'-', digits @ ..] => (digits, true),
            digits => (digits, false),
        };
        let malformed = || format!("`{}` is no number", field.escape_ascii());
        // Counted below zero, where there is room for the lowest number too.
        let mut number = 0_i64;
        for digit in digits {
            let digit = match digit {
                b'0'..=b'9' => i64::from(digit - b'0'),
                _ => return Err(malformed()),
            };
            let next = number.checked_mul(10).and_then(|n| n.checked_sub(digit));
            number = next.ok_or_else(malformed)?;
        }
        let number = if is_negative {
            Some(number)
        } else {
            number.checked_neg()
        };
        number.filter(|_| !digits.is_empty()).ok_or_else(malformed)
    }

    /// The bytes up to the next end of a field.
    fn field(&mut self) -> Result<&'p [u8], String> {
        let length = memchr::memchr(END, self.rest);
        let field = self.take(length.ok_or("it ends too early")?)?;
        self.take(1)?;
        Ok(field)
    }

    fn take(&mut self, length: usize) -> Result<&'p [u8], String> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

fn schema_version_of(number: i64) -> Result<SchemaVersion, String> {
    u32::try_from(number)
        .ok()
        .and_then(|number| SchemaVersion::new(number).ok())
        .ok_or_else(|| format!("schema version {number} is none"))
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

    /// One event as SQL packs it: `fields` with a `|` where a NUL is, an id, and the payload.
    fn packed(fields: &str, payload: &[u8]) -> Vec<u8> {
        let fields = fields.replace('|', "\0");
        [fields.as_bytes(), ID, b"\0", payload].concat()
    }

    #[test]
    fn any_byte_may_stand_in_a_payload() {
        let payload = b"1 2|\0\xff";
        let mut bytes = packed("7|3|-5|2|6|a;1|T |{}|", payload);
        bytes.extend(packed("8|4|-4|2|6|a;1|T |{}|", payload));
        let events = unpack("here", &bytes, None, 2).unwrap().events;
        assert_eq!(events.len(), 2);
        for (event, position) in events.iter().zip([7, 8]) {
            assert_eq!(event.position.get(), position);
            assert_eq!(event.version.get(), position - 4);
            assert_eq!(event.stream.as_str(), "a;1");
            assert_eq!(event.event_type.as_str(), "T ");
            assert_eq!(event.schema_version.get(), 2);
            assert_eq!(event.payload, &payload[..]);
            assert_eq!(event.recorded_at.as_microsecond(), position as i64 - 12);
        }
    }

    #[test]
    fn what_an_event_shares_with_the_one_before_it_is_told_apart_from_what_it_does_not() {
        const ADA: &str = r#"{"correlation":"c","actor":{"kind":"person","name":"ada"}}"#;
        const EVE: &str = r#"{"correlation":"c","actor":{"kind":"person","name":"eve"}}"#;
        let rows = [
            ("a-1", "T", ADA),
            ("a-1", "T", ADA),
            ("a-2", "T", ADA),
            ("a-2", "U", ADA),
            ("a-2", "U", EVE),
            ("a-2", "U", "{}"),
            ("a-1", "T", ADA),
        ];
        let mut bytes = Vec::new();
        for (position, (stream, event_type, metadata)) in (1..).zip(rows) {
            bytes.extend(packed(
                &format!("{position}|3|0|1|1|{stream}|{event_type}|{metadata}|"),
                b"x",
            ));
        }
        let events = unpack("here", &bytes, None, 0).unwrap().events;
        assert_eq!(events.len(), rows.len());
        for (event, (stream, event_type, metadata)) in events.iter().zip(rows) {
            assert_eq!(event.stream.as_str(), stream);
            assert_eq!(event.event_type.as_str(), event_type);
            assert_eq!(serde_json::to_string(&event.metadata).unwrap(), metadata);
        }
    }

    #[test]
    fn a_stream_that_is_known_is_not_among_the_fields() {
        let stream = StreamId::new("known-1").unwrap();
        let bytes = packed("7|3|5|1|1|T|{}|", b"x");
        let event = unpack("here", &bytes, Some(&stream), 1)
            .unwrap()
            .events
            .remove(0);
        assert_eq!((event.stream, event.event_type.as_str()), (stream, "T"));
    }

    #[test]
    fn events_come_in_the_order_of_the_log_and_large_ones_by_their_positions() {
        let mut bytes = b"13\0\0".to_vec();
        bytes.extend(packed("11|3|0|1|1|a-1|T|{}|", b"x"));
        bytes.extend(b"12\0\0");
        bytes.extend(packed("10|2|0|1|1|a-1|T|{}|", b"x"));
        let unpacked = unpack("here", &bytes, None, 4).unwrap();
        let positions = unpacked.events.iter().map(|event| event.position.get());
        assert_eq!(positions.collect::<Vec<_>>(), [10, 11]);
        let too_large = unpacked.too_large.iter().map(|position| position.get());
        assert_eq!(too_large.collect::<Vec<_>>(), [12, 13]);
    }

    #[test]
    fn a_number_is_read_whatever_its_length() {
        for number in [
            "0",
            "9",
            "99999999999999999",
            "999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            let packed = [number.as_bytes(), b"\0"].concat();
            let mut unpacker = Unpacker {
                rest: &packed,
                stream: None,
                last_metadata: b"",
                unpacked: Unpacked::default(),
            };
            assert_eq!(unpacker.number().map(|n| n.to_string()), Ok(number.into()));
            assert!(unpacker.rest.is_empty());
        }
    }

    #[test]
    fn what_does_not_fit_is_damage() {
        let short_id = [b"7\x003\x005\x001\x001\0a\0T\0{}\0", &ID[1..], b"\0x"].concat();
        for bytes in [
            packed("7|3|5|1|99|a-1|T|{}|", b"x"),
            packed("7|3|5|1|-1|a-1|T|{}|", b"x"),
            packed("7|3|5|1|1||T|{}|", b"x"),
            packed("7|3|5|0|1|a-1|T|{}|", b"x"),
            packed("7|-3|5|1|1|a-1|T|{}|", b"x"),
            packed("7|3|5|1|1|a-1|T|{|", b"x"),
            packed("7|3|5|1|1|a-1||{}|", b"x"),
            packed("7|3|5|1|1|a-1|T\n|{}|", b"x"),
            packed("7|3|5|1|1|a-1|{}|", b"x"),
            packed("7|3|5|1|a-1|T|{}|", b"x"),
            packed("7|3|5|1|1|a-1|T|{}|more", b"x"),
            packed("7|3|x|1|1|a-1|T|{}|", b"x"),
            packed("7|3|-|1|1|a-1|T|{}|", b"x"),
            packed("7|3|99999999999999999999|1|1|a-1|T|{}|", b"x"),
            packed("9223372036854775808|3|5|1|1|a-1|T|{}|", b"x"),
            packed("7|3|9223372036854775807|1|1|a-1|T|{}|", b"x"),
            short_id,
            b"7".to_vec(),
            b"-\0\0".to_vec(),
            b"\0".to_vec(),
        ] {
            let found = unpack("here", &bytes, None, 1).map(|_| ());
            assert!(
                matches!(found, Err(StoreError::Damaged { .. })),
                "{}",
                bytes.escape_ascii()
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
