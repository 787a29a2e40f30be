//! Owns how runs are read back, many at a time from one value.
//!
//! What a read costs is mostly the handing over of rows and columns from one thread to another, so SQLite strings
//! runs together and hands them over as one row: of each, its events and after them its event ids. What does
//! not fit is damage, never a guess.

use std::ops::RangeInclusive;

use bytes::Bytes;
use foldhash::HashMap;
use jiff::Timestamp;
use shared_kernel::{
    EventId, EventType, GlobalPosition, Metadata, RecordedEvent, SchemaVersion, StoreError,
    StreamId, StreamVersion,
};
use uuid::Uuid;

use crate::error::damaged;
use crate::names::Names;
use crate::stored_metadata;

/// The SQL expression that strings runs `r` together. No function is called for a run but the aggregate.
macro_rules! strung_runs {
    () => {
        "group_concat(r.events || r.event_ids, '')"
    };
}

pub(crate) use strung_runs;

/// Which of the events in runs are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// Those between two versions of the stream with a key.
    Versions {
        stream_key: i64,
        stream: StreamId,
        versions: RangeInclusive<i64>,
    },
    Positions(RangeInclusive<i64>),
}

/// The events that were read from runs, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct ReadRuns {
    /// Those that are wanted.
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of those whose payload stands apart; it is still to be read.
    pub(crate) apart: Vec<GlobalPosition>,
    /// The positions of those whose stream is not known yet, with its key.
    pub(crate) unnamed: Vec<(GlobalPosition, i64)>,
    /// How many runs there were.
    pub(crate) runs: usize,
    /// The lowest and the highest position that they begin and end with, wanted or not.
    pub(crate) span: Option<(i64, i64)>,
}

/// Reads runs, in whatever order they come.
pub(crate) struct RunReader<'q> {
    location: &'q str,
    names: &'q Names,
    wanted: Wanted,
    read: ReadRuns,
}

/// How many bytes an event id has.
const ID: usize = size_of::<Uuid>();

impl<'q> RunReader<'q> {
    /// One that has room for `expected` events.
    pub(crate) fn new(
        location: &'q str,
        names: &'q Names,
        wanted: Wanted,
        expected: usize,
    ) -> Self {
        Self {
            location,
            names,
            wanted,
            read: ReadRuns {
                events: Vec::with_capacity(expected),
                ..ReadRuns::default()
            },
        }
    }

    /// Reads what one row has of runs.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub(crate) fn add(&mut self, strung: &[u8]) -> Result<(), StoreError> {
        let mut text = RunText {
            rest: strung,
            known: &self.names.known(),
            wanted: &self.wanted,
            parts: Vec::new(),
            last_stream: None,
            last_metadata: None,
            last_type: None,
            read: &mut self.read,
        };
        while !text.rest.is_empty() {
            let begin = text.rest;
            text.run().map_err(|problem| {
                let begin = begin.get(..40).unwrap_or(begin).escape_ascii();
                damaged(self.location, format!("the run `{begin}`: {problem}"))
            })?;
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> ReadRuns {
        let mut read = self.read;
        // SQLite does not promise in which order it strings them together.
        read.events.sort_unstable_by_key(|event| event.position);
        read
    }
}

/// What is left of runs that are strung together.
struct RunText<'t, 'r> {
    rest: &'t [u8],
    known: &'r HashMap<i64, StreamId>,
    wanted: &'r Wanted,
    /// The events of the run at hand.
    parts: Vec<Parts<'t>>,
    /// The stream of the last run, by its key.
    last_stream: Option<(i64, StreamId)>,
    /// The metadata of the last event, and as it stands there.
    last_metadata: Option<(&'t [u8], Metadata)>,
    /// The type of the last event.
    last_type: Option<EventType>,
    read: &'r mut ReadRuns,
}

/// What a run tells of one of its events.
struct Parts<'t> {
    event_type: EventType,
    schema_version: SchemaVersion,
    metadata: Metadata,
    /// `None` where the payload stands apart.
    payload: Option<&'t [u8]>,
}

impl<'t> RunText<'t, '_> {
    fn run(&mut self) -> Result<(), String> {
        self.token(b"[")?;
        let position = self.number()?;
        if position < 1 {
            return Err(format!("its position is {position}"));
        }
        let stream_key = self.number()?;
        let version = self.number()?;
        let recorded_at = timestamp(self.number()?)?;
        let (stream, is_named) = self.stream(stream_key)?;
        let mut parts = std::mem::take(&mut self.parts);
        loop {
            let event = self.event()?;
            parts.push(event);
            match self.take(1)? {
                b"," => {}
                b"]" => break,
                _ => return Err("its events do not end".to_owned()),
            }
        }
        let (ids, _) = self.take(ID * parts.len())?.as_chunks::<ID>();
        let last = i64::try_from(parts.len()).map_err(|e| e.to_string())? - 1;
        let last = position
            .checked_add(last)
            .ok_or("its position is too high")?;
        self.read.runs += 1;
        let (low, high) = self.read.span.unwrap_or((position, last));
        self.read.span = Some((low.min(position), high.max(last)));
        for ((step, parts), id) in (0..).zip(parts.drain(..)).zip(ids) {
            let (position, version) = (position + step, version.checked_add(step));
            let version = version.ok_or("its version is too high")?;
            let is_wanted = match self.wanted {
                Wanted::Versions { versions, .. } => versions.contains(&version),
                Wanted::Positions(positions) => positions.contains(&position),
            };
            if !is_wanted {
                continue;
            }
            let position = GlobalPosition::try_from(position).map_err(|e| e.to_string())?;
            if parts.payload.is_none() {
                self.read.apart.push(position);
            }
            if !is_named {
                self.read.unnamed.push((position, stream_key));
            }
            self.read.events.push(RecordedEvent {
                stream: stream.clone(),
                version: StreamVersion::try_from(version).map_err(|e| e.to_string())?,
                position,
                recorded_at,
                id: EventId::from_uuid(Uuid::from_bytes(*id)).map_err(|e| e.to_string())?,
                event_type: parts.event_type,
                schema_version: parts.schema_version,
                payload: Bytes::copy_from_slice(parts.payload.unwrap_or_default()),
                metadata: parts.metadata,
            });
        }
        self.parts = parts;
        Ok(())
    }

    /// The stream with a key and `true`; or any stream and `false` where its name is not known.
    fn stream(&mut self, key: i64) -> Result<(StreamId, bool), String> {
        if let Wanted::Versions {
            stream_key, stream, ..
        } = self.wanted
        {
            return if *stream_key == key {
                Ok((stream.clone(), true))
            } else {
                Err(format!("it is not of stream {stream}"))
            };
        }
        match &self.last_stream {
            Some((last, stream)) if *last == key => return Ok((stream.clone(), true)),
            _ => {}
        }
        match self.known.get(&key) {
            Some(stream) => {
                self.last_stream = Some((key, stream.clone()));
                Ok((stream.clone(), true))
            }
            None => {
                let unnamed = StreamId::new(format!("key {key}"));
                Ok((unnamed.map_err(|e| e.to_string())?, false))
            }
        }
    }

    /// One event, without the comma or bracket after it.
    fn event(&mut self) -> Result<Parts<'t>, String> {
        self.token(b"[")?;
        let payload = match self.rest.strip_prefix(b"null,") {
            Some(rest) => {
                self.rest = rest;
                None
            }
            None => Some(usize::try_from(self.number()?).map_err(|e| e.to_string())?),
        };
        let event_type = self.event_type()?;
        let schema_version = u32::try_from(self.number()?).ok();
        let schema_version = schema_version.and_then(|number| SchemaVersion::new(number).ok());
        let parts = Parts {
            event_type,
            schema_version: schema_version.ok_or("a schema version is none")?,
            metadata: self.metadata()?,
            payload: match payload {
                Some(length) => {
                    self.token(b",")?;
                    Some(self.take(length)?)
                }
                None => None,
            },
        };
        self.token(b"]")?;
        Ok(parts)
    }

    fn event_type(&mut self) -> Result<EventType, String> {
        self.token(b"\"")?;
        if let Some(last) = &self.last_type {
            let name = last.as_str().as_bytes();
            if let Some(rest) = self.rest.strip_prefix(name)
                && let Some(rest) = rest.strip_prefix(b"\",")
            {
                self.rest = rest;
                return Ok(last.clone());
            }
        }
        let mut is_escaped = false;
        let end = self.rest.iter().position(|byte| {
            let is_end = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            is_end
        });
        let name = self.take(end.ok_or("an event type does not end")?)?;
        self.token(b"\",")?;
        let event_type = if name.contains(&b'\\') {
            let quoted = [b"\"", name, b"\""].concat();
            let name: String = serde_json::from_slice(&quoted).map_err(|e| e.to_string())?;
            EventType::new(name)
        } else {
            EventType::new(text(name)?)
        };
        let event_type = event_type.map_err(|e| e.to_string())?;
        self.last_type = Some(event_type.clone());
        Ok(event_type)
    }

    fn metadata(&mut self) -> Result<Metadata, String> {
        if let Some((text, last)) = &self.last_metadata
            && let Some(rest) = self.rest.strip_prefix(*text)
        {
            // Events of one command have one metadata.
            self.rest = rest;
            return Ok(last.clone());
        }
        let text = self.rest;
        let last = self.last_metadata.as_ref().map(|(_, last)| last);
        let (metadata, rest) = stored_metadata::read(text, last)?;
        let text = &text[..text.len() - rest.len()];
        self.rest = rest;
        self.last_metadata = Some((text, metadata.clone()));
        Ok(metadata)
    }

    /// A decimal number and the comma after it.
    fn number(&mut self) -> Result<i64, String> {
        // Short ones, which nearly all are, cannot overflow.
        let mut number = 0_i64;
        for (length, byte) in self.rest.iter().enumerate().take(19) {
            match byte {
                b'0'..=b'9' if length < 18 => number = number * 10 + i64::from(byte - b'0'),
                b',' if length > 0 => {
                    self.rest = self.rest.get(length + 1..).unwrap_or_default();
                    return Ok(number);
                }
                _ => break,
            }
        }
        self.any_number()
    }

    #[cold]
    fn any_number(&mut self) -> Result<i64, String> {
        let length = memchr::memchr(b',', self.rest).ok_or("it ends too early")?;
        let text = self.take(length)?;
        self.token(b",")?;
        let number = text.first().filter(|byte| **byte != b'+');
        let number = number.and_then(|_| str::from_utf8(text).ok()?.parse().ok());
        number.ok_or_else(|| format!("`{}` is no number", text.escape_ascii()))
    }

    /// Takes what has to stand here.
    fn token(&mut self, token: &[u8]) -> Result<(), String> {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.ok_or_else(|| format!("`{}` is missing", token.escape_ascii()))?;
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&'t [u8], String> {
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
    use foldhash::HashMapExt;

    use super::*;

    const ID: &[u8; 16] = b"\x01\x8b\xcf\xe5\x68\x00\x70\x01\x80\x02\x03\x04\x05\x06\x07\x08";

    /// Runs as SQL strings them together: events, and ids for so many of them.
    fn strung(runs: &[(&str, usize)]) -> Vec<u8> {
        let runs = runs.iter();
        runs.flat_map(|(events, ids)| [events.as_bytes(), &ID.repeat(*ids)].concat())
            .collect()
    }

    fn names() -> Names {
        let names = Names::default();
        let stream = |name| StreamId::new(name).unwrap();
        names.add(&[(1, stream("a;1")), (2, stream("b"))].into_iter().collect());
        names
    }

    fn read(strung: &[u8], wanted: Wanted) -> Result<ReadRuns, StoreError> {
        let names = names();
        let mut reader = RunReader::new("here", &names, wanted, 0);
        reader.add(strung)?;
        Ok(reader.finish())
    }

    fn all() -> Wanted {
        Wanted::Positions(1..=i64::MAX)
    }

    fn versions_of_a(versions: RangeInclusive<i64>) -> Wanted {
        Wanted::Versions {
            stream_key: 1,
            stream: StreamId::new("a;1").unwrap(),
            versions,
        }
    }

    fn numbers(events: &[RecordedEvent]) -> Vec<(u64, u64)> {
        let number = |event: &RecordedEvent| (event.position.get(), event.version.get());
        events.iter().map(number).collect()
    }

    #[test]
    fn the_events_of_a_run_follow_each_other() {
        let payload = r#" {"a" : [1]} "#;
        let first = format!(
            r#"[7,1,3,-5,[{0},"T ",2,[],{payload}],[1,"\"\\",1,["c"],5]]"#,
            payload.len()
        );
        let strung = strung(&[(&first, 2), (r#"[9,2,1,-4,[2,"T ",1,[],{}]]"#, 1)]);
        let events = read(&strung, all()).unwrap().events;
        assert_eq!(numbers(&events), [(7, 3), (8, 4), (9, 1)]);
        let types: Vec<_> = events
            .iter()
            .map(|event| event.event_type.as_str())
            .collect();
        assert_eq!(types, ["T ", "\"\\", "T "]);
        let streams: Vec<_> = events.iter().map(|event| event.stream.as_str()).collect();
        assert_eq!(streams, ["a;1", "a;1", "b"]);
        assert_eq!(
            (&events[0].payload[..], &events[1].payload[..]),
            (payload.as_bytes(), &b"5"[..])
        );
        assert_eq!(events[0].schema_version.get(), 2);
        let times: Vec<_> = events
            .iter()
            .map(|event| event.recorded_at.as_microsecond())
            .collect();
        assert_eq!(times, [-5, -5, -4]);
        assert_eq!(
            events[1].metadata.correlation.as_ref().unwrap().as_str(),
            "c"
        );
        assert_eq!(events[0].metadata, Metadata::new());
        assert_eq!(events[0].id.as_bytes(), ID);
    }

    #[test]
    fn only_what_is_wanted_comes_out() {
        let run = strung(&[(
            r#"[7,1,3,0,[1,"T",1,[],1],[1,"T",1,[],2],[1,"T",1,[],3]]"#,
            3,
        )]);
        assert_eq!(
            numbers(&read(&run, Wanted::Positions(8..=8)).unwrap().events),
            [(8, 4)]
        );
        assert_eq!(
            numbers(&read(&run, versions_of_a(4..=9)).unwrap().events),
            [(8, 4), (9, 5)]
        );
        let nothing = read(&run, versions_of_a(9..=9)).unwrap();
        assert!(nothing.events.is_empty());
        assert_eq!((nothing.runs, nothing.span), (1, Some((7, 9))));
    }

    #[test]
    fn what_stands_apart_or_has_no_name_yet_is_told() {
        let strung = strung(&[
            (r#"[9,3,1,0,[null,"T",1,[]]]"#, 1),
            (r#"[7,1,3,0,[1,"T",1,[],1]]"#, 1),
            (r#"[8,1,4,0,[null,"T",1,[]]]"#, 1),
        ]);
        let read = read(&strung, all()).unwrap();
        assert_eq!(numbers(&read.events), [(7, 3), (8, 4), (9, 1)]);
        assert_eq!(read.unnamed, [(GlobalPosition::from(9), 3)]);
        assert_eq!(
            read.apart,
            [GlobalPosition::from(9), GlobalPosition::from(8)]
        );
    }

    #[test]
    fn what_an_event_shares_with_the_one_before_it_is_told_apart_from_what_it_does_not() {
        const ADA: &str = r#"["c",null,"person","ada"]"#;
        const EVE: &str = r#"["c",null,"person","eve"]"#;
        let rows = [
            (1, "T", ADA),
            (1, "T", ADA),
            (2, "T", ADA),
            (2, "U", ADA),
            (2, "U", EVE),
            (2, "U2", "[]"),
            (1, "U", ADA),
        ];
        let mut strung = Vec::new();
        for (position, (key, event_type, metadata)) in (1..).zip(rows) {
            let run = format!(r#"[{position},{key},3,0,[1,"{event_type}",1,{metadata},1]]"#);
            strung.extend(super::tests::strung(&[(&run, 1)]));
        }
        let events = read(&strung, all()).unwrap().events;
        assert_eq!(events.len(), rows.len());
        for (event, (key, event_type, metadata)) in events.iter().zip(rows) {
            assert_eq!(event.stream.as_str(), if key == 1 { "a;1" } else { "b" });
            assert_eq!(event.event_type.as_str(), event_type);
            let mut text = String::new();
            stored_metadata::write(&mut text, &event.metadata).unwrap();
            assert_eq!(text, metadata);
        }
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
            let strung = format!("{number},");
            let mut text = RunText {
                rest: strung.as_bytes(),
                known: &HashMap::new(),
                wanted: &all(),
                parts: Vec::new(),
                last_stream: None,
                last_metadata: None,
                last_type: None,
                read: &mut ReadRuns::default(),
            };
            assert_eq!(text.number().map(|n| n.to_string()), Ok(number.into()));
            assert!(text.rest.is_empty());
        }
    }

    #[test]
    fn what_does_not_fit_is_damage() {
        let good = r#"[7,1,3,5,[1,"T",1,[],1]]"#;
        assert_eq!(read(&strung(&[(good, 1)]), all()).unwrap().events.len(), 1);
        let is_damage = |strung: &[u8], wanted| {
            let found = read(strung, wanted).map(|_| ());
            assert!(
                matches!(&found, Err(StoreError::Damaged { location, .. }) if location == "here"),
                "{}: {found:?}",
                strung.escape_ascii()
            );
        };
        for (part, instead) in [
            ("[7,", "[9223372036854775808,"),
            ("[7,", "[-7,"),
            ("[7,", "[+7,"),
            ("[7,", "[,"),
            ("[7,", "7,"),
            ("[7,1,", "[7,x,"),
            ("1,3,", "1,-3,"),
            ("3,5,", "3,9223372036854775807,"),
            ("[1,\"T", "[-1,\"T"),
            ("[1,\"T", "[9,\"T"),
            ("[1,\"T", "[99999999999999999999,\"T"),
            ("[1,\"T", "[null,\"T"),
            ("[1,\"T", "1,\"T"),
            ("\"T\"", "T"),
            ("\"T\"", "\"\""),
            ("\"T\"", "\"T\n\""),
            ("\"T\"", "\"T\\x\""),
            ("\"T\"", "\"T"),
            ("\",1,", "\",0,"),
            ("\",1,", "\",4294967296,"),
            ("[],", "[,"),
            ("[],", "{},"),
            ("[],", "[]"),
            ("[],1", "[],1,2"),
            ("]]", "],]"),
            ("]]", "]"),
        ] {
            assert!(good.contains(part), "{part}");
            is_damage(&strung(&[(&good.replacen(part, instead, 1), 1)]), all());
        }
        is_damage(&strung(&[(good, 0)]), all());
        let two = r#"[7,1,3,5,[1,"T",1,[],1],[1,"T",1,[],1]]"#;
        is_damage(&strung(&[(two, 1)]), all());
        let last = two.replace("[7,", "[9223372036854775807,");
        is_damage(&strung(&[(&last, 2)]), all());
        is_damage(&strung(&[(good, 1)])[..good.len() + 15], all());
        is_damage(&[good.as_bytes(), &[0; 16]].concat(), all());
        is_damage(b"[", all());
        let other = good.replace("[7,1,", "[7,2,");
        is_damage(&strung(&[(&other, 1)]), versions_of_a(1..=9));
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
